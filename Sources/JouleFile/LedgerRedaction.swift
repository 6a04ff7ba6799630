import Glibc
import JouleFormat
package import JouleQuantities

/// A ledger made from another without what should not have been in it.
package struct LedgerRedaction: Sendable {
    /// How many values each path removed, in the order in which the paths were given.
    package let removed: [(path: RecordPath, values: Int)]
    /// Runs from whose record something was removed.
    package let runs: Int
    /// Hexadecimal root of the old ledger, which the new one names.
    package let oldRoot: String
    /// Hexadecimal; with it whoever knows a removed value can prove that it was removed.
    ///
    /// It is in no file: a short secret could be guessed from its hash and the salt.
    package let salt: String
    /// Where a removed text still stands.
    package let leftovers: [String]
    /// Whether the old ledger holds signatures, which do not hold for the new one.
    package let hadSeals: Bool

    /// Writes the ledger at `path`, its ring included, without what `paths` name into a new one at
    /// `target`; `spell` gives the canonical text of a value (RFC 8785).
    ///
    /// Rows are written anew and stay equal, each run names the old root and the hashes of what was
    /// removed. The ledger appears as a whole or not at all. Throws when no path names anything, when
    /// the ledger has a writer, is damaged or a pack, and when `target` exists.
    package static func write(
        _ path: String,
        to target: String,
        removing paths: [RecordPath],
        spell: (JSON) -> [UInt8]
    ) throws(LedgerError) -> LedgerRedaction {
        let source = try LedgerSource(path)
        var seals = SealCount()
        let before = try LedgerScan(source, verifies: true, visitor: &seals)
        try check(before, path: path)
        guard unsafe access(target, F_OK) != 0 else {
            throw .system(path: target, operation: "create", errno: EEXIST)
        }
        var header = FileHeader(createdNS: UInt64(clamping: LedgerWriter.wallClockNS()))
        header.segment = before.header.segment
        header.previousRoot = before.header.previousRoot
        let file = try SystemFile.draft(of: target)
        let written = try LedgerSource("/proc/self/fd/\(file.descriptor)")
        let sink = RewrittenLedger(try LedgerAppender(in: file, header: header))
        var redacting = Redacting(sink: sink, paths: paths)
        _ = try LedgerScan(source, schemas: before.finalSchemas, visitor: &redacting)
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
        try compare(source, written.prefix(size, isLive: false), path: path)
        var leftovers = Leftovers(of: redacting.removals.values.joined().map(\.value))
        _ = try LedgerScan(written.prefix(size, isLive: false), visitor: &leftovers)
        try sink.publish()
        return LedgerRedaction(
            removed: paths.map { path in
                let values = redacting.removals.values.joined().filter { $0.path == path }
                return (path, values.count)
            },
            runs: redacting.removals.values.count { !$0.isEmpty },
            oldRoot: root,
            salt: Digest.hex(salt),
            leftovers: leftovers.places,
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
    private static func compare(_ old: LedgerSource, _ new: LedgerSource, path: String)
        throws(LedgerError)
    {
        let (before, after) = (try Ledger(old), try Ledger(new))
        let isSame =
            after.integrity.state == .clean && before.runs.count == after.runs.count
            && zip(before.runs, after.runs).allSatisfy { $0.hasSameFacts(as: $1) }
        guard isSame else { throw .redactionTooDeep(path: path) }
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
    /// By run.
    private(set) var removals: [Int64: [Removal]] = [:]
    /// What an earlier redaction or recovery said, by run.
    private var earlier: [Int64: JSON] = [:]
    /// Lengths of the lists of the records so far.
    private var lengths: [Int64: [String: Int]] = [:]

    init(sink: RewrittenLedger, paths: [RecordPath]) {
        self.sink = sink
        self.paths = paths
    }

    mutating func visit(rows: DataPayload, schema: TableSchema) { sink.take(rows, schema) }

    mutating func visit(attached part: AttachPayload) { sink.take(part) }

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

/// Looks for removed texts in what is left.
private struct Leftovers: LedgerVisitor {
    /// At most twenty.
    private(set) var places: [String] = []
    private let texts: [String]

    /// Shorter texts stand by chance in too many places; of those in a list or an object nobody
    /// said that they are secret.
    private static let sizeMin = 6
    private static let innerSizeMin = 16

    init(of removed: [JSON]) {
        let texts = removed.flatMap { value in
            let sizeMin = value.string == nil ? Self.innerSizeMin : Self.sizeMin
            return value.texts.filter { $0.utf8.count >= sizeMin }
        }
        self.texts = Array(Set(texts))
    }

    mutating func visit(meta document: MetaDocument) {
        if let set = document.json["set"] { look(in: set, at: "") }
        if let append = document.json["append"] { look(in: append, at: "") }
        if let epochs = document.json["epochs"] { look(in: epochs, at: "epochs.") }
    }

    mutating func visit(attached part: AttachPayload) {
        let text = String(decoding: part.part, as: UTF8.self)
        look(in: .string(text), at: "attachment \(part.name)")
    }

    mutating func visit(rows: DataPayload, schema: TableSchema) {
        for (number, column) in schema.columns.enumerated() {
            look(in: .string(column.name), at: "the name of a column of \(schema.name)")
            for text in rows.columns[UInt16(number)]?.strings ?? [] {
                look(in: .string(text), at: "\(schema.name), column \(column.name)")
            }
        }
    }

    private mutating func look(in value: JSON, at place: String) {
        switch value {
        case .string(let text):
            let name = place.hasSuffix(".") ? String(place.dropLast()) : place
            guard texts.contains(where: { text.contains($0) }), places.count < 20,
                !places.contains(name)
            else { return }
            places.append(name)
        case .object(let object):
            for member in object.members {
                look(in: .string(member.name), at: place + member.name)
                look(in: member.value, at: place + member.name + ".")
            }
        case .array(let elements):
            for (number, element) in elements.enumerated() {
                look(in: element, at: "\(place)\(number).")
            }
        default: return
        }
    }
}

extension JSON {
    /// All texts in the value.
    fileprivate var texts: [String] {
        switch self {
        case .string(let text): [text]
        case .array(let elements): elements.flatMap(\.texts)
        case .object(let object): object.members.flatMap(\.value.texts)
        default: []
        }
    }
}
