/// What counts of runs that are looked at as one: of how many, and what of theirs does not add up by
/// itself.
struct RunTally: Sendable {
    private(set) var runs = 0
    /// Sum over the runs of the share of their time in which their energy was observed.
    private(set) var coverage = 0.0
    private(set) var secondsObserved = 0.0
    /// Runs whose energy was observed for too little of their time.
    private(set) var sparse = 0
    /// Runs with energy of unknown uncertainty.
    private(set) var uncertain = 0

    private static let coverageMin = 0.9

    /// Adds a run with energy; `seconds` are nil where nobody knows how long it took.
    mutating func add(coverage: Double, seconds: Double?, isUncertain: Bool) {
        runs += 1
        self.coverage += coverage
        secondsObserved += (seconds ?? 0) * coverage
        sparse += coverage < Self.coverageMin ? 1 : 0
        uncertain += isUncertain ? 1 : 0
    }

    init() {}

    /// Of one run.
    init(of energy: RunEnergy, seconds: Double?) {
        if energy.parts.isEmpty {
            runs = 1
        } else {
            let isUncertain = energy.parts.contains {
                $0.uncertaintyRelative == nil && $0.joules > 0
            }
            add(coverage: energy.coverage, seconds: seconds, isUncertain: isUncertain)
        }
    }
}
