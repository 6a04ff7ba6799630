import JouleFile
import JouleQuantities

/// The numbers of a run that a person looks at first.
enum Metrics {
    /// Names that usually say how good a model is, the most telling first.
    private static let telling = [
        "val_accuracy", "test_accuracy", "accuracy", "val_acc", "test_acc", "acc", "f1", "auc",
        "r2", "score", "val_loss", "test_loss", "loss",
    ]

    /// The final value of the most telling metric.
    static func main(of run: RunRecord) -> Metric? {
        let final = run.statedMetrics
        let last = run.finalMetrics
        let all = final + last
        for name in telling {
            if let metric = all.first(where: { lastPart(of: $0.name) == name }) { return metric }
        }
        // How a program ended is no measure of how good a model is.
        return last.first ?? final.first { $0.name != RunCommand.exitStatusName }
    }

    /// The names of the epochs' metrics, the most telling first, others in the order they came.
    static func names(of run: RunRecord) -> [String] {
        var names: [String] = []
        var seen = Set<String>()
        for epoch in run.epochs {
            for metric in epoch.metrics where seen.insert(metric.name).inserted {
                names.append(metric.name)
            }
        }
        let rank = Dictionary(uniqueKeysWithValues: telling.enumerated().map { ($1, $0) })
        return names.enumerated().sorted { left, right in
            let ranks = (rank[left.element] ?? telling.count, rank[right.element] ?? telling.count)
            return ranks.0 == ranks.1 ? left.offset < right.offset : ranks.0 < ranks.1
        }.map(\.element)
    }

    /// The name of an epoch's most telling metric, else of its first.
    static func telling(of epoch: EpochRecord) -> String? {
        let found = telling.lazy.compactMap { name in
            epoch.metrics.first { lastPart(of: $0.name) == name }
        }
        return (found.first ?? epoch.metrics.first)?.name
    }

    /// The values of a metric by epoch, nil where an epoch has none; of one epoch there is no course.
    static func course(of name: String, in run: RunRecord) -> [Double?] {
        guard run.epochs.count > 1 else { return [] }
        return run.epochs.map { epoch in epoch.metrics.last { $0.name == name }?.value }
    }

    private static func lastPart(of name: String) -> String {
        name.lastIndex { $0 == "." || $0 == "/" }.map { String(name[name.index(after: $0)...]) }
            ?? name
    }
}
