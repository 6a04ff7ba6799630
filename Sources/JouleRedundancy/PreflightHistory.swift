import JouleFile
import JouleQuantities

/// Finished runs of the program that a question is about, on the same data, whatever their recipe.
struct ProgramHistory {
    private let runs: [KeyedRun]
    private let metric: PrimaryMetric?

    /// `runs` are finished, and one for each execution of work that differs.
    init(_ runs: [KeyedRun]) {
        self.runs = runs
        metric = PrimaryMetric(runs)
    }

    /// What a run will probably take and come to, from other configurations; nil when nothing is known.
    var expectation: PreflightAnswer.Expectation? {
        guard !runs.isEmpty else { return nil }
        let values = metric.map { metric in runs.compactMap { metric.value(of: $0.run) } } ?? []
        let result = Spread(values)
        return PreflightAnswer.Expectation(
            source: .program,
            runs: runs.count,
            joules: Spread(runs.compactMap(\.run.cost.joules)),
            energyIsModelled: runs.contains { $0.run.cost.isModelled || $0.run.cost.isAssumed },
            seconds: Spread(runs.compactMap(\.run.cost.seconds)),
            metrics: metric.flatMap { metric in result.map { [(metric.name, $0)] } } ?? []
        )
    }

    /// How many of the seeds that tell the program's recipes apart are done of one of them.
    ///
    /// Nil where no recipe has two seeds, so that nothing tells how much a seed does. `recipe` are
    /// the finished runs of the one that is asked about.
    func budget(of recipe: [KeyedRun]) -> ReplicateBudget? {
        guard let metric, let first = runs.first else { return nil }
        let recipes = Dictionary(grouping: runs, by: \.keys.recipe).values
            // Sums depend on order in their last bits, so the order is fixed.
            .map { $0.sorted { $0.run.id < $1.run.id } }
            .sorted { $0[0].run.id < $1[0].run.id }
            .map { $0.compactMap { metric.value(of: $0.run) } }
            .filter { !$0.isEmpty }
        guard let noise = Replication(recipes, metric: metric, of: first),
            noise.seedDeviation.isFinite
        else { return nil }
        return ReplicateBudget(
            seeds: Set(recipe.map(\.keys.seed).filter(\.isKnown)).count,
            enough: noise.enough,
            metric: metric.name,
            seedDeviation: noise.seedDeviation
        )
    }
}

/// How many seeds of a recipe are done, and how many are worth their energy.
package struct ReplicateBudget: Sendable, Hashable {
    package let seeds: Int
    /// Nil where nothing tells, as with a single recipe.
    package let enough: Int?
    package let metric: String
    package let seedDeviation: Double

    package var remaining: Int? { enough.map { max(0, $0 - seeds) } }

    var json: JSON {
        [
            "seeds": .integer(Int64(seeds)),
            "enough": enough.map { .integer(Int64($0)) } ?? .null,
            "remaining": remaining.map { .integer(Int64($0)) } ?? .null,
            "metric": .string(metric),
            "seed_sd": .double(seedDeviation),
        ]
    }

    /// Nil where there is no seed yet, or nothing tells how many are enough.
    var sentence: String? {
        guard seeds > 0, let enough else { return nil }
        guard seeds >= enough else {
            return "\(seeds) of \(enough) seeds that tell recipes apart are done."
        }
        let done = seeds == enough ? "all are done" : "\(seeds) are done"
        return "\(enough) seeds tell recipes apart, and \(done): a further one says little."
    }
}

/// A typical value, and where four of five lie.
package struct Spread: Sendable, Hashable {
    package let central: Double
    /// The 10th and the 90th percentile; nil of a mean, and of a single value.
    package let interval: ClosedRange<Double>?

    /// A mean, which says nothing of an interval.
    init?(mean values: [Double]) {
        guard !values.isEmpty, values.mean.isFinite else { return nil }
        central = values.mean
        interval = nil
    }

    /// The median and the interval; nil without a value.
    init?(_ values: [Double]) {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return nil }
        func quantile(_ share: Double) -> Double {
            let place = share * Double(sorted.count - 1)
            let below = sorted[Int(place)]
            let above = sorted[min(Int(place) + 1, sorted.count - 1)]
            let rest = place.truncatingRemainder(dividingBy: 1)
            // Their difference may be more than a double holds.
            return min(max(below, below * (1 - rest) + above * rest), above)
        }
        central = quantile(0.5)
        interval = sorted.count > 1 ? quantile(0.1)...max(quantile(0.1), quantile(0.9)) : nil
    }

    func scaled(by factor: Double) -> Spread {
        Spread(
            central: central * factor,
            interval: interval.map { $0.lowerBound * factor...$0.upperBound * factor }
        )
    }

    private init(central: Double, interval: ClosedRange<Double>?) {
        self.central = central
        self.interval = interval
    }

    /// `0.5 (0.2 to 1.1)`, each value in the words of `text`.
    func words(_ text: (Double) -> String) -> String {
        guard let interval else { return text(central) }
        return "\(text(central)) (\(text(interval.lowerBound)) to \(text(interval.upperBound)))"
    }

    /// Low and high, or null.
    var range: JSON {
        interval.map { [.double($0.lowerBound), .double($0.upperBound)] } ?? .null
    }
}

extension PreflightIndex {
    /// The runs of the program and the data that `question` names.
    ///
    /// What a question from a few facts does not say may be anything, but the project or the entry.
    mutating func history(of question: PreflightQuestion, among names: Set<RunID>? = nil)
        -> ProgramHistory?
    {
        let asked = question.run
        guard asked.project != nil || asked.code?.entry != nil else { return nil }
        let task = ProgramTask(keys(of: asked), project: asked.project)
        var seen: Set<IndexSum> = []
        let runs = finished.filter { run in
            let other = ProgramTask(run.keys, project: run.run.setting.facts.project)
            return names?.contains(run.run.id) ?? true
                && task.includes(other, isPartial: question.isPartial)
                // Without a seed each run may be another draw.
                && (!run.keys.seed.isKnown || seen.insert(run.keys.exact).inserted)
        }
        return ProgramHistory(runs)
    }
}

/// What is asked of a program: its project, entry point, data and stage.
private struct ProgramTask {
    private let facts: [JSON?]

    init(_ keys: RunKeys, project: String?) {
        let leaves = keys.context.leaves
        facts = [
            project.map(JSON.string), leaves["entry"],
            leaves["data.fingerprint"] ?? leaves["data.name"], leaves["stage"],
        ]
    }

    func includes(_ other: ProgramTask, isPartial: Bool) -> Bool {
        zip(facts, other.facts).allSatisfy { $0 == $1 || isPartial && $0 == nil }
    }
}
