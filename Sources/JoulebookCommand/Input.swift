import Glibc
import JouleFile

/// Paths that a user names, judged before anything is opened.
///
/// A pipe or a device could block or never end, so that only regular files and directories pass.
enum Input {
    /// What a command can read.
    enum Wanted {
        case file
        case ledger
        /// One of those that a command takes.
        case ledgers
        case fileOrDirectory
    }

    /// Returns if `path` can be read as `wanted`, else says what it is and what to do.
    static func require(_ path: String, as wanted: Wanted) throws(CommandFailure) {
        guard !path.isEmpty else { throw .usage("an empty path was given; name a file") }
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else {
            let error = errno
            if error == ENOENT, LedgerDirectory.hasMoved(path) { return }
            throw .inputOutput("\(path): \(systemMessage(error)); \(advice(for: error))")
        }
        switch facts.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR:
            guard wanted == .fileOrDirectory else {
                throw .badData("\(path): is a directory; \(advice(for: path, as: wanted))")
            }
        default:
            throw .badData(
                "\(path): is a \(kind(facts.st_mode)), not a regular file; copy its content to a file"
            )
        }
        let needed = facts.st_mode & S_IFMT == S_IFDIR ? R_OK | X_OK : R_OK
        guard unsafe access(path, needed) == 0 else {
            let error = errno
            throw .inputOutput("\(path): \(systemMessage(error)); \(advice(for: error))")
        }
    }

    /// The bytes of a small text such as a configuration: a file, a pipe, or `-` for standard input.
    ///
    /// Waits for whoever writes into a pipe.
    static func text(of path: String, bytesMax: Int = 1 << 24) throws(CommandFailure) -> [UInt8] {
        if path == "-" {
            return try content(of: STDIN_FILENO, named: "standard input", bytesMax: bytesMax)
        }
        if !isPipe(path) { try require(path, as: .file) }
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .inputOutput("\(path): \(systemMessage(errno)); check its permissions")
        }
        defer { close(descriptor) }
        return try content(of: descriptor, named: path, bytesMax: bytesMax)
    }

    /// Bytes of the regular file at `path`; 0 where there is none.
    static func sizeBytes(of path: String) -> UInt64 {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { return 0 }
        return UInt64(clamping: facts.st_size)
    }

    static func isDirectory(_ path: String) -> Bool { mode(of: path) == S_IFDIR }

    private static func isPipe(_ path: String) -> Bool { mode(of: path) == S_IFIFO }

    /// What kind of file is there; nil when there is none.
    private static func mode(of path: String) -> mode_t? {
        var facts = stat()
        return unsafe stat(path, &facts) == 0 ? facts.st_mode & S_IFMT : nil
    }

    private static func content(
        of descriptor: Int32,
        named path: String,
        bytesMax: Int
    ) throws(CommandFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            // SAFETY: read fills at most the chunk that it is given.
            let count = unsafe chunk.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw .inputOutput("\(path): \(systemMessage(errno)); try again")
            }
            if count == 0 { return bytes }
            guard bytes.count + count <= bytesMax else {
                throw .badData(
                    "\(path): is larger than \(bytesMax >> 20) MiB; is it the right file?"
                )
            }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    private static func advice(for directory: String, as wanted: Wanted) -> String {
        let folder = directory.hasSuffix("/") ? directory : directory + "/"
        return switch wanted {
        case .ledger: "name one ledger in it"
        case .ledgers: "name the ledgers in it, such as \(folder)*/*.joule"
        case .file, .fileOrDirectory: "name a file in it"
        }
    }

    private static func advice(for error: Int32) -> String {
        switch error {
        case ENOENT, ENOTDIR: "check the path"
        case EACCES, EPERM: "check its permissions"
        default: "try again"
        }
    }

    private static func kind(_ mode: mode_t) -> String {
        switch mode & S_IFMT {
        case S_IFIFO: "pipe"
        case S_IFCHR, S_IFBLK: "device"
        case S_IFSOCK: "socket"
        default: "special file"
        }
    }
}
