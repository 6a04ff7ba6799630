package import JouleFile
package import JouleQuantities
import JouleSystem

/// What repetition cost, over a set of runs.
///
/// The order of the runs changes nothing. No run's energy is counted on two lines, and a record of
/// which nothing shows that it ran a second time is never waste.
package struct Audit: Sendable {
    /// Runs of one class that belong together, without a verdict on their energy.
    package struct Group: Sendable, Hashable {
        package enum Class: String, Sendable, Hashable, CaseIterable {
            /// One recipe, several seeds: measuring noise, never waste.
            case seedReplicate = "seed_replicate"
            /// One recipe whose seed changes nothing.
            case seedInert = "seed_inert"
            /// The same configuration and seed on other data, with other code, elsewhere.
            case newData = "new_data"
            case newCode = "new_code"
            case newEnvironment = "new_environment"
        }

        package var `class`: Class
        /// In the order in which they started.
        package var runs: [RunID]
        /// SHA-256 of the recipe in 64 hexadecimal digits; of the first run's where they have several.
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
    /// How many seeds the noise of each program asks for.
    package let replications: [Replication]
    /// What single keys did.
    package let effects: [KeyEffect]
    /// Values with which every run diverged.
    package let lessons: [Lesson]
    package let sweeps: [SweepSummary]
    package let trends: Trends
    /// Records that shared a meter with others, and are counted with a part of what they measured.
    package let shared: SharedRuns
    /// How many records have an energy that was computed by a model or declared.
    package let modelledCount: Int

    /// Whether an avoidable repetition was found, however strong its proof: exit code 3.
    package var hasAvoidableWaste: Bool { findings.contains { $0.line == .avoidable } }

    /// Audits runs; `liveness` tells whether one that says "running" still may.
    package init(
        _ reconciled: ReconciledRuns,
        rules: KeyRules = .none,
        liveness: @escaping (RunRecord) -> Liveness = { Liveness($0) }
    ) {
        self.init(reconciled, rules: rules, liveness: liveness, on: .all)
    }

    /// The same on so many threads, which changes nothing but the time that it takes.
    init(
        _ reconciled: ReconciledRuns,
        rules: KeyRules = .none,
        liveness: @escaping (RunRecord) -> Liveness,
        on workers: Workers
    ) {
        var maker = AuditedRun.Maker(KeyRoles(rules), liveness: liveness)
        let runs = reconciled.runs.map { maker.run($0) }
        self.init(runs, maker.vocabulary, sharing: reconciled, on: workers)
    }

    /// For programs that are about to end.
    package func keepUntilTheEnd() { JouleSystem.keepUntilTheEnd(self) }

    /// Audits the runs of a ledger or a directory; `progress` is told how many of the steps are done.
    package init(_ feed: AuditFeed, progress: ((_ done: Int, _ of: Int) -> Void)? = nil) {
        var done = 0
        progress?(done, Self.steps)
        self.init(feed.runs, feed.maker.vocabulary, sharing: feed.sharing, on: .all) {
            done += 1
            progress?(done, Self.steps)
        }
    }

    /// Copies, what `Detection` does, and what it comes to.
    static let steps = Detection.steps + 2

    private init(
        _ runs: [AuditedRun],
        _ vocabulary: RunVocabulary,
        sharing reconciled: ReconciledRuns,
        on workers: Workers,
        stepDone: () -> Void = {}
    ) {
        for run in runs { run.forgetVerdicts() }
        let bound = CoincidenceBound(runs: runs.count)
        let copies = RecordCopies(runs, bound: bound, vocabulary, on: workers)
        stepDone()
        let detection = Detection(copies, bound: bound, vocabulary, on: workers, stepDone: stepDone)
        let verdicts = detection.verdicts
        recordCount = runs.count
        findings = (copies.findings + verdicts.findings).ordered(on: workers)
        groups = verdicts.groups.ordered(on: workers)
        replications = detection.replications
        effects = detection.effects
        lessons = detection.lessons
        sweeps = detection.sweeps
        shared = SharedRuns(reconciled, among: reconciled.runs.map(\.id))
        let sums = ExpenseSums(of: copies, verdicts.charges, on: workers)
        (executionCount, totals, trends) = (sums.count, sums.totals, sums.trends)
        modelledCount = runs.count(where: \.cost.isModelled)
        stepDone()
    }

    /// The course of repetition over weeks, and where it happens.
    package struct Trends: Sendable, Hashable {
        package let weeks: [Trend]
        package let projects: [Trend]
        package let users: [Trend]

        init(weeks: [Trend], projects: [Trend], users: [Trend]) {
            (self.weeks, self.projects, self.users) = (weeks, projects, users)
        }
    }
}

extension [Audit.Group] {
    /// In the order in which they are shown.
    fileprivate func ordered(on workers: Workers) -> [Audit.Group] {
        let all = Audit.Group.Class.allCases
        let classes = map { all.firstIndex(of: $0.class) ?? 0 }
        return workers.ordered(self) { left, right in
            if classes[left] != classes[right] { return classes[left] < classes[right] }
            return self[left].runs.lexicographicallyPrecedes(self[right].runs)
        }
    }
}

extension [Finding] {
    /// The costliest first; names decide between equals, so that the order is always the same.
    fileprivate func ordered(on workers: Workers) -> [Finding] {
        let all = Finding.Line.allCases
        let keys = map {
            (line: all.firstIndex(of: $0.line) ?? 0, waste: $0.wasteJoules ?? -1)
        }
        return workers.ordered(self) { left, right in
            if keys[left].line != keys[right].line { return keys[left].line < keys[right].line }
            if keys[left].waste != keys[right].waste {
                return keys[left].waste > keys[right].waste
            }
            if self[left].run != self[right].run { return self[left].run < self[right].run }
            return self[left].evidence < self[right].evidence
        }
    }
}

extension Workers {
    /// Items in the order of their places, equal ones as they were: what is large is moved once.
    func ordered<Item>(_ items: [Item], by precedes: (Int, Int) -> Bool) -> [Item] {
        sorted(Array(items.indices)) { left, right in
            if precedes(left, right) { return true }
            return left < right && !precedes(right, left)
        }.map { items[$0] }
    }
}
