package import JouleFile
package import JouleQuantities

/// What is known of a run before it starts.
package struct PreflightAnswer: Sendable {
    package enum Verdict: String, Sendable, Hashable {
        case new
        case alreadyRun = "already_run"
        case runningNow = "running_now"

        /// The exit code of `joulebook check`.
        package var exitCode: Int32 {
            switch self {
            case .new: 0
            case .alreadyRun: 3
            case .runningNow: 4
            }
        }
    }

    /// One earlier run of the same recipe and seed.
    package struct Evidence: Sendable {
        package var run: RunID
        package var status: RunStatus
        package var started: WallTime?
        package var ended: WallTime?
        package var energy: Energy?
        /// The energy was computed by a model or declared, not measured.
        package var energyIsModelled: Bool
        package var durationSeconds: Double?
        package var metrics: [Metric]
        /// The last epoch that it ended, where it did not finish.
        package var lastEpoch: Int?
        package var proof: Finding.Proof
        package var differences: [Difference]
        /// Facts whose absence weakens the proof: `code`, `data`, `entry`, `seed`.
        package var missing: [String]
        /// Whether a process that still writes this run was seen.
        package var liveness: Liveness
    }

    /// What the run will probably take and come to.
    package struct Expectation: Sendable {
        /// Where it is known from.
        package enum Source: String, Sendable {
            /// Means over finished runs of the recipe, whatever their seed.
            case recipe
            /// Medians over other configurations of the program: a guess, not a measurement.
            case program
        }

        package let source: Source
        package let runs: Int
        package let joules: Spread?
        package let energyIsModelled: Bool
        package let seconds: Spread?
        package let metrics: [(name: String, value: Spread)]
    }

    package internal(set) var verdict: Verdict
    /// The strongest first; empty when nothing like it is known.
    package internal(set) var evidence: [Evidence]
    /// Runs of the same recipe and seed that failed or were killed.
    package internal(set) var unfinished: [Evidence]
    /// Finished or running runs of the same recipe with other seeds, earliest first.
    package let replicates: [RunID]
    package let expectation: Expectation?
    package let replicateBudget: ReplicateBudget?
    /// A run whose result a new one will probably have; nil otherwise.
    package internal(set) var hint: Hint?
    /// Facts that the question or the evidence lacks.
    package internal(set) var missing: [String]
    /// The answer for a person: one sentence or a few.
    package internal(set) var explanation: String

    init(
        _ asked: RunRecord,
        matches: [RecipeMatch],
        _ history: ProgramHistory?,
        roles: KeyRoles
    ) {
        let isRandom = Self.provesRandomness(matches)
        let replicas = matches.filter {
            $0.seeds == .different || isRandom && $0.seeds == .unstated
        }
        let same = matches.filter {
            $0.seeds != .different && !(isRandom && $0.seeds == .unstated)
        }
        let finished = Self.evidence(asked, same, roles) { $0.status == .finished }
        let running = Self.evidence(asked, same, roles) { $0.status == .running }
            .filter { $0.liveness == .alive }
        verdict = !finished.isEmpty ? .alreadyRun : running.isEmpty ? .new : .runningNow
        evidence = finished + running
        unfinished =
            Self.evidence(asked, same, roles) { $0.status != .finished && $0.status != .running }
            + Self.evidence(asked, same, roles) { $0.status == .running }.filter {
                $0.liveness != .alive
            }
        replicates = replicas.compactMap(\.run)
            .filter { $0.status == .finished || $0.status == .running }
            .sorted(by: AuditedRun.startsBefore).map(\.id)
        let ended = matches.compactMap(\.finished)
        expectation = Expectation(ended.map(\.run)) ?? history?.expectation
        replicateBudget = history?.budget(of: ended)
        missing = evidence.first?.missing ?? Self.missing(in: asked, roles)
        explanation =
            PreflightExplanation(
                missing: missing,
                verdict: verdict,
                evidence: evidence.first,
                attempts: unfinished.isEmpty ? nil : Attempts(unfinished, asked, roles),
                replicates: replicates.count,
                budget: replicateBudget,
                expectation: expectation
            ).text
    }

    /// Whether finished runs without any seed came to different results, which shows that
    /// another such run would be a replicate.
    private static func provesRandomness(_ matches: [RecipeMatch]) -> Bool {
        let runs = matches.filter { $0.seeds == .unstated }.compactMap(\.run)
        return Set(runs.filter { $0.status == .finished }.compactMap(\.curve)).count > 1
    }

    private static func evidence(
        _ asked: RunRecord,
        _ matches: [RecipeMatch],
        _ roles: KeyRoles,
        where isWanted: (AuditedRun) -> Bool
    ) -> [Evidence] {
        matches.compactMap { match in
            guard let run = match.run, isWanted(run) else { return nil }
            return Evidence(asked, match, roles)
        }
    }

    /// Facts that the question itself does not state.
    private static func missing(in asked: RunRecord, _ roles: KeyRoles) -> [String] {
        var facts = RecipeContext(asked).missing
        if !SeedKey(asked, roles).isKnown { facts.insert(.seed) }
        return facts.sorted().map(\.rawValue)
    }
}

