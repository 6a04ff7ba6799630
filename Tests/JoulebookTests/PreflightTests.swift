import FoundationEssentials
import JouleFile
import JouleQuantities
import JouleTestSupport
import Joulebook
import Testing

@Suite("Pre-flight")
struct PreflightTests {
    @Test("A finished run of the same recipe is found before any file is made")
    func found() throws {
        let directory = TemporaryDirectory()
        let first = try start(options: asking(directory.path, .warn))
        #expect(first.preflight?.verdict == .new)
        first.beginEpoch(1).end(["accuracy": 0.9])
        try first.finish()
        let error = #expect(throws: RunError.self) {
            try start(config: ["lr": 1e-1, "seed": 0], options: asking(directory.path, .raise))
        }
        guard case .duplicateRun(let of, let explanation, let answer)? = error else {
            Issue.record("expected a duplicate")
            return
        }
        #expect(of == first.id)
        #expect(explanation.contains(first.id.short))
        #expect(answer["verdict"] == "already_run")
        #expect(answer["evidence"]?.array?.first?["metrics"] == ["accuracy": 0.9])
        #expect(try ledgers(in: directory.path).count == 1)
        let second = try start(options: asking(directory.path, .warn))
        #expect(second.preflight?.verdict == .alreadyRun)
        #expect(second.isRecording)
        try second.finish()
    }

    @Test(
        "Another seed or value is no duplicate, a tag `verify` allows one, `ignore` does not look"
    )
    func notFound() throws {
        let directory = TemporaryDirectory()
        try start(options: asking(directory.path, .raise)).finish()
        try start(config: ["lr": 0.1, "seed": 1], options: asking(directory.path, .raise)).finish()
        try start(config: ["lr": 0.2, "seed": 0], options: asking(directory.path, .raise)).finish()
        var verify = asking(directory.path, .raise)
        verify.tags = ["verify"]
        try start(options: verify).finish()
        let blind = try start(options: asking(directory.path, .ignore))
        #expect(blind.preflight == nil)
        try blind.finish()
    }

    @Test("A run that is going on is found, its own ranks are not")
    func running() throws {
        let directory = TemporaryDirectory()
        let job = ["JOULEBOOK_RUN_ID": "job", "WORLD_SIZE": "2"]
        let zero = try start(
            options: asking(directory.path, .raise, runID: "a"),
            environment: job.merging(["RANK": "0"]) { $1 }
        )
        let one = try start(
            options: asking(directory.path, .raise, runID: "a"),
            environment: job.merging(["RANK": "1"]) { $1 }
        )
        #expect(one.preflight?.verdict == .new)
        #expect(zero.id == one.id && zero.path != one.path)
        let other = try start(
            options: asking(directory.path, .warn, runID: "b"),
            environment: job.merging(["RANK": "1"]) { $1 }
        )
        #expect(other.preflight?.verdict == .runningNow)
        for run in [zero, one, other] { try run.finish() }
        // What is remembered of a ledger must not outlive a change of the ledger.
        let later = try start(
            options: asking(directory.path, .warn, runID: "c"),
            environment: job.merging(["RANK": "1"]) { $1 }
        )
        #expect(later.preflight?.verdict == .alreadyRun)
        try later.finish()
    }

    @Test("Rubbish among the ledgers is no reason not to train")
    func rubbish() throws {
        let directory = TemporaryDirectory()
        let folder = "\(directory.path)/p"
        try FileManager.default.createDirectory(
            atPath: "\(folder)/dir.joule",
            withIntermediateDirectories: true
        )
        try Data("not a ledger".utf8).write(to: URL(filePath: "\(folder)/text.joule"))
        try Data().write(to: URL(filePath: "\(folder)/empty.joule"))
        let run = try start(options: asking(directory.path, .raise))
        #expect(run.preflight?.verdict == .new && run.isRecording)
        try run.finish()
    }

    private func asking(
        _ directory: String,
        _ policy: DuplicatePolicy,
        runID: String? = nil
    ) -> RunOptions {
        var result = options(directory, dataFingerprint: "sha256:00")
        result.onDuplicate = policy
        result.codeIdentity = "sha256:code"
        result.runID = runID.flatMap { RunID($0) }
        return result
    }
}
