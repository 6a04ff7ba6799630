import JouleExchange
import JouleFile
import JouleFormat
import JouleQuantities
import JouleTestSupport
import Testing

@Suite("Ranges of steps leave the program")
struct StepRangeTests {
    private static let started = WallTime(unixNanoseconds: 1_700_000_000_000_000_000)

    /// A ledger of a phase, and with `ranges` of ranges in the phase and outside of it.
    private func ledger(
        in directory: borrowing TemporaryDirectory,
        ranges: [StepRange?],
        closes: Bool = true
    ) throws -> LedgerWriter {
        let id = "run-\(ranges.count)"
        let record = try RunRecord(json: [
            "run_id": .string(id), "status": "running", "process": ["host": "a", "pid": 1],
            "started": 1,
        ])
        let writer = try LedgerWriter.create(at: "\(directory.path)/\(id).joule", run: record)
        writer.describe(meters: [
            MeterDescription(
                device: DeviceID("cpu:0"),
                source: "rapl",
                provenance: .counter,
                boundary: .device
            )
        ])
        for (place, range) in ([nil] + ranges).enumerated() {
            writer.appendPhase(
                Int64(place),
                name: range == nil ? "training" : StepRange.name,
                epochIndex: nil,
                range: range,
                started: Self.started,
                durationNS: 1_000
            )
            writer.appendEnergy(
                .phase(Int64(place)),
                meter: 0,
                MeasuredEnergy(
                    energy: Energy(joules: Double(1 << place)),
                    coverage: 1,
                    uncertaintyRelative: nil
                )
            )
        }
        if closes { writer.finish(status: .finished, ended: Self.started, metrics: nil) }
        return writer
    }

    private func rows(of directory: String, _ table: ExportTable, _ columns: [String]) throws
        -> [String]
    {
        var request = ExportRequest(table)
        request.columns = columns
        var export = try TableExport(of: directory, request)
        let spelling = TableSpelling(.csv, columns: export.columns)
        var bytes: [UInt8] = []
        while let batch = try export.next() { bytes += spelling.bytes(of: batch) }
        #expect(export.problems.isEmpty)
        return String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").map(String.init)
    }

    @Test(
        "No joule of a range is told beside those of its phase, whether the run lives or not",
        arguments: [true, false]
    )
    func tables(closes: Bool) throws {
        let directory = TemporaryDirectory()
        _ = try ledger(in: directory, ranges: [])
        let writer = try ledger(
            in: directory,
            ranges: [
                StepRange(first: .min, last: -1, within: 0),
                StepRange(first: 0, last: .max, within: nil),
            ],
            closes: closes
        )
        defer { writer.finish(status: .finished, ended: Self.started, metrics: nil) }
        #expect(
            try rows(of: directory.path, .phases, ["run_id", "name", "energy_j"])
                == ["run-0,training,1.0", "run-2,training,1.0"]
        )
        let columns = ["run_id", "phase", "index", "within", "first_step", "last_step", "energy_j"]
        #expect(
            try rows(of: directory.path, .stepRanges, columns)
                == [
                    "run-2,1,,0,\(Int64.min),-1,2.0", "run-2,2,,,0,\(Int64.max),4.0",
                ]
        )
        let runs = try LedgerDirectory(reading: directory.path).runs
        #expect(runs.map(\.phases.count) == [1, 1])
        #expect(runs.map(\.stepRanges.count) == [0, 1])
        #expect(runs.map { $0.phases.flatMap(\.stepRanges).map(\.steps) } == [[], [.min ... -1]])
    }

    @Test(
        "A phase is no range without both ends in order, or by columns that a program named",
        arguments: [ColumnRole.fixed, .metric]
    )
    func phasesOnly(role: ColumnRole) throws {
        let directory = TemporaryDirectory()
        var appender = try LedgerAppender(
            creating: directory.path + "/odd.joule",
            header: FileHeader(createdNS: 1)
        )
        try appender.append(meta: [Array(#"{"run":0,"set":{"run_id":"odd"}}"#.utf8)])
        for (place, column) in TableSchema.stepRangeColumns.enumerated() {
            let column = ColumnDefinition(column.name, column.type, role: role)
            appender.define(column, number: UInt16(6 + place), table: TableID.phases)
        }
        // By ordinal; the last one is a range, within itself.
        let odd: [[(column: UInt16, value: Int64)]] = [
            [(6, 5), (7, 4)], [(6, 5)], [(7, 5)], [(8, 0)], [(6, 5), (7, 5), (8, 4)],
        ]
        var batch = RowBatch()
        for (ordinal, cells) in odd.enumerated() {
            let all = [(0, 0), (1, Int64(ordinal))] + cells
            batch.append(all.map { RingCell(column: $0, word: UInt64(bitPattern: $1)) })
        }
        try appender.append(batch, table: TableID.phases)
        try appender.close()
        let isRange = role == .fixed
        let phases = ["0", "1", "2", "3"] + (isRange ? [] : ["4"])
        #expect(try rows(of: directory.path, .phases, ["phase"]) == phases)
        #expect(
            try rows(of: directory.path, .stepRanges, ["phase", "within"])
                == (isRange ? ["4,4"] : [])
        )
        let run = try #require(LedgerDirectory(reading: directory.path).runs.first)
        #expect(run.phases.count == phases.count)
        #expect(run.stepRanges.map(\.steps) == (isRange ? [5...5] : []))
    }

    @Test("What an imported record says of ranges of steps is in its ledger")
    func imported() throws {
        let directory = TemporaryDirectory()
        let range: JSON = [
            "first_step": -3, "last_step": 9, "started": 2, "duration_s": 0.5,
            "energy_by_meter": [["meter": 0, "energy_j": 1.5, "coverage": 1]],
        ]
        let record: JSON = [
            "run_id": "imported", "status": "finished", "started": 1,
            "meters": [
                ["device": "cpu:0", "source": "s", "provenance": "model", "boundary": "device"]
            ],
            "epochs": [
                [
                    "epoch": 1, "phases": [["name": "training", "step_ranges": [range, range]]],
                    "step_ranges": [range],
                ]
            ],
        ]
        let given = try RunRecord(json: record)
        let result = try LedgerImport.write([given], into: directory.path, kind: "test")
        let path = try #require(result.path)
        let run = try #require(Ledger(reading: path).runs.first)
        #expect(run.epochs.first?.phases == given.epochs.first?.phases)
        #expect(run.epochs.first?.stepRanges == given.epochs.first?.stepRanges)
        #expect(run.epochs.first?.phases.first?.stepRanges.count == 2)
        #expect(run.json["epochs"] == given.json["epochs"])
    }

    @Test(
        "A range without both ends in order is an error that says where",
        arguments: [
            ["first_step": 2, "last_step": 1], ["first_step": 2], ["last_step": 1],
        ] as [JSON]
    )
    func refused(range: JSON) {
        let record: JSON = [
            "run_id": "imported",
            "epochs": [["epoch": 1, "phases": [["name": "a", "step_ranges": [range]]]]],
        ]
        #expect {
            try RunRecord(json: record)
        } throws: { error in
            "\(error)".hasPrefix("field epochs[0].phases[0].step_ranges[0].last_step: ")
        }
    }
}
