import Glibc
import JouleSystem

/// One message to the person who runs the program.
enum Notice {
    /// Prints a line to the standard error; what would have to wait there, or nobody reads, is left
    /// out.
    static func print(_ text: String) {
        let bytes = Array("joulebook: \(text)\n".utf8)
        withoutBrokenPipe { write(bytes[...]) }
    }

    private static let said = Lock<Set<String>>([])
    private static let saidMax = 1000

    /// Whether this process says `text` for the first time.
    static func isNew(_ text: String) -> Bool {
        said.withLockSoon { said in
            said.count < saidMax && said.insert(text).inserted
        } ?? false
    }

    /// False when nobody reads any more.
    private static func write(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        // A pipe that is writable takes so much without waiting, and in one piece, so that lines of
        // several ranks do not mix.
        while !rest.isEmpty, isWritable {
            let count = unsafe rest.prefix(Int(PIPE_BUF)).withUnsafeBytes { part in
                unsafe Glibc.write(STDERR_FILENO, part.baseAddress, part.count)
            }
            guard count > 0 else { return errno != EPIPE }
            rest = rest.dropFirst(count)
        }
        return true
    }

    private static var isWritable: Bool {
        var poller = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&poller, 1, 0) == 1 && poller.revents & Int16(POLLOUT) != 0
    }

    /// Takes the signal back that a write to a broken pipe sends, which ends a process that does not
    /// expect it; `write` is false when it met one.
    private static func withoutBrokenPipe(_ write: () -> Bool) {
        var brokenPipe = sigset_t()
        var before = sigset_t()
        var pending = sigset_t()
        unsafe sigemptyset(&brokenPipe)
        unsafe sigaddset(&brokenPipe, SIGPIPE)
        guard unsafe pthread_sigmask(SIG_BLOCK, &brokenPipe, &before) == 0 else { return }
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        // One that waited before is the program's own.
        unsafe sigpending(&pending)
        guard !write(), unsafe sigismember(&pending, SIGPIPE) == 0 else { return }
        var moment = timespec()
        while unsafe sigtimedwait(&brokenPipe, nil, &moment) < 0, errno == EINTR {}
    }
}
