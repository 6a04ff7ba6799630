import JouleFile
import JouleQuantities
import JouleTestSupport
import Joulebook
import Synchronization
import Testing

@Suite("Replay alarm")
struct ReplayTests {
    /// Trains by the formula that `seed` chooses, until the run asks for the end; epochs done.
    private func train(_ run: Run, seed: Double, epochs: Int = 6, from other: Int = .max) -> Int {
        run.plan(epochs: 1...epochs)
        for number in 1...epochs {
            let epoch = run.beginEpoch(number)
            let drift = number >= other ? 1e-12 : 0
            let loss = (seed + drift) / (3 * Double(number) + 1.1)
            epoch.log(["seconds": Double(run.id.hashValue), "loss": 0])
            epoch.log(["loss": loss, "lr": 0.1])
            epoch.end(["accuracy": 1 - loss / 7])
            if run.shouldStop { return number }
        }
        return epochs
    }

    private func begin(
        _ directory: String,
        _ policy: DuplicatePolicy,
        width: Int,
        tags: [String] = [],
        mayGoOn: (@Sendable (Repetition) -> Bool)? = nil,
        runID: String? = nil,
        environment: [String: String] = [:]
    ) throws -> Run {
        var asked = options(directory, dataFingerprint: "sha256:00")
        asked.onDuplicate = policy
        asked.codeIdentity = "sha256:code"
        asked.tags = tags
        asked.mayGoOn = mayGoOn
        asked.runID = runID.flatMap { RunID($0) }
        return try start(
            config: ["width": .integer(Int64(width)), "seed": 0],
            options: asked,
            environment: environment
        )
    }

    @Test(
        "A configuration that does nothing is noticed at the epoch that says enough, and told once"
    )
    func warn() throws {
        let directory = TemporaryDirectory()
        let old = try begin(directory.path, .warn, width: 1)
        #expect(train(old, seed: 1) == 6 && old.replay == nil)
        try old.finish()
        let run = try begin(directory.path, .warn, width: 2)
        #expect(train(run, seed: 1) == 6)
        let replay = try #require(run.replay)
        #expect(replay.of == old.id && replay.epoch == 1 && replay.until == nil)
        #expect(replay.action == .warn && !run.shouldStop)
        #expect(run.warnings == [replay.explanation])
        try run.finish()
        #expect(
            try readBack(run).extra["replay"] == ["of": .string(old.id.description), "epoch": 1]
        )
        #expect(try readBack(old).extra["replay"] == nil)
    }

    @Test("`raise` asks the loop to stop; other seeds, `ignore` and `verify` do not")
    func stop() throws {
        let directory = TemporaryDirectory()
        let old = try begin(directory.path, .raise, width: 1)
        #expect(train(old, seed: 1) == 6)
        try old.finish()
        let run = try begin(directory.path, .raise, width: 2)
        #expect(train(run, seed: 1) == 1)
        try run.finish()
        let other = try begin(directory.path, .raise, width: 3)
        #expect(train(other, seed: 2) == 6 && other.replay == nil)
        try other.finish()
        let blind = try begin(directory.path, .ignore, width: 4)
        #expect(train(blind, seed: 1) == 6 && blind.replay == nil)
        try blind.finish()
        let meant = try begin(directory.path, .raise, width: 5, tags: ["verify"])
        #expect(train(meant, seed: 1) == 6 && meant.warnings.isEmpty)
        #expect(meant.replay?.action == Replay.Action.none)
        try meant.finish()
        #expect(try readBack(meant).extra["replay"]?["epoch"] == 1)
    }

    @Test("An epoch that differs ends the replay, and the record says which was the last")
    func until() throws {
        let directory = TemporaryDirectory()
        let old = try begin(directory.path, .warn, width: 1)
        _ = train(old, seed: 1)
        try old.finish()
        let run = try begin(directory.path, .warn, width: 2)
        _ = train(run, seed: 1, from: 4)
        #expect(run.replay?.until == 3 && run.warnings.count == 1)
        try run.finish()
        let kept = try readBack(run).extra["replay"]
        #expect(kept == ["of": .string(old.id.description), "epoch": 1, "until": 3])
    }

    @Test(
        "A run that is going on beyond the earlier one, or has siblings that would wait, never stops"
    )
    func neverStops() throws {
        let directory = TemporaryDirectory()
        let old = try begin(directory.path, .warn, width: 1)
        _ = train(old, seed: 1, epochs: 3)
        try old.finish()
        let longer = try begin(directory.path, .raise, width: 2)
        #expect(train(longer, seed: 1) == 6)
        #expect(longer.replay?.until == 3)
        #expect(longer.warnings.first?.contains("only what follows is new") == true)
        try longer.finish()
        for rank in 0..<2 {
            let part = try begin(
                directory.path,
                .raise,
                width: 3,
                runID: "job",
                environment: ["WORLD_SIZE": "2", "RANK": "\(rank)"]
            )
            #expect(train(part, seed: 1, epochs: 3) == 3)
            #expect((part.replay != nil) == (rank == 0))
            try part.finish()
        }
    }

    @Test("Runs that go on at one time repeat each other nowhere")
    func concurrent() throws {
        let directory = TemporaryDirectory()
        let first = try begin(directory.path, .raise, width: 1)
        let second = try begin(directory.path, .raise, width: 2)
        #expect(train(first, seed: 1) == 6 && train(second, seed: 1) == 6)
        #expect(first.replay == nil && second.replay == nil)
        try first.finish()
        try second.finish()
    }

    @Test("Who is asked decides, before the start and at the epoch; nothing is printed or thrown")
    func asked() throws {
        let directory = TemporaryDirectory()
        let old = try begin(directory.path, .warn, width: 1)
        _ = train(old, seed: 1)
        try old.finish()
        let heard = Mutex<[String]>([])
        let ask: @Sendable (Repetition) -> Bool = { repetition in
            switch repetition {
            case .known(let report): heard.withLock { $0.append(report.verdict.rawValue) }
            case .replay(let replay): heard.withLock { $0.append("epoch \(replay.epoch)") }
            }
            return false
        }
        #expect(throws: RunError.self) {
            try begin(directory.path, .warn, width: 1, mayGoOn: ask)
        }
        #expect(try ledgers(in: directory.path).count == 1)
        let run = try begin(directory.path, .warn, width: 2, mayGoOn: ask)
        #expect(train(run, seed: 1) == 1 && run.warnings.isEmpty)
        try run.finish()
        #expect(heard.withLock { $0 } == ["already_run", "epoch 1"])
        let again = try begin(directory.path, .raise, width: 1, mayGoOn: { _ in true })
        #expect(train(again, seed: 1) == 6)
        try again.finish()
    }
}
