/// Reads the fixed structures of a file; offsets in errors count from the first byte given.
package enum BlockDecoder {
    package static func fileHeader(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> FileHeader {
        guard bytes.starts(with: Layout.magic) else { throw .notALedger }
        guard bytes.count >= Layout.fileHeaderSize else { throw .truncated(at: bytes.count) }
        var reader = ByteReader(bytes.prefix(Layout.fileHeaderSize))
        _ = try reader.take(Layout.magic.count)
        let major = try reader.number(UInt16.self)
        let minor = try reader.number(UInt16.self)
        let incompatible = try reader.number(UInt32.self)
        let compatible = try reader.number(UInt32.self)
        let size = try reader.number(UInt32.self)
        let fileID = Array(try reader.take(16))
        var header = FileHeader(fileID: fileID, createdNS: try reader.number())
        header.segment = try reader.number()
        header.previousRoot = try reader.number()
        let stated = try reader.number(UInt32.self)
        let sum = Checksum.crc32c(bytes.prefix(Layout.fileHeaderSize - 4))
        guard stated == sum else { throw .checksumMismatch(at: 0) }
        guard major == Layout.majorVersion else {
            throw .newerVersion(found: major, supported: Layout.majorVersion)
        }
        guard incompatible == 0 else { throw .unknownFeature(flags: incompatible) }
        guard size == UInt32(Layout.fileHeaderSize) else {
            throw .malformed(at: 20, "file header of \(size) bytes")
        }
        header.minorVersion = minor
        header.incompatibleFlags = incompatible
        header.compatibleFlags = compatible
        return header
    }

    /// A block header whose own checksum holds and whose sizes stay within the limits.
    package static func blockHeader(_ bytes: ArraySlice<UInt8>, salt: UInt32)
        throws(FormatError) -> BlockHeader
    {
        guard bytes.count >= Layout.blockHeaderSize else { throw .truncated(at: bytes.count) }
        var reader = ByteReader(bytes.prefix(Layout.blockHeaderSize))
        guard try reader.number(UInt32.self) == Layout.blockSync,
            try reader.number(UInt32.self) == salt
        else { throw .malformed(at: 0, "no block begins here") }
        let header = BlockHeader(
            salt: salt,
            type: try reader.number(),
            flags: BlockFlags(rawValue: try reader.number()),
            table: try reader.number(),
            payloadSize: Int(try reader.number(UInt32.self)),
            rawSize: Int(try reader.number(UInt32.self)),
            rows: Int(try reader.number(UInt32.self)),
            sequence: try reader.number(),
            previousLeaf: try reader.number(),
            payloadChecksum: try reader.number()
        )
        let sum = Checksum.crc32c(bytes.prefix(Layout.blockHeaderSize - 4))
        guard try reader.number(UInt32.self) == sum else { throw .checksumMismatch(at: 0) }
        guard header.payloadSize <= Limits.payloadSizeMax, header.rawSize <= Limits.rawSizeMax,
            header.rows <= Limits.rowsMax
        else { throw .limitExceeded(at: 12, "a block larger than the limits") }
        guard header.sequence < Limits.blocksMax else {
            throw .limitExceeded(at: 24, "block \(header.sequence)")
        }
        return header
    }

    /// The payload behind `header`, checksum and padding verified.
    ///
    /// `bytes` starts at the header.
    package static func payload(_ bytes: ArraySlice<UInt8>, header: BlockHeader)
        throws(FormatError) -> ArraySlice<UInt8>
    {
        guard bytes.count >= header.storedSize else { throw .truncated(at: bytes.count) }
        let payload = checkedPayload(bytes, header: header)
        guard Checksum.crc32c(payload) == header.payloadChecksum else {
            throw .checksumMismatch(at: Layout.blockHeaderSize)
        }
        let padding = bytes[payload.endIndex..<bytes.startIndex + header.storedSize]
        guard padding.allSatisfy({ $0 == 0 }) else {
            throw .malformed(at: Layout.blockHeaderSize + header.payloadSize, "padding is not zero")
        }
        return payload
    }

    /// The payload of a block that is all there and was checked before.
    package static func checkedPayload(_ bytes: ArraySlice<UInt8>, header: BlockHeader)
        -> ArraySlice<UInt8>
    {
        bytes.dropFirst(Layout.blockHeaderSize).prefix(header.payloadSize)
    }

    /// The Merkle leaf of the block that starts at the first of `bytes`.
    package static func leaf(_ bytes: ArraySlice<UInt8>, header: BlockHeader) -> Digest {
        MerkleTree.leaf(bytes.prefix(Layout.blockHeaderSize + header.payloadSize))
    }

    package static func trailer(_ bytes: ArraySlice<UInt8>, salt: UInt32) throws(FormatError)
        -> Trailer
    {
        guard bytes.count >= Layout.trailerSize else { throw .truncated(at: bytes.count) }
        var reader = ByteReader(bytes.prefix(Layout.trailerSize))
        guard try reader.number(UInt32.self) == Layout.trailerSync,
            try reader.number(UInt32.self) == salt
        else { throw .malformed(at: 0, "no trailer begins here") }
        let blocks = try reader.number(UInt64.self)
        let offset = try reader.number(UInt64.self)
        let root = Digest(bytes: Array(try reader.take(32)))
        let reserved = try reader.number(UInt32.self)
        let sum = Checksum.crc32c(bytes.prefix(Layout.trailerSize - 4))
        guard try reader.number(UInt32.self) == sum else { throw .checksumMismatch(at: 0) }
        guard reserved == 0, let root else { throw .malformed(at: 56, "reserved bytes are set") }
        return Trailer(salt: salt, blocks: blocks, summaryOffset: offset, root: root)
    }
}
