import Glibc
import JouleFormat
package import JouleQuantities

/// A ledger made from another without what should not have been in it.
package struct LedgerRedaction: Sendable {
    /// How many values each path removed, in the order in which the paths were given.
    package let removed: [(path: RecordPath, values: Int)]
    /// Runs from whose record something was removed.
    package let runs: Int
    /// Names of the attachments that were removed: those asked for, and others of the same content.
    package let attachments: [String]
    /// Blocks of private types that were left out: nobody knows what is in them.
    package let privateBlocks: Int
    /// Hexadecimal root of the old ledger, which the new one names.
    package let oldRoot: String
    /// Hexadecimal; with it whoever knows a removed value can prove that it was removed.
    ///
    /// It is in no file: a short secret could be guessed from its hash and the salt.
    package let salt: String
    /// Where a removed value still stands.
    package let leftovers: [String]
    /// How many removed values are too short or too common to be looked for.
    package let unsought: Int
    /// Whether the old ledger holds signatures, which do not hold for the new one.
    package let hadSeals: Bool

    /// Writes the ledger at `path`, all its segments and its ring, without what `paths` name into a new
    /// one of one file at `target`; `spell` gives the canonical text of a value (RFC 8785).
    ///
    /// Attachments are removed by their `names`, with all that have the same content, and with the
    /// hash of a source tree's changes in the record. Rows are written anew and stay equal, each run names the old root and the hashes of what was
    /// removed. The ledger appears as a whole or not at all. Throws when no path names anything, when
    /// the ledger has a writer, is damaged or a pack, and when `target` exists.
    package static func write(
        _ path: String,
        to target: String,
        removing paths: [RecordPath],
        attachments names: Set<String> = [],
        spell: (JSON) -> [UInt8]
    ) throws(LedgerError) -> LedgerRedaction {
        let original = try Original(path)
        var seals = SealCount()
        let before = try original.scan(verifies: true, visitor: &seals)
        try check(before, path: path)
        guard unsafe access(target, F_OK) != 0 else {
            throw .system(path: target, operation: "create", errno: EEXIST)
        }
        var header = FileHeader(createdNS: UInt64(clamping: LedgerWriter.wallClockNS()))
        if before.integrity.segments == 1 {
            header.segment = before.header.segment
            header.previousRoot = before.header.previousRoot
        }
        let removal = AttachmentRemoval(names, from: before)
        let paths = paths + removal.recordPaths
        let file = try SystemFile.draft(of: target)
        let written = try LedgerSource("/proc/self/fd/\(file.descriptor)")
        let sink = RewrittenLedger(try LedgerAppender(in: file, header: header))
        var redacting = Redacting(sink: sink, paths: paths, contents: removal.contents)
        _ = try original.scan(verifies: false, visitor: &redacting)
        guard redacting.removals.contains(where: { !$0.value.isEmpty }) else {
            throw .nothingToRedact(path: path)
        }
        let salt = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        let root = Digest.hex(before.integrity.root)
        try sink.close(drops: before.drops.gaps) { run, _ in
            let origin = redacting.origin(of: run, root: root, salt: salt, spell: spell)
            return JSONObject(uniqueMembers: [.init(name: "redacted_from", value: origin)])
        }
        let size = try written.size()
        try compare(original, written.prefix(size, isLive: false), path: path)
        var leftovers = Leftovers(of: redacting.removals.values.joined().map(\.value))
        _ = try LedgerScan(written.prefix(size, isLive: false), visitor: &leftovers)
        try sink.publish()
        return LedgerRedaction(
            removed: paths.map { path in
                let values = redacting.removals.values.joined().filter { $0.path == path }
                return (path, values.count)
            },
            runs: redacting.removals.values.count { !$0.isEmpty },
            attachments: removal.names,
            privateBlocks: redacting.privateBlocks,
            oldRoot: root,
            salt: Digest.hex(salt),
            leftovers: leftovers.places,
            unsought: leftovers.unsought,
            hadSeals: seals.count > 0
        )
    }

    private static func check(_ scan: LedgerScan, path: String) throws(LedgerError) {
        guard !scan.header.isPack else { throw .isPack(path: path) }
        switch scan.integrity.state {
        case .live: throw .busy(path: path)
        case .damaged:
            let problem = scan.integrity.problems.first
            throw .damaged(
                path: path,
                offset: problem?.offset ?? 0,
                reason: problem?.message ?? "damaged"
            )
        case .clean, .torn: return
        }
    }

    /// What was measured must be what it was, and every record must still be one.
    private static func compare(_ old: Original, _ new: LedgerSource, path: String)
        throws(LedgerError)
    {
        let (before, after) = (try old.ledger(), try Ledger(new))
        let isSame =
            after.integrity.state == .clean && before.runs.count == after.runs.count
            && zip(before.runs, after.runs).allSatisfy { $0.hasSameFacts(as: $1) }
        guard isSame else {
            let reason = after.integrity.problems.first?.message
            throw .redactionTooDeep(path: path, reason: reason ?? "other figures")
        }
    }
}

/// The ledger that is redacted, all of its files as one.
private struct Original {
    private let source: LedgerSource
    /// Nil of a ledger of one file.
    private let chain: SegmentChain?

