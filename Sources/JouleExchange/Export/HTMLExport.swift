import JouleLifecycle
import JouleQuantities

extension LifecycleExport {
    /// The summary as one page that needs nothing else: no script, no network.
    static func html(_ source: ExportSource) -> LifecycleExport {
        let summary = source.summary
        let losses = LossReport(
            .html,
            summary,
            carried: Set(SummaryFact.allCases).subtracting([.runs])
        )
        let title = escaped("Energy and carbon: \(source.subject)")
        var body = summary.blocks.map(\.html).joined()
        if !losses.facts.isEmpty {
            let lists: [TextBlock] = [
                .heading(level: 3, "Not on this page"),
                .list(losses.facts.map { TextBlock.Item($0) }),
            ]
            body += lists.map(\.html).joined()
        }
        let text = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width">
            <meta http-equiv="Content-Security-Policy" content="\(policy)">
            <title>\(title)</title>
            <style>
            \(style)
            </style>
            </head>
            <body>
            <main>
            <h1>\(escaped(source.subject))</h1>
            \(body)<footer>\(escaped("\(source.program) \(source.version)"))</footer>
            </main>
            </body>
            </html>

            """
        return LifecycleExport(text: text, losses: losses)
    }

    private static let policy = "default-src 'none'; style-src 'unsafe-inline'"

    /// The reader's own colours, light or dark; on paper black on white, tables whole.
    private static let style = """
        :root { color-scheme: light dark; }
        body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; }
        main { max-width: 70rem; margin: 0 auto; padding: 1rem; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { padding: .3rem .6rem; text-align: right; border-bottom: 1px solid #8888; }
        th:first-child, td:first-child { text-align: left; }
        li { overflow-wrap: anywhere; }
        td a { color: inherit; text-decoration-style: dotted; }
        :target { background: #fc06; }
        footer { margin-top: 2rem; font-size: .9rem; }
        @media print {
          :root { color-scheme: light; }
          main { max-width: none; padding: 0; }
          .wide { overflow: visible; }
          h2, h3 { break-after: avoid; }
          tr { break-inside: avoid; }
        }
        """

    /// Text that is only text in HTML, between tags.
    fileprivate static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.visible.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}

extension TextBlock {
    fileprivate var html: String {
        switch self {
        case .heading(let level, let text):
            return "<h\(level)>\(LifecycleExport.escaped(text))</h\(level)>\n"
        case .list(let items):
            return "<ul>\n\(items.map(\.html).joined())</ul>\n"
        case .table(let header, let rows):
            let head = header.map {
                "<th scope=\"col\">\(LifecycleExport.escaped($0.title))</th>"
            }.joined()
            let lines = rows.map { row in
                let cells = zip(row, header).map { text, column in
                    let hasFigure = text != "–"
                    return "<td>\((hasFigure ? column.link : nil).html(text))</td>"
                }
                return "<tr>\(cells.joined())</tr>\n"
            }
            return "<div class=\"wide\"><table>\n<thead><tr>\(head)</tr></thead>\n"
                + "<tbody>\n\(lines.joined())</tbody>\n</table></div>\n"
        }
    }
}

extension TextBlock.Item {
    fileprivate var html: String {
        let id = name.map { " id=\"\($0)\"" } ?? ""
        let links = links.map { Optional($0).html($0.words) }.joined(separator: ", ")
        let more = links.isEmpty ? "" : " (\(links))"
        return "<li\(id)>\(LifecycleExport.escaped(text))\(more)</li>\n"
    }
}

extension TextBlock.Link? {
    /// Text that leads there; only the text where there is none.
    fileprivate func html(_ text: String) -> String {
        let text = LifecycleExport.escaped(text)
        return map { "<a href=\"#\($0.name)\">\(text)</a>" } ?? text
    }
}
