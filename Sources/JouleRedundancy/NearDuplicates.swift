import JouleFile
import JouleQuantities

/// Runs that differ in one number by at most 3 %, with results as close as two seeds may be.
///
/// Nobody can say that they are the same: it is worth a look, and no more.
struct NearDuplicates {
    private struct Pair {
        let run: KeyedRun
        let evidence: KeyedRun
        let path: Int32
        let replication: Replication
    }

    private static let differenceMax = 0.03
    /// Two means of one seed each differ by √2·σ; three times that leaves one in 370.
    private static let deviationsMax = 3 * 2.0.squareRoot()

    private let table: LeafTable
    private let vocabulary: RunVocabulary
    private var pairs: [RunID: Pair] = [:]
    /// The path that was looked at last, and whether a rule keeps it.
    private var last: (path: Int32, isProtected: Bool)?

    init(_ table: LeafTable, _ vocabulary: RunVocabulary) {
        self.table = table
        self.vocabulary = vocabulary
    }

    /// Looks at the neighbours of one key, where the noise between seeds is known.
    mutating func take(_ bucket: Neighbours.Bucket, noise: (KeyedRun) -> Replication?) {
        if last?.path != bucket.path {
            last = (bucket.path, vocabulary.roles.isProtected(table.paths[Int(bucket.path)]))
        }
        guard last?.isProtected == false else { return }
        let numbers = bucket.runs.compactMap { member -> (value: Double, run: KeyedRun)? in
            guard let leaf = member.leaf, let value = table.number(of: leaf),
                member.run.run.status == .finished
            else { return nil }
            return (value, member.run)
        }
        let ordered = numbers.sorted { ($0.value, $0.run.run.id) < ($1.value, $1.run.run.id) }
        for (left, right) in zip(ordered, ordered.dropFirst()) where left.value != right.value {
            let scale = max(abs(left.value), abs(right.value))
            guard abs(left.value - right.value) <= Self.differenceMax * scale,
                let replication = noise(left.run), isClose(left.run, right.run, replication)
            else { continue }
            let isOrdered = AuditedRun.startsBefore(left.run.run, right.run.run)
            let (earlier, later) = isOrdered ? (left.run, right.run) : (right.run, left.run)
            pairs[later.run.id] = Pair(
                run: later,
                evidence: earlier,
                path: bucket.path,
                replication: replication
            )
        }
    }

    private func isClose(_ left: KeyedRun, _ right: KeyedRun, _ replication: Replication) -> Bool {
        let values = [left, right].map { run in
            run.run.result(replication.metric)
        }
        guard let a = values[0], let b = values[1] else { return false }
        return abs(a - b) <= Self.deviationsMax * replication.seedDeviation
    }

    func judge(into verdicts: inout Verdicts) {
        for pair in pairs.values where !verdicts.hasJudged(pair.run.run) {
            let name = table.paths[Int(pair.path)]
            var finding = Finding(
                .nearDuplicate,
                .statistical,
                .review,
                pair.run.run,
                pair.evidence.run,
                cost: pair.run.run.cost,
                differences: Comparison(
                    pair.run.run,
                    pair.evidence.run,
                    changed: [name],
                    vocabulary
                ).differences,
                missing: pair.run.keys.missing
            )
            finding.explanation = Explanation.near(finding, pair.replication)
            verdicts.take(finding, of: pair.run.run, cost: pair.run.run.cost)
        }
    }
}
