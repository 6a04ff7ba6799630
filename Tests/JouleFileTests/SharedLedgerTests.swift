import FoundationEssentials
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
            let summaries = try LedgerDirectory(reading: path, .summaries).reconciled().runs
            #expect(SharingFixture.joules(summaries) == [1750, 1750])
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
