import JouleQuantities

extension MetricEfficiency {
    /// Rows of the front that a person is shown.
    private static let rowsMax = 20

    /// What the table is about, and who reached the target.
    var facts: [String] {
        let name = goal.metric
        var lines = [
            "Efficiency: \(name), \(goal.direction.rawValue) is better; a point is 0.01 of it."
        ]
        if runsWithMetric == 0 {
            lines.append("No run has a metric \(name).")
        } else if runsWithBoth < runsWithMetric {
            lines.append(
                "Of \(runsWithMetric) runs that have it, \(runsWithBoth) have energy as well."
            )
        }
        if let reached, let target = goal.target, runsWithMetric > 0 {
            lines.append(Self.sentence(reached, Figure.number(target), of: runsWithMetric))
        }
        if front.count > Self.rowsMax {
            lines.append(
                "The front has \(front.count) runs; the best \(Self.rowsMax) are shown, --json has all."
            )
        }
        return lines
    }

    private static func sentence(_ reached: [Reached], _ target: String, of runs: Int) -> String {
        guard let least = reached.first else { return "No run reached \(target)." }
        var text = "\(reached.count) of \(runs) runs reached \(target)"
        if let energy = least.energy {
            let scale = Scale.energy(upTo: energy.joules)
            text += "; the least energy was \(scale.text(energy.joules)) \(scale.unit), "
            text += "by run \(least.run.short)"
            if let epoch = least.epoch { text += " in epoch \(epoch)" }
        } else {
            text += "; what that took is not known"
        }
        return text + "."
    }

    /// The best runs of the front; nil where there is none.
    var table: (header: [(title: String, formula: SummaryFormula?)], rows: [[String]])? {
        guard let last = front.last else { return nil }
        let shown = front.suffix(Self.rowsMax)
        let energy = Scale.energy(upTo: last.moment.energy.joules)
        let costs = shown.compactMap(\.joulesPerPoint)
        let cost = Scale.energy(upTo: costs.max() ?? 0)
        let header: [(title: String, formula: SummaryFormula?)] = [
            ("no run is better and took less", nil), (goal.metric, nil),
            ("IT \(energy.unit)", .facility), ("\(cost.unit) a point more", .efficiency),
        ]
        let rows = shown.map { best in
            [
                best.run.short, Figure.number(best.moment.metric),
                energy.text(best.moment.energy.joules),
                best.joulesPerPoint.map(cost.text) ?? "–",
            ]
        }
        return (header, rows)
    }
}
