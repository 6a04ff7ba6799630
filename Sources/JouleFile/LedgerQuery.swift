import JouleFormat
import JouleQuantities

/// Answers questions about one ledger without reading the rest of it.
///
/// It starts from the last SUMMARY, finds blocks of rows through INDEX blocks and decodes only the
/// columns that are asked for. What an INDEX says of blocks that it lets a query leave out is
/// believed, since its checksum holds; `verify` compares it with every block. Whatever is read is
/// held against it: where an INDEX does not fit, or a block that it lists is damaged, that is a
/// problem, and this query goes on as one that reads every block. Rows are always chosen by their
/// own values.
package final class LedgerQuery {
    package let path: String
    /// What was found wrong so far; queries see only what they read.
    package private(set) var problems: [Integrity.Problem] = []
    /// Bytes that the ledger had when it was opened.
    package let size: UInt64
    /// Whether a process was writing when the ledger was opened.
    package let isLive: Bool
    /// Runs by their number in the file, without epochs and anything else that rows tell.
    package private(set) var runs: [Int64: RunRecord]

    /// What answering took.
    package struct Cost: Sendable, Hashable {
        package var bytesRead = 0
        /// System calls.
        package var reads = 0
        package var indexesRead = 0
        package var blocksDecoded = 0
        package var columnsDecoded = 0
    }

    /// The files of the ledger; nearly always one.
    let parts: [Part]
    private let last: LastSummary?
    private let ring: RingSnapshot?
    /// What was found behind the last summary, or in the whole file where no index tells.
    private var walk: BlockWalk
    /// Whether that is everything.
    private var isWhole: Bool
    /// Whether blocks are found through INDEX blocks, without going through the ledger.
    package var isIndexed: Bool { !isWhole }
    private var schemas: [UInt16: TableSchema]
    private var counted = Cost()

    /// Opens a ledger, with the ring of a live or dead writer.
    ///
    /// Throws when the file is no ledger, of a newer kind, or unreadable.
    package convenience init(opening path: String) throws(LedgerError) {
        if let chain = try SegmentChain.ofSeveral(path) {
            try self.init(path: path, chain)
        } else {
            try self.init(LedgerSource(path))
        }
    }

    /// The segments of a ledger as one.
    init(path: String, _ chain: SegmentChain) throws(LedgerError) {
        self.path = path
        let end = chain.segments[chain.segments.count - 1]
        isLive = end.source.isLive()
        ring = chain.ring
        size = try chain.size()
        var budget = ReadingBudget(storedBytes: size)
        last = try LastSummary(of: end.source, header: end.header, spending: &budget)
        isWhole = true
        var documents = RunDocuments()
        (walk, parts) = try Self.walk(chain, into: &documents, spending: &budget)
        schemas = walk.schemas
        runs = [:]
        takeRest(documents)
    }

    init(_ source: LedgerSource) throws(LedgerError) {
        path = source.path
        let header = try BlockScanner.header(of: source)
        parts = [Part(source: source, header: header)]
        isLive = source.isLive()
        // Before the file: what the writer moves into blocks meanwhile is then seen twice and told
        // apart by slot, never missed.
        ring = source.isFile ? RingSnapshot(besides: path, fileID: header.fileID) : nil
        size = try source.size()
        var budget = ReadingBudget(storedBytes: size)
        last = try LastSummary(of: source, header: header, spending: &budget)
        var documents = RunDocuments()
        if let last, last.listsEveryBlock {
            isWhole = false
            walk = BlockWalk(path: path, behind: last)
            problems = try Self.readHeads(
                of: last,
                in: source,
                header,
                into: &documents,
                spending: &budget
            )
            try walk.run(
                source,
                header: header,
                from: last.offset + UInt64(last.header.storedSize),
                into: &documents,
                spending: &budget
            )
        } else {
            isWhole = true
            walk = BlockWalk(path: path, schemas: last?.schemas ?? [:])
            try walk.run(
                source,
                header: header,
                from: UInt64(Layout.fileHeaderSize),
                into: &documents,
                spending: &budget
            )
        }
        schemas = walk.schemas
        runs = [:]
        takeRest(documents)
    }

    /// Takes what the ring and the documents tell, when the blocks have been gone through.
    private func takeRest(_ read: RunDocuments) {
        var documents = read
        ring?.entries.takeColumns(into: &schemas)
        ring?.entries.takeDocuments(covered: walk.covered[TableID.none] ?? 0, into: &documents)
        let (runs, strange) = RunAssembly().numberedRuns(of: documents, isLive: isLive)
        self.runs = runs
        problems += walk.problems + strange.map { .init(kind: .record, offset: 0, message: $0) }
    }

    /// Of a ledger of one file, which is the one that an INDEX is asked of.
    private var source: LedgerSource { parts[0].source }
    private var header: FileHeader { parts[0].header }

    /// Reads the blocks that are neither rows nor derived.
    private static func readHeads(
        of last: LastSummary,
        in source: LedgerSource,
        _ header: FileHeader,
        into documents: inout RunDocuments,
        spending budget: inout ReadingBudget
    ) throws(LedgerError) -> [Integrity.Problem] {
        var problems: [Integrity.Problem] = []
        for offset in last.summary.headOffsets {
            let head = try StoredBlock.header(at: offset, in: source, salt: header.salt)
            if let head, head.type != BlockType.meta {
                guard !head.flags.contains(.critical) else {
                    throw .unknownCriticalBlock(path: source.path, offset: offset, type: head.type)
                }
                continue
            }
            if let head {
                try budget.spend(head.decodedSize, of: source.path, at: offset)
                try budget.spend(documents: head, of: source.path, at: offset)
            }
            guard let block = try StoredBlock(at: offset, in: source, salt: header.salt),
                let meta = try? PayloadDecoder.meta(block.payload, header: block.header)
            else {
                problems.append(
                    .init(kind: .damaged, offset: offset, message: "a META block is damaged")
                )
                continue
            }
            for document in meta.documents {
                do throws(MetaDocument.Malformed) {
                    documents.take(try MetaDocument(parsing: document))
                } catch {
                    problems.append(.init(kind: .document, offset: offset, message: error.reason))
                }
            }
        }
        return problems
    }

    /// The Merkle root, in hexadecimal, of a ledger whose close was the last thing that was written.
    var closedRoot: String? { last?.closedRoot?.hex }

    // MARK: Tables

    /// The columns of a table, those that only the ring knows included.
    package func columns(of table: LedgerTable) -> [LedgerColumn] {
        schema(of: table.rawValue).columns.enumerated().map { LedgerColumn($1, number: $0) }
    }

    /// What of the columns of ranges of steps the ledger has, by name.
    package var stepRangeColumns: [String: LedgerColumn] {
        let schema = schema(of: TableID.phases)
        var found: [String: LedgerColumn] = [:]
        for definition in TableSchema.stepRangeColumns {
            guard let number = schema.toldColumn(definition) else { continue }
            found[definition.name] = LedgerColumn(definition, number: Int(number))
        }
        return found
    }

    /// The column that says when a row was; nil where rows have no time.
    package func timeColumn(of table: LedgerTable) -> Int? {
        schema(of: table.rawValue).timeColumn.map { Int($0) }
    }

    func schema(of table: UInt16) -> TableSchema { schemas[table] ?? .undefined(table) }

    /// Rows of a table, block by block: those of the file in its order, then those of the ring.
    ///
    /// `columns` are places in the table; one that the ledger lacks has no value in any row. Only
    /// blocks that begin within `extent` are read; those of further segments, and the ring, are part
    /// of one without an end.
    package func rows(
        of table: LedgerTable,
        columns: [Int],
        where filters: [RowFilter] = [],
        within extent: Range<UInt64> = LedgerQuery.everything
    ) throws(LedgerError) -> RowCursor {
        // A budget for each question: a ledger may be asked any number of them.
        var budget = ReadingBudget(storedBytes: size)
        let blocks = try blocks(of: table.rawValue, where: filters, spending: &budget)
        return RowCursor(
            self,
            table: table.rawValue,
            columns: columns.map { UInt16(clamping: $0) },
            filters: filters,
            blocks: blocks,
            within: extent,
            budget: budget
        )
    }

    /// An extent of all blocks and the ring.
    package static var everything: Range<UInt64> { 0..<UInt64.max }
}

