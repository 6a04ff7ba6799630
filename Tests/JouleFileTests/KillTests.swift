import FoundationEssentials
import Glibc
import JouleFile
import JouleQuantities
import JouleTestSupport
import Testing

/// Processes that die without warning.
@Suite("Kills", .serialized)
struct KillTests {
    /// Number of kills; `JOULEBOOK_KILLS` asks for a longer campaign.
    static let kills = Int(ProcessInfo.processInfo.environment["JOULEBOOK_KILLS"] ?? "") ?? 200

    /// The worker that is built beside the tests.
    private func worker() throws -> String {
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return tests.split(separator: "/").dropLast().map { "/" + $0 }.joined()
            + "/joule-kill-worker"
    }

    private func spawn(_ arguments: [String]) throws -> pid_t {
        var pid: pid_t = 0
        var words = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        let error = unsafe posix_spawn(&pid, arguments[0], nil, nil, &words, environ)
        try #require(error == 0, "cannot start \(arguments[0])")
        return pid
    }

    private func counters(_ path: String) throws -> (steps: Int, epochs: Int) {
        let bytes = try Array(Data(contentsOf: URL(filePath: path)))
        func number(_ start: Int) -> Int {
            bytes[start..<start + 8].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        return (number(0), number(8))
    }

    /// Most kills are of the default; `none` promises no row, but no wrong one either.
    private static let policies: [Durability] = [.ring, .epoch, .ring, .every, .ring, .none]

    @Test("No acknowledged row is lost to kill -9, however often it strikes")
    func acknowledged() throws {
        let worker = try worker()
        var random = SplitMix(seed: 9)
        var acknowledgedSteps = 0
        for number in 0..<Self.kills {
            let directory = TemporaryDirectory()
            let path = directory.path + "/run.joule"
            let counterPath = directory.path + "/acknowledged"
            try Data(repeating: 0, count: 16).write(to: URL(filePath: counterPath))
            let policy = Self.policies[number % Self.policies.count]
            let pid = try spawn([worker, path, counterPath, "--durability", policy.rawValue])
            usleep(UInt32.random(in: 3_000...40_000, using: &random))
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            let acknowledged = try counters(counterPath)
            guard acknowledged.steps > 0 else { continue }
            if policy != .none { acknowledgedSteps += acknowledged.steps }
            let ledger = try Ledger(reading: path)
            #expect(ledger.integrity.state == .torn)
            let run = try #require(ledger.runs.first)
            #expect(run.status == .killed)
            #expect(run.epochs.count >= (policy == .none ? 0 : acknowledged.epochs))
            #expect(run.extra["durability"] == .string(policy.rawValue))
            for (index, epoch) in run.epochs.enumerated() where epoch.number != index + 1 {
                Issue.record("epoch \(epoch.number) stands at \(index)")
            }
            let steps = try Ledger.steps(reading: path)
            #expect(steps.count >= (policy == .none ? 0 : acknowledged.steps))
            for (index, step) in steps.enumerated()
            where step.step != Int64(index) || step.metrics.first?.value != Double(index) * 0.5 {
                Issue.record("step \(step.step) stands at \(index)")
                break
            }
            guard number % 4 == 0 else { continue }
            try ReopenedLedger.opening(path).close()
            let recovered = try Ledger(reading: path, verifies: true)
            #expect(recovered.integrity.state == .clean)
            #expect(recovered.runs == ledger.runs)
            #expect(try Ledger.steps(reading: path) == steps)
        }
        #expect(acknowledgedSteps > 0)
        print("\(Self.kills) kills, \(acknowledgedSteps) acknowledged steps, none lost")
    }
}
