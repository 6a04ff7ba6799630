import JouleQuantities

/// Runs of one recipe and one seed, judged in the order in which they started.
struct ExactGroup {
    private(set) var findings: [Finding] = []
    /// Runs that are neither copies nor repetitions.
    private(set) var originals: [AuditedRun] = []
    /// Where joules and seconds of each judged run go.
    private(set) var charges: [Charge] = []
    private let keys: RunKeys
    private let bound: CoincidenceBound
    private let vocabulary: RunVocabulary
    /// Earlier runs by the epoch at which they began.
    private var history: [Int: Evidence] = [:]
    private var origin = 1
    private var retried: Set<RunID> = []

    init(
        _ runs: [AuditedRun],
        keys: RunKeys,
        bound: CoincidenceBound,
        _ vocabulary: RunVocabulary
    ) {
        self.keys = keys
        self.bound = bound
        self.vocabulary = vocabulary
        let distinct = foldingBareCopies(runs.sorted(by: AuditedRun.startsBefore))
        origin = distinct.compactMap(\.firstEpoch).min() ?? 1
        for run in distinct {
            judge(run)
            history[run.firstEpoch ?? origin, default: Evidence()].add(run)
        }
    }

    /// A record that says nothing about when it ran, with the results of another, does not show
    /// that the work was done twice.
    private mutating func foldingBareCopies(_ runs: [AuditedRun]) -> [AuditedRun] {
        guard runs.count > 1, runs.contains(where: { $0.execution.started == nil }) else {
            return runs
        }
        var distinct: [AuditedRun] = []
        for run in runs {
            // A bound on comparisons; copies beyond it become findings without known waste.
            let original = distinct.prefix(64).first { other in
                run.status == other.status
                    && (run.execution.started == nil || other.execution.started == nil)
                    && !run.isDistinct(from: other)
                    && run.agrees(with: other, bits: bound.bits)
            }
            if let original {
                findings.append(.recordCopy(run, of: original, proof: .config, vocabulary))
                run.isCopy = true
            } else {
                distinct.append(run)
            }
        }
        return distinct
    }

    private mutating func judge(_ run: AuditedRun) {
        let first = run.firstEpoch ?? origin
        let evidence = history[first] ?? Evidence()
        if let earlier = evidence.finished(before: run, bound: bound) {
            repeated(run, earlier, evidence)
        } else if let earlier = evidence.unordered(with: run) {
            unordered(run, earlier)
        } else if let earlier = evidence.stillGoing(at: run) {
            simultaneous(run, earlier)
        } else if first > origin, let earlier = resumedRun(by: run, first: first) {
            resumed(run, earlier, first: first)
        } else if let earlier = evidence.unfinished(before: run, except: retried) {
            retriedAfterFailure(run, earlier)
        } else {
            originals.append(run)
        }
    }

    // MARK: Verdicts

    private mutating func repeated(
        _ run: AuditedRun,
        _ earlier: AuditedRun,
        _ evidence: Evidence
    ) {
        let isBitEqual = bound.proves(run, earlier)
        guard drawsAreKnown || isBitEqual else { return originals.append(run) }
        // Without a seed nobody knew that the draws would be the same until two runs had shown it.
        let wasKnowable = drawsAreKnown || evidence.finishedCount(before: run, like: run) > 1
        let line: Finding.Line =
            run.isVerification ? .notWaste : wasKnowable ? .avoidable : .hindsight
        report(run, earlier, nil, line, cost: run.cost)
        charge(run, line, proof(run, earlier), cost: run.cost)
    }

    private mutating func unordered(_ run: AuditedRun, _ earlier: AuditedRun) {
        guard drawsAreKnown || bound.proves(run, earlier) else {
            return originals.append(run)
        }
        guard run.status != .running else { return originals.append(run) }
        // Whichever came second, it may have been the one that verifies.
        let isVerification = run.isVerification || earlier.isVerification
        let line: Finding.Line = isVerification ? .notWaste : .undetermined
        let kind: Finding.Class? = run.status == .finished ? nil : .failedRetry
        report(run, earlier, kind, line, cost: nil)
        charge(run, line, proof(run, earlier), cost: run.cost)
    }

    private mutating func simultaneous(_ run: AuditedRun, _ earlier: AuditedRun) {
        guard drawsAreKnown, !run.isSibling(of: earlier) else { return originals.append(run) }
        let line: Finding.Line = run.isVerification ? .notWaste : .concurrent
        report(run, earlier, nil, line, cost: run.cost)
        charge(run, line, proof(run, earlier), cost: run.cost)
    }

    private mutating func retriedAfterFailure(_ run: AuditedRun, _ earlier: AuditedRun) {
        originals.append(run)
        retried.insert(earlier.id)
        let lost = earlier.cost
        report(run, earlier, .failedRetry, .lostWork, cost: lost)
        charge(earlier, .lostWork, proof(run, earlier), cost: lost)
    }

    private mutating func resumed(_ run: AuditedRun, _ earlier: AuditedRun, first: Int) {
        originals.append(run)
        let isNew = retried.insert(earlier.id).inserted
        let lost = earlier.cost.redone(
            earlier.details.epochs,
            from: first,
            tailIsLost: earlier.status != .finished
        )
        report(run, earlier, .resume, .lostWork, cost: lost)
        if isNew { charge(earlier, .lostWork, proof(run, earlier), cost: lost) }
    }

    // MARK: Evidence

    /// The run that `run` continues: the latest before it that began at an earlier epoch.
    private func resumedRun(by run: AuditedRun, first: Int) -> AuditedRun? {
        let candidates = history.filter { $0.key < first }.compactMap { $0.value.latest }
        return candidates.filter { $0.execution.started != nil && run.execution.started != nil }
            .max(by: AuditedRun.startsBefore)
    }

    private func proof(_ run: AuditedRun, _ earlier: AuditedRun) -> Finding.Proof {
        let full: Finding.Proof = bound.proves(run, earlier) ? .bit : .config
        return missing.isEmpty ? full : full.weakened
    }

    private var missing: [String] { keys.missing }

    /// Whether equal keys mean equal draws.
    private var drawsAreKnown: Bool { keys.seed.isKnown || keys.isReEvaluation }

    private mutating func charge(
        _ run: AuditedRun,
        _ line: Finding.Line,
        _ proof: Finding.Proof,
        cost: RunCost
    ) {
        charges.append(Charge(run: run, line: line, proof: proof, cost: cost))
    }

    /// Without a class the finding is a repetition, whose class follows from the differences.
    private mutating func report(
        _ run: AuditedRun,
        _ earlier: AuditedRun,
        _ kind: Finding.Class?,
        _ line: Finding.Line,
        cost: RunCost?
    ) {
        let comparison = Comparison(run, earlier, vocabulary)
        let repeated: Finding.Class =
            keys.isReEvaluation ? .reEvaluation : comparison.repetition
        findings.append(
            Finding(
                kind ?? repeated,
                proof(run, earlier),
                line,
                run,
                earlier,
                cost: cost,
                differences: comparison.differences,
                missing: missing
            )
        )
    }
}
