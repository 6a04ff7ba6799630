import CJouleSystem
import Glibc
import JouleFormat
import Synchronization

/// An open file that closes itself.
///
/// Interrupted calls are repeated here and nowhere else.
struct SystemFile: ~Copyable {
    let descriptor: Int32
    let path: String
    private let generation = joule_fork_generation()
    /// Whether it is written to, and forked children are to lose it.
    private let isKeptFromChildren: Bool
    /// Where the descriptor is noted to be closed in forked children; -1 when it is not.
    private let childSlot: Int32
    private let bytesReadTotal = Atomic<Int>(0)
    private let readsTotal = Atomic<Int>(0)

    /// Bytes that were read so far.
    var bytesRead: Int { bytesReadTotal.load(ordering: .relaxed) }
    /// Times that the system was asked for bytes.
    var reads: Int { readsTotal.load(ordering: .relaxed) }

    private init(descriptor: Int32, path: String, isKeptFromChildren: Bool = false) {
        self.descriptor = descriptor
        self.path = path
        self.isKeptFromChildren = isKeptFromChildren
        childSlot = isKeptFromChildren ? joule_close_in_child(descriptor) : -1
    }

    /// Opens a regular file for reading; never waits for a pipe or a device.
    static func reading(_ path: String) throws(LedgerError) -> SystemFile {
        let descriptor = try checked(path, "open") {
            Int(unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK))
        }
        let file = SystemFile(descriptor: descriptor, path: path)
        guard try file.status().st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
        return file
    }

    /// Creates a file that does not exist yet, readable by others as far as the umask allows and
    /// writable by nobody else's world.
    static func creating(_ path: String) throws(LedgerError) -> SystemFile {
        let descriptor = try checked(path, "create") {
            Int(unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o664))
        }
        return SystemFile(descriptor: descriptor, path: path, isKeptFromChildren: true)
    }

    /// Opens a regular file that is there already, to append to it.
    static func appending(_ path: String) throws(LedgerError) -> SystemFile {
        let descriptor = try checked(path, "open") {
            Int(unsafe open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW))
        }
        let file = SystemFile(descriptor: descriptor, path: path, isKeptFromChildren: true)
        guard try file.status().st_mode & S_IFMT == S_IFREG else { throw .notAFile(path: path) }
        return file
    }

    deinit {
        let isOurs = generation == joule_fork_generation()
        // A forked child has lost the descriptor already, and the number may be another file's.
        if childSlot >= 0, !isOurs { return }
        joule_forget_descriptor(childSlot)
        // A child between fork and exec holds the descriptor, too, and would keep the lock.
        if isKeptFromChildren, isOurs { flock(descriptor, LOCK_UN) }
        close(descriptor)
    }

    @discardableResult
    private static func checked(_ path: String, _ operation: String, _ call: () -> Int)
        throws(LedgerError) -> Int32
    {
        while true {
            let result = call()
            if result >= 0 { return Int32(truncatingIfNeeded: result) }
            if errno != EINTR {
                throw .system(path: path, operation: operation, errno: errno)
            }
        }
    }

    func status() throws(LedgerError) -> stat {
        var status = stat()
        try Self.checked(path, "inspect") { Int(unsafe fstat(descriptor, &status)) }
        return status
    }

    func size() throws(LedgerError) -> UInt64 {
        UInt64(clamping: try status().st_size)
    }

    /// Up to `count` bytes from `offset`; fewer only at the end of the file.
    func read(at offset: UInt64, count: Int) throws(LedgerError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let place = Int(clamping: offset + UInt64(filled))
            // SAFETY: the call writes at most `count - filled` bytes behind `filled`.
            let got = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe pread(
                    descriptor,
                    buffer.baseAddress?.advanced(by: filled),
                    count - filled,
                    place
                )
            }
            readsTotal.wrappingAdd(1, ordering: .relaxed)
            if got == 0 { break }
            if got < 0 {
                if errno == EINTR { continue }
                throw .system(path: path, operation: "read", errno: errno)
            }
            filled += got
        }
        bytesReadTotal.wrappingAdd(filled, ordering: .relaxed)
        bytes.removeLast(count - filled)
        return bytes
    }

    /// All of `bytes` at `offset`; short writes are continued.
    func write(_ bytes: [UInt8], at offset: UInt64) throws(LedgerError) {
        var written = 0
        while written < bytes.count {
            let place = Int(clamping: offset + UInt64(written))
            // SAFETY: the call reads at most the bytes behind `written`.
            let put = unsafe bytes.withUnsafeBytes { buffer in
                unsafe pwrite(
                    descriptor,
                    buffer.baseAddress?.advanced(by: written),
                    bytes.count - written,
                    place
                )
            }
            if put < 0 {
                if errno == EINTR { continue }
                throw .system(path: path, operation: "write", errno: errno)
            }
            written += put
        }
    }

    /// The hash of the bytes from `start` up to `end`.
    func digest(from start: UInt64, to end: UInt64) throws(LedgerError) -> Digest {
        var hasher = Digest.Hasher()
        var offset = start
        while offset < end {
            let part = try read(at: offset, count: Int(min(end - offset, 1 << 20)))
            guard !part.isEmpty else { break }
            hasher.add(part)
            offset += UInt64(part.count)
        }
        return hasher.digest
    }

    func truncate(to size: UInt64) throws(LedgerError) {
        try Self.checked(path, "truncate") { Int(ftruncate(descriptor, Int(clamping: size))) }
    }

    func synchronize() throws(LedgerError) {
        try Self.checked(path, "synchronise") { Int(joule_file_synchronize(descriptor)) }
    }

    /// Takes the writer's lock; false when another process holds it.
    ///
    /// A reader that looks whether there is a writer holds a lock for a moment, so it tries for 50 ms.
    func lockExclusively() -> Bool {
        for _ in 0..<50 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            usleep(1000)
        }
        return false
    }

    /// Whether some writer holds the lock now.
    func isLockedByWriter() -> Bool {
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return errno == EWOULDBLOCK }
        flock(descriptor, LOCK_UN)
        return false
    }

    /// Makes the names in the file's directory durable.
    static func synchronizeDirectory(of path: String) {
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let descriptor = unsafe open(
            directory.isEmpty ? "/" : directory,
            O_RDONLY | O_DIRECTORY | O_CLOEXEC
        )
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
