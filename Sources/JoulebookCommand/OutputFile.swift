import Glibc

/// A file that a command writes: it takes its name when it is whole, and replaces what had it.
///
/// Into a pipe or a device bytes go as they come.
final class OutputFile {
    private let path: String
    /// The name until it is whole; nil when there is nothing to replace.
    private var draft: String?
    private var descriptor: Int32

    init(_ path: String) throws(CommandFailure) {
        self.path = path
        var facts = stat()
        let exists = unsafe stat(path, &facts) == 0
        if exists, facts.st_mode & S_IFMT == S_IFDIR {
            throw .usage("-o \(path) is a directory; name a file in it")
        }
        let isRegular = !exists || facts.st_mode & S_IFMT == S_IFREG
        draft = isRegular ? "\(path).\(getpid()).part" : nil
        let flags = O_WRONLY | O_CLOEXEC | (isRegular ? O_CREAT | O_EXCL : 0)
        descriptor = unsafe open(draft ?? path, flags, 0o666)
        guard descriptor >= 0 else {
            throw .inputOutput("\(path): \(systemMessage(errno)); name a place that can be written")
        }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if let draft { unsafe unlink(draft) }
    }

    func write(_ bytes: [UInt8]) throws(CommandFailure) {
        var start = 0
        while start < bytes.count {
            // SAFETY: the slice lies within `bytes` for the length of the call.
            let written = unsafe bytes.withUnsafeBytes {
                unsafe Glibc.write(
                    descriptor,
                    $0.baseAddress?.advanced(by: start),
                    $0.count - start
                )
            }
            if written < 0 {
                if errno == EINTR { continue }
                if errno == EPIPE { throw .closedPipe }
                throw failure(errno)
            }
            start += written
        }
    }

    /// Gives the file its name.
    func finish() throws(CommandFailure) {
        let status = close(descriptor)
        descriptor = -1
        guard status == 0 else { throw failure(errno) }
        guard let draft else { return }
        guard unsafe rename(draft, path) == 0 else { throw failure(errno) }
        self.draft = nil
    }

    private func failure(_ error: Int32) -> CommandFailure {
        .inputOutput("\(path): \(systemMessage(error)); free space or name another place")
    }
}
