import Glibc
import JouleFormat
import JouleQuantities

/// A whole ledger made from one that is torn or damaged; the old one stays as it is.
package struct LedgerRecovery: Sendable {
    /// What the old ledger was like.
    package let before: Integrity
    /// Whether every block is as it was, so that hashes and proofs still hold; otherwise rows were
    /// written anew and the runs name the old root.
    package let isVerbatim: Bool
    /// Whether it holds ledgers, which move as they are.
    package let isPack: Bool
    /// Bytes at the end that were no whole block, and of which no ring held what they were to tell.
    package let lostTailSize: UInt64

    /// Whether anything that once was in the ledger is not in the new one, or may not be.
    package var hasLosses: Bool {
        before.state == .damaged || lostTailSize > 0 || before.lacksRing
    }

    /// Writes what can be read of the ledger at `path`, and of its ring, into a new one at `target`.
    ///
    /// `target` appears as a whole or not at all. Throws when there is nothing to read, when its
    /// writer lives, and when `target` exists or cannot be written.
    package static func write(_ path: String, to target: String) throws(LedgerError)
        -> LedgerRecovery
    {
        guard unsafe access(target, F_OK) != 0 else {
            throw .system(path: target, operation: "create", errno: EEXIST)
        }
        let chain = try SegmentChain(of: path)
        if chain.segments.count > 1 { return try join(chain, to: target) }
        var nobody = Nobody()
        let scan = try LedgerScan(path, verifies: true, visitor: &nobody)
        guard scan.integrity.state != .live else { throw .busy(path: path) }
        if scan.header.isPack, scan.integrity.state != .clean {
            // What holds ledgers keeps them: those that can be found move into a new pack, whose
            // table names them all.
            _ = try LedgerPack.write(path, to: target)
            return LedgerRecovery(
                before: scan.integrity,
                isVerbatim: false,
                isPack: true,
                lostTailSize: scan.integrity.tornSize
            )
        }
        let source = try LedgerSource(path)
        let ring = RingSnapshot(besides: path, fileID: scan.header.fileID)
        let tail = try lostTailSize(of: source, scan.integrity, ring, salt: scan.header.salt)
        if scan.integrity.state == .damaged {
            try rewrite(path, scan, to: target)
        } else {
            try complete(source, ring, to: target)
        }
        return LedgerRecovery(
            before: scan.integrity,
            isVerbatim: scan.integrity.state != .damaged,
            isPack: scan.header.isPack,
            lostTailSize: tail
        )
    }

    /// A ring holds rows, documents and counts of losses, and what is derived is derived again; of
    /// any other block the torn tail was the only copy.
    private static func lostTailSize(
        of source: LedgerSource,
        _ integrity: Integrity,
        _ ring: RingSnapshot?,
        salt: UInt32
    ) throws(LedgerError) -> UInt64 {
        let torn = integrity.tornSize
        guard ring != nil else { return torn }
        let size = try source.size()
        let header = try StoredBlock.header(at: size - min(size, torn), in: source, salt: salt)
        return header.map { heldByRing.contains($0.type) } ?? false ? 0 : torn
    }

    private static let heldByRing: Set = [
        BlockType.data, BlockType.meta, BlockType.gap, BlockType.schema, BlockType.index,
        BlockType.summary, BlockType.resume,
    ]

    /// Writes the blocks of a ledger, those of its ring's rows and an end.
    private static func complete(_ source: LedgerSource, _ ring: RingSnapshot?, to target: String)
        throws(LedgerError)
    {
        let copy = try SystemFile.draft(of: target)
        try copy.write(source)
        let reader = try LedgerSource(copy.readingPath)
        var drain = RingDrain(appender: try LedgerAppender.reopening(copy, read: reader))
        if let ring { try drain.run(ring) }
        try drain.close()
        try drain.publish()
    }

    /// Writes the rows of all segments into one file.
    private static func join(_ chain: SegmentChain, to target: String) throws(LedgerError)
        -> LedgerRecovery
    {
        var nobody = Nobody()
        let scan = try LedgerScan(chain, visitor: &nobody)
        guard scan.integrity.state != .live else { throw .busy(path: chain.segments[0].path) }
        try rewrite(to: target, scan) { rewriting throws(LedgerError) in
            _ = try LedgerScan(chain, visitor: &rewriting)
        }
        let last = chain.segments[chain.segments.count - 1]
        return LedgerRecovery(
            before: scan.integrity,
            isVerbatim: false,
            isPack: false,
            lostTailSize: try lostTailSize(
                of: last.source,
                scan.integrity,
                chain.ring,
                salt: last.header.salt
            )
        )
    }

    /// Writes every row that can be read again, in its order.
    private static func rewrite(_ path: String, _ scan: LedgerScan, to target: String)
        throws(LedgerError)
    {
        try rewrite(to: target, scan) { rewriting throws(LedgerError) in
            let source = try LedgerSource(path)
            _ = try LedgerScan(source, schemas: scan.finalSchemas, visitor: &rewriting)
        }
    }

    private static func rewrite(
        to target: String,
        _ scan: LedgerScan,
        _ read: (inout Rewriting) throws(LedgerError) -> Void
    ) throws(LedgerError) {
        let sink = RewrittenLedger(
            try LedgerAppender(
                in: try SystemFile.draft(of: target),
                header: FileHeader(createdNS: UInt64(clamping: LedgerWriter.wallClockNS()))
            )
        )
        var rewriting = Rewriting(sink: sink)
        try read(&rewriting)
        let root = Digest.hex(scan.integrity.root)
        try sink.close(drops: scan.drops.gaps) { run, isNamed in
            var members = JSONObject()
            // Where damage took a run's record, its rows get a name to be found by.
            if !isNamed { members["run_id"] = .string("recovered-\(root.prefix(16))-\(run)") }
            members["recovered_from"] = ["root": .string(root)]
            return members
        }
        try sink.publish()
    }
}

