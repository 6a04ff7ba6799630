import JouleFile
import JouleQuantities

/// A run that knows its keys.
struct KeyedRun {
    let run: AuditedRun
    private(set) var keys: RunKeys {
        get { unsafe run.keys.unsafelyUnwrapped }
        nonmutating set { run.keys = newValue }
    }

    init(run: AuditedRun, keys: RunKeys) {
        self.run = run
        self.keys = keys
    }
}

/// Where joules and seconds of a run go.
struct Charge {
    let run: AuditedRun
    let line: Finding.Line
    let proof: Finding.Proof
    let cost: RunCost
}

/// What is found out about runs, class after class; the first verdict on a run's energy counts.
struct Verdicts {
    private(set) var findings: [Finding] = []
    private(set) var charges: [Charge] = []
    private(set) var groups: [Audit.Group] = []

    /// Whether an earlier class has said where the run's energy goes.
    func hasJudged(_ run: AuditedRun) -> Bool { run.isJudged }

    mutating func take(_ group: ExactGroup) {
        findings += group.findings
        charges += group.charges
        for charge in group.charges { charge.run.isJudged = true }
    }

    /// Charges `cost` to the line of `finding`.
    mutating func take(_ finding: Finding, of run: AuditedRun, cost: RunCost) {
        findings.append(finding)
        charges.append(Charge(run: run, line: finding.line, proof: finding.proof, cost: cost))
        run.isJudged = true
    }

    /// Says of `run` what `evidence` shows; a fact that is missing weakens the `proof`.
    ///
    /// Charges `cost`, which is the whole run's where none is given; where the line is undetermined the
    /// finding's waste is not known.
    mutating func take(
        _ class: Finding.Class,
        _ proof: Finding.Proof,
        _ line: Finding.Line,
        _ run: KeyedRun,
        _ evidence: KeyedRun,
        cost: RunCost? = nil,
        differences: [Difference]
    ) {
        let missing = run.keys.missing
        let cost = cost ?? run.run.cost
        let finding = Finding(
            `class`,
            missing.isEmpty ? proof : proof.weakened,
            line,
            run.run,
            evidence.run,
            cost: line == .undetermined ? nil : cost,
            differences: differences,
            missing: missing
        )
        take(finding, of: run.run, cost: cost)
    }

    mutating func take(_ group: Audit.Group) { groups.append(group) }

    /// Takes what was found out elsewhere.
    mutating func take(_ others: [Verdicts]) {
        for other in others {
            findings += other.findings
            charges += other.charges
            groups += other.groups
        }
    }
}

extension Finding {
    /// What is said of `run` in the light of `evidence`; without a `cost` the waste is not known.
    init(
        _ class: Class,
        _ proof: Proof,
        _ line: Line,
        _ run: AuditedRun,
        _ evidence: AuditedRun,
        cost: RunCost?,
        differences: [Difference],
        missing: [String]
    ) {
        self.init(class: `class`, proof: proof, line: line, run: run.id, evidence: evidence.id)
        let isWaste = line != .notWaste && line != .review
        wasteJoules = cost.flatMap { isWaste ? $0.joules : 0 }
        wasteSeconds = cost.flatMap { isWaste ? $0.seconds : 0 }
        energyIsAssumed = cost?.isAssumed ?? run.cost.isAssumed
        energyIsModelled = (cost ?? run.cost).isModelled
        self.differences = differences
        evidenceEnded = evidence.execution.ended
        self.missing = missing
        epochsIdentical = run.epochsShared(with: evidence)
        words = .runs(run, evidence: evidence)
    }
}

extension AuditedRun {
    /// Where one run ends, seen from the start of a later one.
    enum Precedence {
        case finished
        case overlapping
        /// A date is missing.
        case unknown
    }

    func precedence(over later: AuditedRun) -> Precedence {
        guard let start = later.execution.started, let began = execution.started else {
            return .unknown
        }
        guard let end = execution.ended else { return status == .running ? .overlapping : .unknown }
        return end <= start && began <= start ? .finished : .overlapping
    }
}

extension RunKeys {
    /// The facts whose absence weakens a proof.
    var missing: [String] {
        var facts = context.missing
        if !seed.isKnown, !isReEvaluation { facts.insert(.seed) }
        return facts.sorted().map(\.rawValue)
    }

    /// Whether the run evaluates a checkpoint that it names, which draws nothing unless it says so.
    var isReEvaluation: Bool { context.evaluatesKnownCheckpoint }
}
