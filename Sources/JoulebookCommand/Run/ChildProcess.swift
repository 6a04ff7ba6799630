import FoundationEssentials
import Glibc

/// A program that was started.
struct ChildProcess {
    let pid: pid_t

    /// How a program ended.
    enum End: Equatable {
        case exited(Int32)
        case signalled(Int32)

        /// The status that a shell reports.
        var status: Int32 {
            switch self {
            case .exited(let status): status
            case .signalled(let signal): 128 + signal
            }
        }
    }

    /// Starts `program` with this process's environment and `additions`, and with the signal mask
    /// that `relay` found.
    static func start(
        _ program: Program,
        additions: [String: String],
        relay: borrowing SignalRelay
    ) throws(Program.Failure) -> ChildProcess {
        let variables = ProcessInfo.processInfo.environment.merging(additions) { $1 }
        let environment = variables.map { "\($0)=\($1)" }
        var (error, pid) = spawn(program.path, program.arguments, environment, relay: relay)
        if error == ENOEXEC {
            // A script without an interpreter line is the shell's, as everywhere else.
            let arguments = ["sh", program.path] + program.arguments.dropFirst()
            (error, pid) = spawn("/bin/sh", arguments, environment, relay: relay)
        }
        guard error == 0 else { throw .notStarted(program.path, error: error) }
        return ChildProcess(pid: pid)
    }

    private static func spawn(
        _ path: String,
        _ arguments: [String],
        _ environment: [String],
        relay: borrowing SignalRelay
    ) -> (error: Int32, pid: pid_t) {
        var attributes = posix_spawnattr_t()
        var pid: pid_t = 0
        var error = unsafe posix_spawnattr_init(&attributes)
        guard error == 0 else { return (error, 0) }
        defer { _ = unsafe posix_spawnattr_destroy(&attributes) }
        var mask = relay.maskBefore
        var defaults = sigset_t()
        // The program gets the default that this process has switched off for itself.
        unsafe sigemptyset(&defaults)
        unsafe sigaddset(&defaults, SIGPIPE)
        _ = unsafe posix_spawnattr_setsigmask(&attributes, &mask)
        _ = unsafe posix_spawnattr_setsigdefault(&attributes, &defaults)
        let flags = Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF)
        _ = unsafe posix_spawnattr_setflags(&attributes, flags)
        // SAFETY: both lists are terminated by nil and live until the call returns.
        error = unsafe withCStrings(arguments) { argv in
            unsafe withCStrings(environment) { envp in
                unsafe posix_spawn(&pid, path, nil, &attributes, argv, envp)
            }
        }
        return (error, pid)
    }

    /// Waits for the end and hands on the signals that arrive meanwhile; `meanwhile` is called about
    /// ten times a second.
    func wait(relaying relay: borrowing SignalRelay, meanwhile: () -> Void = {}) -> End {
        while true {
            var status: Int32 = 0
            let ended = unsafe waitpid(pid, &status, WNOHANG)
            if ended == pid {
                let signal = status & 0x7F
                return signal == 0 ? .exited(status >> 8 & 0xFF) : .signalled(signal)
            }
            // Somebody else has taken the status; it can no longer be known.
            if ended < 0, errno != EINTR { return .exited(0) }
            if let signal = relay.next() { kill(pid, signal) }
            meanwhile()
        }
    }
}

/// Calls `body` with `texts` as a C list that ends with nil.
func withCStrings<Result>(
    _ texts: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    var pointers = unsafe texts.map { unsafe strdup($0) } + [nil]
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
        // SAFETY: the buffer holds at least the nil that ends it, so that it has an address.
        unsafe body(UnsafePointer(buffer.baseAddress.unsafelyUnwrapped))
    }
}
