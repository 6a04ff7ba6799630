import JouleFormat

/// A DATA block that may hold rows that are asked for.
struct RowBlock: Sendable {
    let offset: UInt64
    let table: UInt16
    let rows: Int
    /// Of the files of the ledger the one that it is in, from 0.
    var segment = 0
    /// What an INDEX says of it; nil when the block itself was come upon.
    var listing: Listing?

    /// What an INDEX says of a block, to be held against the block when it is read.
    struct Listing: Sendable {
        let firstRow: UInt64
        /// Of the columns on which there are conditions.
        let zones: [IndexPayload.Zone]
    }

    /// Whether it is part of an extent: further segments are part of one without an end.
    func begins(within extent: Range<UInt64>) -> Bool {
        segment == 0 ? extent.contains(offset) : extent.upperBound == .max
    }
}

/// Goes from block to block and notes where rows are, without decoding any.
struct BlockWalk {
    var blocks: [RowBlock] = []
    var schemas: [UInt16: TableSchema]
    /// Columns of all tables that the format does not fix.
    private var toldColumns: Int
    /// One more than the ring slot of the last entry that a block holds, by table.
    var covered: [UInt16: UInt64]
    var problems: [Integrity.Problem] = []

    private let path: String
    private var expected: UInt64
    /// Of the leaf of the block before; nil where that is not known.
    private var previousLeaf: UInt64?
    private var isDamaged = false
    /// Blocks that are read in another segment instead.
    private var left = LeftBlocks()

    /// From the beginning of a ledger; `schemas` are its tables as far as they are known.
    init(path: String, schemas: [UInt16: TableSchema], leaving left: LeftBlocks = LeftBlocks()) {
        self.path = path
        self.left = left
        self.schemas = schemas
        toldColumns = schemas.toldColumns
        covered = [:]
        expected = 0
        previousLeaf = 0
    }

    /// From behind a summary.
    init(path: String, behind last: LastSummary) {
        self.path = path
        schemas = last.schemas
        toldColumns = schemas.toldColumns
        covered = Dictionary(
            last.summary.tables.map { ($0.schema.id, $0.covered) },
            uniquingKeysWith: { $1 }
        )
        covered[TableID.none] = last.summary.metaCovered
        expected = last.header.sequence + 1
    }

    /// Walks to the end; META documents that are none are damage.
    mutating func run(
        _ source: LedgerSource,
        header: FileHeader,
        from offset: UInt64,
        into documents: inout RunDocuments,
        spending budget: inout ReadingBudget
    ) throws(LedgerError) {
        var scanner = try BlockScanner(source, header: header, from: offset)
        while let item = try scanner.next() {
            _ = try take(item, into: &documents, spending: &budget)
        }
    }

    /// Takes what comes next in the file; whether it is a block in its place.
    mutating func take(
        _ item: BlockScanner.Item,
        into documents: inout RunDocuments,
        spending budget: inout ReadingBudget
    ) throws(LedgerError) -> Bool {
        switch item {
        case .damage(let start, let end, let reason):
            damage(.damaged, at: start, "\(end - start) bytes are damaged: \(reason)")
            previousLeaf = nil
            return false
        case .torn, .trailer: return false
        case .block(let header, let payload, let leaf, let start):
            guard place(header, at: start) else { return false }
            if !left.takes(header) {
                try read(header, payload, at: start, into: &documents, spending: &budget)
            }
            previousLeaf = leaf.prefix64
            return true
        }
    }

    mutating func damage(
        _ kind: Integrity.Problem.Kind,
        at offset: UInt64,
        _ message: String
    ) {
        isDamaged = true
        guard problems.count < 100 else { return }
        problems.append(.init(kind: kind, offset: offset, message: message))
    }

    /// Whether the block continues the chain, as in a scan of everything.
    private mutating func place(_ header: BlockHeader, at offset: UInt64) -> Bool {
        guard header.sequence >= expected else {
            damage(.repeated, at: offset, "block \(header.sequence) appears again")
            return false
        }
        if header.sequence > expected {
            damage(.missing, at: offset, "\(header.sequence - expected) blocks are missing")
        } else if let previousLeaf, header.previousLeaf != previousLeaf {
            damage(.foreign, at: offset, "the block does not continue the one before it")
        }
        expected = header.sequence + 1
        return true
    }

    private mutating func read(
        _ header: BlockHeader,
        _ payload: ArraySlice<UInt8>,
        at offset: UInt64,
        into documents: inout RunDocuments,
        spending budget: inout ReadingBudget
    ) throws(LedgerError) {
        do {
            try budget.spend(header.decodedSize, of: path, at: offset)
            switch header.type {
            case BlockType.schema:
                for table in try PayloadDecoder.schema(payload, header: header).tables {
                    grow(table, at: offset)
                }
            case BlockType.data: try note(header, payload, at: offset)
            case BlockType.meta:
                let meta = try PayloadDecoder.meta(payload, header: header)
                try budget.spend(documents: header, of: path, at: offset)
                raise(TableID.none, to: meta.covered)
                for document in meta.documents {
                    do throws(MetaDocument.Malformed) {
                        documents.take(try MetaDocument(parsing: document))
                    } catch {
                        damage(.document, at: offset, error.reason)
                    }
                }
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
            damage(.payload, at: offset, "block \(header.sequence): \(error)")
        }
    }

    private mutating func grow(_ told: SchemaPayload.Table, at offset: UInt64) {
        guard let grown = schema(of: told.id).adding(told) else {
            damage(
                .payload,
                at: offset,
                "table \(told.name) lacks columns or changes those it had"
            )
            return
        }
        do throws(FormatError) { try schemas.adopt(grown, counting: &toldColumns) } catch {
            damage(.payload, at: offset, "\(error)")
        }
    }

    func schema(of table: UInt16) -> TableSchema { schemas[table] ?? .undefined(table) }

    private mutating func note(
        _ header: BlockHeader,
        _ payload: ArraySlice<UInt8>,
        at offset: UInt64
    ) throws(FormatError) {
        let outline = try PayloadDecoder.outline(payload, header: header)
        raise(header.table, to: outline.covered)
        if isDamaged, let named = schema(of: header.table).naming(outline) {
            try schemas.adopt(named, counting: &toldColumns)
        }
        blocks.append(RowBlock(offset: offset, table: header.table, rows: header.rows))
    }

    private mutating func raise(_ table: UInt16, to end: UInt64) {
        covered[table] = max(covered[table] ?? 0, end)
    }
}

extension TableSchema {
    /// With columns called by their number where damage took what defined those of a block; nil
    /// when nothing is missing.
    func naming(_ outline: DataOutline) -> TableSchema? {
        let codings = Dictionary(outline.columns.map { ($0.number, $0.coding) }) { $1 }
        let count = (codings.keys.max()).map { Int($0) + 1 } ?? 0
        guard count > columns.count else { return nil }
        var named = self
        for number in columns.count..<count {
            let mapping = codings[UInt16(number), default: 0] & ColumnCoding.mappingMask
            let isText = [ColumnMapping.strings, ColumnMapping.dictionary].contains(mapping)
            named.columns.append(
                .init("column-\(number)", isText ? .string : .float64, role: .metric)
            )
        }
        return named
    }
}

extension LastSummary {
    /// The tables as they are in the end.
    var schemas: [UInt16: TableSchema] {
        Dictionary(summary.tables.map { ($0.schema.id, $0.schema) }, uniquingKeysWith: { $1 })
    }
}
