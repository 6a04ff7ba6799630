import JouleFile
import JouleQuantities

/// The values of one column in some rows.
///
/// Texts are kept once, however many rows have them: what is said of runs and meters stands in
/// every row of a block.
package struct TableValues: Sendable {
    package let kind: TableColumn.Kind
    /// 64-bit patterns by row, 0 where there is no value; unused for text.
    package private(set) var words: [UInt64] = []
    /// By row, the place in `texts`, 0 where there is no value; only for text.
    private(set) var codes: [UInt32] = []
    /// Each text once, the empty one first; only for text.
    private(set) var texts: [String] = [""]
    private var places: [ExactName: UInt32] = [ExactName(""): 0]
    /// Which rows have a value; nil as long as all have.
    private(set) var bits: RowBits?
    package private(set) var count = 0
    package private(set) var nullCount = 0
    /// Bytes of the texts of all rows, one after the other.
    private(set) var textBytes = 0

    package init(_ kind: TableColumn.Kind) {
        self.kind = kind
    }

    package func hasValue(_ row: Int) -> Bool { bits?[row] ?? true }

    /// The text of a row, empty where there is no value.
    package func text(_ row: Int) -> String { texts[Int(codes[row])] }

    // MARK: Appending

    package mutating func append(word: UInt64?, count rows: Int = 1) {
        words.append(contentsOf: repeatElement(word ?? 0, count: rows))
        note(word != nil, count: rows)
    }

    mutating func append(integer: Int64?, count rows: Int = 1) {
        append(word: integer.map { UInt64(bitPattern: $0) }, count: rows)
    }

    mutating func append(number: Double?) { append(word: number?.bitPattern) }

    /// Appends a text, or nothing, for `rows` rows.
    package mutating func append(text: String?, count rows: Int = 1) {
        let code = text.map { place(of: $0) } ?? 0
        codes.append(contentsOf: repeatElement(code, count: rows))
        textBytes += rows * (text?.utf8.count ?? 0)
        note(text != nil, count: rows)
    }

    package mutating func appendNull(count rows: Int = 1) {
        if kind == .text { append(text: nil, count: rows) } else { append(word: nil, count: rows) }
    }

    private mutating func note(_ hasValue: Bool, count rows: Int = 1) {
        if !hasValue, bits == nil {
            bits = RowBits()
            bits?.append(true, count: count)
        }
        bits?.append(hasValue, count: rows)
        count += rows
        if !hasValue { nullCount += rows }
    }

    private mutating func place(of text: String) -> UInt32 {
        // Neighbours are often alike.
        if let last = codes.last, texts[Int(last)].isExactly(text) { return last }
        if let place = places[ExactName(text)] { return place }
        let place = UInt32(texts.count)
        texts.append(text)
        places[ExactName(text)] = place
        return place
    }

    /// Appends what is wanted of a column of a ledger.
    mutating func append(_ values: LedgerValues, of stretch: RowStretch) {
        guard kind != .text else {
            for place in 0..<stretch.count { append(text: values.text(stretch.row(place))) }
            return
        }
        let words = values.words
        guard !words.isEmpty else { return appendNull(count: stretch.count) }
        if let kept = stretch.kept {
            for row in kept { self.words.append(words[row]) }
        } else {
            self.words.append(contentsOf: words[stretch.slice])
        }
        if values.hasEveryValue {
            note(true, count: stretch.count)
        } else {
            for place in 0..<stretch.count { note(values.hasValue(stretch.row(place))) }
        }
    }

    /// Appends all rows of another column of the same kind.
    mutating func append(contentsOf other: TableValues) {
        guard count > 0 else { return self = other }
        words.append(contentsOf: other.words)
        let moved = other.texts.map { place(of: $0) }
        for code in other.codes { codes.append(moved[Int(code)]) }
        textBytes += other.textBytes
        if let bits = other.bits {
            for row in 0..<other.count { note(bits[row]) }
        } else {
            note(true, count: other.count)
        }
    }

    /// The values of some rows, in that order.
    func rows(_ chosen: some Sequence<Int>) -> TableValues {
        var values = TableValues(kind)
        for row in chosen {
            guard hasValue(row) else {
                values.appendNull()
                continue
            }
            if kind == .text {
                values.append(text: text(row))
            } else {
                values.append(word: words[row])
            }
        }
        return values
    }
}
