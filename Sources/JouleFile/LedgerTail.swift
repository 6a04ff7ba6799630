import JouleFormat
import JouleQuantities

/// Follows one ledger while it grows, and gives each of its epochs and steps once.
///
/// Only what is new is read: blocks from where the last round ended, entries of the ring that were
/// not there. Rows of the ring are given at once; in the block that holds them later they are known
/// by their number.
package struct LedgerTail: ~Copyable {
    private var segment: SegmentChain.Segment
    /// Of a ledger in a pack; of others the next one is looked for when it is wanted.
    private var later: ArraySlice<SegmentChain.Segment> = []
    /// While a round reads blocks.
    private var scanner: BlockScanner?
    /// Behind what was read of the segment.
    private var offset = UInt64(Layout.fileHeaderSize)
    private var walk: BlockWalk
    private var ring: RingTail?
    /// The ledger that the ring lies beside.
    private let first: (path: String, fileID: [UInt8])
    /// What came in the ring during this round.
    private var entries: [RingEntry] = []
    /// Documents of the ring that no block held yet.
    private var ringDocuments: [RingEntry] = []
    /// The tables with what only the ring defines; column numbers of the ring are those of all files.
    private var ringSchemas: [UInt16: TableSchema] = [:]
    /// Up to which slots the segments before hold everything.
    private var coveredBefore: [UInt16: UInt64] = [:]
    private var problemsBefore: [Integrity.Problem] = []
    private let tables: Set<UInt16>
    private var numbers = RowNumbers()
    private var queue: TailQueue
    /// Of a block, the rows from the given one on are still to be taken: records of them take several
    /// times the memory, so that they are made of few rows at once.
    private var waiting: (rows: DataPayload, schema: TableSchema, next: Int)?
    /// What a round may cost.
    private var budget = ReadingBudget(storedBytes: 0)
    private var documents = RunDocuments()
    private var areRunsKnown = false
    /// Where bytes of a live ledger looked damaged, which may still be being written.
    private var doubt: UInt64?
    private var isLive = false
    private var isClosed = false
    private var isRoundOver = false
    private static let rowsAtOnce = 1 << 13

    /// By number in the ledger, as far as was read; only with what documents say and the energy of
    /// the whole run.
    package private(set) var runs: [Int64: RunRecord] = [:]

    /// The ledger that the file at `path` belongs to, with all its segments.
    ///
    /// Without `readings`, what meters tell between the ends of epochs is not read.
    package init(_ path: String, steps: Bool, readings: Bool = false) throws(LedgerError) {
        self.init(try SegmentChain(of: path), steps: steps, readings: readings)
    }

    /// A ledger whose segments may lie in a pack.
    init(_ chain: SegmentChain, steps: Bool, readings: Bool = false) {
        self.init(chain.segments[0], steps, readings)
        if !segment.source.isFile { later = chain.segments[1...] }
    }

    private init(_ segment: SegmentChain.Segment, _ steps: Bool, _ readings: Bool) {
        self.segment = segment
        first = (segment.path, segment.header.fileID)
        walk = BlockWalk(path: segment.path, schemas: [:])
        tables = Set(
            [TableID.epochs, TableID.energy] + (steps ? [TableID.steps] : [])
                + (readings ? [TableID.telemetry] : [])
        )
        queue = TailQueue(hasSteps: steps)
    }

    // MARK: What it is

    /// What is known of the ledger after a round.
    package var state: Integrity.State {
        problems.isEmpty ? isClosed ? .clean : isLive ? .live : .torn : .damaged
    }

    /// Whether nothing more is to come: it was closed, or its writer is gone.
    package var isOver: Bool { isClosed || !isGrowing }

    /// What was found wrong so far.
    package var problems: [Integrity.Problem] { problemsBefore + walk.problems }

    /// What the meters of a run told last, each joule counted once; nil where they told nothing, or
    /// readings were not asked for.
    package func reading(of run: Int64) -> TailReading? {
        guard let meters = runs[run]?.meters else { return nil }
        return queue.reading(of: run, meters: meters)
    }

    /// A member of a pack stays as it is, also one that was live when it was packed.
    private var isGrowing: Bool { isLive && segment.source.isFile }

    // MARK: Rounds

    /// The next rows, possibly none; nil at the end of a round, when everything was read that was
    /// there.
    ///
    /// The call after that begins another round.
    package mutating func next() throws(LedgerError) -> [TailRow]? {
        guard !isRoundOver else {
            isRoundOver = false
            return nil
        }
        if scanner == nil { try begin() }
        repeat {
            while try takeNext() {
                let rows = rows(at: .within)
                if !rows.isEmpty { return rows }
            }
            scanner = nil
        } while try moveOn()
        giveRing()
        isRoundOver = true
        return rows(at: isOver ? .end : .caughtUp)
    }

    /// In this order, so that nothing is missed: whether there is a writer, the ring, the blocks.
    private mutating func begin() throws(LedgerError) {
        isLive = segment.source.isLive()
        if ring == nil, segment.source.isFile {
            ring = RingTail(besides: first.path, fileID: first.fileID)
        }
        entries += try ring?.read() ?? []
        scanner = try BlockScanner(segment.source, header: segment.header, from: offset)
        budget = try ReadingBudget(of: segment.source)
    }

    /// Goes on in the next segment, if there is one and this one is left.
    private mutating func moveOn() throws(LedgerError) -> Bool {
        let isFile = segment.source.isFile
        guard isOver, let next = isFile ? SegmentChain.next(behind: segment) : later.popFirst()
        else { return false }
        numbers.begin(
            after: next.continuation?.blocks ?? 0,
            repeating: next.continuation?.again ?? 0
        )
        coveredBefore.merge(walk.covered, uniquingKeysWith: max)
        problemsBefore = problems
        rememberColumns()
        segment = next
        walk = BlockWalk(path: next.path, schemas: [:])
        offset = UInt64(Layout.fileHeaderSize)
        isClosed = false
        doubt = nil
        try begin()
        return true
    }

    private mutating func rows(at moment: TailQueue.Moment) -> [TailRow] {
        if !areRunsKnown || moment == .end {
            areRunsKnown = true
            var all = documents
            ringDocuments.takeDocuments(covered: covered(TableID.none), into: &all)
            runs = RunAssembly(readsRows: false).numberedRuns(of: all, isLive: !isOver).runs
        }
        let rows = queue.rows(at: moment, of: runs)
        if moment == .end {
            for number in runs.keys { runs[number]?.take(total: queue.total(of: number)) }
        }
        return rows
    }

    // MARK: Blocks

    /// Takes the next rows of a block, else the next block; false when reading is to stop there.
    private mutating func takeNext() throws(LedgerError) -> Bool {
        if let (rows, schema, start) = waiting {
            let end = min(start + Self.rowsAtOnce, rows.rows)
            queue.take(rows.part(start..<end), schema)
            waiting = end < rows.rows ? (rows, schema, end) : nil
            return true
        }
        guard let item = try scanner?.next() else { return false }
        return try take(item)
    }

    /// Takes what comes next in the file; false when reading is to stop there for now.
    private mutating func take(_ item: BlockScanner.Item) throws(LedgerError) -> Bool {
        switch item {
        case .torn: isClosed = false
        case .damage(let start, let end, _):
            guard !isGrowing || doubt == start else {
                doubt = start
                return false
            }
            offset = end
            _ = try walk.take(item, into: &documents, spending: &budget)
        case .trailer(_, let start):
            isClosed = true
            offset = start + UInt64(Layout.trailerSize)
        case .block(let header, let payload, _, let start):
            isClosed = false
            offset = start + UInt64(header.storedSize)
            guard try walk.take(item, into: &documents, spending: &budget) else { break }
            numbers.note(header)
            if header.type == BlockType.meta { areRunsKnown = false }
            guard header.type == BlockType.data, tables.contains(header.table) else { break }
            var isAllowed = true
            do throws(FormatError) { isAllowed = try read(header, payload) } catch {
                try budget.check(segment.path, at: start)
                walk.damage(.payload, at: start, "block \(header.sequence): \(error)")
            }
            guard isAllowed else { throw .overBudget(path: segment.path, offset: start) }
        }
        return true
    }

    /// Whether the rows of a block are within what a round may cost; if so, they wait to be taken.
    private mutating func read(_ header: BlockHeader, _ payload: ArraySlice<UInt8>)
        throws(FormatError) -> Bool
    {
        let schema = walk.schema(of: header.table)
        let rows = try PayloadDecoder.data(
            payload,
            header: header,
            schema: schema,
            spending: &budget.decodedBytes
        )
        // Steps are given at once, or push out the epochs that they wait behind; of telemetry only
        // the last rows are kept.
        let isKept = header.table != TableID.steps && header.table != TableID.telemetry
        guard !isKept || budget.keep(rows, floor: 1 << 16) else { return false }
        let known = numbers.give(header, firstRow: rows.firstRow)
        guard known < header.rows else { return true }
        // Energies stand in the order of their meters, and one may be taken twice.
        waiting = (rows, schema, header.table == TableID.energy ? 0 : known)
        return true
    }

    // MARK: The ring

    private func covered(_ table: UInt16) -> UInt64 {
        max(coveredBefore[table] ?? 0, walk.covered[table] ?? 0)
    }

    /// Columns that blocks have told are known to the rows of the ring, too.
    private mutating func rememberColumns() {
        for (table, schema) in walk.schemas
        where schema.columns.count > ringSchemas[table]?.columns.count ?? 0 {
            ringSchemas[table] = schema
        }
    }

    /// Gives the rows of the ring that no block holds.
    private mutating func giveRing() {
        rememberColumns()
        entries.takeColumns(into: &ringSchemas)
        for table in tables {
            let schema = ringSchemas[table] ?? .undefined(table)
            guard
                let rows = entries.rows(of: table, covered: covered(table), schema: schema)
            else { continue }
            numbers.give(rows.rows, of: table)
            queue.take(rows, schema)
        }
        let documents = entries.filter { entry in
            if case .meta = entry.content { true } else { false }
        }
        areRunsKnown = areRunsKnown && documents.isEmpty
        let covered = covered(TableID.none)
        ringDocuments.removeAll { $0.slot < covered }
        ringDocuments += documents
        entries = []
    }
}

extension RunRecord {
    /// Takes what the meters saw of the whole run.
    fileprivate mutating func take(total: [DeviceEnergy]) {
        deviceEnergy = total.filter { $0.meter < meters.count }
        if let sum = meters.total(of: deviceEnergy) { energy = sum.energy }
    }
}
