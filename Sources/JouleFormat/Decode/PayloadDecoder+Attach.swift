extension PayloadDecoder {
    package static func attach(_ payload: ArraySlice<UInt8>, header: BlockHeader)
        throws(FormatError) -> AttachPayload
    {
        var reader = ByteReader(try content(payload, header: header))
        let run = try reader.varint(UInt64.self)
        let name = try reader.text(sizeMax: Limits.nameSizeMax)
        let mediaType = try reader.text(sizeMax: Limits.nameSizeMax)
        guard !name.isEmpty else {
            throw .malformed(at: reader.offset, "an attachment has no name")
        }
        guard let digest = Digest(bytes: Array(try reader.take(32))) else {
            throw .truncated(at: reader.offset)
        }
        let size = try reader.varint(UInt64.self)
        let offset = try reader.varint(UInt64.self)
        let part = try reader.take(reader.remaining)
        guard part.count <= Limits.attachedPartSizeMax else {
            throw .limitExceeded(at: 0, "a part of \(part.count) bytes")
        }
        guard offset <= size, UInt64(part.count) <= size - offset, !part.isEmpty || offset == 0
        else { throw .malformed(at: 0, "a part lies outside its attachment") }
        return AttachPayload(
            run: run,
            name: name,
            mediaType: mediaType,
            digest: digest,
            size: size,
            offset: offset,
            part: Array(part)
        )
    }
}
