import Glibc
import JouleFile
import JouleQuantities
import JouleRedundancy

/// A claim as it was found.
struct ClaimFile {
    enum Found {
        case nothing
        case file(ClaimFile)
        /// Something that is not read, and why.
        case refused(String)
    }

    enum State {
        /// The holder lives, or has renewed its claim.
        case alive(ClaimDocument)
        case stale
        /// Nobody knows whose it is, and it is not old.
        case unknown
    }

    /// Nil for garbage.
    let document: ClaimDocument?
    /// Differs from that of every other claim; 32 hexadecimal digits.
    let digest: String
    /// By the clock of the file's server.
    let modifiedNS: Int64

    /// Reads a regular file and nothing else, and never waits for a pipe.
    static func find(_ path: String) -> Found {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard descriptor >= 0 else {
            let code = errno
            return code == ENOENT ? .nothing : .refused(errorText(code))
        }
        defer { close(descriptor) }
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0 else { return .refused(errorText(errno)) }
        guard facts.st_mode & S_IFMT == S_IFREG else { return .refused("not a regular file") }
        guard let bytes = read(descriptor) else { return .refused(errorText(errno)) }
        return .file(ClaimFile(bytes, facts))
    }

    /// One byte more than a claim may have, so that what is longer is none.
    private static func read(_ descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: ClaimDocument.sizeBytesMax + 1)
        var size = 0
        while size < bytes.count {
            // SAFETY: the call writes at most the bytes behind `size`.
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(
                    descriptor,
                    buffer.baseAddress?.advanced(by: size),
                    buffer.count - size
                )
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            guard count > 0 else { break }
            size += count
        }
        return Array(bytes[..<size])
    }

    private init(_ bytes: [UInt8], _ facts: stat) {
        let isTooLong = bytes.count > ClaimDocument.sizeBytesMax
        document = isTooLong ? nil : ClaimDocument(parsing: bytes)
        digest = Self.digest(of: bytes, inode: UInt64(facts.st_ino))
        modifiedNS = facts.modifiedNS
    }

    /// With the file's number, which is the same on all of a server's clients, so that files without
    /// content differ.
    static func digest(of bytes: [UInt8], inode: UInt64) -> String {
        String(hex(ContentHash.sha256(Array("\(inode) ".utf8) + bytes)).prefix(32))
    }

    /// Whether the claim holds at `nowNS` of its server's clock.
    ///
    /// A process of this machine is looked up. Of any other only the time tells since when the claim was
    /// renewed; a time far ahead of now comes of a clock that was set back, and tells as little as
    /// one long ago.
    func state(nowNS: Int64) -> State {
        if let document, let isAlive = document.isHolderAlive {
            return isAlive ? .alive(document) : .stale
        }
        let leaseSeconds = document?.leaseSeconds ?? ClaimDocument.leaseSeconds
        let ageSeconds = Double(nowNS &- modifiedNS) * 1e-9
        guard abs(ageSeconds) <= leaseSeconds else { return .stale }
        return document.map { .alive($0) } ?? .unknown
    }
}

extension ClaimDocument {
    /// Nil where the holder's process cannot be looked up from here.
    fileprivate var isHolderAlive: Bool? {
        if let namespace, let own = Self.ownNamespace, namespace != own { return nil }
        switch Liveness(holder) {
        case .alive: return true
        case .unknown: return nil
        case .dead:
            // Where `/proc` hides the processes of others, theirs only seem dead.
            let isHidden = holder.process.map { kill($0.pid, 0) != 0 && errno == EPERM } ?? false
            return isHidden ? nil : false
        }
    }
}

extension stat {
    var modifiedNS: Int64 {
        Int64(st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(st_mtim.tv_nsec)
    }
}
