import JouleFile
import JouleQuantities

/// Folds several records of one execution into one, so that its energy counts once.
struct RecordCopies {
    /// One entry an execution, in no particular order.
    private(set) var distinct: [AuditedRun] = []
    private(set) var findings: [Finding] = []

    private struct UndatedKey: Hashable {
        let durations: UInt64
        let curve: Curve
    }

    private let bound: CoincidenceBound
    private let vocabulary: RunVocabulary
    private var byDate: [Execution.DatedKey: [Int]] = [:]
    private var byResult: [UndatedKey: Int] = [:]

    /// Takes the fullest record first, so that the result does not depend on the input's order.
    init(_ runs: [AuditedRun], bound: CoincidenceBound, _ vocabulary: RunVocabulary) {
        self.bound = bound
        self.vocabulary = vocabulary
        let merged = joiningRanks(runs).sorted(by: AuditedRun.isFuller)
        for run in merged { place(run) }
    }

    /// One entry for all records of one name.
    ///
    /// Ranks of one run carry one name; their energies add, their results are the lowest rank's.
    /// A second record of the same rank is a copy.
    private mutating func joiningRanks(_ runs: [AuditedRun]) -> [AuditedRun] {
        Dictionary(grouping: runs, by: \.id).values.map { records in
            guard records.count > 1 else { return records[0] }
            let sorted = records.sorted(by: AuditedRun.isFuller)
            let ranks = Dictionary(grouping: sorted, by: { $0.rank ?? 0 })
            for copy in ranks.values.flatMap({ $0.dropFirst() }) {
                note(copy, of: copy, proof: .bit)
            }
            let parts = ranks.keys.sorted()
                .compactMap { ranks[$0]?.first }
            guard parts.count > 1 else { return parts[0] }
            let cost = parts.dropFirst().reduce(into: parts[0].cost) { $0.add($1.cost) }
            return parts[0].costing(cost)
        }
    }

    private mutating func place(_ run: AuditedRun) {
        let dated = run.execution.datedKey
        if let dated, let place = datedOriginal(of: run, at: dated) {
            return note(run, of: distinct[place], proof: .bit)
        }
        let undated = undatedKey(of: run)
        if let undated, let place = byResult[undated], isCopy(run, of: distinct[place]) {
            return note(run, of: distinct[place], proof: .bit)
        }
        if let dated { byDate[dated, default: []].append(distinct.count) }
        if let undated, byResult[undated] == nil { byResult[undated] = distinct.count }
        distinct.append(run)
    }

    /// The execution on the same host that started and ended at the same instants.
    ///
    /// Where a clock tells whole seconds only, the results have to agree as well, bit for bit.
    private func datedOriginal(of run: AuditedRun, at key: Execution.DatedKey) -> Int? {
        let isFine = run.execution.hasSubsecondFact
        // More runs never start at one instant but for a clock of whole seconds.
        return byDate[key]?.prefix(64).first { place in
            let other = distinct[place]
            return !run.execution.isDistinct(from: other.execution) && !seedsDiffer(run, other)
                && (isFine
                    || run.execution.isSpanned(like: other.execution) && bound.proves(run, other))
        }
    }

    private func seedsDiffer(_ run: AuditedRun, _ other: AuditedRun) -> Bool {
        guard let a = run.inputs.seed, let b = other.inputs.seed else { return false }
        return CanonicalValue.ofSeed(a) != CanonicalValue.ofSeed(b)
    }

    private func undatedKey(of run: AuditedRun) -> UndatedKey? {
        guard let curve = run.curve, let durations = run.execution.durationsHash else {
            return nil
        }
        return UndatedKey(durations: durations, curve: curve)
    }

    /// Without dates, equal durations below the second together with equal metric bits.
    private func isCopy(_ run: AuditedRun, of other: AuditedRun) -> Bool {
        guard !run.execution.isDistinct(from: other.execution), !seedsDiffer(run, other) else {
            return false
        }
        let bits = run.execution.durationBits(epochs: run.details.epochs.compactMap(\.seconds))
        return bits > 0 && bits + run.informationBits >= bound.bits
    }

    private mutating func note(_ copy: AuditedRun, of original: AuditedRun, proof: Finding.Proof) {
        findings.append(.recordCopy(copy, of: original, proof: proof, vocabulary))
    }
}

extension RunCost {
    /// Adds another part of the same run; unknown when either is.
    fileprivate mutating func add(_ other: RunCost) {
        joules = joules.flatMap { sum in other.joules.map { sum + $0 } }
        isAssumed = isAssumed || other.isAssumed
    }
}

extension Finding {
    /// A second record of one execution: nothing ran twice, so nothing was wasted.
    static func recordCopy(
        _ copy: AuditedRun,
        of original: AuditedRun,
        proof: Proof,
        _ vocabulary: RunVocabulary
    ) -> Finding {
        var finding = Finding(
            class: .recordCopy,
            proof: proof,
            line: .notWaste,
            run: copy.id,
            evidence: original.id,
            wasteJoules: 0,
            wasteSeconds: 0
        )
        finding.differences = Comparison(copy, original, vocabulary).differences
        finding.evidenceEnded = original.execution.ended
        finding.explanation =
            "\(copy.id.name) and \(original.id.name) are two records of one execution; "
            + "its energy is counted once."
        return finding
    }
}
