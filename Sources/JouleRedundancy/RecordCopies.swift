import JouleFile
import JouleQuantities

/// Folds several records of one execution into one, so that its energy counts once.
struct RecordCopies {
    /// One entry an execution, in the order of their names.
    private(set) var distinct: [AuditedRun] = []
    private(set) var findings: [Finding] = []

    private let bound: CoincidenceBound
    private let vocabulary: RunVocabulary
    /// By start the last of `distinct` that is dated so, and by place the one before it.
    private var byStart = PlaceTable()
    private var sameStart: [Int32] = []
    /// By a hash of durations and results the first of `distinct`.
    private var byResult = PlaceTable()

    /// Takes the fullest record first, so that the result does not depend on the input's order.
    init(_ runs: [AuditedRun], bound: CoincidenceBound, _ vocabulary: RunVocabulary) {
        self.bound = bound
        self.vocabulary = vocabulary
        let merged = joiningRanks(RunOrder.byName(runs))
        for (rank, run) in merged.enumerated() { run.nameRank = Int32(rank) }
        distinct.reserveCapacity(merged.count)
        sameStart.reserveCapacity(merged.count)
        byStart = PlaceTable(capacity: merged.count)
        byResult = PlaceTable(capacity: merged.count)
        for run in RunOrder.byFullness(merged) { place(run) }
        byStart = PlaceTable()
        byResult = PlaceTable()
        sameStart = []
        var isDistinct = [Bool](repeating: false, count: merged.count)
        for run in distinct { isDistinct[Int(run.nameRank)] = true }
        distinct = merged.filter { isDistinct[Int($0.nameRank)] }
    }

    /// One entry for all records of one name, which come together.
    ///
    /// Ranks of one run carry one name; their energies add, their results are the lowest rank's.
    /// A second record of the same rank is a copy.
    private mutating func joiningRanks(_ runs: [AuditedRun]) -> [AuditedRun] {
        var merged: [AuditedRun] = []
        merged.reserveCapacity(runs.count)
        var first = 0
        while first < runs.count {
            var end = first + 1
            while end < runs.count, runs[end].id == runs[first].id { end += 1 }
            merged.append(
                end == first + 1 ? runs[first] : joined(Array(runs[first..<end]))
            )
            first = end
        }
        return merged
    }

    private mutating func joined(_ records: [AuditedRun]) -> AuditedRun {
        let sorted = records.sorted { left, right in
            left.fullness != right.fullness
                ? left.fullness > right.fullness
                : left.ordinals.lexicographicallyPrecedes(right.ordinals)
        }
        let ranks = Dictionary(grouping: sorted, by: { $0.rank ?? 0 })
        for copy in ranks.values.flatMap({ $0.dropFirst() }) {
            note(copy, of: copy, proof: .bit)
        }
        let parts = ranks.keys.sorted().compactMap { ranks[$0]?.first }
        guard parts.count > 1 else { return parts[0] }
        let cost = parts.dropFirst().reduce(into: parts[0].cost) { $0.add($1.cost) }
        return parts[0].costing(cost)
    }

    private mutating func place(_ run: AuditedRun) {
        let start = run.execution.isDated ? run.execution.started?.unixNanoseconds : nil
        if let start, let place = datedOriginal(of: run, startingAt: start) {
            return note(run, of: distinct[place], proof: .bit)
        }
        let result = resultHash(of: run)
        let known = result.flatMap { byResult[$0] }
        if let place = known, isCopy(run, of: distinct[Int(place)]) {
            return note(run, of: distinct[Int(place)], proof: .bit)
        }
        let own = Int32(distinct.count)
        distinct.append(run)
        let before = start.flatMap { byStart.replace(UInt64(bitPattern: $0), with: own) }
        sameStart.append(before ?? -1)
        if let result, known == nil { _ = byResult.replace(result, with: own) }
    }

    /// The execution on the same host that started and ended at the same instants.
    ///
    /// Where a clock tells whole seconds only, the results have to agree as well, bit for bit.
    private func datedOriginal(of run: AuditedRun, startingAt start: Int64) -> Int? {
        let isFine = run.execution.hasSubsecondFact
        var found: Int?
        var place = byStart[UInt64(bitPattern: start)] ?? -1
        var left = Self.comparedMax
        while place >= 0, left > 0 {
            let other = distinct[Int(place)]
            let isOne =
                run.host == other.host && !run.execution.isDistinct(from: other.execution)
                && !seedsDiffer(run, other)
                && (isFine
                    || run.execution.isSpanned(like: other.execution) && bound.proves(run, other))
            // The fullest, which came first.
            if isOne { found = Int(place) }
            place = sameStart[Int(place)]
            left -= 1
        }
        return found
    }

    /// More runs never start at one instant but for a clock of whole seconds.
    private static let comparedMax = 64

    private func seedsDiffer(_ run: AuditedRun, _ other: AuditedRun) -> Bool {
        guard let a = run.seed, let b = other.seed else { return false }
        return CanonicalValue.ofSeed(a) != CanonicalValue.ofSeed(b)
    }

    private func resultHash(of run: AuditedRun) -> UInt64? {
        guard let curve = run.curve, let durations = run.execution.durationsHash else {
            return nil
        }
        return Fingerprint64.combine(durations, curve.last)
    }

    /// Without dates, equal durations below the second together with equal metric bits.
    private func isCopy(_ run: AuditedRun, of other: AuditedRun) -> Bool {
        guard run.curve == other.curve,
            run.execution.durationsHash == other.execution.durationsHash,
            !run.isDistinct(from: other), !seedsDiffer(run, other)
        else { return false }
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
