import FoundationEssentials
import Glibc
import JouleFile
import JouleQuantities
import JouleTestSupport
import Joulebook
import Testing

/// Many threads that log to one run, and many runs of one process.
@Suite("Threads", .serialized)
struct ThreadTests {
    /// Calls that a run counted as too late.
    private func lateCalls(of run: Run) -> Int {
        for warning in run.warnings where warning.contains("after the end") {
            let words = warning.split { " ()".contains($0) }
            return words.compactMap { Int($0) }.last ?? 0
        }
        return 0
    }

    private func lostSteps(of record: RunRecord) -> Int {
        record.drops?["steps"]?.object?.members.compactMap { $0.value.integer }
            .reduce(0) { $0 + Int($1) } ?? 0
    }

    /// That the steps of each thread stand in their order, none twice; how many there are.
    private func expectOrder(of path: String) throws -> Int {
        let steps = try Ledger.steps(reading: path)
        var last: [Int64: Int64] = [:]
        for step in steps {
            let thread = step.step >> 32
            #expect(last[thread] ?? -1 < step.step)
            #expect(step.metrics.first?.value == Double(step.step))
            last[thread] = step.step
        }
        return steps.count
    }

    @Test("Eight threads log a hundred thousand steps each: all are stored or counted, in order")
    func eight() throws {
        let directory = TemporaryDirectory()
        let run = try start(in: directory.path)
        run.log(step: 0, ["loss": 0])
        let workers = (0..<8).map { thread in
            Worker {
                for number in 1...100_000 {
                    let step = thread << 32 + number
                    run.log(step: step, ["loss": Double(step)])
                }
            }
        }
        for worker in workers { worker.join() }
        // Lost rows are an error of the end, so that nobody overlooks them.
        try? run.finish()
        let path = try #require(run.path)
        let record = try #require(try Ledger(reading: path, verifies: true).runs.first)
        let stored = try expectOrder(of: path)
        let lost = lostSteps(of: record)
        #expect(stored + lost == 800_001)
        #expect(record.stepCount == stored && lateCalls(of: run) == 0)
        print("\(stored) steps of 8 threads stored, \(lost) counted as lost")
    }

    @Test("Each call of threads that log while another one finishes is stored, lost or late")
    func finishing() throws {
        for round in 0..<20 {
            let directory = TemporaryDirectory()
            let run = try start(in: directory.path)
            run.log(step: 0, ["loss": 0])
            let workers = (0..<4).map { thread in
                Worker {
                    for number in 1...2000 {
                        let step = thread << 32 + number
                        run.log(step: step, ["loss": Double(step)])
                    }
                }
            }
            usleep(UInt32(round) * 300)
            try? run.finish()
            for worker in workers { worker.join() }
            let path = try #require(run.path)
            let record = try #require(try Ledger(reading: path, verifies: true).runs.first)
            let stored = try expectOrder(of: path)
            #expect(stored + lostSteps(of: record) + lateCalls(of: run) == 8001)
        }
    }

    @Test("What an epoch logs after its end is told by show")
    func late() throws {
        let directory = TemporaryDirectory()
        let run = try start(in: directory.path)
        let epoch = run.beginEpoch(1)
        epoch.end(["loss": 1])
        epoch.log(["loss": 2])
        epoch.log(["loss": 3])
        try run.finish()
        let path = try #require(run.path)
        let record = try #require(try Ledger(reading: path).runs.first)
        #expect(record.extra["late_calls"] == 2)
        #expect(lateCalls(of: run) == 2)
    }

    @Test("Two hundred runs of one process at once: all is stored, and children inherit none")
    func manyRuns() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path
        await #expect(processExitsWith: .exitCode(0)) { [path = path as String] in
            let before = residentKiB()
            let environment = ["JOULEBOOK_CAPTURE": "-code,-user"]
            let runs = try (0..<200).map { _ in
                try start(in: path, environment: environment, meters: { _ in .fake })
            }
            guard runs.allSatisfy(\.isRecording) else { _exit(3) }
            for number in 1...50 {
                for run in runs {
                    run.log(step: number, ["loss": Double(number)])
                    if number % 10 == 0 { run.beginEpoch(number).end(["loss": 1]) }
                }
            }
            let kiBPerRun = (residentKiB() - before) / 200
            print("\(kiBPerRun) KiB of memory and \(threads() / 200) threads for each run")
            // The ring has 6 MiB, of which the pages that are next are there.
            guard kiBPerRun < 8192, openLedgers() == 200 else { _exit(4) }
            let child = forked { _exit(openLedgers() == 0 ? 0 : 6) }
            guard child == 0 else { _exit(5) }
            for run in runs { try run.finish() }
            _exit(0)
        }
        let all = try ledgers(in: path)
        #expect(all.count == 200)
        for ledger in all {
            #expect(ledger.integrity.state == .clean)
            #expect(ledger.runs.first?.stepCount == 50)
            #expect(ledger.runs.first?.epochs.count == 5)
            #expect(ledger.runs.first?.drops == nil)
        }
    }
}

/// Memory that this process has in use.
private func residentKiB() -> Int { status("VmRSS:") }

private func threads() -> Int { status("Threads:") }

private func status(_ name: String) -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
        let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name) })
    else { return 0 }
    return line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0
}

/// Ledgers that this process has open.
private func openLedgers() -> Int {
    let files = FileManager.default
    let names = (try? files.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
    return names.count { name in
        let target = try? files.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
        return target?.hasSuffix(".joule") ?? false
    }
}
