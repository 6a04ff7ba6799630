/// A column of an exported table.
package struct TableColumn: Sendable, Hashable {
    /// What its values are.
    package enum Kind: String, Sendable, Hashable {
        case integer
        case number
        case text
        /// Nanoseconds since 1970, UTC.
        case time
    }

    package let name: String
    package let kind: Kind
    /// Of its numbers, `1` for shares; nil where that is not said apart from the name.
    package var unit: String?
}

/// Some rows of an exported table.
package struct TableBatch: Sendable {
    package let count: Int
    package let columns: [TableValues]

    /// The rows `chosen`, in that order.
    func rows(_ chosen: some Collection<Int>) -> TableBatch {
        TableBatch(count: chosen.count, columns: columns.map { $0.rows(chosen) })
    }

    /// Bytes of the texts of all rows, one after the other: a file of few bytes can ask for many,
    /// with a long text that is meant in each of a million rows.
    var textBytes: Int { columns.reduce(0) { $0 + $1.textBytes } }
}
