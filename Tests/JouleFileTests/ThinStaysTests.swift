import FoundationEssentials
import JouleFormat
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile

@Suite("What stays as it is when old ledgers are thinned")
struct ThinStaysTests {
    @Test("A killed writer's run keeps its end and its energy, which only readings tell")
    func killed() throws {
        let directory = TemporaryDirectory()
        let folder = try ThinFixture.folder(directory)
        let writer = try ThinFixture.write(directory.path + "/live.joule", isFinished: false)
        for end in ["", ".ring"] {
            try FileManager.default.copyItem(
                atPath: "\(directory.path)/live.joule\(end)",
                toPath: "\(folder)/torn.joule\(end)"
            )
        }
        let before = try LedgerDirectory(reading: folder).runs
        let dry = try ThinJob(
            at: folder,
            endedBefore: ThinFixture.later,
            intervalSeconds: 60,
            isDry: true
        )
        #expect(dry.thinned.count == 1 && ThinFixture.exists(folder + "/torn.joule.ring"))
        let job = try ThinJob(
            at: folder,
            endedBefore: ThinFixture.later,
            intervalSeconds: 60
        )
        #expect(job.thinned.map(\.readings.after) == dry.thinned.map(\.readings.after))
        #expect(!ThinFixture.exists(folder + "/torn.joule.ring"))
        let after = try LedgerDirectory(reading: folder).runs
        #expect(after[0].status == .killed && after[0].energy == before[0].energy)
        #expect(after[0].deviceEnergy == before[0].deviceEnergy)
        #expect(after[0].durationSeconds == before[0].durationSeconds)
        writer.finish(status: .finished, ended: ThinFixture.time(1), metrics: nil)
    }

    @Test(
        "What is young, live, sealed, packed, or goes on stays, and so does all that is tried dry"
    )
    func stays() throws {
        let fixture = SealFixture()
        let directory = TemporaryDirectory()
        let folder = try ThinFixture.folder(directory)
        try ThinFixture.write(folder + "/old.joule", id: "old")
        let bytes = try PackTests.bytes(folder + "/old.joule")
        let dry = try ThinFixture.thin(folder, isDry: true)
        #expect(dry.thinned.count == 1 && dry.thinned[0].readings.after == 16)
        #expect(try PackTests.bytes(folder + "/old.joule") == bytes)
        let young = try ThinJob(at: folder, endedBefore: ThinFixture.time(299), intervalSeconds: 60)
        #expect(young.thinned.isEmpty && young.stayed == [.young: 1])
        _ = try LedgerPack.write(folder, to: folder + "/pack.joule")
        try ThinFixture.write(folder + "/sealed.joule", id: "sealed", from: 400, to: 600)
        let seal = try LedgerSeal.seal(folder + "/sealed.joule", with: fixture.secret())
        guard case .sealed = seal else { throw Unexpected() }
        let writer = try ThinFixture.write(folder + "/live.joule", id: "live", isFinished: false)
        let job = try ThinFixture.thin(folder)
        #expect(job.thinned.map(\.path) == [folder + "/old.joule"])
        #expect(job.stayed == [.packed: 1, .sealed: 1, .live: 1] && job.problems.isEmpty)
        writer.finish(status: .finished, ended: ThinFixture.time(300), metrics: nil)
        // Who names a sealed ledger knows what goes.
        let named = try ThinFixture.thin(folder + "/sealed.joule")
        #expect(named.thinned.first?.hadSeals == true)
        #expect(try !fixture.verify(folder + "/sealed.joule").sealed)
    }

    private struct Unexpected: Error {}

    @Test("Files of a ledger that goes on in another one stay")
    func segments() throws {
        let directory = TemporaryDirectory()
        let (first, second) = try SegmentTests().written(in: directory)
        let job = try ThinFixture.thin(directory.path)
        #expect(job.thinned.isEmpty && job.problems.isEmpty && job.stayed == [.segments: 2])
        #expect(try PackTests.bytes(directory.path + "/run.joule") == Array(first))
        #expect(try PackTests.bytes(directory.path + "/run.1.joule") == Array(second))
    }

    @Test("What a run that still goes on has of a meter is the same beside thinned ones")
    func besideLive() throws {
        let directory = TemporaryDirectory()
        let folder = try ThinFixture.folder(directory)
        try ThinFixture.write(folder + "/old.joule", id: "old", to: 200)
        let old = try PackTests.bytes(folder + "/old.joule")
        let writer = try ThinFixture.write(
            folder + "/live.joule",
            id: "live",
            from: 101.5,
            to: 400,
            isFinished: false
        )
        #expect(try ThinFixture.thin(folder).thinned.map(\.path) == [folder + "/old.joule"])
        for meter in 0..<2 {
            writer.appendEnergy(.run, meter: meter, SharingFixture.energy(40_000))
        }
        writer.finish(status: .finished, ended: ThinFixture.time(400), metrics: nil)
        let after = try LedgerDirectory(reading: folder).reconciled()
        try Data(old).write(to: URL(filePath: folder + "/old.joule"))
        let before = try LedgerDirectory(reading: folder).reconciled()
        #expect(before.sharing.count == 2 && after.sharing == before.sharing)
    }

