package import JouleFormat

/// Rows of one table on their way into a block, turned into columns.
package struct RowBatch {
    package private(set) var rows = 0
    /// By column number; with an empty mask where no row had a value so far.
    private var columns: [ColumnValues] = []
    private var textSize = 0

    /// Bytes of cells and text of a block: however badly they compress, a payload holds them.
    private static let sizeMax = 8 << 20

    package init() {}

    /// Whether one more row leaves it within `rowsMax` rows and what a block can hold; the first
    /// always does.
    func hasRoom(for cells: [RingCell], rowsMax: Int) -> Bool {
        guard rows > 0 else { return true }
        guard rows < rowsMax else { return false }
        var width = columns.count
        var size = textSize
        for cell in cells {
            width = max(width, Int(cell.column) + 1)
            size += cell.text?.utf8.count ?? 0
        }
        return size + 8 * width * (rows + 1) <= Self.sizeMax
    }

    /// Adds a row; columns that it does not name are null in it, and of two values of one column the
    /// later counts.
    package mutating func append(_ cells: [RingCell]) {
        for cell in cells { append(cell) }
        rows += 1
    }

    private mutating func append(_ cell: RingCell) {
        let number = Int(cell.column)
        if number >= columns.count {
            let new = repeatElement(Self.none, count: number + 1 - columns.count)
            columns.append(contentsOf: new)
        }
        // In place: its arrays would be counted each time that it is taken out.
        textSize += Self.add(cell, to: &columns[number], rows)
    }

    private static let none = ColumnValues(present: RowMask())

    /// How much text it is more.
    private static func add(_ cell: RingCell, to column: inout ColumnValues, _ rows: Int) -> Int {
        pad(&column, to: rows, isText: cell.text != nil)
        let isFirst = column.present?.count == rows
        if isFirst { column.present?.append(true) }
        if let text = cell.text {
            guard let before = isFirst ? "" : column.strings.popLast() else { return 0 }
            column.strings.append(text)
            return text.utf8.count - before.utf8.count
        }
        if isFirst || column.words.popLast() != nil { column.words.append(cell.word) }
        return 0
    }

    private static func pad(_ column: inout ColumnValues, to count: Int, isText: Bool) {
        let missing = count - (column.present?.count ?? 0)
        guard missing > 0 else { return }
        column.present?.appendNulls(missing)
        if isText {
            column.strings.append(contentsOf: repeatElement("", count: missing))
        } else {
            column.words.append(contentsOf: repeatElement(0, count: missing))
        }
    }

    /// The columns that the table has, each with a value or a null for every row.
    ///
    /// Cells that do not fit their column's type are left out: a ring may say anything.
    func values(fitting schema: TableSchema) -> [UInt16: ColumnValues] {
        var values: [UInt16: ColumnValues] = [:]
        for (number, (column, definition)) in zip(columns, schema.columns).enumerated() {
            guard (column.present?.count ?? 0) > 0 else { continue }
            var column = column
            let isText = definition.type == .string
            Self.pad(&column, to: rows, isText: isText)
            guard (isText ? column.strings.count : column.words.count) == rows else { continue }
            if column.present?.isFull == true { column.present = nil }
            values[UInt16(number)] = column
        }
        return values
    }
}
