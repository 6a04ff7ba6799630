import JouleFormat

/// What the last SUMMARY of a ledger says of everything before it.
///
/// Of a closed ledger it is found with one read of the last 64 KiB, whatever the size. A SUMMARY is
/// derived: it is believed when its checksum holds, and `verify` compares it with every block.
package struct LedgerTotals: Sendable {
    /// One table.
    package struct Table: Sendable {
        package let rows: UInt64
        package let columns: [Column]
    }

    /// One column of a table.
    package struct Column: Sendable {
        package let definition: LedgerColumn
        /// Rows with a value.
        package let count: UInt64
        /// NaN left out; nil when there is no other value, and for texts.
        package let minimum: LedgerValue?
        package let maximum: LedgerValue?
        package let last: LedgerValue?
        /// Exact, in units of 1 for integers and of 10⁻⁶ for numbers; nil when a value was not such a
        /// multiple, and for texts.
        package let sum: Int128?
    }

    /// Blocks before the summary.
    package let blocks: UInt64
    /// Whether the summary speaks of every row: nothing was written behind it.
    package let isComplete: Bool
    package let tables: [LedgerTable: Table]
    /// What finding it took.
    package let bytesRead: Int
    package let reads: Int

    /// Nil when the ledger has no summary, as one whose writer died early.
    ///
    /// Throws when the file is no ledger, of a newer kind, or unreadable.
    package init?(reading path: String) throws(LedgerError) {
        let source = try LedgerSource(path)
        let header = try BlockScanner.header(of: source)
        guard let last = try LastSummary(of: source, header: header) else { return nil }
        blocks = last.summary.tree.size
        isComplete = last.closedRoot != nil
        var tables: [LedgerTable: Table] = [:]
        for table in last.summary.tables {
            guard let id = LedgerTable(rawValue: table.schema.id) else { continue }
            tables[id] = Table(table)
        }
        self.tables = tables
        bytesRead = source.bytesRead
        reads = source.reads
    }
}

extension LedgerTotals.Table {
    fileprivate init(_ table: SummaryPayload.Table) {
        rows = table.rows
        columns = zip(table.schema.columns, table.columns).enumerated().map { number, column in
            .init(column.1, of: LedgerColumn(column.0, number: number))
        }
    }
}

extension LedgerTotals.Column {
    fileprivate init(_ column: SummaryPayload.Column, of definition: LedgerColumn) {
        self.definition = definition
        count = column.count
        sum = column.sum
        let value = { (pattern: UInt64, exists: Bool) -> LedgerValue? in
            guard exists else { return nil }
            return switch definition.kind {
            case .integer: .integer(Int64(bitPattern: pattern))
            case .number: .number(Double(bitPattern: pattern))
            case .text: nil
            }
        }
        minimum = value(column.minimum, column.hasNumber)
        maximum = value(column.maximum, column.hasNumber)
        last = value(column.last, column.count > 0)
    }
}
