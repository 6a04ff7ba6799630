import FoundationEssentials
import JouleExchange
import JouleFile
import JouleFormat
import JouleQuantities
import JouleTestSupport
import Testing

/// Tables that leave the program.
@Suite("Exported tables")
struct TableExportTests {
    private static let numbers: [Double] = [
        0, -0.0, .leastNonzeroMagnitude, -.leastNormalMagnitude, .greatestFiniteMagnitude,
        .infinity, -.infinity, .nan, Double(bitPattern: 0x7FF8_0000_0000_1234),
        Double(bitPattern: 0xFFF0_0000_0000_0001), 0.1, 1e22,
    ]
    private static let steps: [Int64] = [.min, .max, 0, -1, 1]

    private func ledger(in directory: borrowing TemporaryDirectory, closes: Bool) throws
        -> (path: String, writer: LedgerWriter)
    {
        let path = directory.path + "/run-\(closes).joule"
        let record = try RunRecord(json: [
            "run_id": "exported", "status": "running", "process": ["host": "a", "pid": 1],
            "started": 1, "config": ["a": 1, "b": 2],
        ])
        let writer = try LedgerWriter.create(at: path, run: record)
        writer.describe(meters: [
            MeterDescription(
                device: DeviceID("cpu:0"),
                source: "rapl",
                provenance: .counter,
                boundary: .device
            )
        ])
        for (place, value) in Self.numbers.enumerated() {
            let name = Array("value".utf8)
            let id = writer.metric(name.span, of: .steps)
            let cells = id.map { [MetricCell(id: $0, value: value)] } ?? []
            writer.appendStep(
                Self.steps[place % Self.steps.count],
                at: WallTime(unixNanoseconds: Self.steps[place % Self.steps.count]),
                cells: cells.span
            )
            let epoch: [MetricCell] = []
            writer.appendEpoch(
                index: Int64(place),
                number: Int64(place),
                started: WallTime(unixNanoseconds: Int64(place)),
                durationNS: 1_000,
                cells: epoch.span
            )
            writer.appendEnergy(
                .epoch(Int64(place)),
                meter: 0,
                MeasuredEnergy(
                    energy: Energy(joules: Double(place)),
                    coverage: 0.5,
                    uncertaintyRelative: nil
                )
            )
        }
        if closes {
            writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 9), metrics: nil)
        }
        return (path, writer)
    }

    private func every(_ path: String, _ request: ExportRequest) throws -> [TableBatch] {
        var export = try TableExport(of: path, request)
        var batches: [TableBatch] = []
        while let batch = try export.next() { batches.append(batch) }
        #expect(export.problems.isEmpty)
        return batches
    }

    private func texts(_ values: TableValues) -> [String] {
        (0..<values.count).map(values.text)
    }

    @Test("Every bit of numbers, NaN and integers arrives, from blocks and from a ring")
    func bits() throws {
        let directory = TemporaryDirectory()
        for closes in [true, false] {
            let (path, writer) = try ledger(in: directory, closes: closes)
            // Until here a ledger that is not closed is live.
            defer { withExtendedLifetime(writer) {} }
            var request = ExportRequest(.steps)
            request.columns = ["value", "step", "time", "run_id"]
            let batches = try every(path, request)
            let words = batches.flatMap { $0.columns[0].words }
            #expect(words == Self.numbers.map(\.bitPattern))
            let steps = batches.flatMap { $0.columns[1].words }.map(Int64.init(bitPattern:))
            let expected = Self.numbers.indices.map { Self.steps[$0 % Self.steps.count] }
            #expect(steps == expected)
            #expect(
                batches.flatMap { $0.columns[2].words }.map(Int64.init(bitPattern:)) == expected
            )
            #expect(Set(batches.flatMap { texts($0.columns[3]) }) == ["exported"])
        }
    }

    @Test("An epoch has the energy of its meters, and how it is known")
    func epochs() throws {
        let directory = TemporaryDirectory()
        let path = try ledger(in: directory, closes: true).path
        var request = ExportRequest(.epochs)
        request.columns = ["energy_j", "provenance", "boundary", "coverage", "uncertainty_rel"]
        request.conditions = [.init(column: "energy_j", comparison: .greater, operand: "8")]
        let batches = try every(path, request)
        #expect(
            batches.flatMap { $0.columns[0].words }.map(Double.init(bitPattern:)) == [9, 10, 11]
        )
        #expect(batches.flatMap { texts($0.columns[1]) } == ["counter", "counter", "counter"])
        #expect(Set(batches.flatMap { texts($0.columns[2]) }) == ["device"])
        #expect(Set(batches.flatMap { $0.columns[3].words }) == [(0.5).bitPattern])
        #expect(batches.allSatisfy { $0.columns[4].nullCount == $0.count })
    }

    @Test("Rows of two redactions come once, with the original or without it")
    func copies() throws {
        let directory = TemporaryDirectory()
        let folder = directory.path + "/runs"
        let path = try ledger(in: directory, closes: true).path
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: false
        )
        for name in ["a", "b"] {
            _ = try LedgerRedaction.write(
                path,
                to: "\(folder)/\(name).joule",
                removing: [RecordPath("config." + name)].compactMap(\.self)
            ) { Array($0.text(.compact).utf8) }
        }
        for place in [folder, directory.path] {
            for table in [ExportTable.runs, .epochs, .steps, .energy] {
                let one = try every(path, ExportRequest(table)).reduce(0) { $0 + $1.count }
                let all = try every(place, ExportRequest(table)).reduce(0) { $0 + $1.count }
                #expect(all == one, "\(table) in \(place)")
            }
        }
    }

    @Test("Conditions choose the rows that fulfil them, whatever is shown")
    func conditions() throws {
        let directory = TemporaryDirectory()
        let path = try ledger(in: directory, closes: true).path
        var request = ExportRequest(.epochs)
        request.columns = ["epoch"]
        request.since = 3
        request.until = 5
        let batches = try every(path, request)
        #expect(batches.flatMap { $0.columns[0].words } == [3, 4])
        request.runPrefix = "another"
        #expect(throws: ExportError.self) { try every(path, request) }
    }

    @Test(
        "NaN is chosen and left out, whatever its capitals and the blanks around it",
        arguments: ["value=NaN", " value = nan ", "value =NAN", "value!=NaN", "value != nan"]
    )
    func notANumber(condition: String) throws {
        let directory = TemporaryDirectory()
        for closes in [true, false] {
            let (path, writer) = try ledger(in: directory, closes: closes)
            defer { withExtendedLifetime(writer) {} }
            var request = ExportRequest(.steps)
            request.columns = ["value"]
            request.conditions = [try .init(parsing: condition)]
            let words = try every(path, request).flatMap { $0.columns[0].words }
            let expected = Self.numbers.filter { $0.isNaN != condition.contains("!") }
            #expect(words == expected.map(\.bitPattern))
        }
    }

    @Test("A run may be named by the beginning of its id where no other begins so")
    func beginnings() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/two.joule"
        var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
        let records = (0..<2).map {
            #"{"run":\#($0),"set":{"run_id":"run-\#($0)","status":"failed"}}"#
        }
        try appender.append(meta: records.map { Array($0.utf8) })
        try appender.close()
        func ids(_ condition: String) throws -> [String] {
            var request = ExportRequest(.runs)
            request.columns = ["run_id"]
            request.conditions = [try .init(parsing: condition)]
            return try every(path, request).flatMap { texts($0.columns[0]) }
        }
        #expect(try ids("run_id=run-1") == ["run-1"])
        #expect(try ids("run_id!=run-1") == ["run-0"])
        #expect(throws: ExportError.self) { try ids("run_id=run-") }
        #expect(throws: ExportError.self) { try ids("run_id=run-12") }
    }

    @Test("Of many columns the few that are nearest to a wrong name are listed")
    func nearestNames() throws {
        func nearest(_ name: String, among known: [String]) -> String {
            ExportError.noColumn(name, known: known).description
        }
        let known = ["epoch", "validation_loss", "loss", "los", "accuracy", "lr", "x", "y", "z"]
        #expect(
            nearest("Loss", among: known)
                == "there is no column 'Loss'; of 9 the nearest are loss, validation_loss, los, lr, epoch"
        )
        #expect(nearest("acuracy", among: known).contains("nearest are accuracy, "))
    }

    @Test("Instants are spelt to the nanosecond, the first and the last included")
    func instants() {
        func spelling(_ nanoseconds: Int64) -> String {
            var bytes: [UInt8] = []
            Timestamp.append(nanoseconds, to: &bytes)
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(spelling(0) == "1970-01-01T00:00:00.000000000Z")
        #expect(spelling(-1) == "1969-12-31T23:59:59.999999999Z")
        #expect(spelling(.max) == "2262-04-11T23:47:16.854775807Z")
        #expect(spelling(.min) == "1677-09-21T00:12:43.145224192Z")
        #expect(spelling(951_782_400_000_000_000) == "2000-02-29T00:00:00.000000000Z")
    }
}
