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
            let isAlone = ledger.integrity.segments == 1
            let size = try isAlone ? source.size() : SegmentChain(of: path).size()
            found.add(.init(ledger, at: Place(path: path, member: nil), size: size))
            return
        }
        let contents = try PackContents(of: source, header: header)
        for problem in contents.problems {
            let message = "damaged at byte \(problem.offset): \(problem.message)"
            problems.append(Problem(path: path, message: message))
        }
        let listed =
            depth == .summaries ? try contents.listedRuns(of: source, salt: header.salt) : [:]
        for (number, group) in contents.ledgers(besides: Set(listed.keys)).enumerated() {
            progress?(number, contents.members.count)
            let place = Place(path: path, member: group[0].path)
            if let runs = listed[group[0].number],
                group.allSatisfy({ $0.state?.isReadable == true })
            {
                found.add(.init(group, runs, at: place))
                continue
            }
            let name = contents.source(of: group[0]).path
            do throws(LedgerError) {
                let ledger = try contents.ledger(of: group)
                report(ledger, at: name)
                let size = group.reduce(0) { $0 + $1.extent.size }
                found.add(.init(ledger, at: place, size: size))
            } catch {
                problems.append(Problem(path: name, message: error.description))
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
    fileprivate init(_ ledger: Ledger, at place: LedgerDirectory.Place, size: UInt64) {
        self.init(
            place: place,
            fileID: ledger.fileID,
            root: Digest.hex(ledger.integrity.root),
            isDamaged: ledger.integrity.state == .damaged,
            size: size,
            runs: ledger.runs,
            attachments: ledger.attachmentsByRun,
            integrity: ledger.integrity
        )
    }

    fileprivate init(
        _ segments: [PackContents.Member],
        _ runs: [RunRecord],
        at place: LedgerDirectory.Place
    ) {
        self.init(
            place: place,
            fileID: segments[0].fileID,
            root: segments.last?.root ?? "",
            isDamaged: false,
            size: segments.reduce(0) { $0 + $1.extent.size },
            runs: runs,
            integrity: nil
        )
    }
}

extension MemberState {
    /// Whether what the pack lists of the runs is all that there is to know.
    fileprivate var isReadable: Bool { self == .clean || self == .live || self == .torn }
}
