import FoundationEssentials
import Glibc
import JouleFile
import JouleFormat
import JouleQuantities

/// The real writer, with cells and columns that are short to spell.
struct VectorWriter: ~Copyable {
    private var appender: LedgerAppender
    private let path: VectorPath

    init(_ path: VectorPath, _ change: (inout FileHeader) -> Void = { _ in }) throws {
        var header = path.header
        change(&header)
        self.path = path
        appender = try LedgerAppender(
            creating: path.ledger,
            header: header,
            compression: path.compression
        )
    }

    private init(_ path: VectorPath, appender: consuming LedgerAppender) {
        self.path = path
        self.appender = appender
    }

    /// Goes on behind what is there.
    static func reopening(_ path: VectorPath) throws -> VectorWriter {
        let appender = try LedgerAppender.reopening(path.ledger, compression: path.compression)
        return VectorWriter(path, appender: appender)
    }

    /// The record of a run.
    mutating func record(_ run: Int64 = 0, _ members: JSON = Self.facts) throws {
        try meta([["run": .integer(run), "set": members]])
    }

    mutating func meta(_ documents: [JSON], covered: UInt64 = 0) throws {
        try appender.append(meta: documents.map { Array($0.text().utf8) }, covered: covered)
    }

    /// A META block of texts that may be no documents.
    mutating func meta(texts: [String]) throws {
        try appender.append(meta: texts.map { Array($0.utf8) })
    }

    /// Defines the columns of a table from the first that § 6 does not fix.
    mutating func define(_ table: UInt16, _ columns: [ColumnDefinition]) {
        let first = TableSchema.undefined(table).columns.count
        for (place, column) in columns.enumerated() {
            appender.define(column, number: UInt16(first + place), table: table)
        }
    }

    mutating func rows(_ table: UInt16, covered: UInt64 = 0, _ rows: [[RingCell]]) throws {
        var batch = RowBatch()
        for row in rows { batch.append(row) }
        try appender.append(batch, table: table, covered: covered)
    }

    /// Columns of one block have different numbers of rows.
    private struct UnevenColumns: Error {}

    /// Columns of a private table, named and laid down in one block.
    mutating func block(_ columns: [(ColumnDefinition, ColumnValues)], of table: UInt16 = 0x8000)
        throws
    {
        define(table, columns.map(\.0))
        let first = TableSchema.undefined(table).columns.count
        let values = columns.enumerated().map { (UInt16(first + $0), $1.1) }
        let counts = Set(columns.map { max($0.1.words.count, $0.1.strings.count) })
        guard counts.count == 1, let rows = counts.first else { throw UnevenColumns() }
        try appender.append(
            columns: Dictionary(uniqueKeysWithValues: values),
            rows: rows,
            table: table
        )
    }

    mutating func gap(_ rows: UInt64, of table: UInt16, _ cause: GapPayload.Cause) throws {
        try appender.append(GapPayload(table: table, cause: cause, rows: rows))
    }

    /// Has everything from here on kept, to be written again in a segment behind this one.
    mutating func keepUnsynced() { appender.keepsUnsynced = true }

    /// Tells the writer that everything so far is on disk.
    mutating func synchronize() throws { try appender.synchronize() }

    /// The segment behind this one, which begins with the record of a run.
    func successor(at path: VectorPath, record: JSON = Self.facts) throws -> VectorWriter {
        let record = (run: Int64(0), record: record.object ?? JSONObject())
        return VectorWriter(
            path,
            appender: try appender.successor(
                at: path.ledger,
                header: path.header,
                records: [record]
            )
        )
    }

    mutating func head(_ type: UInt8, _ bytes: [UInt8]) throws {
        try appender.append(head: type, bytes)
    }

    mutating func append(_ part: AttachPayload) throws { try appender.append(part) }

    mutating func part(_ part: MemberPayload) throws {
        _ = try appender.append(part)
    }

    /// Over the blocks so far.
    var tree: MerkleTree { appender.tree }

    var fileID: [UInt8] { path.header.fileID }

    /// Writes SUMMARY and trailer.
    mutating func close() throws { try appender.close() }

    /// A writer's life from here on through a ring.
    consuming func draining() -> RingDrain { RingDrain(appender: appender) }

    /// What a run is, in a few words.
    static let facts: JSON = [
        "run_id": "vector", "name": "a small run", "started": 1_700_000_000,
    ]
}

extension RingCell {
    static func int(_ column: UInt16, _ value: Int64) -> RingCell {
        RingCell(column: column, word: UInt64(bitPattern: value))
    }

    static func real(_ column: UInt16, _ value: Double) -> RingCell {
        RingCell(column: column, word: value.bitPattern)
    }

    static func text(_ column: UInt16, _ text: String) -> RingCell {
        RingCell(column: column, word: UInt64(text.utf8.count), text: text)
    }
}

extension ColumnValues {
    static func ints(_ values: [Int64]) -> ColumnValues {
        ColumnValues(words: values.map(UInt64.init(bitPattern:)))
    }

    static func reals(_ values: [Double]) -> ColumnValues {
        ColumnValues(words: values.map(\.bitPattern))
    }

    static func texts(_ values: [String]) -> ColumnValues { ColumnValues(strings: values) }

    /// Null where `isThere` says so.
    func without(_ isNull: (Int) -> Bool) -> ColumnValues {
        var copy = self
        copy.present = RowMask((0..<max(words.count, strings.count)).map { !isNull($0) })
        for row in words.indices where isNull(row) { copy.words[row] = 0 }
        for row in strings.indices where isNull(row) { copy.strings[row] = "" }
        return copy
    }
}

extension ColumnDefinition {
    static func int(_ name: String, unit: String = "") -> ColumnDefinition {
        ColumnDefinition(name, .int64, role: .metric, unit: unit)
    }

    static func real(_ name: String, unit: String = "") -> ColumnDefinition {
        ColumnDefinition(name, .float64, role: .metric, unit: unit)
    }

    static func text(_ name: String) -> ColumnDefinition {
        ColumnDefinition(name, .string, role: .metric)
    }
}
