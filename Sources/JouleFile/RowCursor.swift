import JouleFormat

/// Gives the rows that a query asks for, a block at a time.
///
/// Memory is bounded by one block, and by some 40 bytes for each block of the table that is left.
package struct RowCursor {
    private let query: LedgerQuery
    private let table: UInt16
    private let columns: [UInt16]
    /// With those on which there are conditions.
    private let needed: Set<UInt16>
    private let filters: [RowFilter]
    private var blocks: [RowBlock]
    private let extent: Range<UInt64>
    /// How many of the blocks were read.
    private var done = 0
    private var isRingDone: Bool
    private var budget: ReadingBudget
    /// Of each file of the ledger that numbers columns in its own way, those numbers by ours.
    private let numbers: [Int: [UInt16: UInt16]]

    init(
        _ query: LedgerQuery,
        table: UInt16,
        columns: [UInt16],
        filters: [RowFilter],
        blocks: [RowBlock],
        within extent: Range<UInt64>,
        budget: ReadingBudget
    ) {
        self.query = query
        self.table = table
        self.columns = columns
        self.filters = filters
        self.extent = extent
        self.blocks = blocks.filter { $0.begins(within: extent) }
        self.budget = budget
        isRingDone = extent.upperBound < .max
        let segments = Set(blocks.map(\.segment))
        numbers = Dictionary(
            uniqueKeysWithValues: segments.compactMap { segment in
                query.numbers(of: table, segment: segment).map { (segment, $0) }
            }
        )
        needed = Set(columns).union(filters.map { UInt16(clamping: $0.column) })
    }

    /// The next rows, at least one; nil at the end.
    package mutating func next() throws(LedgerError) -> LedgerRows? {
        while done < blocks.count {
            done += 1
            if let rows = try read(blocks[done - 1]), let kept = kept(of: rows) { return kept }
        }
        guard !isRingDone else { return nil }
        isRingDone = true
        return query.ringRows(of: table).flatMap(kept)
    }

    /// The rows of a block; nil when there is no such block.
    private mutating func read(_ block: RowBlock) throws(LedgerError) -> DataPayload? {
        guard let stored = try query.block(at: block.offset, segment: block.segment),
            stored.header.type == BlockType.data,
            stored.header.table == table, stored.header.rows == block.rows
        else {
            // Damage, or an INDEX that says what is not so: only reading everything can tell.
            if block.listing == nil {
                query.note(.damaged, at: block.offset, "a block of rows is damaged")
            } else {
                try distrustIndex(at: block.offset, isGiven: false)
            }
            return nil
        }
        let header = stored.header
        let data: DataPayload
        do throws(FormatError) {
            data = try decoded(stored, of: block.segment)
        } catch {
            try budget.check(query.path, at: block.offset)
            query.note(.payload, at: block.offset, "block \(header.sequence): \(error)")
            return nil
        }
        query.countDecoded(columns: data.columns.count)
        if let listing = block.listing, !isFitting(data, listing) {
            try distrustIndex(at: block.offset, isGiven: true)
        }
        return data
    }

    private mutating func decoded(_ block: StoredBlock, of segment: Int) throws(FormatError)
        -> DataPayload
    {
        guard let own = numbers[segment] else {
            return try PayloadDecoder.data(
                block.payload,
                header: block.header,
                schema: query.schema(of: table),
                columns: needed,
                spending: &budget.decodedBytes
            )
        }
        var data = try PayloadDecoder.data(
            block.payload,
            header: block.header,
            schema: query.schema(of: table, segment: segment),
            columns: Set(needed.compactMap { own[$0] }),
            spending: &budget.decodedBytes
        )
        let found = data.columns
        data.columns = [:]
        for number in needed {
            if let place = own[number], let values = found[place] { data.columns[number] = values }
        }
        return data
    }

    /// Whether a block is what an INDEX says of it.
    private func isFitting(_ data: DataPayload, _ listing: RowBlock.Listing) -> Bool {
        guard data.firstRow == listing.firstRow else { return false }
        let schema = query.schema(of: table)
        return listing.zones.allSatisfy { zone in
            guard let values = data.columns[zone.column] else { return false }
            let type = schema.columns[Int(zone.column)].type
            let block = SummaryPayload.Column(of: values, type: type)
            return zone.count == block.count && zone.bounds == block.bounds
        }
    }

    /// Goes on with every block of the table that was not read yet.
    private mutating func distrustIndex(at offset: UInt64, isGiven: Bool) throws(LedgerError) {
        var given = Set(blocks[..<done].map(\.offset))
        if !isGiven { given.remove(offset) }
        try query.distrust(
            at: offset,
            "the block is not what an INDEX says of it",
            spending: &budget
        )
        blocks = query.blocks(of: table, besides: given).filter { $0.begins(within: extent) }
        done = 0
    }

    /// The rows that fulfil every condition; nil when none does.
    private func kept(of data: DataPayload) -> LedgerRows? {
        var kept: [Int]?
        let schema = query.schema(of: table)
        for filter in filters {
            guard schema.columns.indices.contains(filter.column) else { return nil }
            let values = data.columns[UInt16(filter.column)]
            let type = schema.columns[filter.column].type
            kept =
                kept.map { filter.kept(of: $0, in: values, type: type) }
                ?? filter.kept(of: 0..<data.rows, in: values, type: type)
        }
        let count = kept?.count ?? data.rows
        guard count > 0 else { return nil }
        return LedgerRows(
            count: count,
            columns: columns.map { LedgerValues(data.columns[$0], kept: kept) }
        )
    }
}
