/// Rows of text in columns, fitted into a width.
struct Table {
    /// One column: its title, its side, and whether it gives way when the width runs out.
    struct Column {
        var title: String
        var isRight = false
        var mayShrink = false
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
        let (widths, gap) = fitted(into: look.width - indent)
        let margin = String(repeating: " ", count: indent)
        let titles = columns.map { Cell($0.title, .faint) }
        return ([titles] + rows).map { row in
            var line = margin
            for (place, cell) in row.enumerated() {
                if place > 0 { line += gap }
                line += set(cell, in: columns[place], width: widths[place], look: look)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    private func set(_ cell: Cell, in column: Column, width: Int, look: Console.Look) -> String {
        let text = cell.text.shortened(to: width)
        let space = String(repeating: " ", count: max(0, width - text.count))
        let painted = cell.paint.map { look.painted(text, $0) } ?? text
        return column.isRight ? space + painted : painted + space
    }

    /// Natural widths where they fit; else gaps shrink first, then the widest column that may.
    private func fitted(into width: Int) -> (widths: [Int], gap: String) {
        var widths = columns.indices.map { place in
            rows.reduce(columns[place].title.count) { max($0, $1[place].text.count) }
        }
        let content = widths.reduce(0, +)
        let gaps = columns.count - 1
        if content + 2 * gaps <= width { return (widths, "  ") }
        var excess = content + gaps - width
        while excess > 0 {
            let candidates = columns.indices.filter { columns[$0].mayShrink && widths[$0] > 6 }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            widths[widest] -= 1
            excess -= 1
        }
        return (widths, " ")
    }
}

extension String {
    /// The text cut to `width` characters, an ellipsis last where something was cut.
    func shortened(to width: Int) -> String {
        count <= width ? self : prefix(max(0, width - 1)) + "…"
    }

    /// The text broken at spaces into lines of at most `width` characters.
    func wrapped(to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in split(separator: " ") {
            if !line.isEmpty, line.count + 1 + word.count > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " \(word)"
        }
        return line.isEmpty ? lines : lines + [line]
    }
}
