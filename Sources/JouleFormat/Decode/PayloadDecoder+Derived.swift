/// Payloads that say again what other blocks say, to be found quickly.
extension PayloadDecoder {
    /// `place` is where the block begins, before which only so many others can be.
    package static func summary(
        _ payload: ArraySlice<UInt8>,
        header: BlockHeader,
        at place: UInt64
    ) throws(FormatError) -> SummaryPayload {
        var reader = ByteReader(try content(payload, header: header))
        var summary = SummaryPayload(
            tree: try tree(&reader),
            indexOffset: nil,
            headOffsets: [],
            metaCovered: 0,
            gaps: [],
            tables: []
        )
        let index = try reader.varint(UInt64.self)
        summary.indexOffset = index == 0 ? nil : index
        var offset: UInt64 = 0
        let headsMax = Limits.headsMin + Int(place / UInt64(Layout.blockHeaderSize))
        for _ in 0..<(try reader.count(max: headsMax, of: "heads")) {
            let (next, isOver) = offset.addingReportingOverflow(try reader.varint(UInt64.self))
            guard !isOver else { throw .malformed(at: reader.offset, "a place beyond 2⁶⁴") }
            offset = next
            summary.headOffsets.append(offset)
        }
        summary.metaCovered = try reader.varint()
        for _ in 0..<(try reader.count(max: Limits.gapsMax, of: "losses")) {
            let table = try reader.number(UInt16.self)
            guard let cause = GapPayload.Cause(rawValue: try reader.number()) else {
                throw .malformed(at: reader.offset, "unknown cause of a gap")
            }
            summary.gaps.append(GapPayload(table: table, cause: cause, rows: try reader.varint()))
        }
        var columns = 0
        for _ in 0..<(try reader.count(of: 10)) {
            let table = try summaryTable(&reader)
            columns += table.schema.toldColumns
            guard columns <= Limits.toldColumnsMax else {
                throw .limitExceeded(at: reader.offset, "\(columns) columns of all tables")
            }
            guard summary.tables.last.map({ $0.schema.id < table.schema.id }) ?? true else {
                throw .malformed(at: reader.offset, "tables out of order")
            }
            summary.tables.append(table)
        }
        try reader.finish()
        return summary
    }

    private static func tree(_ reader: inout ByteReader) throws(FormatError) -> MerkleTree {
        let size = try reader.number(UInt64.self)
        var range: [Digest] = []
        for _ in 0..<(try reader.number(UInt8.self)) {
            if let digest = Digest(bytes: Array(try reader.take(32))) { range.append(digest) }
        }
        guard size < Limits.blocksMax, let tree = MerkleTree(size: size, range: range) else {
            throw .malformed(at: 0, "the compact range does not fit the size of the tree")
        }
        return tree
    }

    private static func summaryTable(_ reader: inout ByteReader) throws(FormatError)
        -> SummaryPayload.Table
    {
        let start = reader.offset
        let told = try table(&reader)
        let fixed = TableSchema.undefined(told.id)
        guard told.firstColumn == fixed.columns.count, let schema = fixed.adding(told) else {
            throw .malformed(at: start, "columns of table \(told.id) from \(told.firstColumn) on")
        }
        var table = SummaryPayload.Table(
            schema: schema,
            covered: try reader.varint(),
            rows: try reader.varint(),
            columns: []
        )
        for definition in schema.columns {
            table.columns.append(
                try summaryColumn(&reader, isText: definition.type == .string)
            )
        }
        return table
    }

    private static func summaryColumn(_ reader: inout ByteReader, isText: Bool)
        throws(FormatError) -> SummaryPayload.Column
    {
        var column = SummaryPayload.Column()
        column.count = try reader.varint()
        guard !isText else {
            column.sum = nil
            return column
        }
        guard column.count > 0 else { return column }
        let flags = try reader.number(UInt8.self)
        guard flags < 4 else { throw .malformed(at: reader.offset, "unknown flags of a column") }
        column.hasNumber = flags & 2 == 2
        if column.hasNumber {
            column.minimum = try reader.number()
            column.maximum = try reader.number()
        }
        column.last = try reader.number()
        column.sum = flags & 1 == 1 ? unzigzag(try reader.varint()) : nil
        return column
    }

    private static func unzigzag(_ number: UInt128) -> Int128 {
        Int128(truncatingIfNeeded: (number >> 1) ^ (0 &- (number & 1)))
    }

    package static func index(_ payload: ArraySlice<UInt8>, header: BlockHeader)
        throws(FormatError) -> IndexPayload
    {
        var reader = ByteReader(try content(payload, header: header))
        var index = IndexPayload(ordinal: try reader.varint(), pointers: [], entries: [])
        guard index.ordinal < Limits.blocksMax else {
            throw .malformed(at: 0, "an index behind \(index.ordinal) others")
        }
        for _ in 0..<(try reader.number(UInt8.self)) {
            index.pointers.append(
                IndexPayload.Pointer(
                    ordinal: try reader.varint(),
                    offset: try reader.varint(),
                    skipped: .init(from: try reader.number(), to: try reader.number())
                )
            )
        }
        let start = reader.offset
        let count = try reader.count(max: Limits.indexedBlocksMax, of: "blocks of an index")
        guard count > 0 else { throw .malformed(at: start, "an index of no blocks") }
        for _ in 0..<count {
            var entry = IndexPayload.Entry(
                offset: try reader.varint(),
                table: try reader.number(),
                rows: try reader.varint(),
                firstRow: try reader.varint(),
                zones: []
            )
            for _ in 0..<(try reader.count(max: Limits.columnsMax, of: "zones")) {
                entry.zones.append(try zone(&reader))
            }
            index.entries.append(entry)
        }
        try reader.finish()
        return index
    }

    private static func zone(_ reader: inout ByteReader) throws(FormatError) -> IndexPayload.Zone {
        var zone = IndexPayload.Zone(
            column: try reader.number(),
            count: try reader.varint(),
            bounds: nil
        )
        switch try reader.number(UInt8.self) {
        case 0: return zone
        case 1:
            zone.bounds = IndexPayload.Bounds(
                minimum: try reader.number(),
                maximum: try reader.number()
            )
            return zone
        default: throw .malformed(at: reader.offset, "unknown flags of a zone")
        }
    }
}
