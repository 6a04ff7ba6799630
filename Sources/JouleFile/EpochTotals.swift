import JouleQuantities

/// What a list of runs needs to know of their epochs and steps.
package struct EpochTotals: Sendable, Hashable {
    package var epochs: Int
    package var steps: Int
    /// Last value of each metric: those of the last epoch that has any come first, in its order.
    package var metrics: [Metric]
}

extension RunRecord {
    /// Number of epochs, also of a run whose epochs were not read one by one.
    package var epochCount: Int { unreadEpochs?.epochs ?? epochs.count }

    /// Last value of each metric of the epochs, those of the last epoch first.
    package var finalMetrics: [Metric] {
        if let unreadEpochs { return unreadEpochs.metrics }
        var seen: Set<String> = []
        var metrics: [Metric] = []
        var lastNames: [String] = []
        for epoch in epochs.reversed() {
            // Nearly always all epochs have the same.
            let names = epoch.metrics.map(\.name)
            guard names != lastNames else { continue }
            lastNames = names
            // Of a name that an epoch has twice the later value counts, in the place of the first.
            let values = Dictionary(epoch.metrics.map { ($0.name, $0.value) }) { $1 }
            for metric in epoch.metrics where seen.insert(metric.name).inserted {
                metrics.append(
                    Metric(name: metric.name, value: values[metric.name] ?? metric.value)
                )
            }
        }
        return metrics
    }

    package var epochTotals: EpochTotals {
        EpochTotals(epochs: epochCount, steps: stepCount, metrics: finalMetrics)
    }
}

extension EpochTotals {
    /// Of a run and of the process that continued it.
    func continued(by later: EpochTotals) -> EpochTotals {
        let names = Set(later.metrics.map(\.name))
        return EpochTotals(
            epochs: epochs + later.epochs,
            steps: steps + later.steps,
            metrics: later.metrics + metrics.filter { !names.contains($0.name) }
        )
    }

    var json: JSON {
        var values = JSONObject()
        for metric in metrics { values[metric.name] = .double(metric.value) }
        return [
            "epochs": .integer(Int64(epochs)), "steps": .integer(Int64(steps)),
            "metrics": .object(values),
        ]
    }

    /// Nil when `json` is something else.
    init?(_ json: JSON?) {
        guard let epochs = json?["epochs"]?.integer, let steps = json?["steps"]?.integer,
            let metrics = json?["metrics"]?.object, epochs >= 0, steps >= 0
        else { return nil }
        self.epochs = Int(epochs)
        self.steps = Int(steps)
        self.metrics = []
        for member in metrics.members {
            guard let value = member.value.double else { return nil }
            self.metrics.append(Metric(name: member.name, value: value))
        }
    }
}
