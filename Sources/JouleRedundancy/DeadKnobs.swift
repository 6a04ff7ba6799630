import JouleFile
import JouleQuantities

/// Runs that differ in keys of their configuration and came to the same result, bit for bit.
///
/// Whoever found it out first could not know it. From then on it was known: for the same rest of the
/// configuration once two values gave one result, and for the whole program as long as no other pair
/// that differed in this key alone had come to different results.
struct DeadKnobs {
    /// When it was first seen of a key, in one program, that it did nothing, and that it did
    /// something.
    struct Record {
        var sameSince: WallTime?
        var differentSince: WallTime?
    }

    private let table: LeafTable
    private let bound: CoincidenceBound
    private let vocabulary: RunVocabulary

    /// Only this many earlier runs with one result are compared with a run.
    private static let comparedMax = 64

    init(_ table: LeafTable, bound: CoincidenceBound, _ vocabulary: RunVocabulary) {
        self.table = table
        self.bound = bound
        self.vocabulary = vocabulary
    }

    /// `runs` are the originals of one program in the order of their starts; `records` what their
    /// neighbours show of each key.
    func judge(_ runs: [KeyedRun], _ records: [Int32: Record], into verdicts: inout Verdicts) {
        let ended = runs.filter { $0.isProof(bound) }
        var results = KeyChains(count: ended.count)
        for run in ended {
            let curve = run.run.curve ?? CurveMark(last: 0, epochs: 0)
            let result = Fingerprint64.combine(curve.last, UInt64(curve.epochs.magnitude))
            results.add(run.keys.contextSum + run.keys.seedSum + IndexSum(value: UInt128(result)))
        }
        for first in results.shared {
            var candidates: [KeyedRun] = []
            results.forEach(from: first) { candidates.append(ended[$0]) }
            // The index finds candidates; what it is made of decides.
            for same in candidates.divided(by: Result.init) {
                for place in same.indices.dropFirst() where !verdicts.hasJudged(same[place].run) {
                    judge(same[place], after: same[..<place], records, into: &verdicts)
                }
            }
        }
    }

    /// What two runs that differ in a dead key alone have in common.
    private struct Result: Hashable {
        let context: IndexSum
        let seed: SeedKey
        let curve: CurveMark?

        init(_ run: KeyedRun) {
            context = run.keys.contextSum
            seed = run.keys.seed
            curve = run.run.curve
        }
    }

    private func judge(
        _ run: KeyedRun,
        after earlier: ArraySlice<KeyedRun>,
        _ records: [Int32: Record],
        into verdicts: inout Verdicts
    ) {
        let candidates = earlier.prefix(Self.comparedMax)
            .map { (run: $0, paths: run.keys.changedPlaces(from: $0.keys, table)) }
            .filter { !$0.paths.isEmpty && !$0.paths.contains(where: isProtected) }
        guard let nearest = candidates.min(by: { isNearer($0, $1, to: run) }) else { return }
        let finished = candidates.filter { $0.run.run.precedence(over: run.run) == .finished }
        let line: Finding.Line
        if run.run.isVerification {
            line = .notWaste
        } else if finished.contains(where: { isKnown($0, finished, records, to: run.run) }) {
            line = .avoidable
        } else {
            switch nearest.run.run.precedence(over: run.run) {
            case .finished: line = .hindsight
            // The second of two shows what nobody could know, whether or not the first had ended.
            case .overlapping: line = candidates.count == 1 ? .hindsight : .concurrent
            case .unknown: line = .undetermined
            }
        }
        let names = Set(nearest.paths.map { table.paths[Int($0)] })
        let comparison = Comparison(
            run.run,
            nearest.run.run,
            changed: names,
            vocabulary
        )
        verdicts.take(.deadKnob, .bit, line, run, nearest.run, differences: comparison.differences)
    }

    /// Whether it was known when `run` started that it would come to the result of `evidence`.
    private func isKnown(
        _ evidence: (run: KeyedRun, paths: Set<Int32>),
        _ finished: [(run: KeyedRun, paths: Set<Int32>)],
        _ records: [Int32: Record],
        to run: AuditedRun
    ) -> Bool {
        // Two finished runs that differ from this one in the same keys had shown it.
        if finished.count(where: { $0.paths == evidence.paths }) > 1 { return true }
        guard let start = run.execution.started else { return false }
        return evidence.paths.allSatisfy { path in
            guard let record = records[path], let same = record.sameSince, same <= start else {
                return false
            }
            return record.differentSince.map { $0 > start } ?? true
        }
    }

    private func isNearer(
        _ left: (run: KeyedRun, paths: Set<Int32>),
        _ right: (run: KeyedRun, paths: Set<Int32>),
        to run: KeyedRun
    ) -> Bool {
        func rank(_ candidate: (run: KeyedRun, paths: Set<Int32>)) -> (Int, Int) {
            let isFinished = candidate.run.run.precedence(over: run.run) == .finished
            return (isFinished ? 0 : 1, candidate.paths.count)
        }
        return rank(left) < rank(right)
    }

    private func isProtected(_ path: Int32) -> Bool {
        vocabulary.roles.isProtected(table.paths[Int(path)])
    }
}

extension DeadKnobs.Record {
    /// Takes note of two neighbours, which differ in the key alone.
    mutating func take(_ left: KeyedRun, _ right: KeyedRun) {
        guard let a = left.run.execution.ended, let b = right.run.execution.ended else { return }
        let known = max(a, b)
        if left.run.curve == right.run.curve {
            sameSince = sameSince.map { min($0, known) } ?? known
        } else {
            differentSince = differentSince.map { min($0, known) } ?? known
        }
    }
}

extension KeyedRun {
    /// Whether the run finished with a result that says enough.
    func isProof(_ bound: CoincidenceBound) -> Bool {
        run.isProof(bound)
    }
}
