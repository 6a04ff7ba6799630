/// Constants of the ring file, as tabulated in `Schemas/joule-format.md`.
///
/// A ring keeps the newest rows of a live ledger in memory that the kernel writes back even when
/// the process dies. It has two areas: one reserved for what must not be lost (epochs, energy,
/// phases, META) and one for bulk (steps, telemetry). Slot numbers of an area are powers of two.
package enum RingLayout {
    /// 0x89 'JRG' CR LF SUB LF.
    package static let magic: [UInt8] = [0x89, 0x4A, 0x52, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    package static let version: UInt16 = 1
    package static let headerSize = 4096
    package static let slotSize = 64
    /// Sequence, length and checksum before an entry's payload.
    package static let entryHeaderSize = 16
    /// Longest payload of one entry.
    package static let payloadSizeMax = 32 << 10
    package static let areaCount = 2
    /// Where the number of the first slot that no block covers is kept, by area; 64 bytes apart.
    package static let tailOffset = 256
    /// No tail is as large.
    package static let tailsMax: UInt64 = 1 << 63
    /// Where the counters of lost rows are kept: by table 0…7 and then by cause 0…3.
    package static let dropsOffset = 512
    package static let dropTables = 8
    package static let dropCauses = 4

    /// Slots that an entry with a payload of that size takes.
    package static func slotCount(payloadSize: Int) -> Int {
        (entryHeaderSize + payloadSize + slotSize - 1) / slotSize
    }

    /// The area that a table's rows go through.
    package static func area(of table: UInt16) -> Int {
        table == TableID.steps || table == TableID.telemetry ? 1 : 0
    }
}

/// What an entry of a ring holds.
package enum RingEntryKind {
    package static let row: UInt8 = 1
    package static let column: UInt8 = 2
    package static let meta: UInt8 = 3
}

/// One entry of a ring.
package struct RingEntry: Sendable, Hashable {
    /// What the entry says.
    package enum Content: Sendable, Hashable {
        /// A row: column numbers with patterns, and with text for string columns.
        case row(table: UInt16, cells: [RingCell])
        /// A table's column of that number is defined so.
        case column(table: UInt16, number: UInt16, definition: ColumnDefinition)
        /// A META document.
        case meta([UInt8])
    }

    /// Number of the entry's first slot, counted from 0 over the ring's whole life.
    package var slot: UInt64
    package var content: Content
}

/// One cell of a row in a ring.
package struct RingCell: Sendable, Hashable {
    package var column: UInt16
    package var word: UInt64
    /// For cells marked as text.
    package var text: String?

    package init(column: UInt16, word: UInt64, text: String? = nil) {
        self.column = column
        self.word = word
        self.text = text
    }
}

/// The payload of a row entry: kind, zero, table u16, cell count u16, then a cell after the other:
/// column u16, pattern u64, and for text that many UTF-8 bytes.
package enum RingRow {
    /// Set in the column number of a cell whose pattern is the size of the text that follows.
    package static let textMark: UInt16 = 0x8000
    package static let cellSize = 10
}
