import Glibc
import JouleFormat

/// One table as the data generator wrote it: a file of 64-bit patterns for each column.
struct RawTable {
    let name: String
    let rows: Int
    /// Rows of a block.
    let blockRows: Int
    private(set) var schema: TableSchema
    /// By number; fixed columns that the data lacks are absent.
    private(set) var columns: [Int: [UInt64]] = [:]

    /// Every table that the manifest names.
    static func all(in directory: String) throws -> [RawTable] {
        var tables: [RawTable] = []
        let text = String(decoding: try bytes(of: directory + "/manifest.txt"), as: UTF8.self)
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            if words.count == 5, words[0] == "table", let id = UInt16(words[2]),
                let rows = Int(words[3]), let blockRows = Int(words[4]),
                let schema = TableSchema.standard.first(where: { $0.id == id })
            {
                tables.append(RawTable(words[1], rows: rows, blockRows: blockRows, schema))
            } else if words.count == 4, words[0] == "column", !tables.isEmpty {
                let values = try patterns(in: directory + "/" + words[3])
                try tables[tables.count - 1].add(words[1], words[2], values)
            } else {
                throw BenchmarkError.badInput("manifest: \(line)")
            }
        }
        return tables
    }

    private init(_ name: String, rows: Int, blockRows: Int, _ schema: TableSchema) {
        self.name = name
        self.rows = rows
        self.blockRows = blockRows
        self.schema = schema
    }

    private mutating func add(_ column: String, _ kind: String, _ values: [UInt64]) throws {
        guard values.count == rows else { throw BenchmarkError.badInput(column) }
        if let number = schema.columns.firstIndex(where: { $0.name == column }) {
            columns[number] = values
        } else {
            let type: ColumnType = kind == "i64" ? .int64 : .float64
            columns[schema.columns.count] = values
            schema.columns.append(ColumnDefinition(column, type, role: .metric))
        }
    }

    /// One cell of a column that is there.
    subscript(number: Int, row: Int) -> UInt64 { columns[number]?[row] ?? 0 }

    /// Rows as a writer hands them over.
    func blocks() -> [DataPayload] {
        stride(from: 0, to: rows, by: blockRows).map { start in
            let range = start..<min(start + blockRows, rows)
            var values: [UInt16: ColumnValues] = [:]
            for (number, column) in columns {
                values[UInt16(number)] = ColumnValues(words: Array(column[range]))
            }
            return DataPayload(
                covered: 0,
                firstRow: UInt64(start),
                rows: range.count,
                columns: values
            )
        }
    }

    static func bytes(of path: String) throws -> [UInt8] {
        guard let file = unsafe fopen(path, "r") else { throw BenchmarkError.badInput(path) }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let read = unsafe fread(&chunk, 1, chunk.count, file)
            guard read > 0 else { return bytes }
            bytes += chunk.prefix(read)
        }
    }

    static func write(_ bytes: [UInt8], to path: String) throws {
        guard let file = unsafe fopen(path, "w") else { throw BenchmarkError.badInput(path) }
        let written = unsafe fwrite(bytes, 1, bytes.count, file)
        guard unsafe fclose(file) == 0, written == bytes.count else {
            throw BenchmarkError.badInput(path)
        }
    }

    private static func patterns(in path: String) throws -> [UInt64] {
        let bytes = try bytes(of: path)
        return stride(from: 0, to: bytes.count, by: 8).map { start in
            (0..<8).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
        }
    }
}

/// Why a benchmark cannot go on.
enum BenchmarkError: Error {
    case badInput(String)
    case differs(String)
}
