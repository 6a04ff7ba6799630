import Glibc
import JouleFormat
import JouleQuantities

/// Moves entries of a ring into blocks of a ledger.
package struct RingDrain: ~Copyable {
    /// Rows in a full block: what one damaged block loses, and a search reads in vain.
    static let blockRows = 4096

    var appender: LedgerAppender
    /// What the file has of artifacts, of a live writer.
    var contents = ContentState()
    /// Nil where a dead writer's rows are saved, which always reach the disk.
    private let policy: WriterPolicy?
    /// The path of the first segment.
    private let base: String
    /// The records as they are on disk, and what was written since.
    private var records = RunDocuments()
    private var recentDocuments: [[UInt8]] = []
    /// What GAP blocks have told, of all segments.
    private var toldGaps: [GapPayload]
    /// Up to which slots the segments before hold everything.
    private var coveredBefore: [UInt16: UInt64]
    /// How many of the documents beside the ring were written by a drain that failed behind them.
    private var writtenDocuments = 0
    /// What went wrong with files, since somebody asked.
    private var faults: [FileFault] = []
    /// Tables of rows that somebody has overwritten in the ring, since somebody asked.
    private var spoiltTables: [UInt16] = []
    /// The error of the system when the ring's tails could not be brought to disk.
    private var ringError: Int32?
    /// Whether the disk is asked to confirm what is written.
    private(set) var isConfirming: Bool

    /// Bytes of documents in a block, about.
    private static let documentsSize = 4 << 20
    /// A disk that fails so many files confirms nothing any more.
    private static let segmentsMax: UInt32 = 8

    package init(appender: consuming LedgerAppender) {
        self.init(appender: appender, coveredBefore: [:], gapsBefore: [])
    }

    /// Goes on in the last segment of a ledger whose segments before that hold these slots and
    /// losses.
    init(
        appender: consuming LedgerAppender,
        coveredBefore: [UInt16: UInt64],
        gapsBefore: [GapPayload]
    ) {
        base = appender.file.path
        self.coveredBefore = coveredBefore
        toldGaps = gapsBefore + appender.tally.gaps
        self.appender = appender
        policy = nil
        isConfirming = true
    }

    /// Of a live writer whose ledger holds nothing but the run's record.
    init(appender: consuming LedgerAppender, policy: WriterPolicy, record: [UInt8]) {
        base = appender.file.path
        coveredBefore = [:]
        toldGaps = []
        self.appender = appender
        self.policy = policy
        isConfirming = policy.isSynchronised
        self.appender.keepsUnsynced = isConfirming
        note([record])
    }

    /// Writes every whole entry of the ring below `heads`, by area, then lets the ring reuse their
    /// slots.
    ///
    /// They are reused only when the blocks are safe from power loss, too; unless the ring is
    /// filling up, when being safe from a kill must do, because a full ring loses rows for certain.
    /// Not so where somebody waited for a row. A file that fails for good is left, and another one
    /// begun.
    ///
    /// `isLast`: there is no later time for what a full disk has no room for now.
    package mutating func run(
        _ ring: borrowing RingMemory,
        heads: [UInt64],
        pendingMeta: [[UInt8]],
        isLast: Bool = false
    ) throws(LedgerError) {
        let waits = !isLast && policy?.asked != .every
        do throws(LedgerError) { try attempt(ring, heads, pendingMeta, bulkWaits: waits) } catch {
            try leaveFile(after: error)
            try attempt(ring, heads, pendingMeta, bulkWaits: waits)
        }
        writtenDocuments = 0
    }

    private mutating func attempt(
        _ ring: borrowing RingMemory,
        _ heads: [UInt64],
        _ pendingMeta: [[UInt8]],
        bulkWaits: Bool
    ) throws(LedgerError) {
        var ends: [UInt64] = []
        var spoiltNow: [UInt16] = []
        var isFilling = false
        if policy != nil { appender.reserveRoom() }
        for (area, head) in heads.enumerated() {
            let tail = ring.tail(of: area)
            // What room is left is for what must not be lost.
            guard area == 0 || !bulkWaits || !appender.room.isShort else {
                ends.append(tail)
                if head > tail { faults.append(.noRoom) }
                continue
            }
            let stretch = ring.snapshot(of: area, tail..<max(tail, head))
            let (entries, spoilt) = RingDecoder.survivingEntries(stretch, from: tail)
            try write(entries)
            spoiltNow += Array(repeating: area == 0 ? TableID.epochs : TableID.steps, count: spoilt)
            ends.append(max(tail, head))
            isFilling = isFilling || head &- tail > UInt64(ring.geometry.slots[area] / 2)
        }
        try write(pendingMeta)
        try writeGaps(ring.drops())
        if isFilling, policy?.mayReuseEarly == true { release(ends, of: ring) }
        try synchronize()
        release(ends, of: ring)
        if !spoiltNow.isEmpty {
            faults.append(.overwritten)
            spoiltTables += spoiltNow
        }
        // Before the slots are reused: from an old tail on, readers would find nothing.
        if isConfirming, !ring.synchronizeTails() { ringError = errno }
    }

    /// Writes the documents that wait beside the ring, in blocks of no more than a reader takes.
    private mutating func write(_ pendingMeta: [[UInt8]]) throws(LedgerError) {
        while writtenDocuments < pendingMeta.count {
            var part: [[UInt8]] = []
            var size = 0
            while writtenDocuments + part.count < pendingMeta.count, size < Self.documentsSize {
                part.append(pendingMeta[writtenDocuments + part.count])
                size += part[part.count - 1].count
            }
            try append(part, covered: 0)
            writtenDocuments += part.count
        }
    }

    /// The tables of rows below `heads` that no block holds.
    func waiting(in ring: borrowing RingMemory, heads: [UInt64]) -> [UInt16] {
        var tables: [UInt16] = []
        for (area, head) in heads.enumerated() {
            let tail = ring.tail(of: area)
            let stretch = ring.snapshot(of: area, tail..<max(tail, head))
            for entry in RingDecoder.entries(stretch, from: tail).entries {
                guard case .row(let table, _) = entry.content, isNew(entry, of: table) else {
                    continue
                }
                tables.append(table)
            }
        }
        return tables
    }

    /// Makes the blocks so far durable where the policy wants that.
    mutating func synchronize() throws(LedgerError) {
        guard isConfirming else { return }
        try appender.synchronize()
        note(recentDocuments)
        recentDocuments = []
    }

    // MARK: Files that fail

    /// Begins another file where this one is no good any more; throws `error` where room has to
    /// come back first, and another one where there is no new file to be had.
    mutating func leaveFile(after error: LedgerError) throws(LedgerError) {
        guard policy != nil, appender.isBroken else {
            if policy != nil { faults.append(FileFault(error, "rows wait")) }
            throw error
        }
        guard appender.segment < Self.segmentsMax else {
            faults.append(FileFault(error, "nothing is confirmed any more"))
            isConfirming = false
            note(recentDocuments)
            recentDocuments = []
            return appender.forgetUnsynced()
        }
        let path = SegmentChain.path(appender.segment + 1, of: base)
        do throws(LedgerError) {
            let next = try appender.successor(at: path, records: records.all)
            // What the new file does not have again, the old one has, whether confirmed or not.
            coveredBefore.merge(appender.tally.covered, uniquingKeysWith: max)
            appender = next
        } catch let other {
            faults.append(FileFault(error, "rows wait, a new file: \(other.cause)"))
            throw other
        }
        SystemFile.synchronizeDirectory(of: path)
        faults.append(FileFault(error, "goes on in segment \(appender.segment)"))
    }

    /// What went wrong since the last time, and the table of each row or more that was lost by it.
    mutating func takeFaults() -> (faults: [FileFault], lost: [UInt16]) {
        defer {
            faults = []
            spoiltTables = []
        }
        return (faults, spoiltTables)
    }

    /// Why the ring could not be brought to disk since the last time.
    mutating func takeRingError() -> Int32? {
        defer { ringError = nil }
        return ringError
    }

    private mutating func note(_ documents: [[UInt8]]) {
        for document in documents {
            if let parsed = try? MetaDocument(parsing: document) { records.take(parsed) }
        }
    }

    private mutating func append(_ documents: [[UInt8]], covered: UInt64) throws(LedgerError) {
        try appender.append(meta: documents, covered: covered)
        guard policy != nil else { return }
        if isConfirming { recentDocuments += documents } else { note(documents) }
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
        do throws(LedgerError) { try appender.close(synchronizing: isConfirming) } catch {
            try leaveFile(after: error)
            try appender.close(synchronizing: isConfirming)
        }
    }

    /// Makes a draft appear.
    mutating func publish() throws(LedgerError) { try appender.file.publish() }

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
                last[TableID.none] = entry.slot &+ 1
            case .row(let table, let cells):
                guard isNew(entry, of: table) else { continue }
                if batches[table]?.hasRoom(for: cells, rowsMax: Self.blockRows) == false,
                    let batch = batches.removeValue(forKey: table)
                {
                    try appender.append(batch, table: table, covered: last[table] ?? 0)
                }
                batches[table, default: RowBatch()].append(cells)
                last[table] = entry.slot &+ 1
            }
        }
        for (table, batch) in batches.sorted(by: { $0.key < $1.key }) {
            try appender.append(batch, table: table, covered: last[table] ?? 0)
        }
        // What ends a run comes behind its rows: a file that is cut between never looks finished.
        if !documents.isEmpty, let end = last[TableID.none] {
            try append(documents, covered: end)
        }
        // The ring forgets definitions together with rows, whether or not a row has used them.
        try appender.tellSchemas()
    }

    /// Whether no block holds the entry yet: a drain that failed halfway, or whose process died, is
    /// followed by one that writes no row twice.
    private func isNew(_ entry: RingEntry, of table: UInt16) -> Bool {
        entry.slot >= max(appender.tally.covered(of: table), coveredBefore[table] ?? 0)
    }

    /// Writes what was lost since the last time.
    private mutating func writeGaps(_ now: [GapPayload]) throws(LedgerError) {
        for gap in now {
            let told = toldGaps.filter { $0.table == gap.table && $0.cause == gap.cause }
                .reduce(0) { GapPayload.sum($0, $1.rows) }
            guard gap.rows > told else { continue }
            let news = GapPayload(table: gap.table, cause: gap.cause, rows: gap.rows - told)
            try appender.append(news)
            toldGaps.removeAll { $0.table == gap.table && $0.cause == gap.cause }
            toldGaps.append(gap)
        }
    }
}
