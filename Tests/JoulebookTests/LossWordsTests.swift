import FoundationEssentials
import Glibc
import JouleQuantities
import JouleSystem
import JouleTestSupport
import Testing

@testable import JouleFile
@testable import Joulebook

/// What a run says of what it lost.
@Suite("Words for losses")
struct LossWordsTests {
    @Test("What is lost is in the warnings at once, and the end throws the same, with its cause")
    func hurry() throws {
        let directory = TemporaryDirectory()
        let run = try start(in: directory.path)
        let writer = try #require(run.recorder?.writer)
        // While nobody takes rows out.
        writer.state.drain.withLock { _ in
            for step in 0..<200_000 where writer.drops == nil { run.log(step: step, ["loss": 1]) }
        }
        let sentence = "1 step was lost: it came faster than it could be stored"
        #expect(run.warnings == [sentence])
        #expect(!run.isClosed)
        let error = #expect(throws: RunError.self) { try run.finish() }
        #expect(error?.description.contains(": \(sentence); ") == true)
        #expect(run.warnings == [sentence] && run.isClosed)
    }

    @Test("A disk that is full is named as the cause, and so is a quota")
    func causes() {
        func reason(_ errno: Int32) -> String {
            FileFault(.system(path: "/x", operation: "write", errno: errno), "rows wait").reason
        }
        #expect(reason(ENOSPC) == "the disk is full (No space left on device)")
        #expect(reason(EDQUOT) == "the quota of the disk is used up (Disk quota exceeded)")
        #expect(reason(EIO) == "cannot write: Input/output error")
        #expect(FileFault.noRoom.what == "cannot reserve room: No space left on device; steps wait")
    }

    @Test("A ledger that cannot be closed is said, thrown and never called closed")
    func refused() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path
        await #expect(processExitsWith: .exitCode(0)) { [path = path as String] in
            var own = options(path)
            own.captures = []
            let run = try start(options: own)
            run.log(step: 1, ["loss": 1])
            // From here on the system refuses every byte of a file.
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 0, rlim_max: 0)
            guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else {
                _exit(9)
            }
            let sentence =
                "the ledger could not be closed: cannot write: File too large; "
                + "keep the .ring file, which holds the rest"
            do throws(RunError) { try run.finish() } catch {
                let isSaid = run.warnings == [sentence] && error.description.contains(sentence)
                _exit(isSaid && !run.isClosed ? 0 : 8)
            }
            _exit(7)
        }
        let ledger = try onlyLedger(in: path)
        #expect(ledger.runs.first?.stepCount == 1, "in the ring")
    }
}
