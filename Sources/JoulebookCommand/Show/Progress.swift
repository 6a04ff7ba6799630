import JouleFile
import JouleQuantities

/// What each gain of a metric cost, and whether the last epochs gained anything.
///
/// A point is 0.01 of the metric: one per cent of an accuracy.
struct Progress {
    let metric: String
    let goal: SelectCommand.Goal
    /// The epochs that have a value of the metric.
    let steps: [Step]
    let plateau: Plateau?

    /// From one value of the metric to the next.
    struct Step {
        let epoch: Int
        let value: Double
        /// Energy since the value before; nil when it is not known of each epoch since then.
        let joules: Double?
        /// How much better the value is than the one before; negative when worse, nil for the first.
        let gain: Double?

        /// What a point cost; nil where nothing was gained.
        var joulesPerPoint: Double? {
            guard let joules, let gain, gain > 0 else { return nil }
            return joules / (gain / Progress.point)
        }
    }

    /// The last epochs, when they used much and gained next to nothing.
    struct Plateau {
        let epochs: Int
        let firstEpoch: Int
        let joules: Double
        /// Of the energy of all epochs.
        let share: Double
        /// How much better the best value became in them.
        let gain: Double
    }

    static let point = 0.01
    /// A plateau gains no more than this share of what the whole run gained, and uses at least so much.
    private static let gainShareMax = 0.01
    private static let energyShareMin = 0.1
    private static let epochsMin = 3

    /// In the metric by which somebody selected the run; nil where nobody did.
    init?(ofSelected run: RunRecord) {
        let selected = run.extra["selected"]
        guard let metric = selected?["metric"]?.string,
            let goal = (selected?["goal"]?.string).flatMap(SelectCommand.Goal.init(rawValue:))
        else { return nil }
        self.init(of: run, metric: metric, goal: goal)
    }

    /// Nil when no epoch has a number of that name.
    init?(of run: RunRecord, metric: String, goal: SelectCommand.Goal) {
        self.metric = metric
        self.goal = goal
        let sign = goal == .higher ? 1.0 : -1.0
        var steps: [Step] = []
        // Behind the last value: energy, nil once it is not known of an epoch.
        var joules: Double? = 0
        for epoch in run.epochs {
            joules = joules.flatMap { sum in epoch.energy.map { sum + $0.joules } }
            let value = epoch.metrics.last { $0.name == metric }?.value
            guard let value, value.isFinite else { continue }
            let gain = steps.last.map { sign * (value - $0.value) }
            steps.append(Step(epoch: epoch.number, value: value, joules: joules, gain: gain))
            joules = 0
        }
        guard !steps.isEmpty else { return nil }
        self.steps = steps
        plateau = Self.plateau(of: steps, sign: sign)
    }

    private static func plateau(of steps: [Step], sign: Double) -> Plateau? {
        var bests: [Double] = []
        for step in steps { bests.append(max(bests.last ?? -.infinity, sign * step.value)) }
        guard let first = bests.first, let last = bests.last else { return nil }
        let enough = last - gainShareMax * (last - first)
        // The first value that is as good as the last ones; what comes behind it gained nothing more.
        let reached = bests.firstIndex { $0 >= enough } ?? 0
        let tail = steps[(reached + 1)...]
        let known = steps.compactMap(\.joules)
        let all = known.reduce(0, +)
        guard tail.count >= epochsMin, known.count == steps.count, all > 0,
            let start = tail.first
        else { return nil }
        let joules = tail.compactMap(\.joules).reduce(0, +)
        guard joules / all >= energyShareMin else { return nil }
        return Plateau(
            epochs: tail.count,
            firstEpoch: start.epoch,
            joules: joules,
            share: joules / all,
            gain: last - bests[reached]
        )
    }
}

extension Progress {
    /// The member `progress` of `show --json`.
    var json: JSON {
        [
            "metric": .string(metric),
            "goal": .string(goal.rawValue),
            "epochs": .array(
                steps.map { step in
                    [
                        "epoch": .integer(Int64(step.epoch)),
                        "value": .double(step.value),
                        "energy_j": .orNull(step.joules),
                        "gain": .orNull(step.gain),
                        "j_per_point": .orNull(step.joulesPerPoint),
                    ]
                }
            ),
            "plateau": plateau?.json ?? .null,
        ]
    }

    /// For a person: what a point cost at first and at last, and the plateau.
    func lines(mark: EnergyMark) -> [String] {
        let name = metric.visible
        var lines = ["\(name), \(goal.rawValue) is better; a point is 0.01 of it"]
        let costs = steps.filter { $0.joulesPerPoint != nil }
        if let first = costs.first, let last = costs.last {
            lines.append("  a point cost \(cost(first, mark)), \(cost(last, mark))")
        }
        if let plateau {
            let points = Units.significant(plateau.gain / Self.point, digits: 2)
            lines.append(
                "  the last \(plateau.epochs) epochs used \(Units.percent(plateau.share)) "
                    + "of the energy for \(points) points"
            )
        }
        return lines
    }

    private func cost(_ step: Step, _ mark: EnergyMark) -> String {
        "\(mark.text(joules: step.joulesPerPoint)) in epoch \(step.epoch)"
    }
}

extension Progress.Plateau {
    fileprivate var json: JSON {
        [
            "epochs": .integer(Int64(epochs)),
            "first_epoch": .integer(Int64(firstEpoch)),
            "energy_j": .double(joules),
            "energy_share": .double(share),
            "gain": .double(gain),
        ]
    }
}
