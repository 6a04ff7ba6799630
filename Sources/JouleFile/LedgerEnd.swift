import JouleFormat

/// Where a ledger ends, and what its blocks say together.
///
/// Read from a SUMMARY on, so that it takes no longer for a large ledger than for a small one. That
/// the bytes before are whole is for `verify` to say.
struct LedgerEnd {
    /// Behind the last whole block or trailer.
    private(set) var offset: UInt64
    private(set) var tree = MerkleTree()
    private(set) var previousLeaf: UInt64 = 0
    private(set) var tally = LedgerTally()
    /// Whether a trailer is the last thing in the file.
    private(set) var isClosed = false

    private let path: String
    private var budget: ReadingBudget

    /// Reads from the last SUMMARY on.
    init(of source: LedgerSource, header: FileHeader) throws(LedgerError) {
        let last = try LastSummary(of: source, header: header)
        self = try LedgerEnd(of: source, header: header, behind: last)
    }

    /// Reads from a SUMMARY on; what is behind it must not be damaged, and an INDEX or SUMMARY there
    /// say what the blocks do.
    init(of source: LedgerSource, header: FileHeader, behind found: LastSummary?)
        throws(LedgerError)
    {
        path = source.path
        budget = try ReadingBudget(of: source)
        offset = UInt64(Layout.fileHeaderSize)
        // Without an index the blocks are few, or nobody got round to a summary.
        if let found,
            let index = try found.lastIndex(
                in: source,
                salt: header.salt,
                spending: &budget
            )
        {
            offset = found.offset
            tree = found.summary.tree
            previousLeaf = found.header.previousLeaf
            tally = LedgerTally(found.summary, index: index)
        }
        var scanner = try BlockScanner(source, header: header, from: offset)
        while let item = try scanner.next() { try take(item) }
    }

    private mutating func take(_ item: BlockScanner.Item) throws(LedgerError) {
        switch item {
        case .damage(let start, _, let reason):
            throw .damaged(path: path, offset: start, reason: reason)
        case .torn: isClosed = false
        case .trailer(_, let start):
            isClosed = true
            offset = start + UInt64(Layout.trailerSize)
        case .block(let header, let payload, let leaf, let start):
            guard header.sequence == tree.size, header.previousLeaf == previousLeaf else {
                throw .damaged(path: path, offset: start, reason: "blocks do not follow each other")
            }
            try budget.spend(header.decodedSize, of: path, at: start)
            do { try read(header, payload, at: start) } catch {
                try budget.check(path, at: start)
                throw .damaged(path: path, offset: start, reason: error.reason)
            }
            tree.append(leaf)
            previousLeaf = leaf.prefix64
            isClosed = false
            offset = start + UInt64(header.storedSize)
        }
    }

    private mutating func read(
        _ header: BlockHeader,
        _ payload: ArraySlice<UInt8>,
        at start: UInt64
    ) throws(FormatError) {
        switch header.type {
        case BlockType.schema:
            guard tally.note(try PayloadDecoder.schema(payload, header: header)) else {
                throw .malformed(at: 0, "a table changes columns that it had")
            }
        case BlockType.data:
            let schema = tally.schema(of: header.table)
            let data = try PayloadDecoder.data(
                payload,
                header: header,
                schema: schema,
                spending: &budget.decodedBytes
            )
            tally.note(data, table: header.table, at: start)
        case BlockType.gap: tally.note(try PayloadDecoder.gap(payload, header: header))
        case BlockType.meta:
            let covered = try PayloadDecoder.meta(payload, header: header).covered
            tally.noteHead(at: start, metaCovered: covered)
        case BlockType.index:
            let index = try PayloadDecoder.index(payload, header: header)
            guard index == tally.pendingIndex(atLeast: 1) else {
                throw .malformed(at: 0, "the index does not fit the blocks before it")
            }
            tally.noteIndex(at: start)
        case BlockType.summary:
            let summary = try PayloadDecoder.summary(payload, header: header, at: start)
            guard tally.isIndexWhole, summary == tally.summary(tree: tree) else {
                throw .malformed(at: 0, "the summary does not fit the blocks before it")
            }
        case BlockType.member: break
        default: tally.noteHead(at: start)
        }
    }
}
