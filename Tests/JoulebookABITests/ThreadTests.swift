import CJoulebook
import Glibc
import JouleFile
import JouleQuantities
import JouleTestSupport
import JoulebookABI
import Testing

/// Threads of a C program that log to one run.
@Suite struct ThreadTests {
    /// A handle that threads share, as the header allows.
    @safe private struct Handle: @unchecked Sendable {
        // Unchecked: every function of the header may be called from any thread.
        let run: OpaquePointer?
    }

    @Test(
        "Eight threads of C log a hundred thousand steps each: all are stored or counted, in order"
    )
    func eight() throws {
        let directory = TemporaryDirectory()
        var run: OpaquePointer?
        let options: JSON = [
            "project": "c", "dir": .string(directory.path), "capture": ["code": false],
        ]
        #expect(unsafe joulebook_run_start(options.text(), &run, nil) == JOULEBOOK_OK)
        let loss = unsafe joulebook_metric_named(run, JOULEBOOK_STEPS, "loss", 4)
        let handle = unsafe Handle(run: run)
        let workers = (0..<8).map { thread in
            Worker {
                for number in 0..<100_000 {
                    let step = Int64(thread) << 32 + Int64(number)
                    _ = unsafe joulebook_step(handle.run, step, [loss], [Double(step)], 1)
                }
            }
        }
        for worker in workers { worker.join() }
        // Incomplete when rows were lost.
        let status = unsafe joulebook_run_finish(run, nil, nil, nil)
        var facts: UnsafeMutablePointer<CChar>?
        #expect(unsafe joulebook_run_facts(run, &facts) == JOULEBOOK_OK)
        let path = try #require(try JSON(parsing: unsafe taken(facts) ?? "")["path"]?.string)
        unsafe joulebook_run_free(run)
        let ledger = try Ledger(reading: path, verifies: true)
        let lost = ledger.runs.first?.drops?["steps"]?["ring_full"]?.integer ?? 0
        #expect(status == (lost == 0 ? JOULEBOOK_OK : JOULEBOOK_INCOMPLETE))
        let steps = try Ledger.steps(reading: path)
        #expect(steps.count + Int(lost) == 800_000)
        var last: [Int64: Int64] = [:]
        for step in steps {
            #expect(last[step.step >> 32] ?? -1 < step.step)
            last[step.step >> 32] = step.step
        }
        print("\(steps.count) steps of 8 threads of C stored, \(lost) counted as lost")
    }
}
