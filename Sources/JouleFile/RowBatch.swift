import JouleFormat

/// Rows of one table on their way into a block, turned into columns.
struct RowBatch {
    private(set) var rows = 0
    private var columns: [UInt16: ColumnValues] = [:]

    /// Adds a row; columns that it does not name are null in it.
    mutating func append(_ cells: [RingCell]) {
        for cell in cells { append(cell) }
        rows += 1
    }

    private mutating func append(_ cell: RingCell) {
        var column = columns.removeValue(forKey: cell.column) ?? ColumnValues(present: [])
        pad(&column, to: rows, isText: cell.text != nil)
        column.present?.append(true)
        if let text = cell.text {
            column.strings.append(text)
        } else {
            column.words.append(cell.word)
        }
        columns[cell.column] = column
    }

    private func pad(_ column: inout ColumnValues, to count: Int, isText: Bool) {
        let missing = count - (column.present?.count ?? 0)
        guard missing > 0 else { return }
        column.present?.append(contentsOf: repeatElement(false, count: missing))
        if isText {
            column.strings.append(contentsOf: repeatElement("", count: missing))
        } else {
            column.words.append(contentsOf: repeatElement(0, count: missing))
        }
    }

    /// The columns, each with a value or a null for every row.
    var values: [UInt16: ColumnValues] {
        columns.mapValues { column in
            var column = column
            pad(&column, to: rows, isText: !column.strings.isEmpty)
            if column.present?.contains(false) == false { column.present = nil }
            return column
        }
    }
}
