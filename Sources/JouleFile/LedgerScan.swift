import JouleFormat
import JouleQuantities

/// Receives what a ledger holds, in the order in which it was written.
protocol LedgerVisitor {
    mutating func visit(meta document: JSON)
    mutating func visit(rows: DataPayload, schema: TableSchema)
}

/// Reads a ledger file and its ring once from front to back.
struct LedgerScan {
    private(set) var integrity = Integrity(state: .torn)
    private(set) var drops = DropCounts()
    /// Rows by table.
    private(set) var rowCounts: [UInt16: Int] = [:]

    private let path: String
    private var tree = MerkleTree()
    private var previousLeaf: UInt64 = 0
    private var expected: UInt64 = 0
    private var isAfterDamage = false
    private var isDamaged = false
    private var isClosed = false
    private var summaryOffset: UInt64?
    private var schemas: [UInt16: TableSchema]
    private var covered: [UInt16: UInt64] = [:]
    private var budgetBytes = Self.decodedBytesMax

    /// Decoded bytes that one opening may cost, so that a small hostile file stays small.
    private static let decodedBytesMax = 4 << 30

    /// Reads the ledger at `path`, handing everything whole to `visitor`.
    ///
    /// Throws when the file is no ledger, of a newer kind, or unreadable; damage behind the file
    /// header is reported in `integrity`.
    init(_ path: String, visitor: inout some LedgerVisitor) throws(LedgerError) {
        self.path = path
        schemas = Dictionary(uniqueKeysWithValues: TableSchema.standard.map { ($0.id, $0) })
        let file = try SystemFile.reading(path)
        let header = try BlockScanner.header(of: file)
        let isLive = file.isLockedByWriter()
        let ring = RingSnapshot(besides: path, fileID: header.fileID)
        var scanner = try BlockScanner(file, header: header)
        while let item = try scanner.next() { try take(item, visitor: &visitor) }
        if let ring { merge(ring, visitor: &visitor) }
        integrity.blocks = Int(clamping: tree.size)
        integrity.root = tree.root.bytes
        // A process may hold on to a ledger that it has closed.
        integrity.state = isDamaged ? .damaged : isClosed ? .clean : isLive ? .live : .torn
    }

    private mutating func damage(at offset: UInt64, _ message: String) {
        isDamaged = true
        // A file full of damage must not fill the memory with reports of it.
        guard integrity.problems.count < 100 else { return }
        integrity.problems.append(.init(offset: offset, message: message))
    }

    // MARK: Items

    private mutating func take(_ item: BlockScanner.Item, visitor: inout some LedgerVisitor)
        throws(LedgerError)
    {
        switch item {
        case .damage(let start, let end, let reason):
            damage(at: start, "\(end - start) bytes are damaged: \(reason)")
            isAfterDamage = true
        case .torn(let start, let size, let isZero):
            integrity.isTornAfterClose = isClosed
            isClosed = false
            integrity.tornSize = isZero ? 0 : size
            integrity.problems.append(
                .init(
                    offset: start,
                    message: isZero
                        ? "preallocated room that was never used"
                        : "torn tail: the last write did not end"
                )
            )
        case .trailer(let trailer, let start):
            isClosed = true
            check(trailer, at: start)
        case .block(let header, let payload, let leaf, let start):
            isClosed = false
            guard place(header, at: start) else { return }
            tree.append(leaf)
            previousLeaf = leaf.prefix64
            try read(header, payload, at: start, visitor: &visitor)
        }
    }

    private mutating func check(_ trailer: Trailer, at offset: UInt64) {
        if trailer.blocks != tree.size || trailer.root != tree.root
            || trailer.summaryOffset != summaryOffset
        {
            damage(at: offset, "the trailer does not fit the blocks before it")
        }
    }

    /// Whether the block continues the chain; one that repeats an earlier place is not read again.
    private mutating func place(_ header: BlockHeader, at offset: UInt64) -> Bool {
        guard header.sequence >= expected else {
            damage(at: offset, "block \(header.sequence) appears again")
            return false
        }
        if header.sequence > expected {
            damage(at: offset, "\(header.sequence - expected) blocks are missing")
        } else if !isAfterDamage, header.previousLeaf != previousLeaf {
            damage(at: offset, "the block does not continue the one before it")
        }
        isAfterDamage = false
        expected = header.sequence + 1
        return true
    }

    // MARK: Payloads