extension PreflightAnswer.Evidence {
    /// Nil of a match without a run.
    init?(
        _ asked: RunRecord,
        _ match: RecipeMatch,
        _ roles: KeyRoles,
        changed: Set<String> = []
    ) {
        guard let earlier = match.run, let record = match.record else { return nil }
        run = earlier.id
        status = earlier.status
        started = record.started
        ended = earlier.execution.ended
        energy = earlier.cost.joules.map { Energy(joules: $0) }
        energyIsModelled = earlier.cost.isModelled
        durationSeconds = earlier.cost.seconds
        metrics = earlier.metrics
        lastEpoch = earlier.status == .finished ? nil : KeptRun.lastEpoch(of: record)
        // Nothing has come out yet that bits could prove.
        let isShown = match.missing.isEmpty && match.assumed?.isShown ?? true
        proof = isShown ? .config : Finding.Proof.config.weakened
        differences =
            Comparison(
                asked,
                record,
                changed: match.assumed?.paths ?? changed,
                as: match.assumed == nil ? .value : .assumed,
                roles: roles
            ).differences
        missing = match.missing.sorted().map(\.rawValue)
        liveness = match.liveness
    }
}

extension PreflightAnswer.Expectation {
    /// Nil without a finished run.
    fileprivate init?(_ finished: [AuditedRun]) {
        guard !finished.isEmpty else { return nil }
        source = .recipe
        runs = finished.count
        joules = Spread(mean: finished.compactMap(\.cost.joules))
        energyIsModelled = finished.contains { $0.cost.isModelled || $0.cost.isAssumed }
        seconds = Spread(mean: finished.compactMap(\.cost.seconds))
        metrics = ResultSummary.mean(of: finished).compactMap { metric in
            Spread(mean: [metric.value]).map { (metric.name, $0) }
        }
    }

    /// A sentence for a person; nil where nothing is known.
    var sentence: String? {
        var facts: [String] = []
        if let joules {
            facts.append(
                joules.words { Explanation.energyText($0, isModelled: energyIsModelled) }
            )
        }
        if let seconds { facts.append(seconds.words(Explanation.secondsText)) }
        facts += metrics.prefix(3).map { "\($0.name) \($0.value.words(Explanation.rounded))" }
        guard !facts.isEmpty else { return nil }
        let known = facts.joined(separator: ", ")
        switch source {
        case .recipe:
            return "Expected from \(runs == 1 ? "1 run" : "\(runs) runs") of it: \(known)."
        case .program:
            guard runs > 1 else { return "From a run of another configuration: \(known)." }
            return "From \(runs) runs of other configurations, four of five within the brackets: "
                + known + "."
        }
    }
}
