import JouleFile

/// A column of an exported table.
package struct TableColumn: Sendable, Hashable {
    /// What its values are.
    package enum Kind: Sendable, Hashable {
        case integer
        case number
        case text
        /// Nanoseconds since 1970, UTC.
        case time
    }

    package let name: String
    package let kind: Kind
}

/// The values of one column in some rows.
package struct TableValues: Sendable {
    package let kind: TableColumn.Kind
    /// 64-bit patterns by row, 0 where there is no value; unused for text.
    package private(set) var words: [UInt64] = []
    /// By row, empty where there is no value; only for text.
    package private(set) var texts: [String] = []
    /// Which rows have a value; empty as long as all have.
    private var present: [Bool] = []
    package private(set) var count = 0
    package private(set) var nullCount = 0

    package init(_ kind: TableColumn.Kind) {
        self.kind = kind
    }

    package func hasValue(_ row: Int) -> Bool { present.isEmpty || present[row] }

    package mutating func append(word: UInt64?) {
        words.append(word ?? 0)
        note(word != nil)
    }

    package mutating func append(text: String?) {
        texts.append(text ?? "")
        note(text != nil)
    }

    package mutating func appendNull() {
        if kind == .text { append(text: nil) } else { append(word: nil) }
    }

    private mutating func note(_ hasValue: Bool) {
        if !hasValue {
            if present.isEmpty { present = Array(repeating: true, count: count) }
            nullCount += 1
        }
        if !present.isEmpty || !hasValue { present.append(hasValue) }
        count += 1
    }

    /// Appends a value of another column of the same kind.
    mutating func append(_ row: Int, of other: TableValues) {
        guard other.hasValue(row) else { return appendNull() }
        if kind == .text { append(text: other.texts[row]) } else { append(word: other.words[row]) }
    }

    /// Appends all values of a column of a ledger.
    mutating func append(contentsOf values: LedgerValues, count: Int) {
        if kind == .text {
            for row in 0..<count { append(text: values.text(row)) }
        } else {
            for row in 0..<count { append(word: values.hasValue(row) ? values.words[row] : nil) }
        }
    }
}

/// Some rows of an exported table.
package struct TableBatch: Sendable {
    package let count: Int
    package let columns: [TableValues]
}
