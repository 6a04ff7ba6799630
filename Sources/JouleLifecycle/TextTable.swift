/// Lays cells out as text.
package enum TextTable {
    /// Columns aligned by spaces, the first to the left and the rest to the right.
    package static func plain(header: [String], rows: [[String]]) -> [String] {
        let all = [header] + rows
        let widths = header.indices.map { column in
            all.map { $0[column].count }.max() ?? 0
        }
        return all.map { cells in
            cells.enumerated().map { column, cell in
                let padding = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + padding : padding + cell
            }.joined(separator: "  ")
        }
    }

    /// The first columns as texts, to the left, and the rest as figures, to the right.
    package static func markdown(header: [String], rows: [[String]], texts: Int = 1) -> String {
        func line(_ cells: [String]) -> String {
            "| " + cells.map(escaped).joined(separator: " | ") + " |\n"
        }
        let rule = header.indices.map { $0 < texts ? "---" : "---:" }
        return line(header) + "| " + rule.joined(separator: " | ") + " |\n"
            + rows.map(line).joined()
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
        let indent = String(text.prefix { $0 == " " })
        var lines: [String] = []
        var line = indent
        for word in text.split(separator: " ") {
            let isFirst = line.allSatisfy { $0 == " " }
            if !isFirst, line.count + 1 + word.count > limit {
                lines.append(line)
                line = indent + "  " + word
            } else {
                line += (isFirst ? "" : " ") + word
            }
        }
        return lines + [line]
    }
}
