import Glibc
import JouleFormat
package import JouleQuantities

/// A ledger whose writer is gone, opened to append to it.
///
/// Opening repairs what a killed writer left: the torn tail is cut off, its hash kept in a RESUME
/// block, and the rows of the ring become blocks.
/// Whoever is killed meanwhile leaves a ledger that can be opened again; no row is written twice.
package struct ReopenedLedger: ~Copyable {
    private var drain: RingDrain
    /// Bytes of a torn tail that were cut off.
    package let discardedSize: UInt64
    /// Rows that were in the ring only.
    package let ringRows: Int
    /// The file that was begun because what was there is damaged; nil when what is appended goes into
    /// a file that was there.
    let begunPath: String?

    private init(
        drain: consuming RingDrain,
        discardedSize: UInt64,
        ringRows: Int,
        begunPath: String?
    ) {
        self.drain = drain
        self.discardedSize = discardedSize
        self.ringRows = ringRows
        self.begunPath = begunPath
    }

    /// Behind damage nothing is appended: a ledger that has any goes on in a segment of its own.
    ///
    /// Throws `.busy` while another process writes.
    package static func opening(_ path: String) throws(LedgerError) -> ReopenedLedger {
        let chain = try SegmentChain(of: path)
        let first = chain.segments[0]
        let appender = try appender(behind: chain)
        let ring = chain.ring
        let discardedSize = appender.discardedSize
        let isBegun = appender.segment > chain.segments[chain.segments.count - 1].header.segment
        let begunPath = isBegun ? appender.file.path : nil
        let (covered, gaps) = try ring != nil ? chain.told(before: appender.segment) : ([:], [])
        let ringRows = ring?.rows(besides: appender.tally, covered) ?? 0
        var drain = RingDrain(appender: appender, coveredBefore: covered, gapsBefore: gaps)
        if let ring {
            try drain.run(ring)
            // It is then what a copy of it with these rows is, and whatever it becomes begins with that.
            try drain.close()
            unsafe unlink(first.path + ".ring")
            SystemFile.synchronizeDirectory(of: first.path)
        }
        return ReopenedLedger(
            drain: drain,
            discardedSize: discardedSize,
            ringRows: ringRows,
            begunPath: begunPath
        )
    }

    private static func appender(behind chain: SegmentChain) throws(LedgerError)
        -> LedgerAppender
    {
        let last = chain.segments[chain.segments.count - 1]
        do throws(LedgerError) { return try LedgerAppender.reopening(last.path) } catch {
            guard case .damaged = error else { throw error }
            return try LedgerAppender.following(chain)
        }
    }

    /// Closes the ledger of a dead writer; one that is closed, or damaged, stays as it is.
    static func closing(_ path: String) throws(LedgerError) {
        var nobody = Nobody()
        let scan = try LedgerScan(path, visitor: &nobody)
        let isLeft = unsafe access(path + ".ring", F_OK) == 0
        guard scan.integrity.state == .torn || scan.integrity.state == .clean && isLeft else {
            return
        }
        var ledger = try opening(path)
        if scan.integrity.lacksRing {
            for run in scan.documents.runs { try ledger.noteMissingRing(of: run) }
        }
        try ledger.close()
    }

    /// Sets members of the record of a run, by its number within the file; null removes one.
    package mutating func annotate(run: Int, _ members: JSONObject) throws(LedgerError) {
        try drain.annotate(run: run, members)
    }

    /// Appends a META document.
    mutating func append(_ document: JSON) throws(LedgerError) {
        try drain.append(document)
    }

    /// Keeps in the record of a run that its dead writer's ring was not there: once the ledger is
    /// closed, nothing else tells that rows may be missing.
    mutating func noteMissingRing(of run: Int64) throws(LedgerError) {
        let now = WallTime(unixNanoseconds: LedgerWriter.wallClockNS()).unixSeconds
        let what =
            "the ring was not beside the ledger when it was opened again; rows since its last block"
            + " may be missing"
        let fault: JSON = ["at": .double(now), "what": .string(what)]
        try append(["run": .integer(run), "append": ["faults": [fault]]])
    }

    /// Writes a block that holds neither rows nor what is derived from them.
    mutating func append(head type: UInt8, _ bytes: [UInt8]) throws(LedgerError) {
        try drain.append(head: type, bytes)
    }

    var fileID: [UInt8] { drain.appender.fileID }
    /// Over the blocks so far.
    var tree: MerkleTree { drain.appender.tree }
    /// Over the blocks that were there before it was opened.
    var openedTree: MerkleTree { drain.appender.openedTree }

    /// Writes SUMMARY and trailer.
    package consuming func close() throws(LedgerError) {
        try drain.close()
    }
}

extension RingSnapshot {
    /// Number of rows that no block holds.
    fileprivate func rows(besides tally: LedgerTally, _ covered: [UInt16: UInt64]) -> Int {
        entries.count { entry in
            guard case .row(let table, _) = entry.content else { return false }
            return entry.slot >= max(tally.covered(of: table), covered[table] ?? 0)
        }
    }
}
