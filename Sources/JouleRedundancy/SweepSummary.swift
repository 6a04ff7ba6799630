import JouleFile
package import JouleQuantities
import JouleSystem

/// What a search found, and what it spent on runs that another run beat in both result and energy.
///
/// That is seen afterwards only: a search has to look at what turns out to be worse, and it is never
/// waste.
package struct SweepSummary: Sendable, Hashable {
    package let project: String?
    package let sweep: String
    package let metric: String
    package let isHigherBetter: Bool
    package let runs: Int
    package let best: RunID
    package let bestValue: Double
    /// Runs for which another one had a result at least as good with no more energy, one of both
    /// better.
    package let dominatedRuns: Int
    package let dominatedJoules: Double
    /// Half of the dominated runs were at most this far from the best.
    package let medianRegret: Double?

    /// All searches of some programs, by name.
    static func all(_ programs: [[KeyedRun]], on workers: Workers) -> [SweepSummary] {
        struct Sweep: Hashable {
            let project: String?
            let name: String
        }
        let parts = workers.map(programs.count) { number in
            Dictionary(grouping: programs[number].filter { $0.run.sweep != nil }) {
                Sweep(project: $0.run.setting.facts.project, name: $0.run.sweep ?? "")
            }
        }
        var sweeps: [Sweep: [KeyedRun]] = [:]
        for part in parts { sweeps.merge(part) { $0 + $1 } }
        let all = Array(sweeps)
        let found = workers.map(all.count) {
            SweepSummary(all[$0].value, sweep: all[$0].key.name)
        }
        .compactMap(\.self)
        return workers.ordered(found) {
            (found[$0].project ?? "", found[$0].sweep) < (found[$1].project ?? "", found[$1].sweep)
        }
    }

    /// Nil without two finished runs that hold the metric.
    init?(_ runs: [KeyedRun], sweep: String) {
        guard let metric = PrimaryMetric(runs) else { return nil }
        let sign = metric.isHigherBetter ? 1.0 : -1.0
        let points = runs.compactMap { run -> (run: AuditedRun, value: Double, joules: Double)? in
            guard run.run.status == .finished, let value = metric.value(of: run.run) else {
                return nil
            }
            return (run.run, value * sign, run.run.cost.joules ?? .infinity)
        }
        guard points.count > 1 else { return nil }
        let ordered = points.sorted {
            if $0.value != $1.value { return $0.value > $1.value }
            if $0.joules != $1.joules { return $0.joules < $1.joules }
            return $0.run.nameRank < $1.run.nameRank
        }
        let best = ordered[0]
        // From the best result down: whoever needs no less than the cheapest so far is beaten.
        var cheapest: (joules: Double, value: Double) = (.infinity, .infinity)
        var regrets: [Double] = []
        var joules = 0.0
        for point in ordered {
            let isEqual = point.joules == cheapest.joules && point.value == cheapest.value
            if point.joules < cheapest.joules {
                cheapest = (point.joules, point.value)
            } else if point.joules.isFinite, !isEqual {
                regrets.append(best.value - point.value)
                joules += point.joules
            }
        }
        project = best.run.setting.facts.project
        self.sweep = sweep
        self.metric = metric.name
        isHigherBetter = metric.isHigherBetter
        self.runs = points.count
        self.best = best.run.id
        bestValue = best.value * sign
        dominatedRuns = regrets.count
        dominatedJoules = joules
        medianRegret = regrets.isEmpty ? nil : regrets.sorted()[regrets.count / 2]
    }

    var json: JSON {
        [
            "project": .orNull(project), "sweep": .string(sweep), "metric": .string(metric),
            "higher_is_better": .bool(isHigherBetter), "runs": .integer(Int64(runs)),
            "best": .string(best.description), "best_value": .double(bestValue),
            "dominated_runs": .integer(Int64(dominatedRuns)),
            "dominated_j": .double(dominatedJoules),
            "median_regret": .orNull(medianRegret),
        ]
    }
}
