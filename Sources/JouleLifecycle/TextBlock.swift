/// A part of a document for people, before it is laid out.
package enum TextBlock: Sendable {
    /// Level 2 is that of the whole, 3 of its parts.
    case heading(level: Int, String)
    /// The first column is text, the rest are figures.
    case table(header: [Column], rows: [[String]])
    case list([Item])

    package struct Column: Sendable {
        package let title: String
        /// Where it says how its figures come about.
        package let link: Link?

        package init(_ title: String, _ link: Link? = nil) {
            self.title = title
            self.link = link
        }
    }

    package struct Item: Sendable {
        package let text: String
        /// What links to it name.
        package let name: String?
        /// Where it says what it stands on.
        package let links: [Link]

        package init(_ text: String, name: String? = nil, links: [Link] = []) {
            self.text = text
            self.name = name
            self.links = links
        }
    }

    /// Leads to a named item, or where items have no names to the heading above it.
    package struct Link: Sendable {
        package let words: String
        package let name: String
        let heading: String
    }

    /// Ends with a line end.
    var markdown: String {
        switch self {
        case .heading(let level, let text):
            String(repeating: "#", count: level) + " \(text)\n"
        case .table(let header, let rows):
            TextTable.markdown(
                header: header.map(\.title),
                rows: rows,
                anchors: header.map { $0.link?.anchor }
            )
        case .list(let items): items.map(\.markdown).joined()
        }
    }
}

extension TextBlock.Item {
    fileprivate var markdown: String {
        let links = links.map { "[\($0.words)](\($0.anchor))" }.joined(separator: ", ")
        return "- \(TextTable.escaped(text))\(links.isEmpty ? "" : " (\(links))")\n"
    }
}

extension TextBlock.Link {
    /// As renderers of Markdown name headings: in small letters, blanks as hyphens, hardly any signs.
    fileprivate var anchor: String {
        let kept = heading.lowercased().filter { $0.isLetter || $0.isNumber || "-_ ".contains($0) }
        return "#" + kept.map { $0 == " " ? "-" : String($0) }.joined()
    }
}
