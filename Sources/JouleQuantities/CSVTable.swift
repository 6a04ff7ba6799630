/// A table read from CSV (RFC 4180): a header, and rows of as many fields.
///
/// Empty lines are skipped; CR LF and a byte order mark are accepted.
package struct CSVTable {
    package let header: [String]
    package let rows: [Row]

    package struct Row {
        /// Line in the file on which the row begins, from 1.
        package let line: Int
        package let fields: [String]
    }

    /// With `comments`, lines that begin with `#` are skipped, which RFC 4180 does not know.
    package init(text: String, comments: Bool) throws(CSVError) {
        var parser = CSVParser(bytes: Array(text.utf8), comments: comments)
        var found = try parser.rows()
        guard let first = found.first else { throw CSVError.empty }
        found.removeFirst()
        try self.init(header: first.fields, rows: found)
    }

    /// A table whose fields stand between `separator`, a character of ASCII, and are never quoted.
    package init(text: String, separatedBy separator: UInt8) throws(CSVError) {
        var rows: [Row] = []
        var number = 0
        // By bytes: a mark that follows makes another character of a separator.
        for line in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            guard !line.isEmpty else { continue }
            let fields = line.split(separator: separator, omittingEmptySubsequences: false)
            rows.append(Row(line: number, fields: fields.map { String(Substring($0)) }))
        }
        guard let first = rows.first else { throw CSVError.empty }
        try self.init(header: first.fields, rows: Array(rows.dropFirst()))
    }

    private init(header: [String], rows: [Row]) throws(CSVError) {
        self.header = header
        self.rows = rows
        for row in rows where row.fields.count != header.count {
            throw CSVError(
                line: row.line,
                column: "row",
                reason: "\(row.fields.count) fields where the header has \(header.count)"
            )
        }
    }
}

/// Why a text is no table; `line` counts from 1, `column` is `header` or `row`.
package struct CSVError: Error, Hashable, Sendable {
    package let line: Int
    package let column: String
    package let reason: String

    fileprivate static let empty = CSVError(line: 1, column: "header", reason: "the file is empty")
}

private struct CSVParser {
    let bytes: [UInt8]
    let comments: Bool
    var offset = 0
    var line = 1

    init(bytes: [UInt8], comments: Bool) {
        self.bytes = bytes
        self.comments = comments
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { offset = 3 }
    }

    mutating func rows() throws(CSVError) -> [CSVTable.Row] {
        var rows: [CSVTable.Row] = []
        while let byte = next {
            if comments, byte == UInt8(ascii: "#") {
                while let byte = next, byte != 0x0A { offset += 1 }
            }
            if endLine() { continue }
            rows.append(try row())
        }
        return rows
    }

    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    /// Steps over the end of a line, if it is the next thing.
    private mutating func endLine() -> Bool {
        if next == 0x0D, offset + 1 < bytes.count, bytes[offset + 1] == 0x0A { offset += 1 }
        guard next == 0x0A else { return false }
        offset += 1
        line += 1
        return true
    }

    private mutating func row() throws(CSVError) -> CSVTable.Row {
        let start = line
        var fields: [String] = []
        while true {
            fields.append(try next == UInt8(ascii: "\"") ? quoted() : plain())
            if next == UInt8(ascii: ",") {
                offset += 1
            } else if next == nil || endLine() {
                return CSVTable.Row(line: start, fields: fields)
            } else {
                throw error("text after a closing quote")
            }
        }
    }

    private mutating func plain() -> String {
        let start = offset
        while let byte = next, byte != UInt8(ascii: ","), byte != 0x0A { offset += 1 }
        var end = offset
        if next != UInt8(ascii: ","), end > start, bytes[end - 1] == 0x0D { end -= 1 }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    private mutating func quoted() throws(CSVError) -> String {
        let opened = line
        var field: [UInt8] = []
        offset += 1
        while let byte = next {
            offset += 1
            if byte == 0x0A { line += 1 }
            if byte == UInt8(ascii: "\"") {
                guard next == byte else { return String(decoding: field, as: UTF8.self) }
                offset += 1
            }
            field.append(byte)
        }
        line = opened
        throw error("a quote is never closed")
    }

    private func error(_ reason: String) -> CSVError {
        CSVError(line: line, column: "row", reason: reason)
    }
}
