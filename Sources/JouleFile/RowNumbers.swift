import JouleFormat

/// Numbers the rows of each table through all segments of a ledger, so that a row that is met again
/// is known: in a block after it was in the ring, or in a segment that has it once more.
struct RowNumbers {
    /// What is known of one table.
    private struct Table {
        /// Number of the first row of the segment that is read.
        var start: UInt64 = 0
        /// Behind the last row of the segment, counted within it.
        var rows: UInt64 = 0
        /// Behind the last row that any block holds.
        var end: UInt64 = 0
        /// Behind the last row that was given.
        var given: UInt64 = 0
    }

    private var tables: [UInt16: Table] = [:]
    /// Blocks of rows of the segment: behind which row each ends.
    private var blocks: [(sequence: UInt64, table: UInt16, end: UInt64)] = []
    /// How many blocks are still to come that the segment before has, too.
    private var repetitions: UInt64 = 0

    /// Notes a block of any kind that comes next.
    mutating func note(_ header: BlockHeader) {
        if header.type == BlockType.resume, repetitions > 0 {
            // The writer died at repeating, so that what follows comes behind what was before.
            repetitions = 0
            for (id, table) in tables { tables[id]?.start = table.end &- table.rows }
        } else if header.sequence > 0, repetitions > 0, LeftBlocks.isContent(header.type) {
            repetitions -= 1
        }
    }

    /// How many of the first rows of a block were given before; now all of them are.
    mutating func give(_ header: BlockHeader, firstRow: UInt64) -> Int {
        var table = tables[header.table, default: Table()]
        let first = table.start &+ firstRow
        let end = first &+ UInt64(header.rows)
        let known = table.given > first ? min(table.given - first, UInt64(header.rows)) : 0
        table.rows = firstRow &+ UInt64(header.rows)
        table.end = max(table.end, end)
        table.given = max(table.given, end)
        tables[header.table] = table
        blocks.append((header.sequence, header.table, end))
        return Int(known)
    }

    /// Notes rows that only the ring holds.
    mutating func give(_ count: Int, of table: UInt16) {
        tables[table, default: Table()].given &+= UInt64(count)
    }

    /// Goes on in a segment that continues so many blocks of the one before, and has some again.
    mutating func begin(after count: UInt64, repeating repetitions: UInt64) {
        var starts = tables.mapValues(\.start)
        for block in blocks where block.sequence < count { starts[block.table] = block.end }
        for (id, start) in starts {
            tables[id]?.start = start
            tables[id]?.rows = 0
        }
        blocks = []
        self.repetitions = repetitions
    }
}
