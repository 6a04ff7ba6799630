import JouleQuantities

/// Lays cells out as text.
package enum TextTable {
    /// Columns aligned by spaces, the first to the left and the rest to the right.
    package static func plain(header: [String], rows: [[String]]) -> [String] {
        let all = ([header] + rows).map { $0.map(\.visible) }
        let widths = header.indices.map { column in
            all.map { $0[column].columns }.max() ?? 0
        }
        return all.map { cells in
            cells.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.columns)
                return column == 0 ? cell + padding : padding + cell
            }.joined(separator: "  ")
        }
    }

    /// The same in tables of at most `width`, one below the other, each with the first column, which
    /// is cut to half of it.
    ///
    /// There are as few as possible, about equally wide.
    static func plain(header: [String], rows: [[String]], width: Int) -> [String] {
        let all = ([header] + rows).map { cells in
            cells.enumerated().map { $0 == 0 ? cut($1.visible, to: width / 2) : $1.visible }
        }
        let widths = header.indices.map { column in all.map { $0[column].columns }.max() ?? 0 }
        var parts = groups(of: widths, width: width)
        let count = parts.count
        let widest = min(width, widths.reduce(0) { $0 + $1 + 2 })
        for narrower in stride(from: widest, to: 0, by: -1) where count > 1 {
            let next = groups(of: widths, width: narrower)
            guard next.count == count else { break }
            parts = next
        }
        let tables = parts.map { columns in
            let cells = all.map { row in ([0] + columns).map { row[$0] } }
            return plain(header: cells[0], rows: Array(cells.dropFirst()))
        }
        return Array(tables.joined(separator: [""]))
    }

    /// The columns behind the first one, in order, as many together as fit beside it.
    private static func groups(of widths: [Int], width: Int) -> [[Int]] {
        var groups: [[Int]] = [[]]
        var used = widths.first ?? 0
        for column in widths.indices.dropFirst() {
            let needed = 2 + widths[column]
            if used + needed > width, groups.last?.isEmpty == false {
                groups.append([])
                used = widths[0]
            }
            groups[groups.count - 1].append(column)
            used += needed
        }
        return groups
    }

    private static func cut(_ text: String, to count: Int) -> String {
        text.columns > max(count, 1) ? text.prefix(columns: max(count, 1) - 1) + "…" : text
    }

    /// The first columns as texts, to the left, and the rest as figures, to the right; titles lead to
    /// the anchors that there are for their columns.
    package static func markdown(
        header: [String],
        rows: [[String]],
        texts: Int = 1,
        anchors: [String?] = []
    ) -> String {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
        let titles = header.enumerated().map { column, title in
            let anchor = anchors.indices.contains(column) ? anchors[column] : nil
            return anchor.map { "[\(escaped(title))](\($0))" } ?? escaped(title)
        }
        return line(titles) + line(header.indices.map { $0 < texts ? "---" : "---:" })
            + rows.map { line($0.map(escaped)) }.joined()
    }

    /// Text from ledgers must not become markup or break a table.
    package static func escaped(_ text: String) -> String {
        var out = ""
        for character in text {
            if "|\\`*_<>[]#".contains(character) { out.append("\\") }
            out.append(character.isNewline ? " " : character)
        }
        return out
    }

    /// Breaks at spaces; later lines keep the first one's indentation and two spaces more.
    static func wrap(_ text: String, width: Int) -> [String] {
        let limit = max(20, width)
        let indent = String(text.prefix { $0 == " " }.prefix(limit / 2))
        var lines: [String] = []
        var line = indent
        let words = text.split(separator: " ").flatMap {
            String($0).pieces(columns: limit - indent.count - 2)
        }
        for word in words {
            let isFirst = line.allSatisfy { $0 == " " }
            if !isFirst, line.columns + 1 + word.columns > limit {
                lines.append(line)
                line = indent + "  " + word
            } else {
                line += (isFirst ? "" : " ") + word
            }
        }
        return lines + [line]
    }
}
