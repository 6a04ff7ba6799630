import FoundationEssentials
import Glibc
import JouleFile
import JouleQuantities
import JouleTestSupport
import Joulebook
import Testing

@Suite("A start where there are many ledgers")
struct CatalogTests {
    @Test("Known work, and at the epoch that says enough a replay, are found in the catalog")
    func found() throws {
        let directory = TemporaryDirectory()
        let cache = TemporaryDirectory()
        #expect(unsafe setenv("XDG_CACHE_HOME", cache.path, 1) == 0)
        defer { unsafe unsetenv("XDG_CACHE_HOME") }
        let first = try begin(directory.path, width: 1)
        train(first)
        try first.finish()
        let path = try #require(first.path)
        // Copies of a ledger are that ledger.
        for number in 0..<210 {
            try FileManager.default.copyItem(
                atPath: path,
                toPath: "\(path.dropLast(6))-\(number).joule"
            )
        }
        #expect(try catalogs(cache.path) == 0)
        let known = try begin(directory.path, width: 1)
        #expect(known.preflight?.verdict == .alreadyRun)
        #expect(known.preflight?.duplicate == first.id)
        #expect(known.preflight?.json["evidence"]?.array?.count == 1)
        try known.finish()
        #expect(try catalogs(cache.path) == 1)
        // A key that does nothing: the run is a replay.
        let new = try begin(directory.path, width: 2)
        #expect(new.preflight?.verdict == .new)
        train(new)
        let replay = try #require(new.replay)
        #expect(replay.of == first.id)
        try new.finish()
        // What has just ended is known to the next one.
        let again = try begin(directory.path, width: 2)
        #expect(again.preflight?.duplicate == new.id)
        try again.finish()
    }

    private func begin(_ directory: String, width: Int64) throws -> Run {
        var asked = options(directory, dataFingerprint: "sha256:00")
        asked.onDuplicate = .warn
        asked.codeIdentity = "sha256:code"
        return try start(config: ["width": .integer(width), "seed": 0], options: asked)
    }

    private func train(_ run: Run) {
        for number in 1...6 {
            let loss = 1 / (3 * Double(number) + 1.1)
            run.beginEpoch(number).end(["loss": loss, "accuracy": 1 - loss / 7])
        }
    }

    private func catalogs(_ cache: String) throws -> Int {
        let folder = cache + "/joulebook"
        guard FileManager.default.fileExists(atPath: folder) else { return 0 }
        return try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".sqlite") }.count
    }
}
