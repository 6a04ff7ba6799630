package import JouleFile
import JouleQuantities

/// What of a table is wanted.
package struct ExportRequest: Sendable {
    /// A condition on a column, by its name.
    package struct Condition: Sendable, Hashable {
        package let column: String
        package let comparison: RowFilter.Comparison
        /// As it was written.
        package let operand: String

        package init(column: String, comparison: RowFilter.Comparison, operand: String) {
            self.column = column
            self.comparison = comparison
            self.operand = operand
        }

        /// Reads `loss<0.1`: the first operator divides, the longer one where two begin at one place;
        /// blanks around name and value are not part of them.
        package init(parsing text: String) throws(ExportError) {
            let operators = RowFilter.Comparison.allCases.sorted {
                $0.rawValue.count > $1.rawValue.count
            }
            for place in text.indices {
                for comparison in operators where text[place...].hasPrefix(comparison.rawValue) {
                    column = text[..<place].withoutOuterBlanks
                    self.comparison = comparison
                    let rest = text[place...].dropFirst(comparison.rawValue.count)
                    operand = rest.withoutOuterBlanks
                    guard !column.isEmpty else { throw .noCondition(text) }
                    return
                }
            }
            throw .noCondition(text)
        }
    }

    package var table: ExportTable
    /// Names in the order wanted; nil for all.
    package var columns: [String]?
    package var conditions: [Condition] = []
    /// Nanoseconds since 1970, inclusive.
    package var since: Int64?
    /// Exclusive.
    package var until: Int64?
    /// Beginning of the ids of runs.
    package var runPrefix: String?
    /// What one of several readers reads; the path of the export is not looked at then, and ids of
    /// runs are compared as a whole.
    package var share: TableShare?

    package init(_ table: ExportTable) {
        self.table = table
    }
}

/// Why there is no export.
package enum ExportError: Error, Sendable, CustomStringConvertible {
    case ledger(LedgerError)
    case noColumn(String, known: [String])
    case badOperand(ExportRequest.Condition, String)
    case noCondition(String)
    /// Rows of this table have no time.
    case noTime(ExportTable)
    case noRun(prefix: String)

    package var description: String {
        switch self {
        case .ledger(let error): error.description
        case .noColumn(let name, let known):
            "there is no column '\(name)'; of \(known.count) the nearest are "
                + known.nearest(to: name).joined(separator: ", ")
        case .badOperand(let condition, let wanted):
            "'\(condition.column)\(condition.comparison.rawValue)\(condition.operand)': write "
                + wanted
        case .noCondition(let text):
            "'\(text)' is no condition; write for example 'loss<0.1'"
        case .noTime(let table):
            "rows of \(table.rawValue) have no time, so since and until mean nothing for them"
        case .noRun(let prefix):
            "no run id begins with '\(prefix)'; 'joulebook ls' lists them"
        }
    }
}
