import JouleFormat
package import JouleQuantities

/// A ledger file as a reader finds it: finished, live, torn or damaged.
package struct Ledger: Sendable {
    package let path: String
    /// What its runs are, epochs included, in the order of the file; of a pack those of its members.
    package let runs: [RunRecord]
    /// What the runs brought along, in the order of the file; of a pack those of its members, whose
    /// numbers of runs are theirs.
    package let attachments: [Attachment]
    /// Of a pack that of its own blocks; `members` tells how the ledgers in it are.
    package internal(set) var integrity: Integrity
    /// Of a pack only.
    package let members: [PackedLedger]
    /// Hexadecimal.
    let fileID: String
    /// Which of the files of its ledger it is, or the first of those that were read together.
    let firstSegment: Int
    /// Rows of these tables, of runs without a record as well.
    let rowCounts: (epochs: Int, steps: Int)
    /// The ids of the runs by their numbers.
    private let runIDs: [UInt64: RunID]
    /// The keys that it states.
    let seals: SealAudit

    /// Reads everything, the ring of a live or dead writer and the segments that belong with the
    /// file included.
    ///
    /// `verifies` reads this file alone and has everything that is stored twice compared, as only
    /// `verify` needs. Without `readsRows` blocks are checked and counted at the speed of storage,
    /// but rows not decoded. `named` is whom a seal should be from.
    ///
    /// Throws when the file is no ledger, of a newer kind, or unreadable; damage behind its header
    /// is told by `integrity`, and what is whole is there all the same.
    package init(
        reading path: String,
        verifies: Bool = false,
        readsRows: Bool = true,
        sealedBy named: PublicKey? = nil
    ) throws(LedgerError) {
        let source = try LedgerSource(path)
        guard try BlockScanner.header(of: source).isPack else {
            let chain = verifies || !readsRows ? nil : try SegmentChain(of: path)
            if let chain, chain.segments.count > 1 {
                try self.init(path: path, chain)
            } else {
                self = try Ledger(
                    source,
                    verifies: verifies,
                    readsRows: readsRows,
                    sealedBy: named?.identity
                )
            }
            return
        }
        var runs: [RunRecord] = []
        var attachments: [Attachment] = []
        let pack = try PackScan(source, verifies: verifies, sealedBy: named?.identity) {
            runs += $0.runs
            attachments += $0.attachments
        }
        self.init(path: path, runs: runs, attachments, pack)
    }

    /// Reads the segments of a ledger as one.
    init(path: String, _ chain: SegmentChain) throws(LedgerError) {
        var assembly = RunAssembly()
        let scan = try LedgerScan(chain, visitor: &assembly)
        self.init(path: path, scan, assembly)
    }

    private init(path: String, runs: [RunRecord], _ attachments: [Attachment], _ pack: PackScan) {
        self.path = path
        self.runs = runs
        self.attachments = attachments
        runIDs = [:]
        integrity = pack.integrity
        members = pack.members
        fileID = pack.fileID
        firstSegment = 0
        rowCounts = (0, 0)
        seals = pack.seals
    }

    /// Reads a ledger that is no pack.
    init(
        _ source: LedgerSource,
        verifies: Bool = false,
        readsRows: Bool = true,
        sealedBy named: SealIdentity? = nil,
        progress: ((_ offset: UInt64) -> Void)? = nil
    ) throws(LedgerError) {
        var assembly = RunAssembly(readsRows: readsRows, progress: progress)
        let scan = try LedgerScan(
            source,
            verifies: verifies,
            sealedBy: named,
            visitor: &assembly
        )
        guard !scan.header.isPack else { throw .packWithinPack(path: source.path) }
        self.init(path: source.path, scan, assembly)
    }

    private init(path: String, _ scan: LedgerScan, _ assembly: RunAssembly) {
        var integrity = scan.integrity
        let (runs, problems) = assembly.runs(
            of: scan.documents,
            state: integrity.state,
            drops: scan.drops.json
        )
        if !problems.isEmpty {
            integrity.state = .damaged
            integrity.problems += problems.map { .init(kind: .record, offset: 0, message: $0) }
        }
        self.path = path
        self.runs = runs
        attachments = scan.attachments.all
        self.integrity = integrity
        members = []
        fileID = Digest.hex(scan.header.fileID)
        firstSegment = Int(scan.header.segment)
        rowCounts = (
            scan.rowCounts[TableID.epochs] ?? 0, scan.rowCounts[TableID.steps] ?? 0
        )
        runIDs = Dictionary(
            scan.documents.runs.compactMap { number in
                let id = scan.documents.record(of: number)["run_id"]?.string.flatMap { RunID($0) }
                return id.map { (UInt64(bitPattern: number), $0) }
            },
            uniquingKeysWith: { first, _ in first }
        )
        seals = scan.seals
    }

    /// What the runs of a ledger that is no pack brought along, by their ids.
    var attachmentsByRun: [RunID: [Attachment]] {
        var found: [RunID: [Attachment]] = [:]
        for attachment in attachments {
            guard let id = runIDs[attachment.run] else { continue }
            found[id, default: []].append(attachment)
        }
        return found
    }
}

/// A ledger within a pack.
package struct PackedLedger: Sendable {
    /// Under which it was packed.
    package let path: String
    /// Nil when it cannot be read at all.
    package let integrity: Integrity?
    /// Why it cannot be read.
    package let failure: LedgerError?
}

/// One logged step.
package struct StepRecord: Sendable, Hashable {
    /// Number of the run within its ledger.
    package let run: Int
    package let step: Int64
    /// Nil where an imported history does not tell.
    package let time: WallTime?
    package let metrics: [Metric]
}
