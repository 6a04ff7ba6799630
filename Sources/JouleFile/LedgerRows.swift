import JouleFormat

/// The tables of a ledger (`Schemas/joule-format.md`, § 6).
package enum LedgerTable: UInt16, Sendable, Hashable, CaseIterable {
    case epochs = 1
    case steps = 2
    case energy = 3
    case phases = 4
    case telemetry = 5
}

/// One column of a table of a ledger.
package struct LedgerColumn: Sendable, Hashable {
    /// What the values of a column are.
    package enum Kind: Sendable, Hashable {
        case integer
        case number
        case text
    }

    /// Its place in the table.
    package let number: Int
    package let name: String
    package let kind: Kind
    /// Such as `ns` or `J`; empty for a plain number.
    package let unit: String
    /// Whether the program named it, and not the format.
    package let isMetric: Bool

    init(_ definition: ColumnDefinition, number: Int) {
        self.number = number
        name = definition.name
        unit = definition.unit
        isMetric = definition.role == .metric
        kind =
            switch definition.type {
            case .int64: .integer
            case .float64: .number
            case .string: .text
            }
    }
}

/// One value of a column.
package enum LedgerValue: Sendable, Hashable {
    case integer(Int64)
    case number(Double)
    case text(String)
}

/// Some rows of one table.
package struct LedgerRows: Sendable, Hashable {
    package let count: Int
    /// Those that were asked for, in that order.
    package let columns: [LedgerValues]
}

/// The values of one column in some rows.
package struct LedgerValues: Sendable, Hashable {
    /// Nil when no row has a value, which costs nothing however many rows and columns there are.
    private let values: ColumnValues?

    /// Those of the rows `kept`, or all of them; a column that is nil has no value in any row.
    init(_ values: ColumnValues?, kept: [Int]?) {
        self.values = kept.flatMap { kept in values?.permuted(kept) } ?? values
    }

    /// Whether a row has a value.
    package func hasValue(_ row: Int) -> Bool {
        guard let values else { return false }
        return values.present?[row] ?? true
    }

    /// Whether every row has a value.
    package var hasEveryValue: Bool { values.map { $0.present == nil } ?? false }

    package func integer(_ row: Int) -> Int64? {
        guard let values, values.present?[row] ?? true else { return nil }
        return Int64(bitPattern: values.words[row])
    }

    package func number(_ row: Int) -> Double? {
        guard let values, values.present?[row] ?? true else { return nil }
        return Double(bitPattern: values.words[row])
    }

    package func text(_ row: Int) -> String? {
        guard let values, values.present?[row] ?? true else { return nil }
        return values.strings[row]
    }

    /// 64-bit patterns by row, 0 where there is no value; of a column of numbers, and empty when no
    /// row has one.
    package var words: [UInt64] { values?.words ?? [] }
}
