import FoundationEssentials
import Glibc
import JouleFile
import JouleQuantities
import JouleTestSupport
import Testing

@testable import Joulebook

/// What happens to a run when its process ends or forks; each test runs a process of its own.
@Suite("Ends and forks")
struct ProcessTests {
    @Test("A process that exits without finishing leaves a closed ledger", arguments: [0, 3])
    func exitWithoutFinish(status: Int32) async throws {
        let directory = TemporaryDirectory()
        let path = directory.path
        await #expect(processExitsWith: .exitCode(status)) {
            [path = path as String, status = status as Int32] in
            let run = try start(in: path)
            run.beginEpoch(1).end(["loss": 0.5])
            exit(status)
        }
        let ledger = try onlyLedger(in: path)
        #expect(ledger.runs.first?.status == (status == 0 ? .finished : .failed))
        #expect(ledger.runs.first?.epochs.count == 1)
        #expect(ledger.integrity.state == .clean)
    }

    @Test("A killed process loses no epoch that was ended")
    func killed() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let run = try start(in: path)
            for number in 1...100 { run.beginEpoch(number).end(["loss": Double(number)]) }
            raise(SIGKILL)
        }
        let ledger = try onlyLedger(in: path)
        #expect(ledger.runs.first?.epochs.map(\.number) == Array(1...100))
    }

    @Test("A forked child is silent: it writes, closes and deletes nothing")
    func fork() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path
        await #expect(processExitsWith: .exitCode(0)) { [path = path as String] in
            let run = try start(in: path)
            let epoch = run.beginEpoch(1)
            for _ in 0..<5 {
                let child = forked {
                    run.log(step: 1, ["child": 1])
                    epoch.end(["child": 1])
                    run.tag("child")
                    try? run.finish(status: .failed)
                }
                guard child == 0 else { _exit(9) }
            }
            epoch.end(["loss": 0.5])
            do { try run.finish() } catch { _exit(8) }
            _exit(0)
        }
        let record = try #require(try onlyLedger(in: path).runs.first)
        #expect(record.status == .finished)
        #expect(record.tags.isEmpty)
        #expect(record.epochs.map(\.metrics) == [[Metric(name: "loss", value: 0.5)]])
    }

    @Test("What a forked child logs to its parent's run is said once, and nothing when quiet")
    func forkIsSaid() async throws {
        for isQuiet in [false, true] {
            let directory = TemporaryDirectory()
            let path = directory.path
            let result = await #expect(
                processExitsWith: .exitCode(0),
                observing: [\.standardErrorContent]
            ) { [path = path as String, isQuiet = isQuiet as Bool] in
                var own = options(path)
                own.isQuiet = isQuiet
                let run = try start(options: own)
                let child = forked {
                    let grandchild = forked { run.tag("grandchild") }
                    run.log(step: 1, ["child": 1])
                    run.beginEpoch(1).end(["child": 1])
                    try? run.finish()
                    guard grandchild == 0, run.warnings.count == 1 else { _exit(7) }
                }
                guard child == 0, run.warnings.isEmpty else { _exit(9) }
                try run.finish()
                _exit(0)
            }
            let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
            let lines = text.split(separator: "\n").filter { $0.contains("forked child logs") }
            #expect(lines.count == (isQuiet ? 0 : 2), "each process says it once")
        }
    }

    @Test(
        "Where a ring was wanted and cannot be, the run says why, and what that means",
        arguments: [
            (Durability.ring, "the rows since the last second or epoch"),
            (.epoch, "but no ended epoch"), (.every, "a block of its own"),
        ]
    )
    func noRing(durability: Durability, consequence: String) async throws {
        let directory = TemporaryDirectory()
        let path = directory.path
        await #expect(processExitsWith: .exitCode(0)) {
            [
                path = path as String, word = durability.rawValue as String,
                consequence = consequence as String
            ] in
            // Enough for a ledger and not for a ring.
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit(rlim_cur: 1 << 20, rlim_max: 1 << 20)
            guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else {
                _exit(9)
            }
            var own = options(path)
            own.durability = Durability(rawValue: word)
            let run = try start(options: own)
            let warning = run.warnings.first ?? ""
            guard run.warnings.count == 1, warning.hasSuffix(consequence),
                warning.contains("(no room for a ring: File too large)"),
                run.durability == (word == "ring" ? Durability.none : own.durability)
            else { _exit(8) }
            run.beginEpoch(1).end(["loss": 1])
            do { try run.finish() } catch { _exit(7) }
            _exit(0)
        }
        let record = try #require(try onlyLedger(in: path).runs.first)
        let inForce = durability == .ring ? Durability.none : durability
        #expect(record.extra["durability"] == .string(inForce.rawValue))
        #expect(record.extra["absent"]?["ring"] == "no room for a ring: File too large")
    }

    @Test("Forking while other threads log never leaves a child waiting for a lock")
    func forkUnderLock() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path
        await #expect(processExitsWith: .exitCode(0)) { [path = path as String] in
            let run = try start(in: path)
            let workers = (0..<2).map { worker in
                Worker {
                    for step in 0..<20_000 { run.log(step: step, ["w\(worker)": 1, "loss": 2]) }
                }
            }
            for _ in 0..<50 {
                let child = forked {
                    run.log(step: 1, ["child": 1])
                    run.beginEpoch(1).end(["child": 1])
                    try? run.finish()
                }
                guard child == 0 else { _exit(9) }
            }
            for worker in workers { worker.join() }
            try? run.finish()
            _exit(0)
        }
        #expect(try onlyLedger(in: path).runs.first?.status == .finished)
    }

    @Test("A forked child can keep a run of its own")
    func runInChild() async throws {
        let directory = TemporaryDirectory()
        let path = directory.path
        await #expect(processExitsWith: .exitCode(0)) { [path = path as String] in
            let parent = try start(in: path)
            let child = forked {
                guard let run = try? start(in: path), run.isRecording else { _exit(7) }
                run.beginEpoch(1).end(["loss": 1])
                // Left open: the exit closes it, and only it.
            }
            guard child == 0 else { _exit(9) }
            try? parent.finish()
            _exit(0)
        }
        let ledgers = try ledgers(in: path)
        #expect(ledgers.count == 2)
        #expect(ledgers.allSatisfy { $0.runs.first?.status == .finished })
    }
}

