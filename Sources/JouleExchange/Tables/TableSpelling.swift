import JouleQuantities

/// How an exported table is spelt.
package enum TableFormat: String, Sendable, Hashable, CaseIterable {
    /// RFC 4180, with a header.
    case csv
    /// An object a line (jsonlines.org).
    case jsonl
    /// An Arrow IPC stream.
    case arrow
}

/// Turns the batches of a table into bytes.
package struct TableSpelling: Sendable {
    private let format: TableFormat
    private let columns: [TableColumn]
    /// Of JSON lines, each column's name and colon.
    private let keys: [[UInt8]]

    package init(_ format: TableFormat, columns: [TableColumn]) {
        self.format = format
        self.columns = columns
        keys = columns.map { column in
            var key: [UInt8] = []
            JSON.writeString(column.name, into: &key)
            return key + Array(":".utf8)
        }
    }

    /// What comes before the first batch.
    package var head: [UInt8] {
        switch format {
        case .csv:
            var bytes: [UInt8] = []
            for (place, column) in columns.enumerated() {
                if place > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.quote(column.name, into: &bytes)
            }
            return bytes + Self.lineEnd
        case .jsonl: return []
        case .arrow: return ArrowStream(columns).head
        }
    }

    /// What comes behind the last batch.
    package var tail: [UInt8] { format == .arrow ? ArrowStream(columns).tail : [] }

    package func bytes(of batch: TableBatch) -> [UInt8] {
        switch format {
        case .csv: csv(batch)
        case .jsonl: jsonLines(batch)
        case .arrow: ArrowStream(columns).batch(batch)
        }
    }

    // MARK: CSV

    static let lineEnd = Array("\r\n".utf8)

    private func csv(_ batch: TableBatch) -> [UInt8] {
        var bytes: [UInt8] = []
        for row in 0..<batch.count {
            for (place, values) in batch.columns.enumerated() {
                if place > 0 { bytes.append(UInt8(ascii: ",")) }
                guard values.hasValue(row) else { continue }
                switch values.kind {
                case .text: Self.quote(values.text(row), into: &bytes)
                case .number:
                    let number = Double(bitPattern: values.words[row])
                    bytes.append(contentsOf: Self.spelling(of: number).utf8)
                default: Self.append(values.words[row], values.kind, to: &bytes)
                }
            }
            bytes.append(contentsOf: Self.lineEnd)
        }
        return bytes
    }

    /// A field, in quotes where it needs them; an empty text is `""`, since nothing is null.
    static func quote(_ text: String, into bytes: inout [UInt8]) {
        let special = [UInt8(ascii: ","), UInt8(ascii: "\""), 0x0A, 0x0D]
        guard text.isEmpty || text.utf8.contains(where: special.contains) else {
            bytes.append(contentsOf: text.utf8)
            return
        }
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func spelling(of number: Double) -> String {
        number.isFinite
            ? number.description
            : number.isNaN ? "NaN" : number > 0 ? "Infinity" : "-Infinity"
    }

    private static func append(_ word: UInt64, _ kind: TableColumn.Kind, to bytes: inout [UInt8]) {
        let integer = Int64(bitPattern: word)
        if kind == .time {
            Timestamp.append(integer, to: &bytes)
        } else {
            bytes.append(contentsOf: integer.description.utf8)
        }
    }

    // MARK: JSON lines

    private func jsonLines(_ batch: TableBatch) -> [UInt8] {
        var bytes: [UInt8] = []
        for row in 0..<batch.count {
            bytes.append(UInt8(ascii: "{"))
            for (place, values) in batch.columns.enumerated() {
                if place > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes.append(contentsOf: keys[place])
                guard values.hasValue(row) else {
                    bytes.append(contentsOf: "null".utf8)
                    continue
                }
                switch values.kind {
                case .text: JSON.writeString(values.text(row), into: &bytes)
                case .number:
                    JSON.double(Double(bitPattern: values.words[row])).write(into: &bytes)
                case .integer: Self.append(values.words[row], .integer, to: &bytes)
                case .time:
                    bytes.append(UInt8(ascii: "\""))
                    Self.append(values.words[row], .time, to: &bytes)
                    bytes.append(UInt8(ascii: "\""))
                }
            }
            bytes.append(UInt8(ascii: "}"))
            bytes.append(UInt8(ascii: "\n"))
        }
        return bytes
    }
}
