/// Bytes to payloads.
///
/// Every size that a payload states is checked before it is believed.
package enum PayloadDecoder {
    /// The payload as it was before compression.
    package static func content(_ payload: ArraySlice<UInt8>, header: BlockHeader)
        throws(FormatError) -> ArraySlice<UInt8>
    {
        guard header.flags.contains(.zstd) else {
            guard header.type == BlockType.data || header.rawSize == payload.count else {
                throw .malformed(at: 0, "raw size differs from an uncompressed payload")
            }
            return payload
        }
        return try ZstdDecoder.content(of: payload, size: header.rawSize, at: 0)[...]
    }

    /// `schema` is what the SCHEMA blocks before this one make of the table.
    package static func data(
        _ payload: ArraySlice<UInt8>,
        header: BlockHeader,
        schema: TableSchema
    ) throws(FormatError) -> DataPayload {
        var reader = ByteReader(try content(payload, header: header))
        var data = DataPayload(
            covered: try reader.number(),
            firstRow: try reader.number(),
            rows: header.rows,
            columns: [:]
        )
        let count = Int(try reader.number(UInt16.self))
        guard count * header.rows * 8 <= Limits.rawSizeMax else {
            throw .limitExceeded(at: reader.offset, "\(count) columns of \(header.rows) rows")
        }
        var previous = -1
        for _ in 0..<count {
            let start = reader.offset
            let number = try reader.number(UInt16.self)
            let tag = try reader.number(UInt8.self)
            let flags = try reader.number(UInt8.self)
            let body = try reader.take(Int(try reader.number(UInt32.self)))
            guard Int(number) > previous, Int(number) < schema.columns.count else {
                throw .malformed(at: start, "column \(number) is unknown or out of order")
            }
            previous = Int(number)
            data.columns[number] = try ColumnDecoder.decode(
                body,
                tag: tag,
                flags: flags,
                type: schema.columns[previous].type,
                rows: header.rows
            )
        }
        try reader.finish()
        return data
    }

    package static func schema(_ payload: ArraySlice<UInt8>, header: BlockHeader)
        throws(FormatError) -> SchemaPayload
    {
        guard header.rawSize <= Limits.schemaSizeMax else {
            throw .limitExceeded(at: 0, "schema of \(header.rawSize) bytes")
        }
        var reader = ByteReader(try content(payload, header: header))
        var schema = SchemaPayload(covered: [:], tables: [])
        for _ in 0..<(try reader.number(UInt16.self)) {
            let id = try reader.number(UInt16.self)
            schema.covered[id] = try reader.number(UInt64.self)
            var table = TableSchema(
                id: id,
                name: try reader.text(sizeMax: Limits.nameSizeMax),
                columns: []
            )
            let count = Int(try reader.number(UInt16.self))
            guard count <= Limits.columnsMax else {
                throw .limitExceeded(at: reader.offset, "\(count) columns")
            }
            for _ in 0..<count { table.columns.append(try column(&reader)) }
            schema.tables.append(table)
        }
        try reader.finish()
        return schema
    }

    /// A column definition, as in SCHEMA blocks and in rings.
    package static func column(_ reader: inout ByteReader) throws(FormatError) -> ColumnDefinition {
        let start = reader.offset
        guard let type = ColumnType(rawValue: try reader.number()),
            let role = ColumnRole(rawValue: try reader.number())
        else { throw .malformed(at: start, "unknown type or role of a column") }
        let name = try reader.text(sizeMax: Limits.nameSizeMax)
        return ColumnDefinition(
            name,
            type,
            role: role,
            unit: try reader.text(sizeMax: Limits.nameSizeMax)
        )
    }

    package static func meta(_ payload: ArraySlice<UInt8>, header: BlockHeader)
        throws(FormatError) -> MetaPayload
    {
        let content = try content(payload, header: header)
        var reader = ByteReader(content)
        let covered = try reader.number(UInt64.self)
        let text = try reader.take(reader.remaining)
        guard text.isEmpty || text.last == UInt8(ascii: "\n") else {
            throw .malformed(at: content.count, "a document does not end")
        }
        let documents = text.split(separator: UInt8(ascii: "\n")).map { Array($0) }
        guard documents.count == header.rows else {
            throw .malformed(at: 8, "\(documents.count) documents instead of \(header.rows)")
        }
        return MetaPayload(covered: covered, documents: documents)
    }

    package static func gap(_ payload: ArraySlice<UInt8>, header: BlockHeader)
        throws(FormatError) -> GapPayload
    {
        var reader = ByteReader(try content(payload, header: header))
        let rows = try reader.number(UInt64.self)
        let table = try reader.number(UInt16.self)
        guard let cause = GapPayload.Cause(rawValue: try reader.number()) else {
            throw .malformed(at: 10, "unknown cause of a gap")
        }
        guard try reader.take(5).allSatisfy({ $0 == 0 }) else {
            throw .malformed(at: 11, "reserved bytes are set")
        }
        try reader.finish()
        return GapPayload(table: table, cause: cause, rows: rows)
    }

    package static func summary(_ payload: ArraySlice<UInt8>, header: BlockHeader)
        throws(FormatError) -> SummaryPayload
    {
        var reader = ByteReader(try content(payload, header: header))
        let size = try reader.number(UInt64.self)
        var range: [Digest] = []
        for _ in 0..<(try reader.number(UInt8.self)) {
            if let digest = Digest(bytes: Array(try reader.take(32))) { range.append(digest) }
        }
        guard let tree = MerkleTree(size: size, range: range) else {
            throw .malformed(at: 0, "the compact range does not fit the size of the tree")
        }
        var summary = SummaryPayload(tree: tree, headOffsets: [], tables: [])
        let offsets = try reader.number(UInt32.self)
        guard Int(offsets) <= reader.remaining / 8 else { throw .truncated(at: reader.offset) }
        for _ in 0..<offsets { summary.headOffsets.append(try reader.number()) }
        for _ in 0..<(try reader.number(UInt16.self)) {
            var table = SummaryPayload.Table(
                id: try reader.number(),
                rows: try reader.number(),
                columns: []
            )
            for _ in 0..<(try reader.number(UInt16.self)) {
                table.columns.append(try summaryColumn(&reader))
            }
            summary.tables.append(table)
        }
        try reader.finish()
        return summary
    }

    private static func summaryColumn(_ reader: inout ByteReader) throws(FormatError)
        -> SummaryPayload.Column
    {
        var column = SummaryPayload.Column()
        column.count = try reader.number()
        column.minimum = try reader.number()
        column.maximum = try reader.number()
        column.last = try reader.number()
        let flags = try reader.number(UInt8.self)
        column.sumExponent = try reader.number()
        let sum = try reader.number(Int128.self)
        column.sum = flags & 1 == 1 ? sum : nil
        column.hasNumber = flags & 2 == 2
        return column
    }
}
