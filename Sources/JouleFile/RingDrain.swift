import Glibc
import JouleFormat
import JouleQuantities

/// Moves entries of a ring into blocks of a ledger.
package struct RingDrain: ~Copyable {
    /// Rows in a full block: beyond this compression gains nothing more.
    static let blockRows = 4096

    private(set) var appender: LedgerAppender
    /// Nil where a dead writer's rows are saved, which always reach the disk.
    private let policy: WriterPolicy?

    package init(appender: consuming LedgerAppender) {
        self.init(appender: appender, policy: nil)
    }

    init(appender: consuming LedgerAppender, policy: WriterPolicy?) {
        self.appender = appender
        self.policy = policy
    }

    /// Writes every whole entry of the ring below `heads`, by area, then lets the ring reuse their
    /// slots.
    ///
    /// They are reused only when the blocks are safe from power loss, too; unless the ring is
    /// filling up, when being safe from a kill must do, because a full ring loses rows for certain.
    /// Not so where somebody waited for a row.
    package mutating func run(_ ring: borrowing RingMemory, heads: [UInt64], pendingMeta: [[UInt8]])
        throws(LedgerError)
    {
        var ends: [UInt64] = []
        var isFilling = false
        for (area, head) in heads.enumerated() {
            let tail = ring.tail(of: area)
            let stretch = ring.snapshot(of: area, tail..<max(tail, head))
            let (entries, end) = RingDecoder.entries(stretch, from: tail)
            try write(entries)
            ends.append(end)
            isFilling = isFilling || end - tail > UInt64(ring.geometry.slots[area] / 2)
        }
        if !pendingMeta.isEmpty { try appender.append(meta: pendingMeta) }
        try writeGaps(ring.drops())
        if isFilling, policy?.mayReuseEarly == true { release(ends, of: ring) }
        try synchronize()
        release(ends, of: ring)
        // Before the slots are reused: from an old tail on, readers would find nothing.
        if policy?.isSynchronised != false { ring.synchronizeTails() }
    }

    /// Makes the blocks so far durable where the policy wants that.
    func synchronize() throws(LedgerError) {
        if policy?.isSynchronised != false { try appender.synchronize() }
    }

    /// Writes what a dead writer left in its ring.
    mutating func run(_ left: RingSnapshot) throws(LedgerError) {
        try write(left.entries.compactMap(Self.wellFormed))
        try writeGaps(left.drops)
        try appender.synchronize()
    }

    /// The entry as a writer of ours spells it; nil for META that is no document, which readers ignore.
    ///
    /// Whoever left the ring may have written anything, such as a document of several lines.
    private static func wellFormed(_ entry: RingEntry) -> RingEntry? {
        guard case .meta(let document) = entry.content else { return entry }
        guard let parsed = try? MetaDocument(parsing: document) else { return nil }
        var bytes: [UInt8] = []
        parsed.json.write(into: &bytes)
        var respelt = entry
        respelt.content = .meta(bytes)
        return respelt
    }

    /// Adds members to the record of a run of the file.
    mutating func annotate(run: Int, _ members: JSONObject) throws(LedgerError) {
        try append(["run": .integer(Int64(run)), "set": .object(members)])
    }

    /// Writes a META document.
    mutating func append(_ document: JSON) throws(LedgerError) {
        var bytes: [UInt8] = []
        document.write(into: &bytes)
        try appender.append(meta: [bytes])
    }

    /// Writes a block that holds neither rows nor what is derived from them.
    mutating func append(head type: UInt8, _ bytes: [UInt8]) throws(LedgerError) {
        try appender.append(head: type, bytes)
    }

    private func release(_ ends: [UInt64], of ring: borrowing RingMemory) {
        for (area, end) in ends.enumerated() { ring.setTail(of: area, to: end) }
    }

    package mutating func close() throws(LedgerError) {
        try appender.close(synchronizing: policy?.isSynchronised != false)
    }

    private mutating func write(_ entries: [RingEntry]) throws(LedgerError) {
        var batches: [UInt16: RowBatch] = [:]
        var documents: [[UInt8]] = []
        var last: [UInt16: UInt64] = [:]
        for entry in entries {
            switch entry.content {
            case .column(let table, let number, let definition):
                appender.define(definition, number: number, table: table)
            case .meta(let document):
                guard isNew(entry, of: TableID.none) else { continue }
                documents.append(document)
                last[TableID.none] = entry.slot + 1
            case .row(let table, let cells):
                guard isNew(entry, of: table) else { continue }
                batches[table, default: RowBatch()].append(cells)
                last[table] = entry.slot + 1
                if batches[table]?.rows == Self.blockRows,
                    let batch = batches.removeValue(forKey: table)
                {
                    try appender.append(batch, table: table, covered: entry.slot + 1)
                }
            }
        }
        for (table, batch) in batches.sorted(by: { $0.key < $1.key }) {
            try appender.append(batch, table: table, covered: last[table] ?? 0)
        }
        // What ends a run comes behind its rows: a file that is cut between never looks finished.
        if !documents.isEmpty, let end = last[TableID.none] {
            try appender.append(meta: documents, covered: end)
        }
        // The ring forgets definitions together with rows, whether or not a row has used them.
        try appender.tellSchemas()
    }

    /// Whether no block holds the entry yet: a drain that failed halfway, or whose process died, is
    /// followed by one that writes no row twice.
    private func isNew(_ entry: RingEntry, of table: UInt16) -> Bool {
        entry.slot >= appender.tally.covered(of: table)
    }

    /// Writes what was lost since the last time.
    private mutating func writeGaps(_ now: [GapPayload]) throws(LedgerError) {
        for gap in now {
            let before = appender.tally.gaps.first {
                $0.table == gap.table && $0.cause == gap.cause
            }
            guard gap.rows > before?.rows ?? 0 else { continue }
            try appender.append(
                GapPayload(
                    table: gap.table,
                    cause: gap.cause,
                    rows: gap.rows - (before?.rows ?? 0)
                )
            )
        }
    }
}
