import FoundationEssentials
import JouleFile
import JouleQuantities
import JouleTestSupport
import Joulebook
import Testing

/// What a start says of the directory that it begins in, and what it is stopped by.
@Suite("What a start is told")
struct StartWordsTests {
    @Test("Only what is proven stops a start, unless likely is asked to be enough")
    func proof() throws {
        let directory = TemporaryDirectory()
        var asked = options(directory.path)
        asked.codeIdentity = "sha256:code"
        asked.onDuplicate = .raise
        try start(options: asked).finish()
        let likely = try start(options: asked)
        #expect(likely.preflight?.verdict == .alreadyRun)
        #expect(likely.preflight?.isProven == false)
        try likely.finish()
        asked.duplicateProof = .statistical
        #expect(throws: RunError.self) { try start(options: asked) }
        asked.duplicateProof = .config
        asked.dataFingerprint = "sha256:00"
        try start(options: asked).finish()
        #expect(throws: RunError.self) { try start(options: asked) }
    }

    @Test("What another project of the directory did with this code is done")
    func otherProject() throws {
        let directory = TemporaryDirectory()
        let first = try start(options: asking(directory.path))
        try first.finish()
        let run = try Run.start(
            project: "q",
            config: ["lr": "1e-1", "seed": 0],
            options: asking(directory.path),
            environment: ProcessEnvironment([:]),
            meters: { _ in .none }
        )
        #expect(run.preflight?.verdict == .alreadyRun)
        #expect(run.preflight?.duplicate == first.id)
        try run.finish()
        var other = asking(directory.path)
        other.codeIdentity = "sha256:other"
        let new = try Run.start(
            project: "q",
            config: ["lr": 0.1, "seed": 0],
            options: other,
            environment: ProcessEnvironment([:]),
            meters: { _ in .none }
        )
        #expect(new.preflight?.verdict == .new)
        try new.finish()
    }

    @Test("An attempt that did not finish is told with how far it came")
    func attempt() throws {
        let directory = TemporaryDirectory()
        let config: JSON = ["lr": 0.1, "seed": 0, "epochs": 12]
        let first = try start(config: config, options: asking(directory.path))
        for number in 1...7 { first.beginEpoch(number).end(["loss": 1 / Double(number)]) }
        try first.finish(status: .failed)
        let second = try start(config: config, options: asking(directory.path))
        let words = try #require(second.preflight?.explanation)
        #expect(second.preflight?.verdict == .new)
        #expect(words.contains("Attempt \(first.id.short) of "), "\(words)")
        #expect(words.contains("failed after epoch 7 of 12"), "\(words)")
        #expect(second.preflight?.json["unfinished"]?.array?.first?["last_epoch"] == 7)
        try second.finish(status: .killed)
        let third = try start(config: config, options: asking(directory.path))
        let more = try #require(third.preflight?.explanation)
        #expect(more.contains("Attempt \(second.id.short) of "), "\(more)")
        #expect(more.contains("was killed before an epoch had ended"), "\(more)")
        #expect(more.contains("the last of 2"), "\(more)")
        try third.finish()
        let known = try start(config: config, options: asking(directory.path))
        #expect(known.preflight?.explanation.contains("Attempt") == false)
        try known.finish()
    }

    @Test("A damaged ledger is named with the place, and so is what is none")
    func damage() throws {
        let directory = TemporaryDirectory()
        let first = try start(options: asking(directory.path))
        for number in 1...40 { first.beginEpoch(number).end(["loss": 1 / Double(number)]) }
        try first.finish()
        #expect(try start(config: ["lr": 7], options: asking(directory.path)).warnings.isEmpty)
        let path = try #require(first.path)
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes[bytes.count / 2] ^= 0xFF
        try bytes.write(to: URL(filePath: path))
        try Data("none".utf8).write(to: URL(filePath: "\(directory.path)/p/text.joule"))
        let run = try start(config: ["lr": 8], options: asking(directory.path))
        #expect(run.warnings.count == 2, "\(run.warnings)")
        #expect(run.warnings.contains { $0.hasPrefix("\(path): damaged at byte ") })
        #expect(run.warnings.contains { $0.contains("/p/text.joule: not a ledger") })
        try run.finish()
    }

    @Test("Rules that cannot be used, or match nothing, are named where nothing is repeated")
    func rules() throws {
        let directory = TemporaryDirectory()
        let path = "\(directory.path)/joulebook-rules.json"
        func warnings(_ rules: String) throws -> [String] {
            try Data(rules.utf8).write(to: URL(filePath: path))
            let run = try start(options: asking(directory.path))
            defer { try? run.finish() }
            return run.warnings
        }
        #expect(try warnings(#"{"ignored": ["lr"]}"#) == [])
        #expect(
            try warnings(#"{"ignored": ["lr", 3]}"#)
                == ["\(path): not used: `ignored[1]` is not a path such as optim.lr"]
        )
        let idle = try warnings(#"{"ignored": ["lr", "ouput_dir"], "defaults": {"optm.b": 1}}"#)
        #expect(idle.count == 1)
        #expect(
            idle.first?.hasPrefix(
                "\(path): `ignored[1]` \"ouput_dir\" and `defaults` \"optm.b\" match no key of a run"
            ) == true,
            "\(idle)"
        )
    }

    @Test("Who was named at the start is not named again at the epoch that proves it")
    func toldOnce() throws {
        let directory = TemporaryDirectory()
        func train(_ run: Run) {
            for number in 1...6 {
                let loss = 1 / (3 * Double(number) + 1.1)
                run.beginEpoch(number).end(["loss": loss, "accuracy": 1 - loss / 7])
            }
        }
        let first = try start(options: asking(directory.path))
        train(first)
        try first.finish()
        let again = try start(options: asking(directory.path))
        #expect(again.preflight?.duplicate == first.id)
        train(again)
        #expect(again.replay?.of == first.id && again.replay?.action == Replay.Action.none)
        #expect(again.warnings.isEmpty)
        try again.finish()
        let other = try start(config: ["lr": 0.2, "seed": 0], options: asking(directory.path))
        train(other)
        #expect(other.replay?.action == .warn && other.warnings.count == 1)
        try other.finish()
    }

    private func asking(_ directory: String) -> RunOptions {
        var asked = options(directory, dataFingerprint: "sha256:00")
        asked.onDuplicate = .warn
        asked.codeIdentity = "sha256:code"
        return asked
    }
}
