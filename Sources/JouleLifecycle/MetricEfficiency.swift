import JouleFile
package import JouleQuantities

/// What runs came to in one metric, against the IT energy that each of them used (F15).
///
/// Energy is a run's own: what it inherits from other runs is no part of it.
package struct MetricEfficiency: Sendable {
    /// A run that no other one beats in both energy and metric.
    package struct Best: Sendable {
        package let run: RunID
        package let moment: Efficiency.Moment
        /// What a point more than the run before it took; nil for the first.
        package let joulesPerPoint: Double?
    }

    /// A run that reached the target.
    package struct Reached: Sendable {
        package let run: RunID
        /// The first epoch that reached it; nil where only the run's end tells a value.
        package let epoch: Int?
        package let value: Double
        /// Of its epochs up to then, or of all of a run without epochs; nil unless known of each.
        package let energy: EnergyIT?
    }

    /// 0.01 of a metric: one per cent of an accuracy.
    package static let point = 0.01

    package let goal: MetricGoal
    /// The Pareto front, from the least energy to the best value.
    package let front: [Best]
    /// Those of the least energy first, those of unknown energy last; nil without a target.
    package let reached: [Reached]?
    /// Runs that have the metric.
    package private(set) var runsWithMetric = 0
    /// Runs that have the metric and whose energy is known: the front is of these.
    package private(set) var runsWithBoth = 0

    /// `runs` are in the order of their names, so that equals are told in it.
    init(_ goal: MetricGoal, of runs: [RunImpact]) {
        self.goal = goal
        var names: [RunID] = []
        var moments: [Efficiency.Moment] = []
        for run in runs {
            guard let value = run.run.record?.finalValue(of: goal.metric), value.isFinite else {
                continue
            }
            runsWithMetric += 1
            guard let energy = run.it?.point else { continue }
            names.append(run.run.id)
            moments.append(Efficiency.Moment(energy: energy, metric: value))
        }
        runsWithBoth = names.count
        var front: [Best] = []
        for place in Efficiency.paretoFront(moments, goal.direction) {
            let marginal = front.last.flatMap {
                Efficiency.marginalJoules(from: $0.moment, to: moments[place], goal.direction)
            }
            front.append(
                Best(
                    run: names[place],
                    moment: moments[place],
                    joulesPerPoint: marginal.map { $0 * Self.point }
                )
            )
        }
        self.front = front
        reached = goal.target.map { target in
            runs.compactMap { Reached($0, goal, target) }.sorted { $0.order < $1.order }
        }
    }
}

extension MetricEfficiency.Reached {
    /// Nil for a run that never did.
    fileprivate init?(_ impact: RunImpact, _ goal: MetricGoal, _ target: Double) {
        run = impact.run.id
        var joules: Double? = 0
        var hasMetric = false
        for record in impact.run.record?.epochs ?? [] {
            joules = joules.flatMap { sum in record.energy.map { sum + $0.joules } }
            guard let value = record.metrics.last(where: { $0.name == goal.metric })?.value else {
                continue
            }
            hasMetric = true
            guard goal.direction.reaches(value, target) else { continue }
            epoch = record.number
            self.value = value
            energy = joules.flatMap { impact.itEnergy(in: $0) }
            return
        }
        guard !hasMetric, let value = impact.run.record?.finalValue(of: goal.metric),
            goal.direction.reaches(value, target)
        else { return nil }
        epoch = nil
        self.value = value
        energy = impact.it?.point
    }

    fileprivate var order: (Double, RunID) { (energy?.joules ?? .infinity, run) }
}

extension RunImpact {
    /// The IT energy in a part of what the run's meters saw, which may be of the facility; nil where
    /// that is not known of the run.
    fileprivate func itEnergy(in joules: Double) -> EnergyIT? {
        let isFacility = energy.outermost.contains { $0.boundary == .facility }
        guard isFacility else { return EnergyIT(joules: joules) }
        guard let it = it?.point, energy.joules > 0 else { return nil }
        return EnergyIT(joules: joules * (it.joules / energy.joules))
    }
}

extension MetricEfficiency {
    /// `efficiency` in `Schemas/lifecycle.schema.json`.
    static func json(_ efficiency: Self?, _ score: SoftwareScore?) -> JSON {
        [
            "metric": efficiency?.goal.json ?? .null,
            "runs_with_metric": efficiency.map { .integer(Int64($0.runsWithMetric)) } ?? .null,
            "runs_with_both": efficiency.map { .integer(Int64($0.runsWithBoth)) } ?? .null,
            "kwh_to_target": efficiency?.reached.map { .array($0.map(\.json)) } ?? .null,
            "pareto": efficiency.map { .array($0.front.map(\.json)) } ?? .null,
            "sci": score?.json ?? .null,
        ]
    }
}

extension MetricGoal {
    fileprivate var json: JSON {
        [
            "name": .string(metric),
            "goal": .string(direction.rawValue),
            "target": .orNull(target),
        ]
    }
}

extension MetricEfficiency.Reached {
    fileprivate var json: JSON {
        [
            "run_id": .string(run.description),
            "kwh": .orNull(energy?.kilowattHours),
            "epoch": epoch.map { .integer(Int64($0)) } ?? .null,
            "value": .double(value),
        ]
    }
}

extension MetricEfficiency.Best {
    fileprivate var json: JSON {
        [
            "run_id": .string(run.description),
            "kwh": .double(moment.energy.kilowattHours),
            "value": .double(moment.metric),
            "j_per_point": .orNull(joulesPerPoint),
        ]
    }
}
