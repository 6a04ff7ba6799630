import JouleFormat
import JouleSystem

/// What makes a phase a range of steps.
package struct StepRange: Sendable, Hashable {
    package let first: Int64
    /// Not before the first, and part of the range.
    package let last: Int64
    /// The ordinal of the phase that the range is part of; nil outside phases.
    package let within: Int64?

    /// Nil when the last step is before the first.
    package init?(first: Int64, last: Int64, within: Int64?) {
        guard first <= last else { return nil }
        self.first = first
        self.last = last
        self.within = within
    }

    /// What rows that are ranges are called, for readers that know phases only.
    package static let name = "steps"
}

extension LedgerWriter {
    /// The first of `TableSchema.stepRangeColumns` as our ledgers number them.
    static let firstRangeColumn = UInt16(TableSchema.undefined(TableID.phases).columns.count)

    /// Tells the columns of ranges before the first of them; false when the ring has no room.
    func tellRangeColumns() -> Bool {
        let columns = TableSchema.stepRangeColumns
        return rangeColumns.withLock { told in
            while told < columns.count {
                let number = Self.firstRangeColumn + UInt16(told)
                let entry = RingEncoder.column(columns[told], number: number, table: TableID.phases)
                guard push(entry, table: TableID.phases) else { return false }
                told += 1
            }
            return true
        }
    }
}
