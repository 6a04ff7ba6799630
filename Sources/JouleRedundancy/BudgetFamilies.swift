import JouleFile
import JouleQuantities

/// Runs of one recipe and one seed but for how long they train.
///
/// Where the epochs that two of them did are equal bit for bit, the longer could have gone on from a
/// checkpoint of the shorter, and the shorter's result stood in the log of the longer. Without a
/// checkpoint nobody could have spared the work.
struct BudgetFamilies {
    private let table: LeafTable
    private let bound: CoincidenceBound
    private let vocabulary: RunVocabulary
    /// By path whether it says how long a run goes on.
    private let isBudget: [Bool]

    /// Only this many earlier runs are compared with one, the latest first.
    private static let comparedMax = 64

    init(_ table: LeafTable, bound: CoincidenceBound, _ vocabulary: RunVocabulary) {
        self.table = table
        self.bound = bound
        self.vocabulary = vocabulary
        isBudget = table.paths.map(vocabulary.roles.isBudget)
    }

    /// What runs of one family have in common; nil for a run without epochs or without a budget.
    func family(of run: KeyedRun) -> IndexSum? {
        guard run.run.curve?.isFinal == false else { return nil }
        var hasBudget = false
        var family = run.keys.exact
        for leaf in run.keys.leaves {
            guard isBudget[Int(table.path(of: leaf))] else { continue }
            family = family - table.hash(of: leaf)
            hasBudget = true
        }
        return hasBudget ? family : nil
    }

    /// `runs` are those of a family, in the order of their starts.
    func judge(_ runs: [KeyedRun], into verdicts: inout Verdicts) {
        for place in runs.indices.dropFirst() where !verdicts.hasJudged(runs[place].run) {
            let earlier = runs[..<place].suffix(Self.comparedMax)
            guard let found = longest(of: Array(earlier), shared: runs[place]) else { continue }
            judge(runs[place], found.evidence, epochs: found.epochs, into: &verdicts)
        }
    }

    /// The run that shares most epochs, from the first to the last of the shorter one.
    private func longest(of earlier: [KeyedRun], shared run: KeyedRun)
        -> (evidence: KeyedRun, epochs: Int)?
    {
        guard let curve = run.run.curve else { return nil }
        var own: [UInt64]?
        var best: (evidence: KeyedRun, epochs: Int)?
        for other in earlier where other.keys.recipe != run.keys.recipe {
            guard let otherCurve = other.run.curve else { continue }
            let epochs = Int(min(curve.epochs, otherCurve.epochs))
            guard epochs > (best?.epochs ?? 0) else { continue }
            // The shorter one's last epoch is one of the longer one's.
            let isShared: Bool
            if otherCurve.epochs <= curve.epochs {
                let prefixes = own ?? run.run.details.prefixes
                own = prefixes
                isShared = prefixes[epochs - 1] == otherCurve.last
            } else {
                isShared = other.run.details.prefixes[epochs - 1] == curve.last
            }
            let share = Double(epochs) / Double(curve.epochs)
            if isShared, run.run.informationBits * share >= bound.bits { best = (other, epochs) }
        }
        return best
    }

    private func judge(
        _ run: KeyedRun,
        _ evidence: KeyedRun,
        epochs: Int,
        into verdicts: inout Verdicts
    ) {
        let checkpoint = Self.lastCheckpoint(of: evidence.run.details, through: epochs)
        let line: Finding.Line
        switch (evidence.run.precedence(over: run.run), checkpoint) {
        case _ where run.run.isVerification: line = .notWaste
        case (.unknown, _): line = .undetermined
        case (.overlapping, _): line = .concurrent
        case (.finished, nil): line = .undetermined
        case (.finished, .some(0)): line = .notWaste
        case (.finished, .some): line = .avoidable
        }
        let spared = checkpoint.flatMap { $0 > 0 ? $0 : nil } ?? epochs
        let comparison = Comparison(
            run.run,
            evidence.run,
            changed: run.keys.changedPaths(from: evidence.keys, table),
            vocabulary
        )
        verdicts.take(
            .prefixExtension,
            .bit,
            line,
            run,
            evidence,
            cost: run.run.cost.share(run.run.details.epochs, first: spared),
            differences: comparison.differences
        )
    }

    /// The last epoch up to `epochs` of which a checkpoint was kept: 0 when none was, nil when nobody
    /// says.
    private static func lastCheckpoint(of run: RunDetails, through epochs: Int) -> Int? {
        guard let kept = run.checkpoints else { return nil }
        let first = run.epochs.first?.number ?? 1
        return kept.map { $0 &- first &+ 1 }.filter { (1...epochs).contains($0) }.max() ?? 0
    }
}

extension RunKeys {
    /// The paths at which two configurations hold something else, or only one holds anything.
    func changedPaths(from other: RunKeys, _ table: LeafTable) -> Set<String> {
        var paths = Set(changedPlaces(from: other, table).map { table.paths[Int($0)] })
        if seed != other.seed { paths.insert("seed") }
        return paths
    }

    /// The places of the same paths, the seed's aside.
    func changedPlaces(from other: RunKeys, _ table: LeafTable) -> Set<Int32> {
        var places: Set<Int32> = []
        leaves.forEachDifference(from: other.leaves) { places.insert(table.path(of: $0)) }
        return places
    }
}

extension RandomAccessCollection<LeafTable.ID> where Index == Int {
    /// Calls `body` with each leaf that only one of two ordered lists holds.
    func forEachDifference(from other: Self, _ body: (LeafTable.ID) -> Void) {
        var (a, b) = (startIndex, other.startIndex)
        while a < endIndex || b < other.endIndex {
            if b == other.endIndex || a < endIndex && self[a] < other[b] {
                body(self[a])
                a += 1
            } else if a == endIndex || other[b] < self[a] {
                body(other[b])
                b += 1
            } else {
                a += 1
                b += 1
            }
        }
    }
}
