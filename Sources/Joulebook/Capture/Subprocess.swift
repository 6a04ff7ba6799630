import CJouleSystem
import Glibc
import Synchronization

/// Why a program gave no answer.
package enum SubprocessError: Error, Equatable, Sendable, CustomStringConvertible {
    case cannotStart(program: String, errno: Int32)
    case timedOut(program: String)
    case tooMuchOutput(program: String)
    case failed(program: String, status: Int32)

    package var description: String {
        switch self {
        case .cannotStart(let program, let code):
            "\(program) cannot be started (errno \(code)); is it installed and on PATH?"
        case .timedOut(let program): "\(program) took too long and was stopped"
        case .tooMuchOutput(let program): "\(program) printed more than is read"
        case .failed(let program, let status): "\(program) ended with status \(status)"
        }
    }
}

/// A program that was started, and whose output is taken at its end, within a time limit.
///
/// One that nobody waits for is killed.
package final class Subprocess: Sendable {
    private let program: String
    private let child: pid_t
    private let output: Int32
    private let isWaitedFor = Atomic(false)
    private let deadlineNS: Int64
    private let sizeBytesMax: Int

    /// Starts `arguments[0]`, found on PATH.
    ///
    /// Its standard input and error are `/dev/null`, so that it can neither ask nor disturb. It runs
    /// in a process group of its own, which is killed when `deadlineNS` (on the monotonic clock)
    /// passes.
    package init(
        _ arguments: [String],
        environment: [String],
        deadlineNS: Int64,
        sizeBytesMax: Int = 16 << 20
    ) throws(SubprocessError) {
        let program = arguments.first ?? ""
        var ends: [Int32] = [-1, -1]
        guard unsafe joule_pipe(&ends) == 0 else {
            throw .cannotStart(program: program, errno: errno)
        }
        defer { close(ends[1]) }
        do {
            child = try Self.spawn(arguments, environment: environment, output: ends[1])
        } catch {
            close(ends[0])
            throw error
        }
        self.program = program
        output = ends[0]
        self.deadlineNS = deadlineNS
        self.sizeBytesMax = sizeBytesMax
    }

    deinit {
        close(output)
        guard !isWaitedFor.load(ordering: .relaxed) else { return }
        kill(-child, SIGKILL)
        _ = Self.waitForEnd(of: child, deadlineNS: 0)
    }

    /// Waits for the program's end, once, and gives what it printed to its standard output.
    package func finish() throws(SubprocessError) -> [UInt8] {
        isWaitedFor.store(true, ordering: .relaxed)
        let collected = Self.collect(output, deadlineNS: deadlineNS, sizeBytesMax: sizeBytesMax)
        if case .failure = collected { kill(-child, SIGKILL) }
        let status = Self.waitForEnd(of: child, deadlineNS: deadlineNS)
        switch collected {
        case .failure(.timedOut): throw .timedOut(program: program)
        case .failure(.tooMuch): throw .tooMuchOutput(program: program)
        case .success(let bytes):
            guard status == 0 else { throw .failed(program: program, status: status) }
            return bytes
        }
    }

    private enum Stop: Error { case timedOut, tooMuch }

    private static func spawn(
        _ arguments: [String],
        environment: [String],
        output: Int32
    ) throws(SubprocessError) -> pid_t {
        let program = arguments.first ?? ""
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        guard unsafe posix_spawn_file_actions_init(&actions) == 0 else {
            throw .cannotStart(program: program, errno: ENOMEM)
        }
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        guard unsafe posix_spawnattr_init(&attributes) == 0 else {
            throw .cannotStart(program: program, errno: ENOMEM)
        }
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        // The host program may block signals that the child needs in order to be stopped.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP
        unsafe posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: flags))
        var child: pid_t = -1
        let code = unsafe withCStrings(arguments) { arguments in
            unsafe withCStrings(environment) { environment in
                unsafe posix_spawnp(&child, program, &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else { throw .cannotStart(program: program, errno: code) }
        return child
    }

    /// Everything up to the end of the stream, or why not.
    private static func collect(
        _ descriptor: Int32,
        deadlineNS: Int64,
        sizeBytesMax: Int
    ) -> Result<[UInt8], Stop> {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let leftNS = deadlineNS &- MonotonicClock.nowNS()
            guard leftNS > 0 else { return .failure(.timedOut) }
            var poller = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let waitMS = Int32(clamping: leftNS / 1_000_000 + 1)
            // A signal cuts the wait short; the loop looks at the clock and waits again.
            joule_wait_begin()
            let isReady = unsafe poll(&poller, 1, waitMS) > 0
            joule_wait_end()
            guard isReady else { continue }
            let count = unsafe read(descriptor, &chunk, chunk.count)
            if count == 0 { return .success(bytes) }
            if count < 0 {
                guard errno == EINTR || errno == EAGAIN else { return .success(bytes) }
                continue
            }
            bytes.append(contentsOf: chunk[..<count])
            guard bytes.count <= sizeBytesMax else { return .failure(.tooMuch) }
        }
    }

    /// The exit status, or 128 and more when a signal ended the child.
    private static func waitForEnd(of child: pid_t, deadlineNS: Int64) -> Int32 {
        var status: Int32 = 0
        while true {
            let isLate = MonotonicClock.nowNS() >= deadlineNS
            if isLate { kill(-child, SIGKILL) }
            let ended = unsafe waitpid(child, &status, isLate ? 0 : WNOHANG)
            if ended == child { break }
            // The host program ignores or collects its children itself; the output still counts.
            guard ended == 0 || errno == EINTR else { return 0 }
            joule_wait_begin()
            usleep(200)
            joule_wait_end()
        }
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }

    /// Lends `texts` as the null-terminated array that C wants.
    private static func withCStrings<Result>(
        _ texts: [String],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        // SAFETY: the copies live until `body` has returned, and the array ends with nil.
        var copies = unsafe texts.map { unsafe strdup($0) } + [nil]
        defer { unsafe copies.forEach { unsafe free($0) } }
        return unsafe body(&copies)
    }
}