// MARK: Finding blocks

extension LedgerQuery {
    /// The blocks of a table that may hold rows that fulfil all conditions, in the order of the file.
    private func blocks(
        of table: UInt16,
        where filters: [RowFilter],
        spending budget: inout ReadingBudget
    ) throws(LedgerError) -> [RowBlock] {
        guard !isWhole, let last else { return walk.blocks.filter { $0.table == table } }
        var search = IndexSearch(
            of: table,
            rows: last.summary.tables.first { $0.schema.id == table }?.rows ?? 0,
            schema: schema(of: table),
            where: filters
        )
        do throws(IndexSearch.Failure) {
            try search.run(in: source, from: last, salt: header.salt, spending: &budget)
        } catch {
            switch error {
            case .system(let error): throw error
            case .unfit(let offset, let reason):
                try distrust(at: offset, reason, spending: &budget)
                return try blocks(of: table, where: filters, spending: &budget)
            }
        }
        counted.indexesRead += search.indexesRead
        return search.blocks + walk.blocks.filter { $0.table == table }
    }

    /// Reads every block from now on, because an INDEX does not fit what is there.
    func distrust(
        at offset: UInt64,
        _ reason: String,
        spending budget: inout ReadingBudget
    ) throws(LedgerError) {
        note(.index, at: offset, reason)
        guard !isWhole else { return }
        var everything = BlockWalk(path: path, schemas: last?.schemas ?? [:])
        // The documents were taken already.
        var again = RunDocuments()
        try everything.run(
            source,
            header: header,
            from: UInt64(Layout.fileHeaderSize),
            into: &again,
            spending: &budget
        )
        for problem in everything.problems {
            note(problem.kind, at: problem.offset, problem.message)
        }
        schemas.merge(everything.schemas) { $0.columns.count >= $1.columns.count ? $0 : $1 }
        walk = everything
        isWhole = true
    }

