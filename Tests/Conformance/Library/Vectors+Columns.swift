import JouleFile
import JouleFormat
import JouleQuantities
import JouleTestSupport

/// Columns that make the writer choose every way to store one.
extension Vector {
    static let columns: [Vector] = [
        Vector("mapping-raw", "patterns that nothing makes smaller") { path in
            var random = SplitMix(seed: 1)
            var words: [UInt64] { (0..<12).map { _ in random.next() } }
            try block(
                path,
                [
                    (.int("i64"), ColumnValues(words: words)),
                    (.real("f64"), ColumnValues(words: words)),
                    (.real("nulls"), ColumnValues(words: words).without { $0 % 3 == 1 }),
                ]
            )
        },
        Vector("mapping-pattern", "patterns with offset, delta, delta of delta") { path in
            try block(path, shapesOfIntegers.map { (.int($0), .ints($1)) })
        },
        Vector("mapping-pattern-nulls", "the same with rows that have no value") { path in
            try block(path, shapesOfIntegers.map { (.int($0), .ints($1).without(isNull(in: $0))) })
        },
        Vector("mapping-float32", "f64 that were f32, with offset, delta, delta of delta") { path in
            try block(path, shapesOfFloats.map { (.real($0), .reals($1)) })
        },
        Vector("mapping-float32-nulls", "the same with rows that have no value") { path in
            try block(path, shapesOfFloats.map { (.real($0), .reals($1).without(isNull(in: $0))) })
        },
        Vector("mapping-decimal", "decimals with offset, delta, delta of delta") { path in
            try block(path, shapesOfDecimals.map { (.real($0), .reals($1)) })
        },
        Vector("mapping-decimal-nulls", "the same with rows that have no value") { path in
            try block(
                path,
                shapesOfDecimals.map { (.real($0), .reals($1).without(isNull(in: $0))) }
            )
        },
        Vector("mapping-decimal-exponents", "a column for each exponent, and up to 2⁵³ − 1") {
            path in
            let scales: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]
            try block(
                path,
                scales.enumerated().map { exponent, scale in
                    let top = exponent == 0 ? 0x1p53 - 1 : 987_654_321
                    let values = [top, 1, -3, 70, -top, 12_345_678].map { $0 / scale }
                    return (.real("e\(exponent)"), .reals(values))
                }
            )
        },
        Vector("mapping-strings", "strings, none like another, and with nulls") { path in
            let texts = (0..<6).map { String(repeating: "αβ", count: $0) + String($0) }
            try block(
                path,
                [
                    (.text("all"), .texts(texts)),
                    (.text("nulls"), .texts(texts.map { $0 + "x" }).without { $0 == 0 || $0 == 5 }),
                ]
            )
        },
        Vector("mapping-dictionary", "strings that return, and ones that only look alike") { path in
            let names = ["validation", "training", "e\u{301}lan", "\u{e9}lan", ""]
            let texts = (0..<20).map { names[$0 * 7 % 5] }
            try block(
                path,
                [
                    (.text("all"), .texts(texts)), (.text("nulls"), .texts(texts).without(isNull)),
                ]
            )
        },
        Vector("prediction-energy", "energy counters told by the power beside them") { path in
            var writer = try VectorWriter(path)
            try writer.rows(TableID.telemetry, telemetry(rows: 20, meters: 1))
            try writer.rows(TableID.telemetry, telemetry(rows: 20, meters: 1, gaps: true))
            try writer.rows(
                TableID.telemetry,
                telemetry(rows: 26, meters: 1).enumerated().map { row, cells in
                    row % 9 == 5 ? cells.filter { $0.column != 3 } : cells
                }
            )
            try writer.close()
        },
        Vector("prediction-duration", "epochs that begin when the one before ends") { path in
            var writer = try VectorWriter(path)
            try writer.rows(TableID.epochs, epochs(24))
            try writer.rows(
                TableID.epochs,
                epochs(24).enumerated().map { row, cells in
                    row % 5 == 2 ? Array(cells[..<3] + cells[4...]) : cells
                }
            )
            try writer.close()
        },
        Vector("quantum", "values that are multiples apart, patterns and decimals") { path in
            let steps: [Int64] = [0, 5, 3, 9, -2, 14, 1, 1, 8, 2]
            try block(
                path,
                [
                    (.int("milliseconds"), .ints(steps.map { 17 + $0 * 1_000_000 })),
                    (.int("negative"), .ints(steps.map { -5 - $0 * 12_345 })),
                    (
                        .int("huge"),
                        .ints(
                            [0, 1, 1, 0, 0, 1, 0, 1, 0, 0].map {
                                Int64.min / 2 + $0 * (Int64.max / 2)
                            }
                        )
                    ),
                    (.real("quarters"), .reals(steps.map { 1000.5 + Double($0) * 0.25 })),
                    (.real("tens"), .reals(steps.map { Double($0) * 10 - 3.3 })),
                ]
            )
        },
        Vector("packing-bits", "bits of widths from 0 to 63") { path in
            var random = SplitMix(seed: 2)
            try block(
                path,
                stride(from: 0, through: 63, by: 7).map { width in
                    var words: [UInt64] = [0]
                    for _ in 0..<8 {
                        words.append(width == 0 ? 0 : random.next() >> UInt64(64 - width) | 1)
                    }
                    return (.int("width\(width)"), ColumnValues(words: words))
                }
            )
        },
        Vector("packing-patches", "residuals that stand out of their width") { path in
            try block(
                path,
                [
                    (
                        .real("rate"),
                        .reals((0..<24).map { $0 < 20 ? 0.1 : $0 < 23 ? 0.01 : 0.001 })
                    ),
                    (.int("first"), .ints((0..<24).map { $0 == 0 ? 1 << 50 : 3 })),
                    (.int("last"), .ints((0..<24).map { $0 == 23 ? -(1 << 40) : $0 % 2 })),
                    (.int("wide"), .ints((0..<24).map { $0 == 11 ? .max : $0 % 4 })),
                ]
            )
        },
        Vector("packing-lanes", "byte lanes: none, constant, raw") { path in
            var random = SplitMix(seed: 3)
            var sum: Int64 = 0
            let jumps = (0..<40).map { row -> Int64 in
                let (low, high) = (Int64(random.next() % 128), Int64(random.next() % 128))
                // The middle byte of each difference is the same.
                sum += high << 16 | 0x2D00 | low
                return sum
            }
            try block(
                path,
                [
                    (.int("constant"), .ints([Int64](repeating: -7, count: 40))),
                    (.int("jumps"), .ints(jumps)),
                ]
            )
        },
        Vector("long-column", "1100 values, whose coding is chosen by a sample") { path in
            var random = SplitMix(seed: 4)
            var value: Int64 = 0
            let walk = (0..<1100).map { _ -> Int64 in
                value += Int64(random.next() % 4)
                return value
            }
            try block(path, [(.int("walk"), .ints(walk))])
        },
        Vector("zstd-payload", "META and SUMMARY as zstd frames", isCompressed: true) { path in
            var writer = try VectorWriter(path)
            try writer.record(
                0,
                [
                    "run_id": "packed", "words": .array((0..<40).map { .string("word \($0 % 3)") }),
                ]
            )
            try writer.close()
        },
        Vector(
            "zstd-words",
            "residuals of 8 and of 5 bytes whose values come again, as words",
            isCompressed: true
        ) {
            path in
            var random = SplitMix(seed: 5)
            let few = (0..<50).map { _ in random.next() }
            let words = (0..<240).map { row in few[row * row % 47] }
            var writer = try VectorWriter(path)
            try writer.block([
                (.int("eight"), ColumnValues(words: words)),
                (.int("five"), ColumnValues(words: words.map { $0 >> 24 })),
            ])
            try writer.close()
        },
        Vector(
            "zstd-lane",
            "a byte lane and the text of strings as zstd frames",
            isCompressed: true
        ) {
            path in
            let lane = (Int64(0)..<400).map { row in row * row % 7 * 40 + row % 3 }
            let texts = (0..<60).map { "phase \($0 % 10) of \($0 * 13)" }
            var writer = try VectorWriter(path)
            try writer.block([(.int("lane"), .ints(lane))])
            try writer.block([(.text("text"), .texts(texts))], of: 0x8001)
            try writer.close()
        },
    ]

    /// One block of a private table, closed.
    static func block(_ path: VectorPath, _ columns: [(ColumnDefinition, ColumnValues)]) throws {
        var writer = try VectorWriter(path)
        try writer.block(columns)
        try writer.close()
    }

    static func isNull(_ row: Int) -> Bool { row % 7 == 0 || row % 5 == 3 }

    /// A null between others is no step that stays the same.
    private static func isNull(in shape: String) -> (Int) -> Bool {
        shape == "delta_of_delta" ? { $0 < 2 || $0 == 21 } : { isNull($0) }
    }

    /// Integers that are smallest with each prediction, by its name.
    static var shapesOfIntegers: [(String, [Int64])] {
        var random = SplitMix(seed: 5)
        var noise: [Int64] { (0..<22).map { _ in Int64(random.next() % 251) } }
        return [
            ("offset", noise.map { $0 - 100 }),
            ("delta", accumulated(noise)),
            ("delta_of_delta", noise.enumerated().map { Int64($0) * 1_000_003 + $1 % 3 }),
        ]
    }

    static var shapesOfFloats: [(String, [Double])] {
        var random = SplitMix(seed: 6)
        func float(_ pattern: UInt32) -> Double { Double(Float(bitPattern: pattern)) }
        var noise: [UInt32] { (0..<22).map { _ in UInt32(random.next() % 4096) } }
        let far = (0..<22).map { _ in UInt32(truncatingIfNeeded: random.next()) % 0x7F00_0000 }
        let signed = noise.map { float($0 | ($0 & 1) << 31) }
        return [
            ("offset", far.map(float)),
            ("signed", signed),
            ("delta", accumulated(noise.map(Int64.init)).map { float(0x3F80_0000 + UInt32($0)) }),
            (
                "delta_of_delta",
                noise.enumerated().map { float(0x3F80_0000 + UInt32($0) * 70_001 + $1 % 5) }
            ),
        ]
    }

    static var shapesOfDecimals: [(String, [Double])] {
        shapesOfIntegers.map { name, integers in (name, integers.map { Double($0) / 1e3 }) }
    }

    private static func accumulated(_ steps: [Int64]) -> [Int64] {
        var sum: Int64 = 0
        return steps.map { step in
            sum += step
            return sum
        }
    }

    /// Readings whose energy is the integral of their power, but for a microjoule.
    static func telemetry(rows: Int, meters: Int, gaps: Bool = false) -> [[RingCell]] {
        var random = SplitMix(seed: 7)
        var energy = [Double](repeating: 0, count: meters)
        var before = [Double](repeating: 0, count: meters)
        return (0..<rows).map { row in
            let meter = row % meters
            let beat = row / meters
            let power = Double(60_000 + random.next() % 20_000) / 1e3
            if beat > 0 { energy[meter] += (before[meter] + power) / 2 * 0.1 }
            before[meter] = power
            let cells: [RingCell] = [
                .int(0, 0), .int(1, Int64(meter)),
                .int(2, Int64(VectorTime.startNS) + Int64(beat) * 100_000_000),
                .real(3, (energy[meter] * 1e6).rounded() / 1e6 + Double(beat % 2) / 1e6),
            ]
            return gaps && row % 6 == 4 ? cells : cells + [.real(4, power)]
        }
    }

    static func epochs(_ count: Int) -> [[RingCell]] {
        var random = SplitMix(seed: 8)
        var start = Int64(VectorTime.startNS)
        return (0..<count).map { index in
            let nanoseconds = Int64(1_200_000_000 + random.next() % 90_000_000)
            defer { start += nanoseconds + Int64(random.next() % 1000) }
            return [
                .int(0, 0), .int(1, Int64(index)), .int(2, Int64(index)), .int(3, start),
                .real(4, Double(nanoseconds) / 1e9),
            ]
        }
    }
}
