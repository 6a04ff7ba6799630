import FoundationEssentials
import Glibc
import JouleQuantities

/// A table of factors from outside: known columns, some of them required, and a place for each error.
struct FactorTable {
    let path: String
    let rows: [CSVTable.Row]
    /// Places of the columns that the table has.
    private let columns: [String: Int]

    /// `known` are the columns that it may have, of which the first `required` must be there.
    init(
        _ text: String,
        path: String,
        known: [String],
        required: Int
    ) throws(LifecycleError) {
        let table: CSVTable
        do {
            table = try CSVTable(text: text, comments: true)
        } catch {
            throw .badFactor(
                path: path,
                line: error.line,
                column: error.column,
                reason: error.reason
            )
        }
        var columns: [String: Int] = [:]
        for (place, column) in table.header.enumerated() {
            let reason: String? =
                !known.contains(column)
                ? "not a column of such a file: \(known.joined(separator: ", "))"
                : columns[column] != nil ? "the column stands twice" : nil
            if let reason {
                throw .badFactor(path: path, line: 1, column: column, reason: reason)
            }
            columns[column] = place
        }
        for column in known.prefix(required) where columns[column] == nil {
            throw .badFactor(path: path, line: 1, column: column, reason: "the column is missing")
        }
        self.path = path
        self.columns = columns
        rows = table.rows
    }

    /// The text of a cell, empty where the table lacks its column.
    func cell(_ row: CSVTable.Row, _ column: String) -> String {
        columns[column].map { row.fields[$0] } ?? ""
    }

    func failure(_ row: CSVTable.Row, _ column: String, _ reason: String) -> LifecycleError {
        .badFactor(path: path, line: row.line, column: column, reason: reason)
    }
}

/// The text of a file of factors that a user names.
enum FactorText {
    /// Such a file may be this large; the shipped set takes 66 kB, a year of five minutes 10 MB.
    static let sizeBytesMax = 16 << 20

    static func read(_ path: String) throws(LifecycleError) -> String {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else {
            // SAFETY: strerror returns a string that ends, and that is copied at once.
            throw .unreadable(path: path, reason: unsafe String(cString: strerror(errno)))
        }
        guard facts.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(path: path, reason: "not a file; a CSV of factors is expected")
        }
        guard facts.st_size <= sizeBytesMax else {
            throw .unreadable(path: path, reason: "larger than \(sizeBytesMax) bytes")
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw .unreadable(path: path, reason: "cannot be read")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw .unreadable(path: path, reason: "not UTF-8 text; a CSV of factors is expected")
        }
        return text
    }

    /// The last part of a path.
    static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}
