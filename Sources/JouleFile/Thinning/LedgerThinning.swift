import Glibc
import JouleFormat
import JouleQuantities

/// A ledger in the place of one that had more readings of its meters.
///
/// Everything else that it holds is as it was, and each run names the old root, what went, and when.
package struct LedgerThinning: Sendable {
    package let path: String
    /// Rows of telemetry.
    package let readings: (before: Int, after: Int)
    package let sizeBytes: (before: Int, after: Int)
    /// Hexadecimal root of the old ledger, which the new one names.
    package let oldRoot: String
    /// Whether the old ledger held signatures, which do not hold for the new one.
    package let hadSeals: Bool

    /// How a ledger is thinned.
    struct Rule {
        /// Of an interval the last reading stays.
        let intervalSeconds: Int
        /// Around which no reading goes, in nanoseconds of 1970.
        let moments: AskedMoments
        let now: WallTime
        /// Whether ledgers with signatures are thinned, which do not hold any more then.
        let takesSealed: Bool
        /// Whether the old ledger stays.
        let isDry: Bool
    }

    enum Outcome {
        case thinned(LedgerThinning)
        /// There is nothing that would go.
        case unchanged
        case sealed
    }

    /// Thins the ledger in the file at `path`, which is closed.
    ///
    /// The new one is on disk, was read back and has what was to be in it before it takes the place of
    /// the old one, at once: whoever opens the path gets the one or the other. Meanwhile nobody can
    /// begin to write the old one. Throws `.busy` where somebody does, `.damaged` where a byte of it is
    /// not what was written, and `.changed` where it is another file by then.
    static func thin(_ path: String, by rule: Rule) throws(LedgerError) -> Outcome {
        let file = try SystemFile.reading(path)
        guard file.keepWritersOut() else { throw .busy(path: path) }
        let old = try OldLedger(path)
        // Whoever may not read the old one may not read what is made of it.
        let draft = try SystemFile.draft(of: path, mode: 0o600)
        let written = try LedgerSource(draft.readingPath)
        let ledger = RewrittenLedger(try LedgerAppender(in: draft, header: old.nextHeader))
        var thinning = ThinningVisitor(sink: KeptContent(ledger), meters: old.meters(for: rule))
        _ = try LedgerScan(old.source, visitor: &thinning)
        thinning.finish()
        if let type = thinning.unknownType {
            let reason = "has blocks of type \(type), which this program does not know; update it"
            throw .unusable(path: path, reason: reason)
        }
        guard thinning.removed > 0 else { return .unchanged }
        guard thinning.seals == 0 || rule.takesSealed else { return .sealed }
        try ledger.close(drops: old.scan.drops.gaps) { run, _ in
            let earlier = old.scan.documents.record(of: run)["thinned_from"]
            let origin = thinning.origin(of: run, root: old.root, rule, earlier)
            return JSONObject(uniqueMembers: [.init(name: "thinned_from", value: origin)])
        }
        let size = try written.size()
        let copy = written.prefix(size, isLive: false)
        try check(copy, has: thinning.sink.mark, old.runs, of: path)
        if !rule.isDry { try ledger.replace(file) }
        let total = thinning.readings.values.reduce(0, +)
        return .thinned(
            LedgerThinning(
                path: path,
                readings: (total, total - thinning.removed),
                sizeBytes: (Int(clamping: try old.source.size()), Int(clamping: size)),
                oldRoot: old.root,
                hadSeals: thinning.seals > 0
            )
        )
    }

    /// Reads the new ledger back: every block holds, it has what it was given, and its runs are those
    /// of the old one.
    private static func check(
        _ copy: LedgerSource,
        has mark: ContentMark,
        _ runs: [Int64: RunRecord],
        of path: String
    ) throws(LedgerError) {
        var readBack = ReadBack()
        let scan = try LedgerScan(copy, verifies: true, visitor: &readBack)
        var after = readBack.assembly.numberedRuns(of: scan.documents, isLive: false).runs
        for (run, record) in runs {
            after[run]?.extra["thinned_from"] = record.extra["thinned_from"]
        }
        let problem = scan.integrity.problems.first
        guard scan.integrity.state == .clean, problem == nil, readBack.mark == mark, after == runs
        else {
            let reason = problem?.message ?? "it would tell something else"
            throw .unusable(path: path, reason: "cannot be thinned: \(reason); it stays as it is")
        }
    }
}

/// The ledger that is thinned; every byte of it is what was written.
private struct OldLedger {
    let source: LedgerSource
    let scan: LedgerScan
    /// By their number.
    let runs: [Int64: RunRecord]

    init(_ path: String) throws(LedgerError) {
        source = try LedgerSource(path)
        var assembly = RunAssembly()
        scan = try LedgerScan(source, verifies: true, visitor: &assembly)
        if let problem = scan.integrity.problems.first {
            throw .damaged(path: path, offset: problem.offset, reason: problem.message)
        }
        runs = assembly.numberedRuns(of: scan.documents, isLive: false).runs
    }

    var root: String { Digest.hex(scan.integrity.root) }

    /// Of a ledger in its place.
    var nextHeader: FileHeader {
        var header = FileHeader(createdNS: UInt64(clamping: LedgerWriter.wallClockNS()))
        header.segment = scan.header.segment
        header.previousRoot = scan.header.previousRoot
        return header
    }

    func meters(for rule: LedgerThinning.Rule) -> [Int64: [ThinnedReadings]] {
        runs.mapValues { run in
            run.meters.indices.map { meter in
                ThinnedReadings(
                    intervalNS: Int64(rule.intervalSeconds) * 1_000_000_000,
                    keepingAround: rule.moments.of(meter, run)
                )
            }
        }
    }
}

extension ThinningVisitor {
    /// Readings that went, of all runs.
    var removed: Int { meters.values.joined().reduce(0) { $0 + $1.removed } }

    /// Which ledger a run was in, and which of its readings went.
    fileprivate func origin(
        of run: Int64,
        root: String,
        _ rule: LedgerThinning.Rule,
        _ earlier: JSON?
    ) -> JSON {
        let meters = meters[run] ?? []
        let total = readings[run] ?? 0
        let left = total - meters.reduce(0) { $0 + $1.removed }
        let removed = meters.enumerated().filter { $1.removed > 0 }.map { meter, readings -> JSON in
            [
                "meter": .integer(Int64(meter)), "rows": .integer(Int64(readings.removed)),
                "sha256": .string(readings.digest.hex),
            ]
        }
        var origin = JSONObject()
        origin["root"] = .string(root)
        origin["at"] = .double(rule.now.unixSeconds)
        origin["interval_s"] = .integer(Int64(rule.intervalSeconds))
        origin["rows"] = ["before": .integer(Int64(total)), "after": .integer(Int64(left))]
        origin["removed"] = .array(removed)
        origin["before"] = earlier
        return .object(origin)
    }
}

/// Takes a ledger in as its readers do, and keeps account of what it holds.
private struct ReadBack: LedgerVisitor {
    private(set) var assembly = RunAssembly()
    private(set) var mark = ContentMark()

    func keptRowsFloor(of table: UInt16) -> Int? { assembly.keptRowsFloor(of: table) }

    mutating func visit(meta document: MetaDocument) { mark.visit(meta: document) }

    mutating func visit(rows: DataPayload, schema: TableSchema) {
        assembly.visit(rows: rows, schema: schema)
        mark.visit(rows: rows, schema: schema)
    }

    mutating func visit(attached part: AttachPayload) { mark.visit(attached: part) }

    mutating func visit(block: LedgerBlock) { mark.visit(block: block) }
}
