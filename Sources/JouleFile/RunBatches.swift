import JouleFormat
import JouleQuantities

/// Reads a ledger of many runs some hundred at a time, and holds on to none.
///
/// For whole files in which each run has a document and rows of epochs alone, in the order of the
/// runs, as `import` writes them; what `tag` and its like said later is behind all rows. A first pass looks at every block as any reader does and notes where
/// what is; a second one puts each run together from its document and its rows.
package struct RunBatches {
    /// Why a ledger is to be read as a whole after all.
    enum Irregular: Error {
        case irregular
        case failed(LedgerError)
    }

    let traits: LedgerTraits
    let integrity: Integrity
    private let source: LedgerSource
    private let salt: UInt32
    private let path: String
    private let schema: TableSchema
    private let columns: Set<UInt16>?
    private let documentPlaces: [UInt64]
    /// By number of a run.
    private var laterDocuments: [Int64: [[UInt8]]] = [:]
    private let rowPlaces: [UInt64]
    private var budget: ReadingBudget
    private var documentsRead = 0
    private var rowsRead = 0
    private var block: EpochBlock?
    private var row = 0
    private var next: Int64 = 0

    /// A ledger whose first block has fewer documents is read as a whole.
    private static let documentsMin = 64

    /// Nil for a ledger that is read as a whole; of rows, `columns` alone are decoded where they are
    /// given.
    init?(_ source: LedgerSource, _ header: FileHeader, _ columns: Set<UInt16>?)
        throws(LedgerError)
    {
        guard header.segment == 0, !source.isLive(),
            let first = try StoredBlock.header(
                at: UInt64(Layout.fileHeaderSize),
                in: source,
                salt: header.salt
            ),
            first.type == BlockType.meta, first.rows >= Self.documentsMin
        else { return nil }
        let size = try source.size()
        if source.isFile {
            guard RingSnapshot(besides: source.path, fileID: header.fileID) == nil,
                try SegmentChain(of: source.path).segments.count == 1
            else { return nil }
        }
        var scout = BatchScout()
        let scan = try LedgerScan(source, visitor: &scout)
        guard scan.integrity.state == .clean, scan.drops.json == nil, scout.isRegular else {
            return nil
        }
        self.source = source
        salt = header.salt
        path = source.path
        self.columns = columns
        schema = scan.schemas[TableID.epochs] ?? .undefined(TableID.epochs)
        let firstRow = scout.rowPlaces.first ?? .max
        documentPlaces = scout.documentPlaces.filter { $0 < firstRow }
        rowPlaces = scout.rowPlaces
        budget = ReadingBudget(storedBytes: size)
        integrity = scan.integrity
        traits = LedgerTraits(
            fileID: Digest.hex(header.fileID),
            root: Digest.hex(scan.integrity.root),
            isWhole: true,
            size: size,
            segments: 0..<1,
            runs: []
        )
        for place in scout.documentPlaces where place > firstRow {
            guard let documents = try? documents(at: place) else { return nil }
            for line in documents.places {
                let document = documents.text[line]
                guard let number = Self.number(of: document) else { return nil }
                laterDocuments[number, default: []].append(Array(document))
            }
        }
    }

    /// How far the reading has come, of how many parts.
    var progress: (done: Int, of: Int) { (documentsRead, documentPlaces.count) }

    /// The next runs; nil at the end.
    mutating func nextBatch() throws(Irregular) -> RunBatch? {
        guard documentsRead < documentPlaces.count else {
            // Rows of a run without a document.
            if try nextRow() != nil { throw .irregular }
            return nil
        }
        let lines = try documents(at: documentPlaces[documentsRead])
        var batch = RunBatch(path: path, first: next, lines, laterDocuments)
        for line in lines.places {
            guard Self.number(of: lines.text[line]) == next else { throw .irregular }
            try add(rowsOf: next, to: &batch)
            next += 1
        }
        documentsRead += 1
        return batch
    }

    private mutating func documents(at place: UInt64) throws(Irregular) -> MetaLines {
        do throws(LedgerError) {
            guard let block = try StoredBlock(at: place, in: source, salt: salt) else {
                throw .damaged(path: path, offset: place, reason: "a META block is damaged")
            }
            try budget.spend(block.header.decodedSize, of: path, at: place)
            try budget.spend(documents: block.header, of: path, at: place)
            guard
                let lines = try? PayloadDecoder.metaLines(block.payload, header: block.header)
            else { throw .damaged(path: path, offset: place, reason: "a META block is damaged") }
            return lines
        } catch {
            throw .failed(error)
        }
    }

    private mutating func add(rowsOf run: Int64, to batch: inout RunBatch) throws(Irregular) {
        while let block = try nextRow(), let number = block.run(row), number <= run {
            guard number == run else { throw .irregular }
            let first = row
            row = block.end(of: run, from: row)
            batch.add(RunBatch.EpochRows(block: block, rows: first..<row))
        }
        batch.endRun()
    }

    /// The block of the next row; nil behind the last.
    private mutating func nextRow() throws(Irregular) -> EpochBlock? {
        while true {
            if let block, row < block.count { return block }
            guard rowsRead < rowPlaces.count else { return nil }
            let place = rowPlaces[rowsRead]
            rowsRead += 1
            row = 0
            do throws(LedgerError) {
                guard let stored = try StoredBlock(at: place, in: source, salt: salt),
                    let data = try? PayloadDecoder.data(
                        stored.payload,
                        header: stored.header,
                        schema: schema,
                        columns: columns,
                        spending: &budget.decodedBytes
                    )
                else {
                    try budget.check(path, at: place)
                    throw .damaged(path: path, offset: place, reason: "a block of rows is damaged")
                }
                block = EpochBlock(data, schema)
            } catch {
                throw .failed(error)
            }
        }
    }

    private static let head = Array(#"{"run":"#.utf8)

    /// The run that a document names first of all; nil where it begins with something else.
    private static func number(of document: ArraySlice<UInt8>) -> Int64? {
        guard document.starts(with: head) else { return nil }
        var number: Int64 = 0
        for byte in document.dropFirst(head.count).prefix(16) {
            guard (0x30...0x39).contains(byte) else { return byte == 0x2C ? number : nil }
            number = number * 10 + Int64(byte - 0x30)
        }
        return nil
    }
}

/// Notes where the documents and the rows of a ledger are, without reading documents.
private struct BatchScout: LedgerVisitor {
    var readsRows: Bool { false }
    var readsDocuments: Bool { false }
    private(set) var documentPlaces: [UInt64] = []
    private(set) var rowPlaces: [UInt64] = []
    /// Whether nothing was found that takes the whole ledger to understand.
    private(set) var isRegular = true

    mutating func visit(meta document: MetaDocument) {}
    mutating func visit(rows: DataPayload, schema: TableSchema) {}

    mutating func visit(block: LedgerBlock) {
        switch block.header.type {
        case BlockType.meta: documentPlaces.append(block.offset)
        case BlockType.data where block.header.table == TableID.epochs:
            rowPlaces.append(block.offset)
        case BlockType.schema, BlockType.summary, BlockType.index, BlockType.resume,
            BlockType.key, BlockType.checkpoint:
            break
        default: isRegular = false
        }
    }
}
