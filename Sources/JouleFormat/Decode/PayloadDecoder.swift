/// Bytes to payloads.
///
/// Every size that a payload states is checked before it is believed.
package enum PayloadDecoder {
    /// The payload as it was before compression.
    package static func content(_ payload: ArraySlice<UInt8>, header: BlockHeader)
        throws(FormatError) -> ArraySlice<UInt8>
    {
        try check(header)
        guard header.flags.contains(.zstd) else {
            guard header.type == BlockType.data || header.rawSize == payload.count else {
                throw .malformed(at: 0, "raw size differs from an uncompressed payload")
            }
            return payload
        }
        return try ZstdDecoder().content(of: payload, size: header.rawSize, at: 0)[...]
    }

    /// What a header may say besides its type.
    private static func check(_ header: BlockHeader) throws(FormatError) {
        guard header.flags.isSubset(of: [.critical, .zstd]) else {
            throw .malformed(at: 0, "unknown flags \(header.flags.rawValue)")
        }
        switch header.type {
        case BlockType.data, BlockType.checkpoint, BlockType.resume, BlockType.gap, BlockType.key,
            BlockType.member:
            guard !header.flags.contains(.zstd) else {
                throw .malformed(at: 0, "a payload that is not to be compressed")
            }
        default: break
        }
        let hasRows = [BlockType.schema, BlockType.data, BlockType.meta].contains(header.type)
        guard header.type == BlockType.data || header.table == TableID.none,
            hasRows || header.rows == 0
        else { throw .malformed(at: 0, "a table or rows of a block that has none") }
    }

    /// `schema` is what the SCHEMA blocks before this one make of the table.
    ///
    /// Of `columns`, where they are given, no others are decoded but those that they are predicted
    /// from.
    package static func data(
        _ payload: ArraySlice<UInt8>,
        header: BlockHeader,
        schema: TableSchema,
        columns wanted: Set<UInt16>? = nil
    ) throws(FormatError) -> DataPayload {
        var allowance = Int.max
        return try data(
            payload,
            header: header,
            schema: schema,
            columns: wanted,
            spending: &allowance
        )
    }

    /// The same within `allowance`, bytes of numbers and text that may be decoded.
    ///
    /// They are counted before there is memory for them; it is below 0 when they were too many.
    package static func data(
        _ payload: ArraySlice<UInt8>,
        header: BlockHeader,
        schema: TableSchema,
        columns wanted: Set<UInt16>? = nil,
        spending allowance: inout Int
    ) throws(FormatError) -> DataPayload {
        var reader = ByteReader(try content(payload, header: header))
        let data = DataPayload(
            covered: try reader.varint(),
            firstRow: try reader.varint(),
            rows: header.rows,
            series: try series(&reader, rows: header.rows)
        )
        let start = reader.offset
        let count = try reader.count(max: schema.columns.count, of: "columns")
        guard count * header.rows * 8 <= Limits.rawSizeMax else {
            throw .limitExceeded(at: start, "\(count) columns of \(header.rows) rows")
        }
        var stored: [StoredColumn] = []
        var seen: Set<UInt16> = []
        for _ in 0..<count {
            let column = try StoredColumn(&reader, columns: schema.columns.count)
            guard seen.insert(column.number).inserted else {
                throw .malformed(at: start, "column \(column.number) appears twice")
            }
            stored.append(column)
        }
        try reader.finish()
        if let wanted { stored = try StoredColumn.needed(for: wanted, of: stored, rows: data.rows) }
        allowance -= stored.count * header.rows * 8
        guard allowance >= 0 else {
            throw .limitExceeded(at: start, "more than a reader decodes")
        }
        var decoder = ColumnDecoder(data, schema: schema, allowance: allowance)
        defer { allowance = decoder.allowance }
        for column in stored {
            try decoder.decode(column.body, column: column.number, coding: column.coding)
        }
        return decoder.payload
    }

    private static func series(_ reader: inout ByteReader, rows: Int) throws(FormatError) -> [Int] {
        let start = reader.offset
        let count = try reader.count(max: max(rows, 1), of: "series")
        guard count > 1 else {
            guard count == 1 else { throw .malformed(at: start, "no series") }
            return [rows]
        }
        var lengths: [Int] = []
        var rest = rows
        for _ in 0..<count {
            let length = try reader.count(max: rest, of: "rows of a series")
            guard length > 0 else { throw .malformed(at: start, "a series without rows") }
            lengths.append(length)
            rest -= length
        }
        guard rest == 0 else { throw .malformed(at: start, "rows that belong to no series") }
        return lengths
    }

    /// What stands before the bodies of a DATA block's columns.
    package static func outline(_ payload: ArraySlice<UInt8>, header: BlockHeader)
        throws(FormatError) -> DataOutline
    {
        var reader = ByteReader(try content(payload, header: header))
        var outline = DataOutline(
            covered: try reader.varint(),
            firstRow: try reader.varint(),
            series: try series(&reader, rows: header.rows),
            columns: []
        )
        for _ in 0..<(try reader.count(max: Limits.columnsMax, of: "columns")) {
            let number = try reader.count(max: Limits.columnsMax - 1, of: "as a column's number")
            outline.columns.append((UInt16(number), try reader.number()))
            _ = try reader.take(try reader.count(of: 1))
        }
        return outline
    }

    package static func schema(_ payload: ArraySlice<UInt8>, header: BlockHeader)
        throws(FormatError) -> SchemaPayload
    {
        guard header.rawSize <= Limits.schemaSizeMax else {
            throw .limitExceeded(at: 0, "schema of \(header.rawSize) bytes")
        }
        var reader = ByteReader(try content(payload, header: header))
        var schema = SchemaPayload(tables: [])
        for _ in 0..<(try reader.number(UInt16.self)) {
            schema.tables.append(try table(&reader))
        }
        try reader.finish()
        guard schema.tables.count == header.rows else {
            throw .malformed(at: 0, "\(schema.tables.count) tables instead of \(header.rows)")
        }
        return schema
    }

    /// A table's columns, as in SCHEMA and SUMMARY blocks.
    static func table(_ reader: inout ByteReader) throws(FormatError) -> SchemaPayload.Table {
        var table = SchemaPayload.Table(
            id: try reader.number(),
            name: try reader.text(sizeMax: Limits.nameSizeMax),
            firstColumn: Int(try reader.number(UInt16.self)),
            columns: []
        )
        let count = Int(try reader.number(UInt16.self))
        guard table.firstColumn + count <= Limits.columnsMax else {
            throw .limitExceeded(at: reader.offset, "\(count) columns")
        }
        for _ in 0..<count { table.columns.append(try column(&reader)) }
        return table
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
        let lines = try metaLines(payload, header: header)
        return MetaPayload(
            covered: lines.covered,
            documents: lines.places.map { Array(lines.text[$0]) }
        )
    }

    /// The documents of a META block as they lie one behind the other.
    package static func metaLines(_ payload: ArraySlice<UInt8>, header: BlockHeader)
        throws(FormatError) -> MetaLines
    {
        let content = try content(payload, header: header)
        var reader = ByteReader(content)
        let covered = try reader.number(UInt64.self)
        let text = try reader.take(reader.remaining)
        guard text.isEmpty || text.last == UInt8(ascii: "\n") else {
            throw .malformed(at: content.count, "a document does not end")
        }
        guard (try? UTF8Span(validating: text.span)) != nil else {
            throw .malformed(at: 8, "a document is not UTF-8")
        }
        var lines = MetaLines(covered: covered, text: Array(content), places: [])
        lines.places.reserveCapacity(header.rows)
        var start = content.count - text.count
        // Never more than one too many, however many lines there are.
        while start < lines.text.count, lines.places.count <= header.rows {
            let end = lines.end(ofLineAt: start)
            lines.places.append(start..<end)
            start = end + 1
        }
        guard lines.places.count == header.rows else {
            throw .malformed(
                at: 8,
                "\(lines.places.count) documents instead of \(header.rows)"
            )
        }
        return lines
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

    package static func member(_ payload: ArraySlice<UInt8>, header: BlockHeader)
        throws(FormatError) -> MemberPayload
    {
        // Readers of a member go to its bytes without a look at the block.
        guard !header.flags.contains(.zstd) else { throw .malformed(at: 0, "a compressed part") }
        var reader = ByteReader(try content(payload, header: header))
        let member = try reader.number(UInt32.self)
        guard member < Limits.membersMax else {
            throw .limitExceeded(at: 0, "member \(member)")
        }
        guard try reader.number(UInt32.self) == 0 else {
            throw .malformed(at: 4, "reserved bytes are set")
        }
        let offset = try reader.number(UInt64.self)
        let size = try reader.number(UInt64.self)
        let part = UInt64(Layout.memberPartSize)
        guard size < 1 << 61, offset % part == 0, offset < max(size, 1) else {
            throw .malformed(at: 8, "a part that its member has no place for")
        }
        let bytes = try reader.take(Int(min(size - offset, part)))
        try reader.finish()
        return MemberPayload(member: member, offset: offset, size: size, bytes: bytes)
    }

    package static func resume(_ payload: ArraySlice<UInt8>, header: BlockHeader)
        throws(FormatError) -> ResumePayload
    {
        var reader = ByteReader(try content(payload, header: header))
        let size = try reader.number(UInt64.self)
        guard let discarded = Digest(bytes: Array(try reader.take(32))) else {
            throw .truncated(at: 8)
        }
        try reader.finish()
        return ResumePayload(discardedSize: size, discarded: discarded)
    }
}
