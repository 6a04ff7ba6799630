import JouleFile
import JouleQuantities

/// The keys of a run that is asked about.
struct PreflightReading {
    let keys: RunKeys
    /// What they are where it is a run of one of these programs.
    private(set) var taught: [ProgramName: RunKeys] = [:]

    var all: [RunKeys] {
        var seen: Set<SharedConfiguration> = []
        return ([keys] + taught.values).filter { seen.insert($0.leaves).inserted }
    }

    func keys(for program: ProgramName) -> RunKeys { taught[program] ?? keys }
}

/// An earlier run, whose course is looked at where it counts: most runs are no match.
struct EarlierRun {
    let record: RunRecord
    let inputs: RunInputs
    var keys: RunKeys
    let liveness: Liveness

    var program: ProgramName { ProgramName(record) }

    var run: AuditedRun { AuditedRun(record, inputs, liveness: liveness) }

    /// The run without its epochs, with what it cost and came to.
    var outcome: AuditedRun {
        var run = record
        var results = JSONObject()
        for metric in ResultSummary.metrics(of: record) {
            results[metric.name] = .double(metric.value)
        }
        run.metrics = results
        run.epochs = []
        return AuditedRun(run, inputs, liveness: liveness, cost: RunCost(record))
    }
}

/// An earlier run of the same recipe, and what is not known about the likeness.
struct RecipeMatch {
    enum Seeds {
        case same
        case different
        /// One of the runs states no seed.
        case unknown
        /// Neither does: equal if the program has no randomness or a fixed seed of its own.
        case unstated
    }

    let seeds: Seeds
    /// Facts that one side or both lack.
    let missing: Set<RecipeContext.Fact>
    private(set) var run: AuditedRun?
    private(set) var record: RunRecord?
    private(set) var keys: RunKeys?
    private(set) var liveness: Liveness = .unknown
    /// Keys in which the runs differ that are taken to change nothing; whether results have shown it.
    var assumed: (paths: Set<String>, isShown: Bool)?

    /// Nil when a fact that both sides know differs.
    ///
    /// In a question from a few facts, `isPartial`, what is not stated is not known; otherwise a
    /// stage or a world size that is not stated is the ordinary one.
    init?(_ asked: RunKeys, _ other: RunKeys, isPartial: Bool) {
        var missing = asked.context.missing.union(other.context.missing)
        let a = asked.context.leaves
        let b = other.context.leaves
        for name in Set(a.keys).union(b.keys) where a[name] != b[name] {
            let isKnownToBoth = a[name] != nil && b[name] != nil
            let isOpen = isPartial && a[name] == nil || Self.mayBeLeftOut(name)
            guard !isKnownToBoth, isOpen else { return nil }
            if let fact = RecipeContext.Fact(leaf: name) { missing.insert(fact) }
        }
        if asked.seed.main == nil || other.seed.main == nil {
            missing.insert(.seed)
            let isUnstated = asked.seed.main == nil && other.seed.main == nil
            seeds = isUnstated ? .unstated : .unknown
        } else {
            seeds = asked.seed == other.seed ? .same : .different
        }
        self.missing = missing
    }

    /// The run where it has finished.
    var finished: KeyedRun? {
        guard let run, let keys, run.status == .finished else { return nil }
        return KeyedRun(run: run, keys: keys)
    }

    private static func mayBeLeftOut(_ name: String) -> Bool {
        name != "stage" && name != "world_size" && name != "argv"
    }

    func with(_ earlier: EarlierRun) -> RecipeMatch {
        var match = self
        match.run = earlier.run
        match.record = earlier.record
        match.keys = earlier.keys
        match.liveness = earlier.liveness
        return match
    }

    /// Same seed first, then finished, then the better known, then the earliest.
    static func comesFirst(_ left: RecipeMatch, _ right: RecipeMatch) -> Bool {
        if left.rank != right.rank { return left.rank.lexicographicallyPrecedes(right.rank) }
        guard let a = left.run, let b = right.run else { return false }
        return AuditedRun.startsBefore(a, b)
    }

    private var rank: [Int] {
        let seed = seeds == .same ? 0 : seeds == .different ? 2 : 1
        return [
            seed, run?.status == .finished ? 0 : 1, assumed?.isShown ?? true ? 0 : 1, missing.count,
        ]
    }
}
