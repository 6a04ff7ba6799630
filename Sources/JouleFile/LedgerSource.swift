import Glibc
import JouleFormat

/// Where the bytes of one ledger lie: in a file of its own, or in a pack.
///
/// Copies share the open file. Offsets count from the first byte of the ledger's file header.
struct LedgerSource: Sendable {
    /// What a person calls it: the file, and behind a # the path of a member of a pack.
    private(set) var path: String
    private let file: OpenFile
    /// Nil when the ledger is the file from its first byte on.
    private var extent: MemberExtent?
    /// Nil when the ledger goes on to the end.
    private var sizeMax: UInt64?
    /// Whether a member of a pack was being written when it was packed.
    private var wasLive = false

    /// Opens a ledger that is a file of its own, or was one until a pack in its directory took it.
    init(_ path: String) throws(LedgerError) {
        do throws(LedgerError) { try self.init(file: path) } catch {
            guard case .system(_, _, ENOENT) = error, let moved = Self.moved(path) else {
                throw error
            }
            self = moved
        }
    }

    /// Opens a ledger that is a file of its own.
    init(file path: String) throws(LedgerError) {
        self.path = path
        file = OpenFile(try SystemFile.reading(path))
    }

    /// Opens what is at a place again.
    init(_ place: SourcePlace) throws(LedgerError) {
        try self.init(place.path)
        extent = place.extent
    }

    /// Where to find the ledger again; holding on to it keeps no file open.
    var place: SourcePlace { SourcePlace(path: file.system.path, extent: extent) }

    /// A member of this pack; it may reach beyond the end of a pack that was cut off.
    func member(_ extent: MemberExtent, at path: String, wasLive: Bool = false) -> LedgerSource {
        var member = self
        member.path += "#" + path
        member.extent = extent
        member.wasLive = wasLive
        return member
    }

    /// The first `size` bytes, as they stay whatever is appended; without the ring.
    func prefix(_ size: UInt64, isLive: Bool) -> LedgerSource {
        var prefix = self
        prefix.sizeMax = size
        prefix.wasLive = isLive
        return prefix
    }

    /// Whether the ledger is a file of its own, which may have a writer and a ring.
    var isFile: Bool { extent == nil && sizeMax == nil }

    func size() throws(LedgerError) -> UInt64 {
        let size = try file.system.size()
        return min(extent?.sizeAvailable(in: size) ?? size, sizeMax ?? .max)
    }

    /// Up to `count` bytes from `offset`; fewer only at the end of the ledger.
    func read(at offset: UInt64, count: Int) throws(LedgerError) -> [UInt8] {
        guard let extent else { return try file.system.read(at: offset, count: count) }
        let left = extent.size - min(offset, extent.size)
        return try file.system.read(count: Int(min(UInt64(count), left))) {
            extent.piece(at: offset + UInt64($0))
        }
    }

    /// Whether both have the same bytes, from the first to the last.
    func hasSameBytes(as other: LedgerSource) throws(LedgerError) -> Bool {
        guard try size() == other.size() else { return false }
        var offset: UInt64 = 0
        while true {
            let part = try read(at: offset, count: Layout.memberPartSize)
            guard try other.read(at: offset, count: Layout.memberPartSize) == part else {
                return false
            }
            guard part.count == Layout.memberPartSize else { return true }
            offset += UInt64(part.count)
        }
    }

    /// Bytes that were read from the file so far, and how often the system was asked for some.
    var bytesRead: Int { file.system.bytesRead }
    var reads: Int { file.system.reads }

    /// Whether some writer holds the lock now, or held it when the ledger was packed.
    func isLive() -> Bool { isFile ? file.system.isLockedByWriter() : wasLive }
}

/// A file, or a member of the pack that the file is.
struct SourcePlace: Sendable, Hashable {
    let path: String
    let extent: MemberExtent?
}

/// A file that several sources read.
private final class OpenFile: Sendable {
    let system: SystemFile

    init(_ system: consuming SystemFile) {
        self.system = system
    }
}

/// Where the bytes of a member of a pack lie: in consecutive MEMBER blocks, all full but the last.
struct MemberExtent: Sendable, Hashable {
    /// Of the first MEMBER block in the pack.
    let start: UInt64
    /// Of the member.
    let size: UInt64

    /// Bytes of a MEMBER block before those of the member.
    private static let headSize = UInt64(Layout.blockHeaderSize + Layout.memberHeadSize)
    private static let partSize = UInt64(Layout.memberPartSize)
    private static let stride = headSize + partSize

    /// The caller keeps both below 2⁶².
    init(start: UInt64, size: UInt64) {
        self.start = start
        self.size = size
    }

    /// Of the member that `part` belongs to, whose block is at `place`; nil when there is no room for
    /// what must be before it.
    init?(of part: MemberPayload, at place: UInt64) {
        let before = part.offset / Self.partSize * Self.stride
        guard place >= before + UInt64(Layout.fileHeaderSize) else { return nil }
        self.init(start: place - before, size: part.size)
    }

    /// Number of MEMBER blocks.
    var blocks: UInt64 { max(1, (size + Self.partSize - 1) / Self.partSize) }

    /// Where MEMBER block `number` is.
    func place(ofBlock number: UInt64) -> UInt64 { start + number * Self.stride }

    /// Behind the last MEMBER block.
    var end: UInt64 {
        let last = size - (blocks - 1) * Self.partSize
        return start + (blocks - 1) * Self.stride
            + UInt64(Layout.padded(Int(Self.headSize + last)))
    }

    /// So many bytes follow each other in the file from the member's byte `offset` on; nil behind
    /// the end.
    func piece(at offset: UInt64) -> (place: UInt64, count: Int)? {
        guard offset < size else { return nil }
        let (number, rest) = offset.quotientAndRemainder(dividingBy: Self.partSize)
        let place = start + number * Self.stride + Self.headSize + rest
        return (place, Int(min(Self.partSize - rest, size - offset)))
    }

    /// How much of the member a pack of `fileSize` bytes has.
    func sizeAvailable(in fileSize: UInt64) -> UInt64 {
        guard fileSize > start else { return 0 }
        let (number, rest) = (fileSize - start).quotientAndRemainder(dividingBy: Self.stride)
        return min(size, number * Self.partSize + rest - min(rest, Self.headSize))
    }
}