private struct Rewriting: LedgerVisitor {
    let sink: RewrittenLedger

    mutating func visit(meta document: MetaDocument) { sink.take(document) }

    mutating func visit(rows: DataPayload, schema: TableSchema) { sink.take(rows, schema) }

    mutating func visit(attached part: AttachPayload) { sink.take(part) }

    /// Whole, so whatever they mean, they may be needed; only whoever knows their type can say.
    mutating func visit(block: LedgerBlock) {
        if block.header.type >= BlockType.firstPrivate { sink.take(privateBlock: block) }
    }
}

/// The new ledger; one owner at a time, on one thread.
final class RewrittenLedger {
    private var appender: LedgerAppender
    private var runs: Set<Int64> = []
    /// Runs whose record still has its id.
    private var named: Set<Int64> = []
    private var failure: LedgerError?

    init(_ appender: consuming LedgerAppender) {
        self.appender = appender
    }

    func take(_ document: MetaDocument) {
        runs.insert(document.run)
        if document.set["run_id"] != nil { named.insert(document.run) }
        attempt { appender throws(LedgerError) in
            try appender.append(meta: [Self.bytes(document.json)])
        }
    }

    func take(_ part: AttachPayload) {
        attempt { appender throws(LedgerError) in try appender.append(part) }
    }

    func take(privateBlock block: LedgerBlock) {
        attempt { appender throws(LedgerError) in try appender.append(again: block) }
    }

    func take(_ rows: DataPayload, _ schema: TableSchema) {
        // The first column of every table of the format is the number of the run.
        if let words = rows.columns[0]?.words { runs.formUnion(words.map(Int64.init(bitPattern:))) }
        attempt { appender throws(LedgerError) in
            for (number, column) in schema.columns.enumerated() {
                appender.define(column, number: UInt16(number), table: schema.id)
            }
            try appender.append(columns: rows.columns, rows: rows.rows, table: schema.id)
        }
    }

    /// After a failure nothing more is tried; `close` tells it.
    private func attempt(_ body: (inout LedgerAppender) throws(LedgerError) -> Void) {
        guard failure == nil else { return }
        do throws(LedgerError) { try body(&appender) } catch { failure = error }
    }

    /// Ends the ledger with what was lost before and, for each run, members of its record that say
    /// where it came from.
    func close(
        drops: [GapPayload],
        saying origin: (_ run: Int64, _ isNamed: Bool) -> JSONObject
    ) throws(LedgerError) {
        if let failure { throw failure }
        for gap in drops { try appender.append(gap) }
        for run in runs.sorted() {
            let members = origin(run, named.contains(run))
            let document: JSON = ["run": .integer(run), "set": .object(members)]
            try appender.append(meta: [Self.bytes(document)])
        }
        try appender.close()
    }

    /// Makes a draft appear.
    func publish() throws(LedgerError) { try appender.file.publish() }

    /// Makes a draft appear in the place of an `old` file.
    func replace(_ old: borrowing SystemFile) throws(LedgerError) {
        try appender.file.replace(old)
    }

    private static func bytes(_ document: JSON) -> [UInt8] {
        var bytes: [UInt8] = []
        document.write(into: &bytes)
        return bytes
    }
}
