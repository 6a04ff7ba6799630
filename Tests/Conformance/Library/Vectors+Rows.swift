import JouleFile
import JouleFormat
import JouleQuantities
import JouleTestSupport

/// Values at the edges of their types, and rows in every arrangement.
extension Vector {
    static let rows: [Vector] = [
        Vector("nulls", "null bitmaps: the first, the last, every row; a column with no value") {
            path in
            let ints = ColumnValues.ints((0..<17).map { 100 + $0 * $0 })
            try block(
                path,
                [
                    (.int("first"), ints.without { $0 == 0 }),
                    (.int("last"), ints.without { $0 == 16 }),
                    (.int("one_left"), ints.without { $0 != 8 }),
                    (.int("alternating"), ints.without { $0 % 2 == 0 }),
                    (.int("none_left"), ints.without { _ in true }),
                    (.int("all"), ints),
                ]
            )
        },
        Vector("nan-payloads", "NaN quiet and signalling, of both signs, with every bit kept") {
            path in
            let words: [UInt64] = [
                0x7FF8_0000_0000_0000, 0x7FF0_0000_0000_0001, 0xFFF8_0000_0000_0000,
                0x7FFF_FFFF_FFFF_FFFF, 0xFFF0_DEAD_BEEF_0001, 0x7FF8_0000_0000_0001,
            ]
            try block(
                path,
                [
                    (.real("all"), ColumnValues(words: words)),
                    (.real("some"), ColumnValues(words: [0x3FF0_0000_0000_0000] + words.prefix(5))),
                    (.real("same"), ColumnValues(words: Array(repeating: words[0], count: 6))),
                    (
                        .real("f32"),
                        .reals([1.5, .nan, 2.5, .nan, -1.25, 0.1].map { Double(Float($0)) })
                    ),
                ]
            )
        },
        Vector("zeros", "0 and −0 in decimals, f32 and patterns") { path in
            try block(
                path,
                [
                    (.real("decimal"), .reals([0, 0.25, 0, 0.5])),
                    (.real("negative"), .reals([-0.0, -0.0, -0.0, -0.0])),
                    (.real("both"), .reals([0, -0.0, 1, -0.0])),
                    (.real("fractions"), .reals([-0.0, 1 / 3, 0, 2 / 3])),
                ]
            )
        },
        Vector("infinities", "both infinities, alone and among numbers") { path in
            try block(
                path,
                [
                    (.real("both"), .reals([.infinity, -.infinity, .infinity])),
                    (.real("among"), .reals([1 / 3, .infinity, -1e300])),
                    (.real("largest"), .reals([.greatestFiniteMagnitude, -.infinity, 0])),
                ]
            )
        },
        Vector("subnormals", "the smallest numbers of f64 and f32") { path in
            try block(
                path,
                [
                    (
                        .real("f64"),
                        .reals([.leastNonzeroMagnitude, -.leastNonzeroMagnitude, 0x1p-1030])
                    ),
                    (.real("f32"), .reals([0x1p-149, -0x1p-149, 0x1.8p-140])),
                    (.real("edge"), .reals([.leastNormalMagnitude, 0x1p-126, 0x1p-127])),
                ]
            )
        },
        Vector("int64-extremes", "the smallest and the largest i64, whose differences wrap") {
            path in
            try block(
                path,
                [
                    (.int("both"), .ints([.min, .max, .min, .max, 0, -1])),
                    (.int("ends"), .ints([.max, .max - 1, .max, .max - 2, .max, .max])),
                    (.int("low"), .ints([.min, .min + 1, .min, .min, .min + 3, .min])),
                    (.int("once"), .ints([0, 0, .min, 0, 0, 0])),
                ]
            )
        },
        Vector("one-row", "a block of a single row") { path in
            try block(
                path,
                [
                    (.int("i"), .ints([-1])), (.real("r"), .reals([1 / 3])),
                    (.text("t"), .texts(["x"])),
                ]
            )
        },
        Vector("series", "rows of each meter together: telemetry and energy, uneven series") {
            path in
            var writer = try VectorWriter(path)
            try writer.rows(TableID.telemetry, telemetry(rows: 18, meters: 3))
            // One meter starts late and one stops early.
            let uneven = telemetry(rows: 18, meters: 3).enumerated().filter { row, _ in
                row % 3 == 0 || (row % 3 == 1) == (row < 9)
            }
            try writer.rows(TableID.telemetry, uneven.map(\.element))
            try writer.rows(
                TableID.energy,
                (0..<12).map { row in
                    [
                        .int(0, 0), .int(1, 1), .int(2, row / 2), .int(3, row % 2),
                        .real(4, Double(row) * 3.25), .real(5, 1), .int(7, 0),
                    ]
                }
            )
            try writer.close()
        },
        Vector("series-nulls", "series of which one has no value and one only one") { path in
            var writer = try VectorWriter(path)
            let rows = telemetry(rows: 24, meters: 3).enumerated().map { row, cells in
                row % 3 == 0 || (row % 3 == 1 && row != 7) ? Array(cells.prefix(3)) : cells
            }
            try writer.rows(TableID.telemetry, rows)
            try writer.close()
        },
        Vector("columns-later", "columns that a table gains between its blocks") { path in
            var writer = try VectorWriter(path)
            for count in 1...3 {
                writer.define(TableID.steps, (0..<count).map { .real("metric\($0)") })
                try writer.rows(
                    TableID.steps,
                    [
                        [.int(0, 0), .int(1, Int64(count)), .int(2, Int64(count))]
                            + (0..<count).map { .real(UInt16(3 + $0), Double(count * 10 + $0)) }
                    ]
                )
            }
            try writer.close()
        },
        Vector("columns-unused", "a column that is told of and never has a value") { path in
            var writer = try VectorWriter(path)
            writer.define(TableID.epochs, [.real("used"), .real("unused", unit: "W")])
            try writer.rows(TableID.epochs, [epoch(run: 0, 0) + [.real(6, 1)]])
            try writer.close()
        },
        Vector("names", "names and units of every length up to the longest, and odd ones") { path in
            let names = [
                "", " ", "a/b", "\"\\\u{0}\n", "ℓ₂-norm 😀", String(repeating: "n", count: 1024),
            ]
            try block(path, names.map { (.real($0, unit: $0), .reals([1])) })
        },
        Vector("sums", "SUMMARY: exact sums beyond 64 bits, and columns that have none") { path in
            try block(
                path,
                [
                    (.int("beyond"), .ints([.max, .max, .max])),
                    (.int("below"), .ints([.min, .min, -1])),
                    (.real("decimals"), .reals([0.1, 0.2, 0.3])),
                    (.real("edge"), .reals([9_007_199_254.740991, -1e-6, 0])),
                    (.real("too_large"), .reals([9_007_199_254.740992, 1, 1])),
                    (.real("not_decimal"), .reals([1 / 3, 1, 1])),
                    (.real("negative_zero"), .reals([1, -0.0, 1])),
                    (.real("nan"), .reals([1, .nan, 2])),
                    (.real("only_nan"), .reals([.nan, .nan, .nan])),
                    (.text("text"), .texts(["a", "b", "c"])),
                ]
            )
        },
        Vector("summary-order", "smallest and largest where −0 and 0, NaN and infinities meet") {
            path in
            var writer = try VectorWriter(path)
            let columns: [[Double]] = [
                [0, -0.0], [-0.0, 0], [.nan, 1], [-.infinity, .infinity], [.nan, .nan],
            ]
            for half in 0..<2 {
                try writer.block(
                    columns.enumerated().map { number, values in
                        (.real("c\(number)"), .reals([values[half]]))
                    }
                )
            }
            try writer.close()
        },
        Vector("index", "an INDEX and a SUMMARY behind 64 blocks of rows, and at the close") {
            path in
            var writer = try VectorWriter(path)
            writer.define(0x8000, [times])
            for block in Int64(0)..<65 {
                try writer.rows(0x8000, [[.int(0, block * 10)]])
            }
            try writer.close()
        },
        Vector("index-of-few", "seventeen blocks of rows: a close leaves an INDEX") { path in
            var writer = try VectorWriter(path)
            writer.define(0x8000, [times])
            for block in Int64(0)..<17 { try writer.rows(0x8000, [[.int(0, 1000 - block)]]) }
            try writer.close()
        },
        Vector("index-pointers", "ten INDEX blocks: pointers of the second power of eight") {
            path in
            try indexed(path, closes: 9)
        },
    ]

    /// A column that says when a row of a private table was.
    static let times = ColumnDefinition("time", .int64, unit: "ns")

    /// Seventeen blocks of rows, then a block and a close again and again.
    private static func indexed(_ path: VectorPath, closes: Int) throws {
        func block(_ number: Int64, _ writer: inout VectorWriter) throws {
            try writer.rows(0x8000, [[.int(0, number)]])
        }
        func begin() throws {
            var writer = try VectorWriter(path)
            writer.define(0x8000, [times])
            for number in Int64(0)..<17 { try block(number, &writer) }
            try writer.close()
        }
        func goOn(_ number: Int64) throws {
            var writer = try VectorWriter.reopening(path)
            try block(number, &writer)
            try writer.close()
        }
        try begin()
        for number in 0..<Int64(closes) { try goOn(100 + number) }
    }
}
