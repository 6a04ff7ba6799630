import FoundationEssentials
import Glibc
import JouleExchange
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile
@testable import JouleFormat

/// Tables that several readers take a part of.
@Suite("Divided tables")
struct TablePlanTests {
    private func write(_ name: String, _ metric: String, in folder: borrowing TemporaryDirectory)
        throws -> String
    {
        let path = folder.path + "/\(name).joule"
        let record = try RunRecord(json: [
            "run_id": .string(name), "status": "running", "started": 1, "config": ["a": 1],
        ])
        let writer = try LedgerWriter.create(at: path, run: record)
        let bytes = Array(metric.utf8)
        let id = writer.metric(bytes.span, of: .steps)
        for step in 0..<20_000 {
            let value = Double(step).squareRoot()
            let cells = id.map { [MetricCell(id: $0, value: value)] } ?? []
            let isKept = writer.appendStep(
                Int64(step),
                at: WallTime(unixNanoseconds: Int64(step)),
                cells: cells.span
            )
            #expect(isKept)
            // The ring is drained meanwhile.
            if step % 2_000 == 0 { usleep(30_000) }
        }
        writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 9), metrics: nil)
        return path
    }

    /// So many blocks that an index lists them.
    private func writeReadings(in folder: borrowing TemporaryDirectory, rowsOfBlock: UInt64 = 16)
        throws
    {
        let path = folder.path + "/readings.joule"
        var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
        var random = SplitMix(seed: 85)
        for block in 0..<100 as Range<UInt64> {
            var batch = RowBatch()
            for row in 0..<rowsOfBlock {
                let time = block * rowsOfBlock + row
                batch.append([
                    RingCell(column: 0, word: 0), RingCell(column: 2, word: time),
                    RingCell(column: 4, word: random.next()),
                ])
            }
            try appender.append(batch, table: TableID.telemetry)
        }
        try appender.close()
    }

    private func rows(_ export: TableExport) throws -> [String] {
        var export = export
        var rows: [String] = []
        while let batch = try export.next() {
            for row in 0..<batch.count {
                rows.append(
                    batch.columns.map { values in
                        guard values.hasValue(row) else { return "-" }
                        return values.kind == .text ? values.text(row) : "\(values.words[row])"
                    }.joined(separator: " ")
                )
            }
        }
        return rows
    }

    /// What readers of one portion each get; nothing but the plan's JSON reaches them.
    private func shares(of plan: JSON, _ request: ExportRequest, problems: String? = nil) throws
        -> [[String]]
    {
        try (plan["portions"]?.array ?? []).map { portion in
            var one = request
            let share: JSON = [
                "portions": [portion], "metrics": plan["metrics"] ?? [],
                "problem_column": .orNull(problems),
            ]
            one.share = TableShare(json: try JSON(parsing: share.text()))
            return try rows(TableExport(of: "nowhere", one))
        }
    }

    @Test(
        "Portions of any size have the rows of the whole, in their order",
        arguments: [1, 8, 400]
    )
    func whole(kilobytes: UInt64) throws {
        let directory = TemporaryDirectory()
        for (name, metric) in [("a", "loss"), ("b", "step"), ("c", "loss")] {
            _ = try write(name, metric, in: directory)
        }
        try writeReadings(in: directory)
        for table in ExportTable.allCases {
            let plan = try TablePlan(
                of: [directory.path],
                table: table,
                bytesMax: kilobytes << 10
            )
            let request = ExportRequest(table)
            let divided = try shares(of: plan.json, request)
            let all = try rows(TableExport(of: directory.path, request))
            #expect(divided.flatMap { $0 } == all, "\(table)")
            if table == .telemetry, kilobytes == 1 { #expect(divided.count > 6) }
        }
    }

    @Test("Each of the readers has about the same, and none less than a mebibyte")
    func readers() throws {
        let directory = TemporaryDirectory()
        try writeReadings(in: directory, rowsOfBlock: 4096)
        let request = ExportRequest(.telemetry)
        for (readers, parts) in [(1, 1), (2, 2), (3, 3), (100, 4)] as [(UInt64, Int)] {
            let plan = try TablePlan(
                of: [directory.path],
                table: .telemetry,
                readers: readers,
                bytesMax: .max
            )
            let counts = try shares(of: plan.json, request).map(\.count)
            #expect(counts.count == parts && counts.reduce(0, +) == 409_600)
            let even = 409_600 / parts
            #expect(counts.allSatisfy { abs($0 - even) < even / 10 }, "\(counts)")
        }
    }

    @Test("A copy counts once, and what is gone or spoilt is told in a row")
    func problems() throws {
        let directory = TemporaryDirectory()
        let first = try write("a", "loss", in: directory)
        let second = try write("b", "loss", in: directory)
        let bytes = try Data(contentsOf: URL(filePath: first))
        try bytes.write(to: URL(filePath: directory.path + "/copy.joule"))
        try Data("no ledger".utf8).write(to: URL(filePath: directory.path + "/d.joule"))
        let plan = try TablePlan(of: [directory.path], table: .steps, bytesMax: .max).json
        #expect(plan["portions"]?.array?.count == 2)
        #expect(plan["problems"]?.array?.count == 1)
        try FileManager.default.removeItem(atPath: second)
        var request = ExportRequest(.steps)
        request.columns = ["step"]
        let divided = try shares(of: plan, request, problems: "problem")
        #expect(divided.map(\.count) == [20_000, 1])
        #expect(divided[1][0].hasPrefix("- \(second): "))
    }
}