    /// The blocks of a table that were not given yet, when no INDEX is believed any more.
    func blocks(of table: UInt16, besides given: Set<UInt64>) -> [RowBlock] {
        walk.blocks.filter { $0.table == table && !given.contains($0.offset) }
    }

    func note(_ kind: Integrity.Problem.Kind, at offset: UInt64, _ message: String) {
        let problem = Integrity.Problem(kind: kind, offset: offset, message: message)
        guard problems.count < 100, !problems.contains(problem) else { return }
        problems.append(problem)
    }

    // MARK: Reading them

    /// The block at `offset` of a file of the ledger; nil when no whole one begins there.
    func block(at offset: UInt64, segment: Int) throws(LedgerError) -> StoredBlock? {
        let part = parts[segment]
        return try StoredBlock(at: offset, in: part.source, salt: part.header.salt)
    }

    func countDecoded(columns: Int) {
        counted.blocksDecoded += 1
        counted.columnsDecoded += columns
    }

    /// Rows of a table that only the ring holds; nil when there are none.
    func ringRows(of table: UInt16) -> DataPayload? {
        ring?.entries.rows(of: table, covered: walk.covered[table] ?? 0, schema: schema(of: table))
    }

    /// What answering took so far.
    package var cost: Cost {
        var total = counted
        total.bytesRead = parts.reduce(0) { $0 + $1.source.bytesRead }
        total.reads = parts.reduce(0) { $0 + $1.source.reads }
        return total
    }
}
