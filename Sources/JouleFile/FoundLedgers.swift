import JouleFormat
import JouleQuantities

/// The ledgers of a directory, each once.
///
/// A copy of a ledger, in a pack or under another name, is no second experiment: of those with one
/// file id the longest counts, a whole one before a damaged one. What was rewritten counts instead of
/// the ledger that it names.
struct FoundLedgers {
    struct Item {
        let place: LedgerDirectory.Place
        let fileID: String
        /// Hexadecimal.
        let root: String
        let isDamaged: Bool
        let size: UInt64
        let runs: [RunRecord]
        /// None when the ledger itself was not read.
        var attachments: [RunID: [Attachment]] = [:]
        /// Nil when the ledger itself was not read.
        let integrity: Integrity?
    }

    private var items: [Item] = []
    private var places: [String: Int] = [:]

    mutating func add(_ item: Item) {
        guard !item.fileID.isEmpty else { return items.append(item) }
        guard let place = places[item.fileID] else {
            places[item.fileID] = items.count
            return items.append(item)
        }
        let known = items[place]
        if (item.isDamaged ? 0 : 1, item.size) > (known.isDamaged ? 0 : 1, known.size) {
            items[place] = item
        }
    }

    /// In the order in which they were found.
    var distinct: [Item] {
        let rewritten = Set(items.lazy.flatMap(\.runs).compactMap(\.rewrittenFrom))
        return rewritten.isEmpty ? items : items.filter { !rewritten.contains($0.root) }
    }
}

extension RunRecord {
    /// Root of the ledger that this one was made from, with rows written anew.
    package var rewrittenFrom: String? {
        (extra["redacted_from"] ?? extra["recovered_from"])?["root"]?.string
    }
}

extension LedgerDirectory {
    /// Reads one file, which may be a pack; `progress` is told of its members.
    mutating func read(
        _ path: String,
        _ depth: Depth,
        into found: inout FoundLedgers,
        progress: ((_ done: Int, _ of: Int) -> Void)? = nil
    ) throws(LedgerError) {
        let source = try LedgerSource(path)
        let header = try BlockScanner.header(of: source)
        guard header.isPack else {
            let ledger = try Ledger(reading: path)
            report(ledger, at: path)
            found.add(try .init(ledger, at: Place(path: path, member: nil), in: source))
            return
        }
        let contents = try PackContents(of: source, header: header)
        for problem in contents.problems {
            let message = "damaged at byte \(problem.offset): \(problem.message)"
            problems.append(Problem(path: path, message: message))
        }
        let listed =
            depth == .summaries ? try contents.listedRuns(of: source, salt: header.salt) : [:]
        for (number, member) in contents.distinctMembers.enumerated() {
            progress?(number, contents.members.count)
            let place = Place(path: path, member: member.path)
            if let runs = listed[member.number], member.state?.isReadable == true {
                found.add(.init(member, runs, at: place))
                continue
            }
            let bytes = contents.source(of: member)
            do throws(LedgerError) {
                let ledger = try Ledger(bytes)
                report(ledger, at: bytes.path)
                found.add(try .init(ledger, at: place, in: bytes))
            } catch {
                problems.append(Problem(path: bytes.path, message: error.description))
            }
        }
    }

    private mutating func report(_ ledger: Ledger, at path: String) {
        for problem in ledger.integrity.problems where ledger.integrity.state == .damaged {
            let place = "damaged at byte \(problem.offset): \(problem.message)"
            problems.append(Problem(path: path, message: place))
        }
    }
}

extension FoundLedgers.Item {
    fileprivate init(_ ledger: Ledger, at place: LedgerDirectory.Place, in source: LedgerSource)
        throws(LedgerError)
    {
        self.init(
            place: place,
            fileID: ledger.fileID,
            root: Digest.hex(ledger.integrity.root),
            isDamaged: ledger.integrity.state == .damaged,
            size: try source.size(),
            runs: ledger.runs,
            attachments: ledger.attachmentsByRun,
            integrity: ledger.integrity
        )
    }

    fileprivate init(
        _ member: PackContents.Member,
        _ runs: [RunRecord],
        at place: LedgerDirectory.Place
    ) {
        self.init(
            place: place,
            fileID: member.fileID,
            root: member.root,
            isDamaged: false,
            size: member.extent.size,
            runs: runs,
            integrity: nil
        )
    }
}

extension MemberState {
    /// Whether what the pack lists of the runs is all that there is to know.
    fileprivate var isReadable: Bool { self == .clean || self == .live || self == .torn }
}

extension PackContents {
    /// Each ledger once, by its first name.
    var distinctMembers: [Member] {
        var seen: Set<UInt64> = []
        return members.filter { seen.insert($0.extent.start).inserted }
    }
}
