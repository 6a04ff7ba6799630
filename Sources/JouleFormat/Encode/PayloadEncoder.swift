/// A payload in its stored form, with what its block header must say.
package struct EncodedPayload: Sendable {
    package let type: UInt8
    package let flags: BlockFlags
    package let table: UInt16
    package let rows: Int
    package let rawSize: Int
    package let bytes: [UInt8]

    package init(
        type: UInt8,
        flags: BlockFlags,
        table: UInt16,
        rows: Int,
        rawSize: Int,
        bytes: [UInt8]
    ) {
        self.type = type
        self.flags = flags
        self.table = table
        self.rows = rows
        self.rawSize = rawSize
        self.bytes = bytes
    }
}

extension EncodedPayload {
    /// Of a block that readers skip when they do not know its type.
    package init(head type: UInt8, _ bytes: [UInt8]) {
        self = PayloadEncoder.plain(bytes, type: type, flags: [])
    }

    /// Of a block whose payload stays as it is, compressed or not.
    package init(again header: BlockHeader, _ bytes: [UInt8]) {
        self.init(
            type: header.type,
            flags: header.flags,
            table: header.table,
            rows: header.rows,
            rawSize: header.rawSize,
            bytes: bytes
        )
    }
}

/// Payloads to bytes.
package enum PayloadEncoder {
    package static func encode(
        _ payload: DataPayload,
        schema: TableSchema,
        compression: Compression = .zstd
    ) -> EncodedPayload {
        var writer = ByteWriter()
        writer.append(varint: payload.covered)
        writer.append(varint: payload.firstRow)
        writer.append(varint: payload.series.count)
        if payload.series.count > 1 {
            for length in payload.series { writer.append(varint: length) }
        }
        let encoder = ColumnEncoder(payload, schema: schema, compression: compression)
        var columns = payload.columns.keys.sorted().compactMap { encoder.encode($0) }
        writer.append(varint: columns.count)
        // What others are predicted from comes before them.
        columns.sort { ($0.rank, $0.number) < ($1.rank, $1.number) }
        var rawSize = 0
        for column in columns {
            writer.append(varint: Int(column.number))
            writer.append(column.coding)
            writer.append(varint: column.body.count)
            writer.append(column.body)
            rawSize += 8 * payload.rows
            for text in payload.columns[column.number]?.strings ?? [] { rawSize += text.utf8.count }
        }
        return EncodedPayload(
            type: BlockType.data,
            flags: [.critical],
            table: schema.id,
            rows: payload.rows,
            rawSize: rawSize,
            bytes: writer.bytes
        )
    }

    package static func encode(_ payload: SchemaPayload, compression: Compression = .zstd)
        -> EncodedPayload
    {
        var writer = ByteWriter()
        writer.append(UInt16(payload.tables.count))
        for table in payload.tables {
            writer.append(table.id)
            append(table, to: &writer)
        }
        return compressed(
            writer.bytes,
            type: BlockType.schema,
            rows: payload.tables.count,
            compression: compression
        )
    }

    static func append(_ table: SchemaPayload.Table, to writer: inout ByteWriter) {
        writer.append(text: table.name)
        writer.append(UInt16(table.firstColumn))
        writer.append(UInt16(table.columns.count))
        for column in table.columns {
            writer.append(column.type.rawValue)
            writer.append(column.role.rawValue)
            writer.append(text: column.name)
            writer.append(text: column.unit)
        }
    }

    package static func encode(_ payload: MetaPayload, compression: Compression = .zstd)
        -> EncodedPayload
    {
        var writer = ByteWriter()
        writer.append(payload.covered)
        for document in payload.documents {
            writer.append(document)
            writer.append(UInt8(ascii: "\n"))
        }
        func encoded(_ compression: Compression) -> EncodedPayload {
            compressed(
                writer.bytes,
                type: BlockType.meta,
                rows: payload.documents.count,
                compression: compression
            )
        }
        let small = encoded(compression)
        // What becomes too small looks like a bomb to readers.
        let isReadable = small.rawSize <= Limits.documentExpansionMax * small.bytes.count
        return isReadable ? small : encoded(.none)
    }

    package static func encode(_ payload: GapPayload) -> EncodedPayload {
        var writer = ByteWriter()
        writer.append(payload.rows)
        writer.append(payload.table)
        writer.append(payload.cause.rawValue)
        writer.append([UInt8](repeating: 0, count: 5))
        return plain(writer.bytes, type: BlockType.gap, flags: [])
    }

    package static func encode(_ payload: ResumePayload) -> EncodedPayload {
        var writer = ByteWriter()
        writer.append(payload.discardedSize)
        writer.append(payload.discarded.bytes)
        return plain(writer.bytes, type: BlockType.resume, flags: [])
    }

    package static func encode(_ payload: MemberPayload) -> EncodedPayload {
        var writer = ByteWriter()
        writer.append(payload.member)
        writer.append(UInt32(0))
        writer.append(payload.offset)
        writer.append(payload.size)
        writer.append(Array(payload.bytes))
        return plain(writer.bytes, type: BlockType.member, flags: [])
    }

    static func plain(_ bytes: [UInt8], type: UInt8, flags: BlockFlags) -> EncodedPayload {
        EncodedPayload(
            type: type,
            flags: flags,
            table: TableID.none,
            rows: 0,
            rawSize: bytes.count,
            bytes: bytes
        )
    }

    static func compressed(
        _ bytes: [UInt8],
        type: UInt8,
        rows: Int,
        flags: BlockFlags = [.critical],
        compression: Compression,
        level: Int32 = 9
    ) -> EncodedPayload {
        let frame = ZstdEncoder(compression).frame(of: bytes, level: level)
        return EncodedPayload(
            type: type,
            flags: frame == nil ? flags : flags.union(.zstd),
            table: TableID.none,
            rows: rows,
            rawSize: bytes.count,
            bytes: frame ?? bytes
        )
    }
}