    @Test("A damaged ledger stays and is told of, and the others are thinned all the same")
    func damaged() throws {
        let directory = TemporaryDirectory()
        let folder = try ThinFixture.folder(directory)
        try ThinFixture.write(folder + "/a.joule", id: "a")
        try ThinFixture.write(folder + "/b.joule", id: "b", from: 500, to: 700)
        var bytes = try PackTests.bytes(folder + "/a.joule")
        bytes[bytes.count / 2] ^= 1
        try Data(bytes).write(to: URL(filePath: folder + "/a.joule"))
        let job = try ThinFixture.thin(folder)
        #expect(job.thinned.map(\.path) == [folder + "/b.joule"])
        #expect(job.problems.map(\.path) == [folder + "/a.joule"])
        #expect(try PackTests.bytes(folder + "/a.joule") == bytes)
        #expect(throws: LedgerError.self) { try ThinFixture.thin(folder + "/a.joule") }
    }

    @Test("The time of the last change stays, so that a job that packs counts on from it")
    func time() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        try ThinFixture.write(path)
        let old = Date(timeIntervalSince1970: 1_700_000_000.5)
        try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: path)
        #expect(try ThinFixture.thin(path).thinned.count == 1)
        #expect(FileState(of: path)?.changedNS == 1_700_000_000_500_000_000)
    }

    @Test("A ledger with blocks that only a later program knows stays")
    func laterBlocks() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        try ThinFixture.write(path)
        var ledger = try ReopenedLedger.opening(path)
        try ledger.append(head: 0x40, [1, 2, 3])
        try ledger.close()
        let bytes = try PackTests.bytes(path)
        #expect(throws: LedgerError.self) { try ThinFixture.thin(path) }
        #expect(try PackTests.bytes(path) == bytes)
    }

    @Test("A young ledger stays, also where a record in it cannot be read")
    func youngAndStrange() throws {
        let directory = TemporaryDirectory()
        let folder = try ThinFixture.folder(directory)
        try ThinFixture.write(folder + "/run.joule")
        var ledger = try ReopenedLedger.opening(folder + "/run.joule")
        try ledger.append(["run": 7, "set": ["run_id": 7]])
        try ledger.close()
        #expect(try !LedgerQuery(opening: folder + "/run.joule").problems.isEmpty)
        let bytes = try PackTests.bytes(folder + "/run.joule")
        let job = try ThinJob(at: folder, endedBefore: ThinFixture.time(299), intervalSeconds: 60)
        #expect(job.thinned.isEmpty && job.stayed == [.young: 1])
        #expect(try PackTests.bytes(folder + "/run.joule") == bytes)
    }

    @Test("Links, and names of one file, lose nothing")
    func links() throws {
        let directory = TemporaryDirectory()
        let folder = try ThinFixture.folder(directory)
        let files = FileManager.default
        try ThinFixture.write(folder + "/run.joule")
        let bytes = try PackTests.bytes(folder + "/run.joule")
        try files.linkItem(atPath: folder + "/run.joule", toPath: directory.path + "/kept.joule")
        try files.createSymbolicLink(
            atPath: folder + "/link.joule",
            withDestinationPath: directory.path + "/kept.joule"
        )
        let job = try ThinFixture.thin(folder)
        #expect(job.thinned.map(\.path) == [folder + "/run.joule"])
        #expect(job.stayed == [.foreign: 1])
        #expect(try PackTests.bytes(directory.path + "/kept.joule") == bytes)
    }

    @Test("A file that took the place of the old one meanwhile stays")
    func replaced() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        try Data([1]).write(to: URL(filePath: path))
        let old = try SystemFile.reading(path)
        var draft = try SystemFile.draft(of: path)
        try draft.write([2], at: 0)
        try Data([3]).write(to: URL(filePath: path), options: .atomic)
        do throws(LedgerError) {
            try draft.replace(old)
            Issue.record("it was replaced")
        } catch {
            #expect(error == .changed(path: path))
        }
        #expect(try PackTests.bytes(path) == [3])
    }

    @Test("Rows that say more than a reading does, or less, are kept as they are")
    func strangeRows() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try ThinFixture.write(path, to: 30, isFinished: false)
        for second in 0..<30 {
            writer.appendTelemetry(
                meter: 0,
                at: ThinFixture.time(30 + Double(second)),
                energyJoules: nil,
                powerWatts: 5
            )
            writer.appendTelemetry(
                meter: 9,
                at: ThinFixture.time(30 + Double(second)),
                energyJoules: 1,
                powerWatts: 5
            )
        }
        writer.finish(status: .finished, ended: ThinFixture.time(60), metrics: nil)
        let before = try QueryFixture.scan(path).rows[TableID.telemetry]
        _ = try ThinFixture.thin(path)
        let after = try QueryFixture.scan(path).rows[TableID.telemetry]
        func strange(_ rows: [[QueryFixture.Cell]]?) -> [[QueryFixture.Cell]] {
            (rows ?? []).filter { $0[3] == .null || $0[1] == .word(9) }
        }
        #expect(strange(before).count == 60)
        #expect(QueryFixture.areSame(strange(after), strange(before)))
    }
}