/// What a run says goes to a stream that may be anything; each test runs a process of its own.
@Suite("Messages")
struct MessageTests {
    @Test("A message to a pipe that nobody reads ends no program and leaves no trace")
    func unread() async {
        await #expect(processExitsWith: .exitCode(0)) {
            signal(SIGPIPE, SIG_DFL)
            close(speakIntoPipe())
            Notice.print("nobody reads this")
            var blocked = sigset_t()
            var pending = sigset_t()
            unsafe pthread_sigmask(SIG_BLOCK, nil, &blocked)
            unsafe sigpending(&pending)
            _exit(unsafe sigismember(&blocked, SIGPIPE) + sigismember(&pending, SIGPIPE))
        }
    }

    @Test("A signal that waited before the message still waits behind it")
    func pending() async {
        await #expect(processExitsWith: .exitCode(1)) {
            signal(SIGPIPE, SIG_DFL)
            var set = sigset_t()
            unsafe sigemptyset(&set)
            unsafe sigaddset(&set, SIGPIPE)
            unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
            raise(SIGPIPE)
            close(speakIntoPipe())
            Notice.print("nobody reads this")
            unsafe sigpending(&set)
            _exit(unsafe sigismember(&set, SIGPIPE))
        }
    }

    @Test("A reader who does not keep up holds no program")
    func full() async {
        await #expect(processExitsWith: .exitCode(0)) {
            alarm(10)
            _ = speakIntoPipe()
            Notice.print(String(repeating: "more than a pipe takes ", count: 10_000))
            Notice.print("and more")
            _exit(0)
        }
    }

    @Test("A message that is read arrives whole")
    func whole() async {
        await #expect(processExitsWith: .exitCode(0)) {
            let text = String(repeating: "x", count: 10_000)
            let end = speakIntoPipe()
            Notice.print(text)
            let wanted = Array("joulebook: \(text)\n".utf8)
            var bytes = [UInt8](repeating: 0, count: wanted.count + 1)
            let count = unsafe read(end, &bytes, bytes.count)
            _exit(count == wanted.count && bytes.starts(with: wanted) ? 0 : 1)
        }
    }
}

/// Makes the standard error a pipe, and returns the end that reads.
func speakIntoPipe() -> Int32 {
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0, dup2(ends[1], STDERR_FILENO) >= 0 else { _exit(90) }
    close(ends[1])
    return ends[0]
}

/// Runs `body` in a forked child, which then exits as a program does; its status, or 99 when it hung.
func forked(_ body: () -> Void) -> Int32 {
    // Swift hides `fork` because little is safe in the child; this library promises to be.
    typealias Fork = @convention(c) () -> pid_t
    guard let symbol = unsafe dlsym(nil, "fork") else { return 98 }
    let child = unsafe unsafeBitCast(symbol, to: Fork.self)()
    if child == 0 {
        // Threads of tests take no signals, and without its alarm a child that hangs holds everything up.
        var alarms = sigset_t()
        unsafe sigemptyset(&alarms)
        unsafe sigaddset(&alarms, SIGALRM)
        unsafe pthread_sigmask(SIG_UNBLOCK, &alarms, nil)
        alarm(10)
        body()
        exit(0)
    }
    var status: Int32 = 0
    guard unsafe waitpid(child, &status, 0) == child else { return 97 }
    return status & 0x7F == 0 ? (status >> 8) & 0xFF : 99
}

func ledgers(in directory: String) throws -> [Ledger] {
    let folder = "\(directory)/p"
    return try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { $0.hasSuffix(".joule") }
        .map { try Ledger(reading: "\(folder)/\($0)") }
}

func onlyLedger(in directory: String) throws -> Ledger {
    let ledgers = try ledgers(in: directory)
    #expect(ledgers.count == 1)
    return try #require(ledgers.first)
}
