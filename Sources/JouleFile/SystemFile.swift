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

    /// The name of a file that is not published yet, where it had to have one.
    private var draftPath: String?

    private init(
        descriptor: Int32,
        path: String,
        isKeptFromChildren: Bool = false,
        draftPath: String? = nil
    ) {
        self.descriptor = descriptor
        self.path = path
        self.draftPath = draftPath
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
    static func creating(_ path: String, mode: UInt32 = 0o664) throws(LedgerError) -> SystemFile {
        let descriptor = try checked(path, "create") {
            Int(unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode))
        }
        return SystemFile(descriptor: descriptor, path: path, isKeptFromChildren: true)
    }

    /// Opens a file to lock it, made empty where there is none.
    static func opening(_ path: String) throws(LedgerError) -> SystemFile {
        let descriptor = try checked(path, "create") {
            Int(unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode_t(0o664)))
        }
        return SystemFile(descriptor: descriptor, path: path, isKeptFromChildren: true)
    }

    /// Creates a file that nobody sees as `path` until it is published; closed without that, it is
    /// gone.
    ///
    /// Nothing is left of it after a kill, either, where the file system has files without a name.
    static func draft(of path: String, mode: mode_t = 0o664) throws(LedgerError) -> SystemFile {
        let folder = directory(of: path)
        // O_TMPFILE, which Swift's module does not know: __O_TMPFILE and O_DIRECTORY.
        let unnamed = 0o20_000_000 | O_DIRECTORY
        let descriptor = unsafe open(folder, O_RDWR | unnamed | O_CLOEXEC, mode)
        if descriptor >= 0 {
            return SystemFile(descriptor: descriptor, path: path, isKeptFromChildren: true)
        }
        let draftPath = path + ".part"
        try discardAbandonedDraft(draftPath)
        let named = try checked(path, "create") {
            Int(unsafe open(draftPath, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode))
        }
        return SystemFile(
            descriptor: named,
            path: path,
            isKeptFromChildren: true,
            draftPath: draftPath
        )
    }

    /// Removes a draft whose writer was killed; one that is still being written is locked.
    private static func discardAbandonedDraft(_ path: String) throws(LedgerError) {
        guard unsafe access(path, F_OK) == 0 else { return }
        // That of a file which nobody may write cannot be opened to write either.
        let isWritable = unsafe access(path, W_OK) == 0
        let left = try isWritable ? appending(path) : reading(path)
        guard left.lockExclusively(), try left.isStillNamed() else { throw .busy(path: path) }
        unsafe unlink(path)
    }

    /// Makes a draft appear under its path, all of it on disk; never in the place of another file.
    mutating func publish() throws(LedgerError) {
        try synchronize()
        let source = draftPath ?? "/proc/self/fd/\(descriptor)"
        try Self.checked(path, "create") {
            Int(unsafe linkat(AT_FDCWD, source, AT_FDCWD, path, AT_SYMLINK_FOLLOW))
        }
        if let draftPath { unsafe unlink(draftPath) }
        draftPath = nil
        Self.synchronizeDirectory(of: path)
    }

    /// Makes a draft, all of it on disk, appear in the place of the file at its path, which is to be
    /// `old`, with the same owner, permissions and time of the last change.
    ///
    /// Whoever opens the path gets the one or the other. Throws `.changed` where another file is there.
    mutating func replace(_ old: borrowing SystemFile) throws(LedgerError) {
        try takeAttributes(of: old)
        try synchronize()
        let name = path + ".part"
        if draftPath == nil {
            try Self.discardAbandonedDraft(name)
            try Self.checked(path, "replace") {
                Int(unsafe linkat(AT_FDCWD, readingPath, AT_FDCWD, name, AT_SYMLINK_FOLLOW))
            }
            draftPath = name
        }
        // Whoever else would put a file there needs that name, and has looked before this or does later.
        guard try old.isStillNamed() else { throw .changed(path: path) }
        // To readers a file that is locked is one that is being written.
        guard keepWritersOut() else { throw .busy(path: path) }
        try Self.rename(name, to: path)
        draftPath = nil
        unlock()
        Self.synchronizeDirectory(of: path)
    }

    private func takeAttributes(of old: borrowing SystemFile) throws(LedgerError) {
        let (own, status) = (try self.status(), try old.status())
        if (own.st_uid, own.st_gid) != (status.st_uid, status.st_gid) {
            try Self.checked(path, "give to its owner") {
                Int(fchown(descriptor, status.st_uid, status.st_gid))
            }
        }
        try Self.checked(path, "set the permissions of") {
            Int(fchmod(descriptor, status.st_mode & 0o7777))
        }
        try Self.checked(path, "set the time of") {
            Int(unsafe futimens(descriptor, [status.st_atim, status.st_mtim]))
        }
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

    /// The same with the writer's lock, so that nobody else appends to it or replaces it.
    static func appendingAlone(_ path: String) throws(LedgerError) -> SystemFile {
        let file = try appending(path)
        guard file.lockExclusively() else { throw .busy(path: path) }
        // Who held the lock may have packed and removed it, or put another in its place.
        guard try file.isStillNamed() else { throw .changed(path: path) }
        return file
    }

    deinit {
        let isOurs = generation == joule_fork_generation()
        // A forked child has lost the descriptor already, and the number may be another file's.
        if childSlot >= 0, !isOurs { return }
        joule_forget_descriptor(childSlot)
        if let draftPath, isOurs { unsafe unlink(draftPath) }
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
        try read(count: count) { (place: offset + UInt64($0), count: count - $0) }
    }

    /// Up to `count` bytes that lie in several pieces, one behind the other.
    ///
    /// `piece` tells where those behind the first so many bytes are and how many follow there; nil ends
    /// it, and so does the end of the file.
    func read(
        count: Int,
        _ piece: (_ filled: Int) -> (place: UInt64, count: Int)?
    ) throws(LedgerError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count, let next = piece(filled) {
                // SAFETY: the call writes at most `count - filled` bytes behind `filled`.
                let got = unsafe pread(
                    descriptor,
                    buffer.baseAddress?.advanced(by: filled),
                    min(next.count, count - filled),
                    Int(clamping: next.place)
                )
                readsTotal.wrappingAdd(1, ordering: .relaxed)
                if got < 0, errno == EINTR { continue }
                if got < 0 { failure = errno }
                guard got > 0 else { return }
                filled += got
            }
        }
        guard failure == 0 else { throw .system(path: path, operation: "read", errno: failure) }
        bytesReadTotal.wrappingAdd(bytes.count, ordering: .relaxed)
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

    /// All bytes of a ledger, from the beginning on.
    func write(_ source: LedgerSource) throws(LedgerError) {
        var offset: UInt64 = 0
        while true {
            let part = try source.read(at: offset, count: 1 << 20)
            guard !part.isEmpty else { return }
            try write(part, at: offset)
            offset += UInt64(part.count)
        }
    }

    /// Where a draft, which has no name yet, can be opened to read it.
    var readingPath: String { "/proc/self/fd/\(descriptor)" }

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

    /// Keeps writers from the file until it is closed, while readers see none; false when one has it.
    func keepWritersOut() -> Bool {
        flock(descriptor, LOCK_SH | LOCK_NB) == 0
    }

    /// Whether the file is still the one at its path.
    func isStillNamed() throws(LedgerError) -> Bool {
        let own = try status()
        var named = stat()
        return unsafe lstat(path, &named) == 0 && named.st_ino == own.st_ino
            && named.st_dev == own.st_dev
    }

    /// Lets others write, while the file stays open.
    func unlock() {
        flock(descriptor, LOCK_UN)
    }

    /// Whether some writer holds the lock now.
    func isLockedByWriter() -> Bool {
        guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return errno == EWOULDBLOCK }
        flock(descriptor, LOCK_UN)
        return false
    }

    /// Gives a file a name that may be another's, which is then gone.
    static func rename(_ path: String, to target: String) throws(LedgerError) {
        try checked(target, "replace") { Int(unsafe Glibc.rename(path, target)) }
    }

    /// What is known of a regular file that this process may remove; nil of anything else.
    static func replaceable(_ path: String) -> stat? {
        var (own, above) = (stat(), stat())
        let folder = directory(of: path)
        guard unsafe lstat(path, &own) == 0, own.st_mode & S_IFMT == S_IFREG,
            unsafe access(folder, W_OK | X_OK) == 0, unsafe stat(folder, &above) == 0,
            above.st_mode & S_ISVTX == 0 || own.st_uid == geteuid()
        else { return nil }
        return own
    }

    /// Removes a file that is there.
    static func removing(_ path: String) throws(LedgerError) {
        try checked(path, "remove") { Int(unsafe unlink(path)) }
    }

    /// Removes a file, if it is there.
    static func remove(_ path: String) {
        unsafe unlink(path)
    }

    private static func directory(of path: String) -> String {
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        return directory.isEmpty ? "/" : directory
    }

    /// Makes the names in the file's directory durable.
    static func synchronizeDirectory(of path: String) {
        let descriptor = unsafe open(directory(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}
