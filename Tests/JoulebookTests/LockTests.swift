import Glibc
import JouleFile
import JouleSystem
import JouleTestSupport
import Testing

@testable import Joulebook

@Suite("Locks")
struct LockTests {
    @Test("What one thread makes another one takes, in its order", arguments: [0, 1, 3, 2000])
    func relay(room: Int) {
        let relay = Relay<Int>(room: room)
        let isStarted = relay.start { give in
            for number in 0..<1000 {
                give(number)
                if number % 97 == 0 { usleep(500) }
            }
        }
        #expect(isStarted)
        var taken: [Int] = []
        while let number = relay.next() {
            taken.append(number)
            if number % 89 == 0 { usleep(500) }
        }
        #expect(taken == Array(0..<1000))
        #expect(relay.next() == nil)
    }

    @Test("One thread at a time has the value")
    func exclusion() {
        let count = SharedCount()
        let workers = (0..<4).map { _ in
            Worker { for _ in 0..<50_000 { count.value.withLock { $0 += 1 } } }
        }
        for worker in workers { worker.join() }
        #expect(count.value.withLock { $0 } == 200_000)
    }

    @Test("A lock that a thread has is not available, and is again when its work threw")
    func availability() {
        struct Failed: Error {}
        let lock = Lock(1)
        let inner = lock.withLock { _ in lock.withLockIfAvailable { $0 } }
        #expect(inner == nil)
        #expect(throws: Failed.self) {
            try lock.withLock { (value: inout Int) throws(Failed) in
                value = 2
                throw Failed()
            }
        }
        #expect(lock.withLockIfAvailable { $0 } == 2)
    }

    @Test("In a forked child a thread may wait for the first one, which had locks in its parent")
    func forkedChild() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let before = SharedCount()
            before.value.withLock { $0 = 1 }
            let child = forked {
                let count = SharedCount()
                var worker: Worker?
                count.value.withLock { value in
                    worker = Worker { count.value.withLock { $0 += 1 } }
                    usleep(20_000)
                    value += 1
                }
                worker?.join()
                guard count.value.withLock({ $0 }) == 2 else { _exit(3) }
            }
            _exit(child)
        }
    }

    @Test("Threads of a forked child log to a run of its own at once")
    func forkedRun() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path
        await #expect(processExitsWith: .exitCode(0)) { [path = path as String] in
            let parent = try start(in: path)
            let child = forked {
                guard let run = try? start(in: path, meters: { _ in .fake }) else { _exit(7) }
                let worker = Worker {
                    for step in 0..<5_000 { run.log(step: step, ["other": 1]) }
                }
                for number in 1...200 {
                    let epoch = run.beginEpoch(number)
                    for step in 0..<25 { run.log(step: step, ["loss": 1]) }
                    run.tag("t\(number)")
                    epoch.end(["loss": 1])
                }
                worker.join()
                try? run.finish()
            }
            guard child == 0 else { _exit(9) }
            try? parent.finish()
            _exit(0)
        }
        #expect(
            try ledgers(in: path).map { $0.runs.first?.epochs.count ?? -1 }.sorted() == [0, 200]
        )
    }
}

/// A number that threads share.
private final class SharedCount: Sendable {
    let value = Lock(0)
}
