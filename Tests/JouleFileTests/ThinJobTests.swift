import FoundationEssentials
import Glibc
import JouleFormat
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile

@Suite("Thinning the readings of old ledgers")
struct ThinJobTests {
    @Test("All but the readings is as it was, and each run says what went")
    func content() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        try ThinFixture.write(path)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        let (before, rows) = (try Ledger(reading: path), try QueryFixture.scan(path).rows)
        let job = try ThinFixture.thin(path)
        let ledger = try #require(job.thinned.first)
        #expect(ledger.readings.before == 600)
        // The first two readings of a meter, as the first power is not known, and one of each of the six
        // minutes that the run touches.
        #expect(ledger.readings.after == 2 * 8)
        #expect(ledger.sizeBytes.after < ledger.sizeBytes.before)
        #expect(ledger.oldRoot == Digest.hex(before.integrity.root))
        let after = try Ledger(reading: path, verifies: true)
        #expect(after.integrity.state == .clean && after.integrity.problems.isEmpty)
        #expect(after.attachments.map(\.name) == ["notes.bin"])
        var run = after.runs[0]
        let origin = try #require(run.extra["thinned_from"])
        run.extra["thinned_from"] = nil
        #expect(run == before.runs[0])
        var left = try QueryFixture.scan(path).rows
        let readings = left.removeValue(forKey: TableID.telemetry) ?? []
        #expect(left == rows.filter { $0.key != TableID.telemetry })
        let note = try #require(ThinningNote(after.runs[0]))
        #expect((note.readingsBefore, note.readingsAfter) == (600, 16))
        #expect(note.intervalSeconds == 60)
        // Whoever has the old ledger can show which readings these were.
        let old = try #require(rows[TableID.telemetry])
        for meter in 0..<2 {
            let gone = old.filter { $0[1] == .word(UInt64(meter)) && !readings.contains($0) }
            var bytes: [UInt8] = []
            for row in gone {
                for case .word(let word) in row[2...] {
                    bytes += (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
                }
            }
            let removed = try #require(origin["removed"]?.array?[meter])
            #expect(removed["rows"]?.integer == 292)
            #expect(removed["sha256"]?.string == Digest(of: bytes).hex)
        }
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o640)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).count == 1)
    }

    @Test("Thinning again changes no byte, and a longer interval names both ledgers")
    func again() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        try ThinFixture.write(path)
        let first = try ThinFixture.thin(path)
        let bytes = try PackTests.bytes(path)
        #expect(try ThinFixture.thin(path).thinned.isEmpty)
        #expect(try ThinFixture.thin(path, each: 20).thinned.isEmpty)
        #expect(try PackTests.bytes(path) == bytes)
        let second = try ThinFixture.thin(path, each: 3600)
        let origin = try Ledger(reading: path).runs[0].extra["thinned_from"]
        #expect(origin?["root"]?.string == second.thinned.first?.oldRoot)
        #expect(origin?["before"]?["root"]?.string == first.thinned.first?.oldRoot)
    }

    @Test("Of a thinned ledger and a copy of the old one, the thinned one counts")
    func copies() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        try ThinFixture.write(path)
        let copy = directory.path + "/copy.joule"
        try FileManager.default.copyItem(atPath: path, toPath: copy)
        _ = try ThinFixture.thin(path)
        let found = try LedgerDirectory(reading: directory.path)
        #expect(found.runs.count == 1)
        #expect(found.place(of: found.runs[0].id)?.path == path)
        // Also when somebody has added something to the copy meanwhile.
        var reopened = try ReopenedLedger.opening(copy)
        try reopened.append(["run": 0, "set": ["seen": true]])
        try reopened.close()
        #expect(try LedgerDirectory(reading: directory.path).runs.count == 1)
    }

    @Test(
        "Every sum over a directory, or a part of it, stays equal bit for bit",
        arguments: 0..<8
    )
    func sums(seed: UInt64) throws {
        let directory = TemporaryDirectory()
        let folder = try ThinFixture.folder(directory)
        var random = SplitMix(seed: seed)
        for part in ["a", "b"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder)/\(part)",
                withIntermediateDirectories: false
            )
        }
        for number in 0..<6 {
            let start = Double(random.next() % 600_000) / 1000
            try ThinFixture.write(
                "\(folder)/\(number % 2 == 0 ? "a" : "b")/\(number).joule",
                id: "run-\(number)",
                from: start,
                to: start + 30 + Double(random.next() % 600_000) / 1000,
                meters: 1 + Int(random.next() % 3)
            )
        }
        let parts = [folder, folder + "/a", folder + "/b"]
        let before = try parts.map { part in try Sums(of: part) }
        #expect(!before[0].sharing.isEmpty)
        let job = try ThinFixture.thin(folder)
        #expect(job.thinned.count == 6 && job.problems.isEmpty)
        #expect(try parts.map { part in try Sums(of: part) } == before, "seed \(seed)")
    }

    /// What is told of the runs of a directory, as they are and with each joule counted once.
    private struct Sums: Equatable {
        let runs: [RunRecord]
        let counted: [RunRecord]
        let sharing: [RunID: SharedEnergy]

        init(of path: String) throws {
            let directory = try LedgerDirectory(reading: path)
            let reconciled = directory.reconciled()
            runs = directory.runs.map(Self.bare)
            counted = reconciled.runs.map(Self.bare)
            sharing = reconciled.sharing
        }

        private static func bare(_ run: RunRecord) -> RunRecord {
            var run = run
            run.extra["thinned_from"] = nil
            return run
        }
    }

    @Test("Of a day of two meters and 360 epochs a small part is left")
    func sizes() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let run = try Fixture.run()
        let writer = try LedgerWriter.create(at: path, run: run)
        writer.describe(meters: ThinFixture.meters(2))
        var random = SplitMix(seed: 1)
        var (watts, joules) = ([310.0, 85.0], [0.0, 0.0])
        for second in 1...86_400 {
            for meter in 0..<2 {
                // Busy with a slow drift, and a pause of five seconds between epochs.
                let drift = Double(Int(random.next() % 65) - 32) / 16
                watts[meter] = min(400, max(60, watts[meter] + drift))
                let now = second % 240 < 5 ? 60 : watts[meter]
                joules[meter] += now
                let time = ThinFixture.time(Double(second) + Double(random.next() % 2000) * 1e-7)
                // The ring may be full: nobody logs a day in a second.
                while !writer.appendTelemetry(
                    meter: meter,
                    at: time,
                    energyJoules: joules[meter],
                    powerWatts: now
                ) { usleep(1000) }
            }
            if second % 240 == 0 {
                ThinFixture.log(epoch: second / 240 - 1, from: 0, 2, to: writer)
            }
        }
        #expect(writer.finish(status: .finished, ended: ThinFixture.time(86_400), metrics: nil))
        let ledger = try #require(try ThinFixture.thin(path).thinned.first)
        #expect(ledger.readings == (172_800, 2 * 1442))
        #expect(ledger.sizeBytes.after * 15 < ledger.sizeBytes.before)
    }
}
