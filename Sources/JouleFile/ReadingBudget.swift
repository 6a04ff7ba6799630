import JouleFormat

/// What one opening of a ledger may cost, so that a small hostile file costs little.
///
/// Each bound is a floor, or a multiple of the stored bytes where that is more: what an honest
/// ledger holds took some bytes to say.
struct ReadingBudget {
    /// Bytes that may still be decoded.
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
    /// Bytes of text that count as one kept row.
    private static let keptTextSize = 256

    init(storedBytes: UInt64) {
        let stored = Int(clamping: storedBytes)
        let (expanded, isOver) = stored.multipliedReportingOverflow(by: Self.expansionMax)
        let allowed = isOver ? Int.max : expanded
        decodedBytes = max(Self.decodedBytesMin, allowed)
        documentBytes = max(Self.documentBytesMin, allowed)
        self.storedBytes = stored
    }

    /// Whether as many bytes may be decoded; if so, they are counted.
    mutating func decode(_ bytes: Int) -> Bool { Self.take(bytes, from: &decodedBytes) }

    /// Whether as many bytes of documents may be taken in; if so, they are counted.
    mutating func takeDocuments(_ bytes: Int) -> Bool { Self.take(bytes, from: &documentBytes) }

    /// Whether these rows may be kept, besides those before them: as many as there are stored bytes,
    /// and `floor` in any case; if so, they are counted.
    mutating func keep(_ rows: DataPayload, floor: Int) -> Bool {
        var textSize = 0
        for column in rows.columns.values {
            for text in column.strings { textSize += text.utf8.count }
        }
        keptRows += rows.rows + textSize / Self.keptTextSize
        return keptRows <= max(floor, storedBytes)
    }

    private static func take(_ amount: Int, from rest: inout Int) -> Bool {
        guard amount <= rest else { return false }
        rest -= amount
        return true
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