    init(_ path: String) throws(LedgerError) {
        source = try LedgerSource(path)
        chain = try SegmentChain.ofSeveral(path)
    }

    /// Of several files what is derived is not compared.
    func scan(verifies: Bool, visitor: inout some LedgerVisitor) throws(LedgerError)
        -> LedgerScan
    {
        if let chain { return try LedgerScan(chain, visitor: &visitor) }
        return try LedgerScan(source, verifies: verifies, visitor: &visitor)
    }

    func ledger() throws(LedgerError) -> Ledger {
        if let chain { return try Ledger(path: source.path, chain) }
        return try Ledger(source)
    }
}

extension RunRecord {
    /// Whether ids, status, epochs, energy and steps are equal.
    fileprivate func hasSameFacts(as other: RunRecord) -> Bool {
        func bare(_ epochs: [EpochRecord]) -> [EpochRecord] {
            epochs.map { epoch in
                var epoch = epoch
                epoch.extra = JSONObject()
                return epoch
            }
        }
        return id == other.id && status == other.status && energy == other.energy
            && deviceEnergy == other.deviceEnergy && stepCount == other.stepCount
            && drops == other.drops && bare(epochs) == bare(other.epochs)
    }
}

/// Counts signatures.
private struct SealCount: LedgerVisitor {
    private(set) var count = 0

    mutating func visit(block: LedgerBlock) {
        if block.header.type == BlockType.checkpoint { count += 1 }
    }

    mutating func visit(meta document: MetaDocument) {}
    mutating func visit(rows: DataPayload, schema: TableSchema) {}
}

/// Hands everything on but what is to be removed.
private struct Redacting: LedgerVisitor {
    struct Removal {
        let path: RecordPath
        let value: JSON
    }

    let sink: RewrittenLedger
    let paths: [RecordPath]
    /// Of the attachments that are removed.
    let contents: Set<Digest>
    /// By run.
    private(set) var removals: [Int64: [Removal]] = [:]
    private(set) var privateBlocks = 0
    /// What an earlier redaction or recovery said, by run.
    private var earlier: [Int64: JSON] = [:]
    /// Lengths of the lists of the records so far.
    private var lengths: [Int64: [String: Int]] = [:]

    init(sink: RewrittenLedger, paths: [RecordPath], contents: Set<Digest>) {
        self.sink = sink
        self.paths = paths
        self.contents = contents
    }

    mutating func visit(rows: DataPayload, schema: TableSchema) { sink.take(rows, schema) }

    mutating func visit(attached part: AttachPayload) {
        guard contents.contains(part.digest) else { return sink.take(part) }
        guard part.offset == 0, let path = RecordPath.attachment(part.name) else { return }
        take([.string(part.digest.hex)], path, Int64(bitPattern: part.run))
    }

    mutating func visit(block: LedgerBlock) {
        if block.header.type >= BlockType.firstPrivate { privateBlocks += 1 }
    }

    mutating func visit(meta document: MetaDocument) {
        guard case .object(var object) = document.json else { return }
        let run = document.run
        if let origin = document.set["redacted_from"] ?? document.set["recovered_from"] {
            earlier[run] = origin
        }
        let before = lengths[run] ?? [:]
        note(document, of: run)
        for path in paths {
            if var set = object["set"] {
                take(path.remove(from: &set), path, run)
                object["set"] = set
            }
            if let within = path.within("epochs"), var epochs = object["epochs"] {
                take(within.remove(from: &epochs), path, run)
                object["epochs"] = epochs
            }
            if var append = object["append"] {
                take(remove(path, from: &append, behind: before), path, run)
                object["append"] = append
            }
        }
        if let kept = try? MetaDocument(.object(object)) { sink.take(kept) }
    }

    /// Elements are counted over all documents, as a reader of the record counts them.
    private func remove(_ path: RecordPath, from append: inout JSON, behind: [String: Int])
        -> [JSON]
    {
        guard let name = path.parts.first, let within = path.within(name),
            case .object(var lists) = append, var list = lists[name]
        else { return path.remove(from: &append) }
        let removed = within.skipping(behind[name] ?? 0).remove(from: &list)
        lists[name] = list
        append = .object(lists)
        return removed
    }

    private mutating func note(_ document: MetaDocument, of run: Int64) {
        for member in document.set.members {
            lengths[run, default: [:]][member.name] = member.value.array?.count
        }
        for list in document.append {
            lengths[run, default: [:]][list.name, default: 0] += list.elements.count
        }
    }

    private mutating func take(_ values: [JSON], _ path: RecordPath, _ run: Int64) {
        removals[run, default: []] += values.map { Removal(path: path, value: $0) }
    }

    /// Which ledger a run was in, and what was removed from its record.
    func origin(of run: Int64, root: String, salt: [UInt8], spell: (JSON) -> [UInt8]) -> JSON {
        var told: Set<[String]> = []
        var removed: [JSON] = []
        for removal in removals[run] ?? [] {
            let hash = Digest(of: salt, spell(removal.value)).hex
            guard told.insert([removal.path.text, hash]).inserted else { continue }
            removed.append(["path": .string(removal.path.text), "sha256": .string(hash)])
        }
        var origin = JSONObject()
        origin["root"] = .string(root)
        origin["removed"] = .array(removed)
        origin["before"] = earlier[run]
        return .object(origin)
    }
}
