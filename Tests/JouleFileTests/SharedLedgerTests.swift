import FoundationEssentials
import JouleFormat
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile

@Suite("Ledgers of runs that shared a meter")
struct SharedLedgerTests {
    /// 50 W, and 250 W from 10 s to 20 s.
    private static let curve = SharingFixture.Curve(
        watts: Array(repeating: 50, count: 10) + Array(repeating: 250, count: 10)
            + Array(repeating: 50, count: 10)
    )
    private static let begin: Int64 = 1_700_000_000

    private func log(_ id: String, _ path: String, _ start: Int, _ end: Int) throws -> LedgerWriter
    {
        let run = try RunRecord(json: [
            "run_id": .string(id), "status": "running",
            "started": .integer(Self.begin + Int64(start)),
            "process": ["host": "somewhere", "pid": 42],
        ])
        let writer = try LedgerWriter.create(at: path, run: run)
        writer.describe(meters: [SharingFixture.meter(SharingFixture.zone)])
        for second in (start + 1)...end {
            writer.appendTelemetry(
                meter: 0,
                at: WallTime(unixNanoseconds: (Self.begin + Int64(second)) * 1_000_000_000),
                energyJoules: Self.curve.joules(from: Double(start), to: Double(second)),
                powerWatts: nil
            )
        }
        return writer
    }

    private func write(_ id: String, _ path: String, _ start: Int, _ end: Int) throws {
        let writer = try log(id, path, start, end)
        let joules = Self.curve.joules(from: Double(start), to: Double(end))
        writer.appendEnergy(.run, meter: 0, SharingFixture.energy(joules))
        writer.finish(
            status: .finished,
            ended: WallTime(unixNanoseconds: (Self.begin + Int64(end)) * 1_000_000_000),
            metrics: nil
        )
    }

    @Test("Telemetry tells how much lies where two runs overlap, also in a pack")
    func telemetry() throws {
        let directory = TemporaryDirectory()
        let folder = directory.path + "/ledgers"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try write("a", folder + "/a.joule", 0, 20)
        try write("b", folder + "/b.joule", 10, 30)
        _ = try LedgerPack.write(folder, to: directory.path + "/all.joule")
        for path in [folder, directory.path + "/all.joule"] {
            let found = try LedgerDirectory(reading: path)
            #expect(found.runs.map { $0.energy?.joules } == [3000, 3000])
            let counted = found.reconciled().runs
            #expect(SharingFixture.joules(counted) == [1750, 1750])
        }
    }

    @Test("Each process's own telemetry is read, of ranks as well")
    func ranks() throws {
        let directory = TemporaryDirectory()
        try write("a", directory.path + "/a0.joule", 0, 20)
        try write("a", directory.path + "/a1.joule", 1, 21)
        try write("b", directory.path + "/b.joule", 10, 30)
        let found = try LedgerDirectory(reading: directory.path)
        let counted = found.reconciled().runs
        // The second process of a saw another second of 50 W.
        #expect(SharingFixture.joules(counted) == [1775, 1725])
    }

    @Test("Telemetry of two processes in one ledger is read of each")
    func ranksOfOneLedger() throws {
        let directory = TemporaryDirectory()
        try writeRanks("a", directory.path + "/a.joule", [(0, 5), (5, 20)])
        try write("b", directory.path + "/b.joule", 10, 30)
        let found = try LedgerDirectory(reading: directory.path)
        #expect(found.runs.map { $0.energy?.joules } == [3000, 3000])
        // When the second process of a used its energy, only its own telemetry tells.
        #expect(SharingFixture.joules(found.reconciled().runs) == [1750, 1750])
    }

    /// A ledger of all ranks of a run, as another writer than ours may write it.
    private func writeRanks(_ id: String, _ path: String, _ windows: [(start: Int, end: Int)])
        throws
    {
        var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
        var documents: [[UInt8]] = []
        var telemetry = RowBatch()
        for (rank, window) in windows.enumerated() {
            let number = UInt64(rank)
            let joules = Self.curve.joules(from: Double(window.start), to: Double(window.end))
            var run = try SharingFixture.run(id, 0, 1, joules: [SharingFixture.zone: joules])
            run.rank = rank
            run.process = ProcessIdentity(host: "node", bootID: nil, pid: 1, startTicks: nil)
            run.started = WallTime(unixSeconds: Double(Self.begin) + Double(window.start))
            run.ended = WallTime(unixSeconds: Double(Self.begin) + Double(window.end))
            run.durationSeconds = Double(window.end - window.start)
            let document: JSON = ["run": .integer(Int64(rank)), "set": .object(run.header)]
            documents.append(Array(document.text().utf8))
            for second in (window.start + 1)...window.end {
                let timeNS = (Self.begin + Int64(second)) * 1_000_000_000
                let used = Self.curve.joules(from: Double(window.start), to: Double(second))
                telemetry.append([
                    RingCell(column: 0, word: number), RingCell(column: 1, word: 0),
                    RingCell(column: 2, word: UInt64(bitPattern: timeNS)),
                    RingCell(column: 3, word: used.bitPattern),
                ])
            }
        }
        try appender.append(meta: documents)
        try appender.append(telemetry, table: TableID.telemetry)
        try appender.close()
    }

    @Test("A run that has not ended shares up to its last telemetry")
    func running() throws {
        let directory = TemporaryDirectory()
        let writer = try log("a", directory.path + "/a.joule", 0, 20)
        defer {
            writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 1), metrics: nil)
        }
        try write("b", directory.path + "/b.joule", 10, 30)
        let found = try LedgerDirectory(reading: directory.path)
        #expect(found.runs.map(\.durationSeconds) == [20, 20])
        #expect(SharingFixture.joules(found.reconciled().runs) == [1750, 1750])
    }
}
