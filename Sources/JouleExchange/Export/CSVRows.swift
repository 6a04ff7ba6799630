/// Lines of CSV as RFC 4180 has it: a header, then rows of as many cells.
struct CSVRows {
    private var bytes: [UInt8] = []

    init(header: [String]) {
        append(header)
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// A cell that is nil is not known, and empty.
    mutating func append(_ cells: [String?]) {
        for (place, cell) in cells.enumerated() {
            if place > 0 { bytes.append(UInt8(ascii: ",")) }
            if let cell { TableSpelling.quote(cell, into: &bytes) }
        }
        bytes.append(contentsOf: TableSpelling.lineEnd)
    }
}
