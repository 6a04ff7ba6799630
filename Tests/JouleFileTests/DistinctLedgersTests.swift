import FoundationEssentials
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile

/// Ledgers that are made of one another are one experiment.
@Suite("Copies of ledgers")
struct DistinctLedgersTests {
    private static func redact(_ path: String, _ name: String, to target: String) throws {
        let paths = [RecordPath(name)].compactMap(\.self)
        _ = try LedgerRedaction.write(path, to: target, removing: paths) {
            Array($0.text(.compact).utf8)
        }
    }

    private static func tag(_ path: String) throws {
        let id = try #require(try Ledger(reading: path).runs.first?.id)
        var lists = JSONObject()
        lists["tags"] = ["later"]
        try RunAnnotation(append: lists).append(to: path, run: id)
    }

    private static func copy(_ path: String, to target: String) throws {
        try FileManager.default.copyItem(atPath: path, toPath: target)
    }

    /// Every reader of the directory, and of a pack of it, sees one run with what was measured once.
    private static func expectOnce(
        in folder: String,
        epochs: Int = 5,
        _ sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let pack = folder + ".pack"
        _ = try LedgerPack.write(folder, to: pack)
        for path in [folder, pack] {
            for depth in [LedgerDirectory.Depth.everything, .summaries] {
                let runs = try LedgerDirectory(reading: path, depth).runs
                #expect(runs.map(\.epochCount) == [epochs], sourceLocation: sourceLocation)
                #expect(runs.map(\.stepCount) == [3 * epochs], sourceLocation: sourceLocation)
            }
        }
        try FileManager.default.removeItem(atPath: pack)
    }

    @Test("Redactions of one ledger count once, with it or without it, and whatever is appended")
    func redactions() throws {
        let directory = TemporaryDirectory()
        let folder = directory.path + "/runs"
        try LedgerImport.makeDirectory(folder)
        let path = try Fixture.finished(in: directory)
        try Self.redact(path, "config.lr", to: folder + "/c1.joule")
        try Self.redact(path, "config", to: folder + "/c2.joule")
        try Self.expectOnce(in: folder)
        try Self.redact(folder + "/c1.joule", "tags", to: folder + "/c3.joule")
        try Self.expectOnce(in: folder)
        // What was made anew most often counts: of the same run it tells least of what was removed.
        let run = try #require(try LedgerDirectory(reading: folder).runs.first)
        #expect(run.tags.isEmpty && run.config?["lr"] == nil && run.config?["seed"] != nil)
        try Self.copy(path, to: folder + "/run.joule")
        try Self.expectOnce(in: folder)
        for name in ["run", "c1", "c2"] { try Self.tag("\(folder)/\(name).joule") }
        try Self.expectOnce(in: folder)
    }

    @Test("Redactions that took out who recorded the run are told by the root that both name")
    func nameless() throws {
        let directory = TemporaryDirectory()
        let folder = directory.path + "/runs"
        try LedgerImport.makeDirectory(folder)
        let path = try Fixture.finished(in: directory)
        for name in ["c1", "c2"] {
            try Self.redact(path, "started", to: "\(folder)/\(name).joule")
        }
        try Self.expectOnce(in: folder)
    }

    @Test("Recoveries of one ledger count once, also where damage took the record")
    func recoveries() throws {
        let directory = TemporaryDirectory()
        let whole = try Data(contentsOf: URL(filePath: Fixture.finished(in: directory)))
        for (name, place) in [("record", 130), ("end", whole.count - 100)] {
            let folder = "\(directory.path)/\(name)"
            try LedgerImport.makeDirectory(folder)
            var hurt = whole
            hurt[place] ^= 4
            let path = directory.path + "/hurt-\(name).joule"
            try hurt.write(to: URL(filePath: path))
            for number in 0..<2 {
                _ = try LedgerRecovery.write(path, to: "\(folder)/saved-\(number).joule")
            }
            try Self.expectOnce(in: folder)
            try Self.redact("\(folder)/saved-0.joule", "recovered_from", to: folder + "/c.joule")
            try Self.copy(path, to: folder + "/hurt.joule")
            try Self.expectOnce(in: folder)
        }
    }

    @Test("A killed ledger, its recovery and its redaction count once")
    func killed() throws {
        let directory = TemporaryDirectory()
        let folder = directory.path + "/runs"
        try LedgerImport.makeDirectory(folder)
        let path = directory.path + "/live.joule"
        let writer = try LedgerWriter.create(at: path, run: Fixture.run())
        Fixture.log(epochs: 5, to: writer)
        let torn = folder + "/torn.joule"
        for end in ["", ".ring"] { try Self.copy(path + end, to: torn + end) }
        writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 1), metrics: nil)
        try Self.redact(torn, "config.lr", to: folder + "/redacted.joule")
        _ = try LedgerRecovery.write(torn, to: folder + "/saved.joule")
        try Self.expectOnce(in: folder)
    }

    @Test("Two attempts of one run stay two, whether or not they were redacted")
    func attempts() throws {
        let directory = TemporaryDirectory()
        let folder = directory.path + "/runs"
        try LedgerImport.makeDirectory(folder)
        for attempt in 0..<2 {
            var run = try Fixture.run()
            run.started = WallTime(unixSeconds: 1_700_000_000 + Double(attempt))
            let path = "\(directory.path)/\(attempt).joule"
            let writer = try LedgerWriter.create(at: path, run: run)
            Fixture.log(epochs: 5, to: writer)
            writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 1), metrics: nil)
            try Self.redact(path, "config.lr", to: "\(folder)/redacted-\(attempt).joule")
        }
        try Self.expectOnce(in: folder, epochs: 10)
        try Self.copy(directory.path + "/1.joule", to: folder + "/1.joule")
        try Self.expectOnce(in: folder, epochs: 10)
    }
}
