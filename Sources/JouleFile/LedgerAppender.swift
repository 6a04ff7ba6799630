import Glibc
import JouleFormat

/// Appends blocks to one ledger file.
///
/// One owner, no thread of its own.
///
/// A block that cannot be written whole is cut off again, so that the file always ends with a whole
/// block and the same block can be tried again later.
struct LedgerAppender: ~Copyable {
    let file: SystemFile
    let fileID: [UInt8]
    private var offset: UInt64
    private var encoder: BlockEncoder
    /// Tables as defined so far, and how many of their columns a SCHEMA block has told.
    private var schemas: [UInt16: TableSchema]
    private var toldColumns: [UInt16: Int] = [:]
    private var schemaCovered: [UInt16: UInt64] = [:]
    private var headOffsets: [UInt64] = []
    private var statistics: [UInt16: SummaryPayload.Table] = [:]

    /// Creates the file, takes the writer's lock and writes the file header.
    init(creating path: String, createdNS: UInt64) throws(LedgerError) {
        let file = try SystemFile.creating(path)
        guard file.lockExclusively() else {
            throw .system(path: path, operation: "lock", errno: errno)
        }
        var random = SystemRandomNumberGenerator()
        let header = FileHeader(
            fileID: (0..<16).map { _ in UInt8.random(in: 0...255, using: &random) },
            createdNS: createdNS
        )
        let bytes = BlockEncoder.encode(header)
        do { try file.write(bytes, at: 0) } catch {
            unsafe unlink(path)
            throw error
        }
        self.file = file
        fileID = header.fileID
        offset = UInt64(bytes.count)
        encoder = BlockEncoder(salt: header.salt)
        schemas = Dictionary(uniqueKeysWithValues: TableSchema.standard.map { ($0.id, $0) })
    }

    // MARK: Blocks

    mutating func append(meta documents: [[UInt8]], covered: UInt64 = 0) throws(LedgerError) {
        let start = offset
        try append(PayloadEncoder.encode(MetaPayload(covered: covered, documents: documents)))
        headOffsets.append(start)
    }

    mutating func append(_ gap: GapPayload) throws(LedgerError) {
        try append(PayloadEncoder.encode(gap))
    }

    /// Defines column `number` of a table; columns come in the order of their numbers, and one that
    /// is known already is left as it is.
    mutating func define(
        _ definition: ColumnDefinition,
        number: UInt16,
        table: UInt16,
        covered: UInt64 = 0
    ) {
        guard schemas[table]?.columns.count == Int(number) else { return }
        schemas[table]?.columns.append(definition)
        schemaCovered[table] = covered
    }

    /// Writes rows of one table, its new columns first.
    mutating func append(_ batch: RowBatch, table: UInt16, covered: UInt64 = 0)
        throws(LedgerError)
    {
        guard batch.rows > 0, let schema = schemas[table] else { return }
        try tellSchema(of: schema)
        let columns = batch.values(fitting: schema)
        let firstRow = statistics[table]?.rows ?? 0
        let payload = DataPayload(
            covered: covered,
            firstRow: firstRow,
            rows: batch.rows,
            columns: columns
        )
        try append(PayloadEncoder.encode(payload, schema: schema))
        count(payload, schema: schema)
    }

    private mutating func tellSchema(of schema: TableSchema) throws(LedgerError) {
        guard toldColumns[schema.id] != schema.columns.count else { return }
        let start = offset
        try append(
            PayloadEncoder.encode(SchemaPayload(covered: schemaCovered, tables: [schema]))
        )
        toldColumns[schema.id] = schema.columns.count
        headOffsets.append(start)
    }

    private mutating func append(_ payload: EncodedPayload) throws(LedgerError) {
        guard payload.bytes.count <= Limits.payloadSizeMax else {
            throw .limitExceeded(path: file.path, reason: "a block of \(payload.bytes.count) bytes")
        }
        var next = encoder
        let block = next.block(payload)
        do { try file.write(block, at: offset) } catch {
            try? file.truncate(to: offset)
            throw error
        }
        encoder = next
        offset += UInt64(block.count)
    }

    private mutating func count(_ payload: DataPayload, schema: TableSchema) {
        var table =
            statistics[schema.id] ?? SummaryPayload.Table(id: schema.id, rows: 0, columns: [])
        for column in schema.columns.dropFirst(table.columns.count) {
            table.columns.append(SummaryPayload.Column(of: column.type))
        }
        table.rows += UInt64(payload.rows)
        for (number, values) in payload.columns {
            table.columns[Int(number)].add(values, type: schema.columns[Int(number)].type)
        }
        statistics[schema.id] = table
    }

    // MARK: Durability and end

    func synchronize() throws(LedgerError) {
        try file.synchronize()
    }

    /// Writes SUMMARY and trailer; the file is complete afterwards.
    mutating func close() throws(LedgerError) {
        let summary = SummaryPayload(
            tree: encoder.tree,
            headOffsets: headOffsets,
            tables: statistics.values.sorted { $0.id < $1.id }
        )
        let summaryOffset = offset
        try append(PayloadEncoder.encode(summary))
        let trailer = encoder.trailer(summaryOffset: summaryOffset)
        do { try file.write(trailer, at: offset) } catch {
            try? file.truncate(to: offset)
            throw error
        }
        offset += UInt64(trailer.count)
        try file.synchronize()
    }
}
