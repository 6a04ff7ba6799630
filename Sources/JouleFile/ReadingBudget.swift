import JouleFormat

/// What one opening of a ledger may cost, so that a small hostile file costs little.
///
/// Each bound is a floor, or a multiple of the stored bytes where that is more: what an honest
/// ledger holds took some bytes to say.
struct ReadingBudget {
    /// Bytes that may still be decoded; below 0 when more were wanted.
    var decodedBytes: Int
    /// Bytes of META documents that may still be taken in.
    private var documentBytes: Int
    /// Rows that were kept in memory.
    private var keptRows = 0
    private let storedBytes: Int

    private static let decodedBytesMin = 4 << 30
    private static let documentBytesMin = 4 << 20
    /// Of a large ledger, so many decoded bytes are allowed for each stored one.
    private static let expansionMax = Limits.documentExpansionMax
    /// Bytes of text that count as one kept row, and columns of one row that do.
    private static let keptTextSize = 256
    private static let keptColumns = 8

    /// For a ledger as it is now.
    init(of source: LedgerSource) throws(LedgerError) {
        self.init(storedBytes: try source.size())
    }

    init(storedBytes: UInt64) {
        let stored = Int(clamping: storedBytes)
        let (expanded, isOver) = stored.multipliedReportingOverflow(by: Self.expansionMax)
        let allowed = isOver ? Int.max : expanded
        decodedBytes = max(Self.decodedBytesMin, allowed)
        documentBytes = max(Self.documentBytesMin, allowed)
        self.storedBytes = stored
    }

    /// Throws when more bytes were to be decoded than may be.
    func check(_ path: String, at offset: UInt64) throws(LedgerError) {
        guard decodedBytes >= 0 else { throw .overBudget(path: path, offset: offset) }
    }

    /// Counts bytes that the block at `offset` is decoded to.
    mutating func spend(_ bytes: Int, of path: String, at offset: UInt64) throws(LedgerError) {
        decodedBytes -= bytes
        try check(path, at: offset)
    }

    /// Counts the documents of a META block, which are about to be taken in.
    mutating func spend(documents header: BlockHeader, of path: String, at offset: UInt64)
        throws(LedgerError)
    {
        documentBytes -= header.rawSize
        guard documentBytes >= 0 else { throw .overBudget(path: path, offset: offset) }
    }

    /// Whether these rows may be kept, besides those before them; if so, they are counted.
    ///
    /// As many may as there are stored bytes, and `floor` in any case. A row counts once for every 8
    /// columns.
    mutating func keep(_ rows: DataPayload, floor: Int) -> Bool {
        let pieces = max(1, rows.columns.count / Self.keptColumns)
        keptRows += rows.rows * pieces + rows.textSize / Self.keptTextSize
        return keptRows <= max(floor, storedBytes)
    }
}

extension DataPayload {
    /// Bytes of all texts.
    var textSize: Int {
        var size = 0
        for column in columns.values {
            for text in column.strings { size += text.utf8.count }
        }
        return size
    }
}

extension BlockHeader {
    /// Bytes that decompressing the payload makes; rows count when they are decoded.
    var decodedSize: Int {
        switch type {
        case BlockType.schema, BlockType.meta, BlockType.index, BlockType.summary,
            BlockType.attach:
            flags.contains(.zstd) ? rawSize : 0
        default: 0
        }
    }
}
