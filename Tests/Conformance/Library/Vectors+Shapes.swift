import JouleFile
import JouleFormat
import JouleQuantities

extension Vector {
    /// What the file as a whole may look like.
    static let shapes: [Vector] = [
        Vector("header-only", "the file header and nothing behind it", .torn) {
            _ = try VectorWriter($0)
        },
        Vector("empty", "closed without a run: SUMMARY and trailer") {
            var writer = try VectorWriter($0)
            try writer.close()
        },
        Vector("one-run", "a run with epochs, steps, energy, phases and telemetry") {
            var writer = try VectorWriter($0)
            try oneRun(&writer)
            try writer.close()
        },
        Vector("torn", "the same without its end: the process died between two blocks", .torn) {
            var writer = try VectorWriter($0)
            try oneRun(&writer)
        },
        Vector("step-ranges", "ranges of steps within a phase and outside, told by a SCHEMA") {
            var writer = try VectorWriter($0)
            try stepRanges(&writer)
            try writer.close()
        },
        Vector("many-runs", "three runs in one file, records of each changed later") {
            var writer = try VectorWriter($0)
            for run in Int64(0)..<3 {
                try writer.record(run, ["run_id": .string("run-\(run)"), "status": "running"])
            }
            try writer.rows(TableID.epochs, (0..<6).map { epoch(run: $0 % 3, $0 / 3) })
            for run in Int64(0)..<3 {
                try writer.meta([
                    ["run": .integer(run), "set": ["status": "finished", "ended": .integer(run)]]
                ])
            }
            try writer.close()
        },
        Vector("minor-version", "minor version 7, an unknown compatible feature bit") {
            var writer = try VectorWriter($0) { header in
                header.minorVersion = 7
                header.compatibleFlags = 0x8000_0000
            }
            try writer.record()
            try writer.close()
        },
        Vector("segment", "segment 2 with the root of the one before") {
            var writer = try VectorWriter($0) { header in
                header.segment = 2
                header.previousRoot = 0x0123_4567_89AB_CDEF
            }
            try writer.record()
            try writer.close()
        },
        Vector("many-tables", "all tables of § 6 and two private ones") {
            var writer = try VectorWriter($0)
            try oneRun(&writer)
            for table in UInt16(0)..<2 {
                try writer.block(
                    [(.int("n"), .ints([Int64(table), 7]))],
                    of: 0xFFFF - 8191 * table
                )
            }
            try writer.close()
        },
        Vector("private-table", "a private table with columns of every type, and one block of them")
        {
            var writer = try VectorWriter($0)
            try writer.block([
                (.int("count"), .ints([1, 2, 3])),
                (.real("ratio", unit: "W"), .reals([0.5, 1, 2])),
                (.text("note"), .texts(["a", "", "ü"])),
            ])
            try writer.close()
        },
        Vector("private-block", "blocks of the private types 0x80 and 0xFF between rows") {
            var writer = try VectorWriter($0)
            try writer.record()
            try writer.head(0x80, Array("anything".utf8))
            try writer.rows(TableID.epochs, [epoch(run: 0, 0)])
            try writer.head(0xFF, [])
            try writer.close()
        },
        Vector("unknown-block", "a block of the reserved type 0x55 that is not critical") {
            var writer = try VectorWriter($0)
            try writer.record()
            try writer.head(0x55, [1, 2, 3])
            try writer.close()
        },
        Vector("several-closes", "closed, appended to and closed again, three times") { path in
            try writing(path) { writer in
                try writer.record()
                try writer.rows(TableID.epochs, [epoch(run: 0, 0)])
                try writer.close()
            }
            for later in Int64(1)..<3 {
                try goingOn(path) { writer in
                    try writer.rows(TableID.epochs, [epoch(run: 0, later)])
                    try writer.meta([["run": 0, "set": ["tags": [.integer(later)]]]])
                    try writer.close()
                }
            }
        },
        Vector("resume", "torn, then continued: RESUME names the bytes that were cut off") { path in
            try writing(path) { writer in
                try writer.record()
                try writer.rows(TableID.epochs, [epoch(run: 0, 0)])
            }
            try path.append(Array("the beginning of a block that never ended".utf8))
            try goingOn(path) { writer in
                try writer.rows(TableID.epochs, [epoch(run: 0, 1)])
                try writer.close()
            }
        },
        Vector("resume-empty", "left without a close, then continued: RESUME of no bytes") { path in
            try writing(path) { writer in try writer.record() }
            try goingOn(path) { writer in try writer.close() }
        },
        Vector("gap", "rows that were lost: GAP blocks of two tables and all causes") {
            var writer = try VectorWriter($0)
            try writer.record()
            try writer.gap(17, of: TableID.steps, .ringFull)
            try writer.gap(1, of: TableID.none, .refused)
            try writer.gap(3, of: TableID.steps, .ringFull)
            try writer.gap(1 << 40, of: TableID.steps, .writeFailed)
            try writer.close()
        },
        Vector(
            "meta-lines",
            "several documents in one META block, epochs beside them, unknown members"
        ) {
            var writer = try VectorWriter($0)
            try writer.meta(texts: [
                #"{"run":0,"set":{"run_id":"lines","text":"a\nb \"q\" \u00e9 😀","deep":{"a":[1,2.5,null]}}}"#,
                #"{"run":0,"set":{},"epochs":{"0":{"note":"first"},"12":{"note":"later"}}}"#,
                #"{"run":1,"set":{"run_id":"other"},"unknown":[true]}"#,
                #"{"run":0,"epochs":{"0":{"more":1}}}"#,
            ])
            try writer.close()
        },
        Vector("meta-forms", "documents with little in them, nulls, and runs of odd numbers") {
            var writer = try VectorWriter($0)
            try writer.meta(texts: [
                #"{"run":2}"#, #"{"run":3,"set":null}"#, #"{"run":4,"epochs":null,"set":{}}"#,
                #"{"run":5,"epochs":{"0":{},"9223372036854775807":{"a":1}}}"#,
                #"{"run":-1,"set":{"a":NaN,"b":-Infinity}}"#,
                #"{"run":9223372036854775807,"set":{"a":9223372036854775808}}"#,
            ])
            try writer.close()
        },
        Vector("meta-removed", "members that later documents replace, and remove with null") {
            var writer = try VectorWriter($0)
            try writer.meta(texts: [
                #"{"run":0,"set":{"run_id":"removed","note":"old","draft":true,"kept":1}}"#
            ])
            try writer.meta(texts: [
                #"{"run":0,"set":{"note":"new","draft":null,"never":null}}"#,
                #"{"run":0,"set":{"number":0.1,"large":1e300,"small":-5e-324,"last":9007199254740993}}"#,
            ])
            try writer.close()
        },
    ]

