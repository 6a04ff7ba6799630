extension PayloadEncoder {
    package static func encode(
        _ payload: AttachPayload,
        compression: Compression = .zstd
    ) -> EncodedPayload {
        var writer = ByteWriter()
        writer.append(varint: payload.run)
        writer.append(text: payload.name)
        writer.append(text: payload.mediaType)
        writer.append(payload.digest.bytes)
        writer.append(varint: payload.size)
        writer.append(varint: payload.offset)
        writer.append(payload.part)
        // Artifacts are large and read rarely; a higher level costs the measured machine more than
        // it saves.
        return compressed(
            writer.bytes,
            type: BlockType.attach,
            rows: 0,
            flags: [],
            compression: compression,
            level: 3
        )
    }
}
