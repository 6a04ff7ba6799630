package import JouleFile
package import JouleQuantities

/// What repetition cost, over a set of runs.
///
/// The order of the runs changes nothing. No run's energy is counted on two lines, and a record of
/// which nothing shows that it ran a second time is never waste.
package struct Audit: Sendable {
    /// Runs of one class that belong together, without a verdict on their energy.
    package struct Group: Sendable, Hashable {
        package enum Class: String, Sendable, Hashable {
            /// One recipe, several seeds: measuring noise, never waste.
            case seedReplicate = "seed_replicate"
        }

        package var `class`: Class
        /// In the order in which they started.
        package var runs: [RunID]
        /// SHA-256 of the recipe in 64 hexadecimal digits.
        package var recipe: String
    }

    /// Records given.
    package let recordCount: Int
    /// Executions among them.
    package let executionCount: Int
    package let totals: AuditTotals
    /// Ordered by class of line, then by waste, the largest first.
    package let findings: [Finding]
    package let groups: [Group]
    /// Records that shared a meter with others, and are counted with a part of what they measured.
    package let shared: SharedRuns

    /// Whether an avoidable repetition was found, however strong its proof: exit code 3.
    package var hasAvoidableWaste: Bool { findings.contains { $0.line == .avoidable } }

    /// Audits runs; `liveness` tells whether one that says "running" still may.
    package init(
        _ reconciled: ReconciledRuns,
        liveness: (RunRecord) -> Liveness = { Liveness($0) }
    ) {
        let runs = reconciled.runs
        let bound = CoincidenceBound(runs: runs.count)
        let audited = runs.map { AuditedRun($0, liveness: liveness) }
        let copies = RecordCopies(audited, bound: bound)
        var judge = RecipeJudge(copies.distinct.map(\.run), bound: bound)
        for run in copies.distinct { judge.take(run) }
        let verdict = judge.verdict()
        recordCount = runs.count
        let executions = copies.distinct.filter { !verdict.copies.contains($0.id) }
        executionCount = executions.count
        findings = (copies.findings + verdict.findings).sorted(by: Finding.isShownBefore)
        groups = verdict.groups.sorted { $0.runs.lexicographicallyPrecedes($1.runs) }
        shared = SharedRuns(reconciled, among: runs.map(\.id))
        totals = AuditTotals(executions, charges: verdict.charges)
    }
}

extension Finding {
    /// The costliest first; names decide between equals, so that the order is always the same.
    fileprivate static func isShownBefore(_ left: Finding, _ right: Finding) -> Bool {
        let waste = (left.wasteJoules ?? -1, right.wasteJoules ?? -1)
        if left.line != right.line {
            let lines = Line.allCases
            return (lines.firstIndex(of: left.line) ?? 0) < (lines.firstIndex(of: right.line) ?? 0)
        }
        if waste.0 != waste.1 { return waste.0 > waste.1 }
        if left.run != right.run { return left.run < right.run }
        return left.evidence < right.evidence
    }
}

/// Sorts runs into recipes and judges each recipe by its seeds.
struct RecipeJudge {
    private var maker: KeyMaker
    private let bound: CoincidenceBound
    private var recipes: [IndexSum: [(run: AuditedRun, keys: RunKeys)]] = [:]

    struct Verdict {
        var findings: [Finding] = []
        var groups: [Audit.Group] = []
        var charges: [ExactGroup.Charge] = []
        var copies: Set<RunID> = []
    }

    init(_ runs: [RunRecord], bound: CoincidenceBound) {
        maker = KeyMaker(learning: runs)
        self.bound = bound
    }

    mutating func take(_ run: AuditedRun) {
        let keys = maker.keys(of: run.run)
        // Nothing is known of what such a run did, so nothing can be said to repeat it.
        guard keys.isConfigured else { return }
        recipes[keys.recipe, default: []].append((run, keys))
    }

    func verdict() -> Verdict {
        var verdict = Verdict()
        for candidates in recipes.values where candidates.count > 1 {
            // The index finds candidates; the canonical document decides.
            let confirmed = Dictionary(grouping: candidates) {
                maker.recipeIdentity(of: $0.run.run)
            }
            for (identity, members) in confirmed where members.count > 1 {
                judge(members, identity, into: &verdict)
            }
        }
        return verdict
    }

    private func judge(
        _ members: [(run: AuditedRun, keys: RunKeys)],
        _ identity: String,
        into verdict: inout Verdict
    ) {
        var originals: [AuditedRun] = []
        let bySeed = Dictionary(grouping: members, by: \.keys.seed)
        for same in bySeed.values {
            let group = ExactGroup(same.map(\.run), keys: same[0].keys, bound: bound)
            verdict.findings += group.findings
            verdict.charges += group.charges
            verdict.copies.formUnion(group.copies)
            originals += group.originals
        }
        let replicates = originals.filter { $0.status == .finished || $0.status == .running }
        guard replicates.count > 1 else { return }
        let runs = replicates.sorted(by: AuditedRun.startsBefore).map(\.id)
        verdict.groups.append(.init(class: .seedReplicate, runs: runs, recipe: identity))
    }
}
