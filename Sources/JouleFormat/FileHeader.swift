/// The first 64 bytes of a ledger.
package struct FileHeader: Sendable, Hashable {
    package var minorVersion = Layout.minorVersion
    /// Features without which a reader cannot understand the file; none are defined yet.
    package var incompatibleFlags: UInt32 = 0
    package var compatibleFlags: UInt32 = 0
    /// 16 random bytes.
    package var fileID: [UInt8]
    /// Nanoseconds since 1970.
    package var createdNS: UInt64
    /// Number of this segment, from 0.
    package var segment: UInt32 = 0
    /// First eight bytes of the previous segment's root; zero in segment 0.
    package var previousRoot: UInt64 = 0

    package init(fileID: [UInt8], createdNS: UInt64) {
        self.fileID = fileID
        self.createdNS = createdNS
    }

    /// With a random file id.
    package init(createdNS: UInt64) {
        var random = SystemRandomNumberGenerator()
        self.init(
            fileID: (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) },
            createdNS: createdNS
        )
    }

    /// Bit of the compatible flags: the ledger is a pack of others.
    package static let packFlag: UInt32 = 1 << 0

    /// Whether the ledger is a pack of others.
    package var isPack: Bool { compatibleFlags & Self.packFlag != 0 }

    /// First four bytes of the file id, repeated in every block: an embedded copy of another
    /// ledger is never taken for a block of this one.
    package var salt: UInt32 {
        fileID.prefix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}

/// The 48 bytes before every payload.
package struct BlockHeader: Sendable, Hashable {
    package var salt: UInt32
    package var type: UInt8
    package var flags: BlockFlags
    package var table: UInt16
    package var payloadSize: Int
    /// Size after decompression.
    package var rawSize: Int
    package var rows: Int
    /// Index of the block, which is the index of its Merkle leaf.
    package var sequence: UInt64
    /// First eight bytes of the leaf hash of the previous block; zero before the first.
    package var previousLeaf: UInt64
    package var payloadChecksum: UInt32

    package init(
        salt: UInt32,
        type: UInt8,
        flags: BlockFlags,
        table: UInt16,
        payloadSize: Int,
        rawSize: Int,
        rows: Int,
        sequence: UInt64,
        previousLeaf: UInt64,
        payloadChecksum: UInt32
    ) {
        self.salt = salt
        self.type = type
        self.flags = flags
        self.table = table
        self.payloadSize = payloadSize
        self.rawSize = rawSize
        self.rows = rows
        self.sequence = sequence
        self.previousLeaf = previousLeaf
        self.payloadChecksum = payloadChecksum
    }

    /// Header, payload and padding.
    package var storedSize: Int { Layout.padded(Layout.blockHeaderSize + payloadSize) }
}

/// The 64 bytes that a close appends.
package struct Trailer: Sendable, Hashable {
    package var salt: UInt32
    /// Number of blocks before the trailer.
    package var blocks: UInt64
    /// Where the last SUMMARY block starts.
    package var summaryOffset: UInt64
    /// Merkle root over all blocks.
    package var root: Digest

    package init(salt: UInt32, blocks: UInt64, summaryOffset: UInt64, root: Digest) {
        self.salt = salt
        self.blocks = blocks
        self.summaryOffset = summaryOffset
        self.root = root
    }
}
