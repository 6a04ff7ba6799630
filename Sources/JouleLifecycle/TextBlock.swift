/// A part of a document for people, before it is laid out.
package enum TextBlock: Sendable {
    /// Level 2 is that of the whole, 3 of its parts.
    case heading(level: Int, String)
    /// The first column is text, the rest are figures.
    case table(header: [String], rows: [[String]])
    case list([String])

    /// Ends with a line end.
    var markdown: String {
        switch self {
        case .heading(let level, let text):
            String(repeating: "#", count: level) + " \(text)\n"
        case .table(let header, let rows): TextTable.markdown(header: header, rows: rows)
        case .list(let items): items.map { "- \(TextTable.escaped($0))\n" }.joined()
        }
    }
}
