import JouleFormat

/// A condition on one column; a row without a value in it never fulfils it.
///
/// NaN equals NaN and nothing else, so that it can be chosen; it is less or greater than nothing.
package struct RowFilter: Sendable, Hashable {
    /// How a value is compared.
    package enum Comparison: String, Sendable, Hashable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="

        package func holds<Operand: Comparable>(_ left: Operand, _ right: Operand) -> Bool {
            switch self {
            case .equal: left == right
            case .notEqual: left != right
            case .less: left < right
            case .lessOrEqual: left <= right
            case .greater: left > right
            case .greaterOrEqual: left >= right
            }
        }

        package func holds(number left: Double, _ right: Double) -> Bool {
            left.isNaN && right.isNaN ? holds(0, 0) : holds(left, right)
        }
    }

    /// The column's place in its table.
    package let column: Int
    package let comparison: Comparison
    /// What it is compared with; nothing fulfils a condition of another kind than its column.
    package let value: LedgerValue

    package init(column: Int, _ comparison: Comparison, _ value: LedgerValue) {
        self.column = column
        self.comparison = comparison
        self.value = value
    }

    // MARK: Rows

    /// Those of `rows` that fulfil the condition.
    func kept(of rows: some Sequence<Int>, in values: ColumnValues?, type: ColumnType) -> [Int] {
        guard let values else { return [] }
        let present = values.present
        return rows.filter { row in
            guard present?[row] ?? true else { return false }
            return switch (type, value) {
            case (.int64, .integer(let other)):
                comparison.holds(Int64(bitPattern: values.words[row]), other)
            case (.float64, .number(let other)):
                comparison.holds(number: Double(bitPattern: values.words[row]), other)
            case (.string, .text(let other)): comparison.holds(values.strings[row], other)
            default: false
            }
        }
    }

    // MARK: Zones

    /// Whether a block with this zone can hold such a row; nil is a column without any value.
    func mayHold(_ zone: IndexPayload.Zone?) -> Bool {
        guard let zone, zone.count > 0 else { return false }
        switch (value, zone.bounds) {
        case (.text, _): return true
        // Bounds leave NaN out.
        case (.number(let other), _) where comparison == .notEqual || other.isNaN: return true
        case (_, nil): return false
        case (.integer(let other), let bounds?):
            let least = Int64(bitPattern: bounds.minimum)
            return mayHold(from: least, to: Int64(bitPattern: bounds.maximum), other)
        case (.number(let other), let bounds?):
            let least = Double(bitPattern: bounds.minimum)
            return mayHold(from: least, to: Double(bitPattern: bounds.maximum), other)
        }
    }

    private func mayHold<Operand: Comparable>(
        from least: Operand,
        to greatest: Operand,
        _ other: Operand
    ) -> Bool {
        switch comparison {
        case .equal: least <= other && other <= greatest
        case .notEqual: !(least == other && greatest == other)
        case .less, .lessOrEqual: comparison.holds(least, other)
        case .greater, .greaterOrEqual: comparison.holds(greatest, other)
        }
    }
}

extension [RowFilter] {
    /// The times that all conditions on column `time` leave.
    func span(of time: UInt16) -> IndexPayload.Span {
        var span = IndexPayload.Span.always
        for filter in self where filter.column == Int(time) {
            guard case .integer(let value) = filter.value else { continue }
            switch filter.comparison {
            case .equal:
                span.from = Swift.max(span.from, value)
                span.to = Swift.min(span.to, value)
            case .greater, .greaterOrEqual: span.from = Swift.max(span.from, value)
            case .less, .lessOrEqual: span.to = Swift.min(span.to, value)
            case .notEqual: break
            }
        }
        return span
    }
}
