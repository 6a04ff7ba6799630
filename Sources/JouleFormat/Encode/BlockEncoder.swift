/// Turns payloads into blocks, one after the other, and grows the Merkle tree over them.
package struct BlockEncoder: Sendable {
    private let salt: UInt32
    package private(set) var tree: MerkleTree
    private var previousLeaf: UInt64

    /// Starts at the first block of a file, or after the blocks that made `tree`.
    package init(salt: UInt32, tree: MerkleTree = MerkleTree(), previousLeaf: UInt64 = 0) {
        self.salt = salt
        self.tree = tree
        self.previousLeaf = previousLeaf
    }

    /// The stored bytes of the next block: header, payload, zero padding.
    package mutating func block(_ payload: EncodedPayload) -> [UInt8] {
        let header = BlockHeader(
            salt: salt,
            type: payload.type,
            flags: payload.flags,
            table: payload.table,
            payloadSize: payload.bytes.count,
            rawSize: payload.rawSize,
            rows: payload.rows,
            sequence: tree.size,
            previousLeaf: previousLeaf,
            payloadChecksum: Checksum.crc32c(payload.bytes)
        )
        var bytes = Self.encode(header)
        let leaf = MerkleTree.leaf(bytes, payload.bytes)
        tree.append(leaf)
        previousLeaf = leaf.prefix64
        bytes.append(contentsOf: payload.bytes)
        bytes.append(contentsOf: repeatElement(0, count: header.storedSize - bytes.count))
        return bytes
    }

    /// The trailer over all blocks so far.
    package func trailer(summaryOffset: UInt64) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(Layout.trailerSync)
        writer.append(salt)
        writer.append(tree.size)
        writer.append(summaryOffset)
        writer.append(tree.root.bytes)
        writer.append(UInt32(0))
        writer.append(Checksum.crc32c(writer.bytes))
        return writer.bytes
    }

    package static func encode(_ header: FileHeader) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(Layout.magic)
        writer.append(Layout.majorVersion)
        writer.append(header.minorVersion)
        writer.append(header.incompatibleFlags)
        writer.append(header.compatibleFlags)
        writer.append(UInt32(Layout.fileHeaderSize))
        writer.append(header.fileID)
        writer.append(header.createdNS)
        writer.append(header.segment)
        writer.append(header.previousRoot)
        writer.append(Checksum.crc32c(writer.bytes))
        return writer.bytes
    }

    private static func encode(_ header: BlockHeader) -> [UInt8] {
        var writer = ByteWriter()
        writer.append(Layout.blockSync)
        writer.append(header.salt)
        writer.append(header.type)
        writer.append(header.flags.rawValue)
        writer.append(header.table)
        writer.append(UInt32(header.payloadSize))
        writer.append(UInt32(header.rawSize))
        writer.append(UInt32(header.rows))
        writer.append(header.sequence)
        writer.append(header.previousLeaf)
        writer.append(header.payloadChecksum)
        writer.append(Checksum.crc32c(writer.bytes))
        return writer.bytes
    }
}
