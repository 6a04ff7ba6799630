import JouleFormat
import JouleQuantities

/// The ledgers that were found, of which copies of one count once.
///
/// Of those with one file id the longest stands for all, a whole one before a damaged one. A ledger
/// made of another by `recover`, `redact` or `thin` has an id of its own, but names the root of the other: it
/// is a copy of it, and of whatever was made of the same. So is a ledger with the very runs of one
/// that was made anew, since the root of the other is another as soon as anything is appended to it.
/// Of such copies one counts: a whole one before a damaged one, then what was made anew most often,
/// then the longest.
package struct DistinctLedgers<Found> {
    private var all: [(traits: LedgerTraits, found: Found)] = []
    private var places: [String: Int] = [:]

    package init() {}

    package mutating func add(_ found: Found, _ traits: LedgerTraits) {
        guard !traits.fileID.isEmpty, let place = places[traits.fileID] else {
            places[traits.fileID] = all.count
            return all.append((traits, found))
        }
        if all[place].traits.isWorse(than: traits) { all[place] = (traits, found) }
    }

    /// Those that count, in the order in which they were found.
    package var counted: [Found] {
        guard all.contains(where: { $0.traits.isMadeAnew }) else { return all.map(\.found) }
        var best: [Int: Int] = [:]
        for (place, group) in groups.enumerated() {
            if let known = best[group], !all[known].traits.isWorse(than: all[place].traits) {
                continue
            }
            best[group] = place
        }
        return best.values.sorted().map { all[$0].found }
    }

    /// By ledger the first one that it is a copy of, or itself.
    private var groups: [Int] {
        let known = Set(all.lazy.filter(\.traits.isMadeAnew).compactMap(\.traits.runs))
        var groups = Array(all.indices)
        /// Leads to the first ledger of a group, where it ends.
        func first(_ place: Int) -> Int {
            var place = place
            while groups[place] != place { place = groups[place] }
            return place
        }
        var byRoot: [String: Int] = [:]
        var byRuns: [LedgerTraits.Runs: Int] = [:]
        for (place, (traits, _)) in all.enumerated() {
            var others = traits.roots.compactMap { byRoot[$0] }
            for root in traits.roots { byRoot[root] = place }
            if let runs = traits.runs, known.contains(runs) {
                if let other = byRuns[runs] { others.append(other) }
                byRuns[runs] = place
            }
            for other in others {
                let pair = (first(place), first(other))
                groups[max(pair.0, pair.1)] = min(pair.0, pair.1)
            }
        }
        return all.indices.map(first)
    }
}

/// What tells a copy of a ledger, and which of several is the best.
package struct LedgerTraits: Sendable {
    /// The runs of a ledger by those who recorded them.
    struct Runs: Hashable, Sendable {
        /// One process may have recorded several files of one ledger.
        let segments: Range<Int>
        let recorded: Set<Recording>
    }

    /// No process records two runs of one id that begin at one instant.
    struct Recording: Hashable, Sendable {
        let run: RunID
        let rank: Int?
        let process: ProcessIdentity
        let started: WallTime

        init?(_ run: RunRecord) {
            guard let process = run.process, let started = run.started else { return nil }
            self.run = run.id
            rank = run.rank
            self.process = process
            self.started = started
        }
    }

    /// Hexadecimal; empty when not known.
    let fileID: String
    /// Hexadecimal; nil where it is not known.
    let root: String?
    /// Its own root, where it is known, and those of the ledgers that it was made of.
    let roots: Set<String>
    /// Nil where the record of a run does not tell who recorded it.
    let runs: Runs?
    /// How many ledgers it was made of, each of the one before.
    let origins: Int
    let isWhole: Bool
    let size: UInt64

    init(
        fileID: String,
        root: String?,
        isWhole: Bool,
        size: UInt64,
        segments: Range<Int>,
        runs: some Collection<RunRecord>
    ) {
        let origins = Set(runs.lazy.flatMap(\.origins))
        let recorded = Set(runs.lazy.compactMap(Recording.init))
        self.fileID = fileID
        self.root = root
        self.origins = origins.count
        self.isWhole = isWhole
        self.size = size
        self.roots = origins.union(root.map { [$0] } ?? [])
        let isEachKnown = !runs.isEmpty && recorded.count == runs.count
        self.runs = isEachKnown ? Runs(segments: segments, recorded: recorded) : nil
    }

    /// By which a closed ledger is known wherever it lies; nil where the root is not known.
    package var content: LedgerContent? { root.map { LedgerContent(fileID: fileID, root: $0) } }

    /// Whether its rows were written anew from another.
    var isMadeAnew: Bool { origins > 0 }

    func isWorse(than other: LedgerTraits) -> Bool {
        (isWhole ? 1 : 0, origins, size) < (other.isWhole ? 1 : 0, other.origins, other.size)
    }
}

extension RunRecord {
    /// Roots of the ledgers that this one was made of, each with its rows written anew.
    fileprivate var origins: [String] {
        var roots: [String] = []
        for name in ["redacted_from", "recovered_from", "thinned_from"] {
            var origin = extra[name]
            while let known = origin {
                if let root = known["root"]?.string { roots.append(root) }
                origin = known["before"]
            }
        }
        return roots
    }
}

extension LedgerQuery {
    /// What tells whether another ledger is a copy of this one.
    package var traits: LedgerTraits {
        let first = Int(parts[0].header.segment)
        return LedgerTraits(
            fileID: Digest.hex(parts[0].header.fileID),
            root: closedRoot,
            isWhole: problems.isEmpty,
            size: size,
            segments: first..<(first + parts.count),
            runs: runs.values
        )
    }
}