    static func epoch(run: Int64, _ index: Int64) -> [RingCell] {
        [
            .int(0, run), .int(1, index), .int(2, index + 1),
            .int(3, Int64(VectorTime.startNS) + index * 1_500_000_000), .real(4, 1.5),
        ]
    }

    /// A phase with two ranges of steps, and one beside it.
    static func stepRanges(_ writer: inout VectorWriter) throws {
        try writer.record()
        let start = Int64(VectorTime.startNS)
        writer.define(TableID.phases, TableSchema.stepRangeColumns)
        let rows: [(ordinal: Int64, steps: [Int64])] = [
            (1, [0, 99, 0]), (2, [100, 149, 0]), (0, []), (3, [-1, -1]),
        ]
        try writer.rows(
            TableID.phases,
            rows.map { ordinal, steps in
                [
                    .int(0, 0), .int(1, ordinal), .int(2, 0),
                    .text(3, steps.isEmpty ? "training" : "steps"),
                    .int(4, start + ordinal * 1_000_000), .real(5, 0.25),
                ]
                    + steps.enumerated().map { .int(UInt16(6 + $0), $1) }
            }
        )
        try writer.rows(TableID.epochs, [epoch(run: 0, 0)])
        try writer.rows(
            TableID.energy,
            (Int64(0)..<4).map { ordinal in
                [
                    .int(0, 0), .int(1, 2), .int(2, ordinal), .int(3, 0),
                    .real(4, ordinal == 0 ? 50 : 12.5 * Double(ordinal)), .real(5, 1), .int(7, 0),
                ]
            }
        )
    }

    /// A few rows of every table of § 6.
    static func oneRun(_ writer: inout VectorWriter) throws {
        try writer.record()
        let start = Int64(VectorTime.startNS)
        writer.define(TableID.epochs, [.real("loss"), .real("accuracy")])
        writer.define(TableID.steps, [.real("loss")])
        try writer.rows(
            TableID.steps,
            (0..<4).map { step in
                [
                    .int(0, 0), .int(1, step), .int(2, start + step * 250_000_003),
                    .real(3, Double(Float(2.3 / Double(step + 1)))),
                ]
            }
        )
        try writer.rows(
            TableID.telemetry,
            (0..<4).map { row in
                [
                    .int(0, 0), .int(1, row % 2), .int(2, start + row / 2 * 100_000_000),
                    .real(3, Double(row * 7) / 4), .real(4, 70 + Double(row % 2)),
                ]
            }
        )
        try writer.rows(
            TableID.epochs,
            (0..<3).map { index in
                epoch(run: 0, index)
                    + [.real(6, 1 / Double(index + 2)), .real(7, 0.25 * Double(index))]
            }
        )
        try writer.rows(
            TableID.phases,
            [
                [
                    .int(0, 0), .int(1, 0), .text(3, "download"), .int(4, start - 1_000_000_000),
                    .real(5, 1),
                ],
                [
                    .int(0, 0), .int(1, 1), .int(2, 1), .text(3, "validation"),
                    .int(4, start + 2_900_000_000), .real(5, 0.1),
                ],
            ]
        )
        try writer.rows(
            TableID.energy,
            (Int64(0)..<4).map { row in
                var cells: [RingCell] = [
                    .int(0, 0), .int(1, row == 3 ? 0 : 1), .int(2, row == 3 ? 0 : row), .int(3, 0),
                    .real(4, Double(row) * 105.25), .real(5, 1), .int(7, row == 2 ? 1 : 0),
                ]
                if row != 1 { cells.append(.real(6, 0.015)) }
                return cells
            }
        )
    }
}