    private mutating func read(
        _ header: BlockHeader,
        _ payload: ArraySlice<UInt8>,
        at offset: UInt64,
        visitor: inout some LedgerVisitor
    ) throws(LedgerError) {
        do {
            switch header.type {
            case BlockType.meta:
                let meta = try PayloadDecoder.meta(payload, header: header)
                raise(TableID.none, to: meta.covered)
                for document in meta.documents { take(document, at: offset, visitor: &visitor) }
            case BlockType.schema: grow(try PayloadDecoder.schema(payload, header: header), offset)
            case BlockType.data:
                let schema = schemas[header.table]
                guard let schema else {
                    throw FormatError.malformed(at: 0, "table \(header.table) is not defined")
                }
                try spend(schema.columns.count * header.rows * 8)
                let data = try PayloadDecoder.data(payload, header: header, schema: schema)
                raise(header.table, to: data.covered)
                rowCounts[header.table, default: 0] += data.rows
                visitor.visit(rows: data, schema: schema)
            case BlockType.gap: drops.add(try PayloadDecoder.gap(payload, header: header))
            case BlockType.summary:
                let summary = try PayloadDecoder.summary(payload, header: header)
                summaryOffset = offset
                check(summary, at: offset)
            default:
                guard !header.flags.contains(.critical) else {
                    throw LedgerError.unknownCriticalBlock(
                        path: path,
                        offset: offset,
                        type: header.type
                    )
                }
            }
        } catch let error as LedgerError {
            throw error
        } catch {
            damage(at: offset, "block \(header.sequence): \(error)")
        }
    }

    private mutating func spend(_ bytes: Int) throws(FormatError) {
        guard bytes <= budgetBytes else {
            throw .limitExceeded(at: 0, "the file unpacks to more than this reader allows")
        }
        budgetBytes -= bytes
    }

    private mutating func raise(_ table: UInt16, to end: UInt64) {
        covered[table] = max(covered[table] ?? 0, end)
    }

    private mutating func take(
        _ document: [UInt8],
        at offset: UInt64,
        visitor: inout some LedgerVisitor
    ) {
        do { visitor.visit(meta: try JSON(parsing: document)) } catch {
            damage(at: offset, "a META document is not JSON: \(error)")
        }
    }

    /// Adds columns to known tables; what is known already must stay as it is.
    private mutating func grow(_ payload: SchemaPayload, _ offset: UInt64) {
        for table in payload.tables {
            let known = schemas[table.id]?.columns ?? []
            guard table.columns.starts(with: known) else {
                damage(at: offset, "table \(table.name) changes columns that it had")
                continue
            }
            schemas[table.id] = table
        }
    }

    /// A summary must say what the blocks before it say.
    private mutating func check(_ summary: SummaryPayload, at offset: UInt64) {
        // This block's own leaf is in the tree already; the summary speaks of those before it.
        guard !isDamaged else { return }
        let rows = Dictionary(
            summary.tables.map { ($0.id, Int(clamping: $0.rows)) },
            uniquingKeysWith: { $1 }
        )
        if summary.tree.size + 1 != tree.size || rows != rowCounts {
            damage(at: offset, "the summary does not fit the blocks before it")
        }
    }

    // MARK: The ring

    /// Adds the rows that no block covers yet.
    private mutating func merge(_ ring: RingSnapshot, visitor: inout some LedgerVisitor) {
        drops.formUnion(ring.drops)
        var batches: [UInt16: RowBatch] = [:]
        for entry in ring.entries {
            switch entry.content {
            case .column(let table, let number, let definition):
                if schemas[table]?.columns.count == Int(number) {
                    schemas[table]?.columns.append(definition)
                }
            case .meta(let document):
                guard entry.slot >= covered[TableID.none] ?? 0 else { continue }
                if let document = try? JSON(parsing: document) { visitor.visit(meta: document) }
            case .row(let table, let cells):
                guard entry.slot >= covered[table] ?? 0 else { continue }
                batches[table, default: RowBatch()].append(cells)
            }
        }
        for (table, batch) in batches.sorted(by: { $0.key < $1.key }) {
            guard let schema = schemas[table] else { continue }
            let columns = batch.values(fitting: schema)
            rowCounts[table, default: 0] += batch.rows
            integrity.ringRows += batch.rows
            visitor.visit(
                rows: DataPayload(covered: 0, firstRow: 0, rows: batch.rows, columns: columns),
                schema: schema
            )
        }
    }
}
