import JouleFile
import JouleQuantities
import JouleSystem

/// Folds several records of one execution into one, so that its energy counts once.
struct RecordCopies {
    /// One entry for all records of one name, in the order of their names.
    private(set) var merged: [AuditedRun] = []
    /// Places of entries that are each an execution, in their order.
    private(set) var distinct: [Int32] = []
    /// The same by program and then in the order of their starts.
    private(set) var programs: [[Int32]] = []
    private(set) var findings: [Finding] = []
    /// Copies with what they are copies of.
    private var copies: [(copy: AuditedRun, original: AuditedRun)] = []

    private let bound: CoincidenceBound
    private let vocabulary: RunVocabulary
    private var cards: [RunCard] = []
    /// Places of executions, those found first first.
    private var executions: [Int32] = []
    /// By start the last execution that is dated so, and by execution the one before it.
    private var byStart = PlaceTable()
    private var sameStart: [Int32] = []
    /// By a hash of durations and results the first execution.
    private var byResult = PlaceTable()

    /// Takes the fullest record first, so that the result does not depend on the input's order.
    init(
        _ runs: [AuditedRun],
        bound: CoincidenceBound,
        _ vocabulary: RunVocabulary,
        on workers: Workers
    ) {
        self.bound = bound
        self.vocabulary = vocabulary
        joinRanks(runs, on: workers)
        executions.reserveCapacity(merged.count)
        sameStart.reserveCapacity(merged.count)
        byStart = PlaceTable(capacity: merged.count)
        byResult = PlaceTable(capacity: merged.count)
        for place in RunCard.byFullness(cards, on: workers) { take(place) }
        findings = workers.mapEach(copies) {
            .recordCopy($0.copy, of: $0.original, proof: .bit, vocabulary)
        }
        copies = []
        byStart = PlaceTable()
        byResult = PlaceTable()
        sameStart = []
        var isDistinct = [Bool](repeating: false, count: merged.count)
        for place in executions { isDistinct[Int(place)] = true }
        executions = []
        distinct = merged.indices.filter { isDistinct[$0] }.map { Int32($0) }
        for place in RunCard.byStart(distinct, of: cards, on: workers) {
            let program = Int(cards[Int(place)].program)
            while programs.count <= program { programs.append([]) }
            programs[program].append(place)
        }
        programs.removeAll(where: \.isEmpty)
        cards = []
    }

    /// Ranks of one run carry one name; their energies add, their results are the lowest rank's.
    ///
    /// A second record of the same rank is a copy.
    private mutating func joinRanks(_ runs: [AuditedRun], on workers: Workers) {
        let all = RunCard.all(runs, on: workers)
        let order = RunCard.byName(runs, all, on: workers)
        let begins = workers.mapEach(Array(order.indices)) { place in
            guard place > 0 else { return true }
            let (one, before) = (Int(order[place]), Int(order[place - 1]))
            return !all[one].mayBeNamed(like: all[before]) || runs[one].id != runs[before].id
        }
        let starts = order.indices.filter { begins[$0] }
        // By number of a name the run that several records make together.
        var several: [Int: AuditedRun] = [:]
        if starts.count < order.count {
            for (number, start) in starts.enumerated() {
                let end = number + 1 < starts.count ? starts[number + 1] : order.count
                guard end > start + 1 else { continue }
                several[number] = joined(order[start..<end].map { runs[Int($0)] })
            }
        }
        let numbers = Array(starts.indices)
        merged = workers.mapEach(numbers) { [several] number in
            let run = several[number] ?? runs[Int(order[starts[number]])]
            run.nameRank = Int32(number)
            return run
        }
        cards = workers.mapEach(numbers) { [several] number in
            several[number].map { RunCard($0) } ?? all[Int(order[starts[number]])]
        }
    }

    private mutating func joined(_ records: [AuditedRun]) -> AuditedRun {
        let sorted = records.sorted { left, right in
            left.fullness != right.fullness
                ? left.fullness > right.fullness
                : left.ordinals.lexicographicallyPrecedes(right.ordinals)
        }
        let ranks = Dictionary(grouping: sorted, by: { $0.rank ?? 0 })
        for copy in ranks.values.flatMap({ $0.dropFirst() }) {
            copies.append((copy, copy))
        }
        let parts = ranks.keys.sorted().compactMap { ranks[$0]?.first }
        guard parts.count > 1 else { return parts[0] }
        let cost = parts.dropFirst().reduce(into: parts[0].cost) { $0.add($1.cost) }
        return parts[0].costing(cost)
    }

    private mutating func take(_ place: Int32) {
        let card = cards[Int(place)]
        let start = card.isDated ? UInt64(bitPattern: card.start) : nil
        if let start, byStart[start] != nil,
            let original = datedOriginal(of: merged[Int(place)], startingAt: start)
        {
            return copies.append((merged[Int(place)], original))
        }
        let known = card.result.flatMap { byResult[$0] }
        if let known {
            let (run, other) = (merged[Int(place)], execution(known))
            if isCopy(run, of: other) { return copies.append((run, other)) }
        }
        let own = Int32(executions.count)
        executions.append(place)
        sameStart.append(start.flatMap { byStart.replace($0, with: own) } ?? -1)
        if let result = card.result, known == nil { _ = byResult.replace(result, with: own) }
    }

    private func execution(_ number: Int32) -> AuditedRun {
        merged[Int(executions[Int(number)])]
    }

    /// The execution on the same host that started and ended at the same instants.
    ///
    /// Where a clock tells whole seconds only, the results have to agree as well, bit for bit.
    private func datedOriginal(of run: AuditedRun, startingAt start: UInt64) -> AuditedRun? {
        let isFine = run.execution.hasSubsecondFact
        var found: AuditedRun?
        var number = byStart[start] ?? -1
        var left = Self.comparedMax
        while number >= 0, left > 0 {
            let other = execution(number)
            let isOne =
                run.host == other.host && !run.execution.isDistinct(from: other.execution)
                && !seedsDiffer(run, other)
                && (isFine
                    || run.execution.isSpanned(like: other.execution) && bound.proves(run, other))
            // The fullest, which came first.
            if isOne { found = other }
            number = sameStart[Int(number)]
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

    /// Without dates, equal durations below the second together with equal metric bits.
    private func isCopy(_ run: AuditedRun, of other: AuditedRun) -> Bool {
        guard run.curve == other.curve,
            run.execution.durationsHash == other.execution.durationsHash,
            !run.isDistinct(from: other), !seedsDiffer(run, other)
        else { return false }
        let bits = run.execution.durationBits(epochs: run.details.epochs.compactMap(\.seconds))
        return bits > 0 && bits + run.informationBits >= bound.bits
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
