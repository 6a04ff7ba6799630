import JouleFormat

/// Where the bytes of one ledger lie: in a file of its own, or in a pack.
///
/// Copies share the open file. Offsets count from the first byte of the ledger's file header.
struct LedgerSource: Sendable {
    /// The file, also of a member of a pack.
    let path: String
    private let file: OpenFile
    /// Nil when the ledger is the whole file.
    private let extent: MemberExtent?

    private init(path: String, file: OpenFile, extent: MemberExtent?) {
        self.path = path
        self.file = file
        self.extent = extent
    }

    /// Opens a ledger that is a file of its own.
    init(_ path: String) throws(LedgerError) {
        self.init(path: path, file: OpenFile(try SystemFile.reading(path)), extent: nil)
    }

    /// A member of this pack; it may reach beyond the end of a pack that was cut off.
    func member(_ extent: MemberExtent) -> LedgerSource {
        LedgerSource(path: path, file: file, extent: extent)
    }

    /// Whether the ledger is a file of its own, which may have a writer and a ring.
    var isFile: Bool { extent == nil }

    func size() throws(LedgerError) -> UInt64 {
        let size = try file.system.size()
        return extent?.sizeAvailable(in: size) ?? size
    }

    /// Up to `count` bytes from `offset`; fewer only at the end of the ledger.
    func read(at offset: UInt64, count: Int) throws(LedgerError) -> [UInt8] {
        guard let extent else { return try file.system.read(at: offset, count: count) }
        var bytes: [UInt8] = []
        while bytes.count < count, let piece = extent.piece(at: offset + UInt64(bytes.count)) {
            let wanted = min(count - bytes.count, piece.count)
            let part = try file.system.read(at: piece.place, count: wanted)
            // The first piece is nearly always all of it, and is then not copied.
            if bytes.isEmpty { bytes = part } else { bytes += part }
            if part.count < wanted { break }
        }
        return bytes
    }

    /// Bytes that were read from the file so far, and how often the system was asked for some.
    var bytesRead: Int { file.system.bytesRead }
    var reads: Int { file.system.reads }

    /// Whether some writer holds the lock now.
    func isLockedByWriter() -> Bool { isFile && file.system.isLockedByWriter() }
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

    /// So many bytes follow each other in the file from the member's byte `offset` on; nil behind
    /// the end.
    func piece(at offset: UInt64) -> (place: UInt64, count: Int)? {
        guard offset < size else { return nil }
        let (number, rest) = offset.quotientAndRemainder(dividingBy: Self.partSize)
        let place = start + number * (Self.headSize + Self.partSize) + Self.headSize + rest
        return (place, Int(min(Self.partSize - rest, size - offset)))
    }

    /// How much of the member a pack of `fileSize` bytes has.
    func sizeAvailable(in fileSize: UInt64) -> UInt64 {
        guard fileSize > start else { return 0 }
        let stride = Self.headSize + Self.partSize
        let (number, rest) = (fileSize - start).quotientAndRemainder(dividingBy: stride)
        return min(size, number * Self.partSize + rest - min(rest, Self.headSize))
    }
}
