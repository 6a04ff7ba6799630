import Glibc
package import JouleFormat

/// Appends blocks to one ledger file.
///
/// One owner, no thread of its own.
///
/// A block that cannot be written whole is cut off again, so that the file always ends with a whole
/// block and the same block can be tried again later.
package struct LedgerAppender: ~Copyable {
    /// A close leaves a ledger of so few without any INDEX: reading them all is as fast.
    static let unindexedBlocksMax = 16

    var file: SystemFile
    let fileID: [UInt8]
    /// Packs always have an INDEX, so that a reader finds their members at once.
    private let isPack: Bool
    /// Number of the file among those of its ledger.
    let segment: UInt32
    let compression: Compression
    private var offset: UInt64
    private var encoder: BlockEncoder
    private(set) var tally: LedgerTally
    /// Whether what is not known to be on disk is kept, to be written again should that fail.
    package var keepsUnsynced = false
    private(set) var unsynced: [EncodedPayload] = []
    /// The blocks that are known to be on disk.
    private(set) var durable = MerkleTree()
    /// Why nothing more is to be expected of the file, and nothing more is asked of it.
    var failure: LedgerError?
    private(set) var room = LedgerRoom()
    /// Bytes of a torn tail that re-opening cut off.
    private(set) var discardedSize: UInt64 = 0
    /// Over the blocks that were there when it was opened.
    let openedTree: MerkleTree

    /// Creates the file, takes the writer's lock and writes the file header.
    package init(
        creating path: String,
        header: FileHeader,
        compression: Compression = .zstd
    ) throws(LedgerError) {
        let file = try SystemFile.creating(path)
        do { try Self.begin(file, header: header) } catch {
            unsafe unlink(path)
            throw error
        }
        self.init(begun: file, header: header, compression: compression)
    }

    /// Takes the writer's lock of an empty file and writes the file header.
    init(in file: consuming SystemFile, header: FileHeader) throws(LedgerError) {
        try Self.begin(file, header: header)
        self.init(begun: file, header: header, compression: .zstd)
    }

    private static func begin(_ file: borrowing SystemFile, header: FileHeader)
        throws(LedgerError)
    {
        guard file.lockExclusively() else {
            throw .system(path: file.path, operation: "lock", errno: errno)
        }
        try file.write(BlockEncoder.encode(header), at: 0)
    }

    private init(begun file: consuming SystemFile, header: FileHeader, compression: Compression) {
        self.file = file
        fileID = header.fileID
        isPack = header.isPack
        segment = header.segment
        self.compression = compression
        offset = UInt64(Layout.fileHeaderSize)
        encoder = BlockEncoder(salt: header.salt)
        openedTree = MerkleTree()
        tally = LedgerTally()
    }

    private init(
        file: consuming SystemFile,
        header: FileHeader,
        end: LedgerEnd,
        compression: Compression
    ) {
        self.file = file
        fileID = header.fileID
        isPack = header.isPack
        segment = header.segment
        self.compression = compression
        offset = end.offset
        encoder = BlockEncoder(
            salt: header.salt,
            tree: end.tree,
            previousLeaf: end.previousLeaf
        )
        openedTree = end.tree
        room = .leftOver
        tally = end.tally
    }

    /// Over the blocks so far.
    package var tree: MerkleTree { encoder.tree }

    /// Goes on behind the last whole block of a ledger whose writer is gone; a torn tail is cut off
    /// and its hash kept in a RESUME block.
    ///
    /// Throws `.busy` while another process writes, and `.damaged` when bytes before the end are
    /// not what was written: nothing is ever appended to those.
    package static func reopening(_ path: String, compression: Compression = .zstd)
        throws(LedgerError) -> LedgerAppender
    {
        let file = try SystemFile.appendingAlone(path)
        return try reopening(file, read: LedgerSource(path), compression: compression)
    }

    /// The same for an open file, which `source` reads.
    static func reopening(
        _ file: consuming SystemFile,
        read source: LedgerSource,
        compression: Compression = .zstd
    ) throws(LedgerError) -> LedgerAppender {
        guard file.lockExclusively() else { throw .busy(path: file.path) }
        let header = try BlockScanner.header(of: source)
        let end = try LedgerEnd(of: source, header: header)
        var appender = LedgerAppender(
            file: file,
            header: header,
            end: end,
            compression: compression
        )
        if !end.isClosed { try appender.discardTail() }
        return appender
    }

    /// The RESUME block overwrites the torn tail, so that a crash in between keeps its hash, too.
    private mutating func discardTail() throws(LedgerError) {
        let size = try file.size()
        let start = offset
        let resume = ResumePayload(
            discardedSize: size - start,
            discarded: try file.digest(from: start, to: size)
        )
        try append(PayloadEncoder.encode(resume))
        tally.noteHead(at: start)
        if size > offset { try file.truncate(to: offset) }
        try file.synchronize()
        discardedSize = size - start
    }

    // MARK: Blocks

    package mutating func append(meta documents: [[UInt8]], covered: UInt64 = 0)
        throws(LedgerError)
    {
        let start = offset
        let meta = MetaPayload(covered: covered, documents: documents)
        try append(PayloadEncoder.encode(meta, compression: compression))
        tally.noteHead(at: start, metaCovered: covered)
    }

    /// Writes a part of a ledger that the file, a pack, holds; where its block is.
    package mutating func append(_ part: MemberPayload) throws(LedgerError) -> UInt64 {
        let start = offset
        try append(PayloadEncoder.encode(part))
        return start
    }

    package mutating func append(_ part: AttachPayload) throws(LedgerError) {
        let start = offset
        try append(PayloadEncoder.encode(part, compression: compression))
        tally.noteHead(at: start)
    }

    package mutating func append(_ gap: GapPayload) throws(LedgerError) {
        try append(PayloadEncoder.encode(gap))
        tally.note(gap)
    }

    /// Writes a block that holds neither rows nor what is derived from them, which readers that do
    /// not know its type skip.
    package mutating func append(head type: UInt8, _ bytes: [UInt8]) throws(LedgerError) {
        let start = offset
        try append(EncodedPayload(head: type, bytes))
        tally.noteHead(at: start)
    }

    /// Writes a block of a private type as it stands in another ledger.
    mutating func append(again block: LedgerBlock) throws(LedgerError) {
        let start = offset
        try append(EncodedPayload(again: block.header, Array(block.payload)))
        tally.noteHead(at: start)
    }

    /// Defines column `number` of a table; columns come in the order of their numbers, and one that
    /// is known already is left as it is.
    package mutating func define(
        _ definition: ColumnDefinition,
        number: UInt16,
        table: UInt16
    ) {
        tally.define(definition, number: number, table: table)
    }

    /// Writes rows of one table, its new columns first.
    package mutating func append(_ batch: RowBatch, table: UInt16, covered: UInt64 = 0)
        throws(LedgerError)
    {
        try append(
            columns: batch.values(fitting: tally.schema(of: table)),
            rows: batch.rows,
            table: table,
            covered: covered
        )
    }

    /// Writes rows whose columns are defined.
    package mutating func append(
        columns: [UInt16: ColumnValues],
        rows: Int,
        table: UInt16,
        covered: UInt64 = 0
    ) throws(LedgerError) {
        guard rows > 0 else { return }
        try tell(tally.untold(of: table).map { [$0] } ?? [])
        let schema = tally.schema(of: table)
        guard columns.allSatisfy({ $1.fits(schema, column: $0, rows: rows) }) else {
            throw .unusable(path: file.path, reason: "columns that are not of \(rows) rows")
        }
        var payload = DataPayload(
            covered: covered,
            firstRow: tally.rows(of: table),
            rows: rows,
            columns: columns
        )
        let textSize = payload.textSize
        guard rows > 1 || textSize <= Limits.rawSizeMax else {
            throw .limitExceeded(path: file.path, reason: "a row of \(textSize) bytes of text")
        }
        // A dictionary may say all of it once more, and both are in what a block may hold.
        guard rows == 1 || textSize <= Limits.rawSizeMax / 2 else {
            let halves = [payload.part(0..<rows / 2), payload.part(rows / 2..<rows)]
            for (half, covered) in zip(halves, [0, covered]) {
                try append(
                    columns: half.columns,
                    rows: half.rows,
                    table: table,
                    covered: covered
                )
            }
            return
        }
        payload = payload.grouped(by: schema)
        let start = offset
        try append(PayloadEncoder.encode(payload, schema: schema, compression: compression))
        tally.note(payload, table: table, at: start)
        guard tally.pendingIndex(atLeast: Limits.indexedBlocksMax) != nil else { return }
        // A summary names every column, so blocks before it must have told them.
        try tellSchemas()
        _ = try writeIndex(atLeast: Limits.indexedBlocksMax)
        try writeSummary()
    }

    /// Writes every column definition that no block has told yet.
    package mutating func tellSchemas() throws(LedgerError) {
        try tell(tally.untoldTables)
    }

    private mutating func tell(_ tables: [SchemaPayload.Table]) throws(LedgerError) {
        for schema in SchemaPayload(tables: tables).readableParts {
            try append(PayloadEncoder.encode(schema, compression: compression))
            _ = tally.note(schema)
        }
    }

    private mutating func writeIndex(atLeast count: Int) throws(LedgerError) -> Bool {
        guard let index = tally.pendingIndex(atLeast: count) else { return false }
        let start = offset
        try append(PayloadEncoder.encode(index, compression: compression))
        tally.noteIndex(at: start)
        return true
    }

    private mutating func writeSummary() throws(LedgerError) {
        let summary = tally.summary(tree: encoder.tree)
        try append(PayloadEncoder.encode(summary, compression: compression))
    }

    private mutating func append(_ payload: EncodedPayload) throws(LedgerError) {
        let size = max(payload.bytes.count, payload.rawSize)
        guard payload.bytes.count <= Limits.payloadSizeMax, size <= Limits.rawSizeMax else {
            throw .limitExceeded(path: file.path, reason: "a block of \(size) bytes")
        }
        var next = encoder
        let block = next.block(payload)
        try write(block)
        encoder = next
        // Whoever writes an artifact keeps it until it is on disk, and begins it again elsewhere.
        let isKept = LeftBlocks.isContent(payload.type) && payload.type != BlockType.attach
        if keepsUnsynced, isKept { unsynced.append(payload) }
    }

    private mutating func write(_ bytes: [UInt8]) throws(LedgerError) {
        if let failure { throw failure }
        do { try file.write(bytes, at: offset) } catch {
            let isCut = (try? file.truncate(to: offset)) != nil
            if isCut, error.isPassing { room.refuse(from: offset) } else { failure = error }
            throw error
        }
        offset += UInt64(bytes.count)
    }

    // MARK: Durability and end

    /// Whether the file is no good any more.
    var isBroken: Bool { failure != nil }

    /// After a failure nobody knows what is on disk, and asking again would say that all is well.
    package mutating func synchronize() throws(LedgerError) {
        if let failure { throw failure }
        do { try file.synchronize() } catch {
            failure = error
            throw error
        }
        durable = encoder.tree
        unsynced = []
    }

    /// The blocks that a next file would continue: where nobody asks the disk, all of them.
    var continued: MerkleTree { keepsUnsynced ? durable : encoder.tree }

    /// Gives up on knowing what is on disk.
    mutating func forgetUnsynced() {
        keepsUnsynced = false
        unsynced = []
        failure = nil
    }

    /// Reserves room ahead where that is due, and `size` bytes more.
    mutating func reserveRoom(ahead size: Int = 0) {
        room.reserve(file.descriptor, from: offset, ahead: UInt64(size))
    }

    /// Writes SUMMARY and trailer; the file is complete afterwards.
    package mutating func close(synchronizing: Bool = true) throws(LedgerError) {
        try tellSchemas()
        // Once there is an index, a summary never leaves blocks before it unindexed.
        _ = try writeIndex(atLeast: tally.hasIndex || isPack ? 1 : Self.unindexedBlocksMax + 1)
        let summaryOffset = offset
        try writeSummary()
        try write(encoder.trailer(summaryOffset: summaryOffset))
        // Also gives room back that lies behind the end of the file.
        if room.isLeft(behind: offset) { try? file.truncate(to: offset) }
        if synchronizing { try synchronize() }
    }
}
