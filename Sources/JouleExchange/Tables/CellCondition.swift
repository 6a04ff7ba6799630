import JouleFile
import JouleQuantities

/// A condition on a column of an exported table.
struct CellCondition {
    /// Of the column among those that are looked at.
    let place: Int
    let comparison: RowFilter.Comparison
    let value: LedgerValue

    init(_ condition: ExportRequest.Condition, of column: TableColumn, at place: Int)
        throws(ExportError)
    {
        self.place = place
        comparison = condition.comparison
        switch column.kind {
        case .text: value = .text(condition.operand)
        case .integer:
            guard let integer = Int64(condition.operand) else {
                throw .badOperand(condition, "a whole number")
            }
            value = .integer(integer)
        case .number:
            guard let number = Double(condition.operand) else {
                throw .badOperand(condition, "a number")
            }
            value = .number(number)
        case .time:
            guard let time = Int64(condition.operand) ?? Timestamp.nanoseconds(condition.operand)
            else { throw .badOperand(condition, Timestamp.spelling) }
            value = .integer(time)
        }
    }

    func holds(_ values: TableValues, _ row: Int) -> Bool {
        guard values.hasValue(row) else { return false }
        return switch value {
        case .text(let other): comparison.holds(values.text(row), other)
        case .integer(let other):
            comparison.holds(Int64(bitPattern: values.words[row]), other)
        case .number(let other):
            comparison.holds(number: Double(bitPattern: values.words[row]), other)
        }
    }
}
