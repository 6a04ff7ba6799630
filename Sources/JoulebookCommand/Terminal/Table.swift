import JouleQuantities

/// Rows of text in columns, fitted into a width.
struct Table {
    /// One column: its title, its side, and whether it gives way when the width runs out.
    struct Column {
        var title: String
        var isRight = false
        /// Whether texts are numbers with a unit, whose last digits stand below each other.
        var hasUnits = false
        var mayShrink = false
        /// Whether a text that is too long loses its middle: the end of a name tells it from others.
        var cutsInside = false
        /// Columns with a number are left out where the width runs out, the least first.
        var mayGo: Int?
    }

    /// One cell: its text, and how it is painted.
    struct Cell: ExpressibleByStringLiteral {
        var text: String
        var paint: Paint?

        init(_ text: String, _ paint: Paint? = nil) {
            self.text = text.visible
            self.paint = paint
        }

        init(stringLiteral text: String) { self.init(text) }
    }

    let columns: [Column]
    private(set) var rows: [[Cell]] = []

    init(_ columns: [Column]) {
        self.columns = columns
    }

    /// Adds a row; cells that are missing stay empty.
    mutating func append(_ cells: [Cell]) {
        let padding = [Cell](repeating: "", count: max(0, columns.count - cells.count))
        rows.append(Array(cells.prefix(columns.count)) + padding)
    }

    /// The table as lines, the titles first.
    func lines(look: Console.Look, indent: Int = 0) -> [String] {
        aligned.set(look: look, indent: indent)
    }

    private func set(look: Console.Look, indent: Int) -> [String] {
        var shown = Array(columns.indices)
        while excess(of: shown, over: look.width - indent) > 0,
            let least = shown.filter({ columns[$0].mayGo != nil }).min(by: { left, right in
                columns[left].mayGo ?? 0 < columns[right].mayGo ?? 0
            })
        {
            shown.removeAll { $0 == least }
        }
        return lines(of: shown, look, indent)
    }

    /// The table with the units of its columns set below each other.
    private var aligned: Table {
        var table = self
        for place in columns.indices where columns[place].hasUnits {
            let texts = Self.aligned(rows.map { $0[place].text })
            for (row, text) in texts.enumerated() { table.rows[row][place].text = text }
        }
        return table
    }

    private func lines(of shown: [Int], _ look: Console.Look, _ indent: Int) -> [String] {
        let (widths, gap) = fitted(shown, into: look.width - indent)
        let margin = String(repeating: " ", count: indent)
        let titles = columns.map { Cell($0.title, .faint) }
        return ([titles] + rows).map { row in
            var line = margin
            for (place, width) in zip(shown, widths) {
                if place != shown.first { line += gap }
                line += set(row[place], in: columns[place], width: width, look: look)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    private func set(_ cell: Cell, in column: Column, width: Int, look: Console.Look) -> String {
        let text =
            column.cutsInside
            ? cell.text.shortenedInside(to: width) : cell.text.shortened(to: width)
        let space = String(repeating: " ", count: max(0, width - text.columns))
        let painted = cell.paint.map { look.painted(text, $0) } ?? text
        return column.isRight ? space + painted : painted + space
    }

    /// The cells of a column with units as they are set: each unit as wide as the widest.
    private static func aligned(_ texts: [String]) -> [String] {
        let parts = texts.map { text -> (number: Substring, unit: Substring) in
            guard let space = text.lastIndex(of: " ") else { return (text[...], "") }
            return (text[..<space], text[space...])
        }
        let widest = parts.reduce(0) { max($0, String($1.unit).columns) }
        return parts.map { number, unit in
            number + unit + String(repeating: " ", count: widest - String(unit).columns)
        }
    }

    /// As wide as what stands in them.
    private func naturalWidths(of shown: [Int]) -> [Int] {
        shown.map { place in
            rows.reduce(columns[place].title.columns) { max($0, $1[place].text.columns) }
        }
    }

    /// How much is too much where names stay readable.
    private func excess(of shown: [Int], over width: Int) -> Int {
        let widths = zip(shown, naturalWidths(of: shown)).map { place, width in
            columns[place].mayShrink ? min(width, Self.readableWidth) : width
        }
        return widths.reduce(0, +) + shown.count - 1 - width
    }

    private static let readableWidth = 20

    /// Natural widths where they fit; else gaps shrink first, then the widest column that may, and
    /// where that is not enough the widest of all.
    private func fitted(_ shown: [Int], into width: Int) -> (widths: [Int], gap: String) {
        var widths = naturalWidths(of: shown)
        let content = widths.reduce(0, +)
        let gaps = shown.count - 1
        if content + 2 * gaps <= width { return (widths, "  ") }
        var excess = content + gaps - width
        while excess > 0 {
            let willing = widths.indices.filter { columns[shown[$0]].mayShrink && widths[$0] > 6 }
            let candidates = willing.isEmpty ? widths.indices.filter { widths[$0] > 1 } : willing
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return (widths, " ")
    }
}

extension String {
    /// The text cut to `width` columns, an ellipsis last where something was cut.
    func shortened(to width: Int) -> String {
        columns <= width ? self : prefix(columns: max(0, width - 1)) + "…"
    }

    /// The text cut to `width` columns, an ellipsis where its middle was.
    func shortenedInside(to width: Int) -> String {
        guard columns > width else { return self }
        let end = max(0, width - 1) / 2
        return shortened(to: width - end) + suffix(columns: end)
    }

    /// The text broken at spaces into lines of at most `width` columns, and within words that are
    /// longer than a line.
    func wrapped(to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ").flatMap({ String($0).pieces(columns: width) }) {
            if !line.isEmpty, line.columns + 1 + word.columns > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? word : " \(word)"
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
