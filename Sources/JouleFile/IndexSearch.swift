import JouleFormat

/// Finds the blocks of one table through the INDEX blocks of a ledger.
///
/// It goes from the last INDEX back to the first, over pointers that skip only times of no interest,
/// and leaves out blocks whose zones rule them out. What an INDEX says of what is passed on the way
/// must fit together.
struct IndexSearch {
    /// In the order of the file.
    private(set) var blocks: [RowBlock] = []
    private(set) var indexesRead = 0

    private let table: UInt16
    private let filters: [RowFilter]
    /// The times of interest; nil when every time is.
    private let span: IndexPayload.Span?
    /// Number of the row behind those listed by what comes next; nil where some were skipped.
    private var end: UInt64?

    enum Failure: Error {
        case system(LedgerError)
        /// An INDEX that does not fit.
        case unfit(at: UInt64, String)
    }

    /// `rows` is how many the summary says there are.
    init(of table: UInt16, rows: UInt64, schema: TableSchema, where filters: [RowFilter]) {
        self.table = table
        self.filters = filters
        end = rows
        span = schema.timeColumn.flatMap { time in
            let span = filters.span(of: time)
            return span == .always ? nil : span
        }
    }

    mutating func run(
        in source: LedgerSource,
        from last: LastSummary,
        salt: UInt32,
        spending budget: inout ReadingBudget
    ) throws(Failure) {
        var found: [RowBlock] = []
        var next = last.summary.indexOffset.map { (ordinal: UInt64?.none, offset: $0) }
        // What is listed lies before what lists it, so that the search ends.
        var upper = last.offset
        while let (ordinal, offset) = next {
            guard offset < upper,
                let index = try Self.index(
                    at: offset,
                    in: source,
                    salt: salt,
                    spending: &budget
                ),
                ordinal == nil || ordinal == index.ordinal
            else { throw .unfit(at: offset, "no whole INDEX is where one was said to be") }
            indexesRead += 1
            upper = offset
            for entry in index.entries.reversed() {
                guard entry.offset < upper else {
                    throw .unfit(at: offset, "the INDEX lists blocks out of order")
                }
                upper = entry.offset
                guard entry.table == table else { continue }
                guard end == nil || end == entry.firstRow &+ entry.rows else {
                    throw .unfit(at: offset, "the INDEX leaves rows out")
                }
                end = entry.firstRow
                if let block = block(entry) { found.append(block) }
            }
            next = try step(back: index, at: offset)
        }
        guard end == nil || end == 0 else {
            throw .unfit(at: last.offset, "the INDEX leaves rows out")
        }
        blocks = found.reversed()
    }

    private static func index(
        at offset: UInt64,
        in source: LedgerSource,
        salt: UInt32,
        spending budget: inout ReadingBudget
    ) throws(Failure) -> IndexPayload? {
        do throws(LedgerError) {
            return try IndexPayload(at: offset, in: source, salt: salt, spending: &budget)
        } catch {
            throw .system(error)
        }
    }

    /// Nil when the zones rule every condition's rows out.
    private func block(_ entry: IndexPayload.Entry) -> RowBlock? {
        var zones: [IndexPayload.Zone] = []
        for filter in filters {
            let zone = entry.zones.first { Int($0.column) == filter.column }
            guard filter.mayHold(zone) else { return nil }
            if let zone { zones.append(zone) }
        }
        return RowBlock(
            offset: entry.offset,
            table: table,
            rows: Int(clamping: entry.rows),
            listing: .init(firstRow: entry.firstRow, zones: zones)
        )
    }

    /// The farthest index before this one with nothing of interest between; nil at the first.
    private mutating func step(back index: IndexPayload, at offset: UInt64)
        throws(Failure) -> (ordinal: UInt64?, offset: UInt64)?
    {
        guard index.ordinal > 0 else { return nil }
        guard let nearest = index.pointers.first, nearest.ordinal == index.ordinal - 1 else {
            throw .unfit(at: offset, "the INDEX does not point to the one before it")
        }
        var chosen = nearest
        if let span {
            chosen = index.pointers.prefix { !$0.skipped.intersects(span) }.last ?? nearest
        }
        guard chosen.ordinal <= nearest.ordinal else {
            throw .unfit(at: offset, "the INDEX points to later ones")
        }
        if chosen.ordinal < nearest.ordinal { end = nil }
        return (chosen.ordinal, chosen.offset)
    }
}

extension LastSummary {
    /// Whether every block of rows before the summary is found through its INDEX.
    var listsEveryBlock: Bool {
        summary.indexOffset != nil || summary.tables.allSatisfy { $0.rows == 0 }
    }
}
