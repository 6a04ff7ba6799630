import JouleQuantities

extension CSVTable {
    /// The largest line of a table that is not taken for a mistake.
    private static let lineSizeBytesMax = 1 << 20

    /// Reads a file of CSV in UTF-8 whose columns have names, each once, those of `columns` among them.
    ///
    /// With `separator`, fields stand between it and are never quoted.
    init(
        path: String,
        requiring columns: [String],
        separatedBy separator: UInt8? = nil
    ) throws(ExchangeError) {
        var reader = try LineReader.opening(path, lineSizeBytesMax: Self.lineSizeBytesMax)
        var text = ""
        while let bytes = try reader.next() {
            guard let line = String(validating: bytes, as: UTF8.self) else {
                throw .badLine(path: path, line: reader.line, field: "", reason: "not UTF-8")
            }
            text += line
            text += "\n"
        }
        do {
            if let separator {
                try self.init(text: text, separatedBy: separator)
            } else {
                try self.init(text: text, comments: false)
            }
        } catch {
            throw .badLine(path: path, line: error.line, field: "", reason: error.reason)
        }
        for name in columns where !header.contains(name) {
            let reason = "the column is missing; does the file begin with its header?"
            throw .badLine(path: path, line: 1, field: name, reason: reason)
        }
        var names: Set<String> = []
        for name in header where !names.insert(name).inserted {
            throw .badLine(path: path, line: 1, field: name, reason: "the column stands twice")
        }
    }
}

/// Takes the cells of one row by the names of their columns, checking each.
///
/// An empty cell and a column that the file lacks are the same: not known.
struct CSVCells {
    let line: Int
    private let path: String
    private let header: [String]
    private var cells: [String: String]

    init(_ row: CSVTable.Row, of table: CSVTable, path: String) {
        line = row.line
        self.path = path
        header = table.header
        cells = Dictionary(zip(table.header, row.fields).filter { !$0.1.isEmpty }) { first, _ in
            first
        }
    }

    /// What nobody took, in the order of the columns: numbers as numbers, the rest as text.
    var rest: JSONObject {
        JSONObject(
            uniqueMembers: header.compactMap { name in
                cells[name].map { JSONObject.Member(name: name, value: Self.value(of: $0)) }
            }
        )
    }

    private static func value(of text: String) -> JSON {
        let number = number(text)
        return number.flatMap { Int64(exactly: $0) }.map(JSON.integer)
            ?? number.map(JSON.double) ?? .string(text)
    }

    func failure(_ name: String, _ reason: String) -> ExchangeError {
        .badLine(path: path, line: line, field: name, reason: reason)
    }

    mutating func text(_ name: String) -> String? { cells.removeValue(forKey: name) }

    mutating func required(_ name: String) throws(ExchangeError) -> String {
        guard let text = text(name) else { throw failure(name, "is required") }
        return text
    }

    /// A finite number that is at least `least`.
    mutating func amount(_ name: String, least: Double = 0) throws(ExchangeError) -> Double? {
        guard let text = text(name) else { return nil }
        guard let number = Self.number(text), number >= least else {
            throw failure(name, "\(Self.quoted(text)) is not a number, \(Int(least)) or more")
        }
        return number
    }

    /// An energy whose joules are finite, too.
    mutating func kilowattHours(_ name: String) throws(ExchangeError) -> Energy? {
        guard let energy = try amount(name).map(Energy.init(kilowattHours:)) else { return nil }
        guard energy.joules.isFinite else { throw failure(name, "is more than can be counted") }
        return energy
    }

    /// A whole number, which pandas may have written as `2.0`.
    mutating func count(_ name: String) throws(ExchangeError) -> Int? {
        guard let number = try amount(name) else { return nil }
        guard let count = Int32(exactly: number) else {
            throw failure(name, "\(number) is not a whole number up to \(Int32.max)")
        }
        return Int(count)
    }

    static func quoted(_ text: String) -> String { String(text.prefix(40)).debugDescription }

    private static func number(_ text: String) -> Double? {
        let bytes = Array(text.utf8)
        return DecimalText.double(bytes.span)
    }
}
