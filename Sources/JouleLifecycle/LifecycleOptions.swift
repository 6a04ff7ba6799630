package import JouleQuantities

/// What to summarise and what the user states about it.
package struct LifecycleOptions: Sendable {
    /// A country or cloud region for all runs; nil: what each run recorded about itself.
    package var region: String?
    /// PUE of the site for all runs; nil: what each run recorded, else its cloud provider's mean.
    package var pue: Double?
    /// When runs start; nil: when they did.
    package var start: StartShift?
    /// Water and price of the site for all runs.
    package var site = SiteStatement()
    /// How long hardware lives; nil: what its making caused is not shared out.
    package var life: HardwareLife?
    /// Where the same work is thought to be done; nil: where it was.
    var hardware: OtherHardware?
    /// What the score of software carbon intensity is per; nil: there is none.
    package var unit: FunctionalUnit?
    /// Name of a run, or the beginning of one: only this run and its ancestors.
    package var model: String?
    /// Only runs that started at or after this date.
    package var since: WallTime?
    /// Only runs that started before this date.
    package var until: WallTime?
    package var user: String?
    /// Only runs of jobs that a batch scheduler charges it for.
    package var account: String?
    package var project: String?
    /// What is set beside the summary.
    package var beside: [Alternative] = []
    /// What the accuracy of runs is read from; nil: efficiency is not looked at.
    package var goal: MetricGoal?

    package init() {}

    /// Whether a summary looks at metrics, so that it needs whole records of its runs: for what a model
    /// came to, and how often it was used.
    package var needsRecords: Bool { goal != nil || model != nil }
}

/// A metric, which of its values are better, and what it was to reach.
package struct MetricGoal: Sendable, Hashable {
    package let metric: String
    package let direction: Efficiency.Direction
    package let target: Double?

    package init(_ metric: String, _ direction: Efficiency.Direction, target: Double? = nil) {
        self.metric = metric
        self.direction = direction
        self.target = target
    }
}
