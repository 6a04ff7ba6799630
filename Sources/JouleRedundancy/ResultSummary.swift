import JouleFile
import JouleQuantities

/// The result of a run in a few numbers.
enum ResultSummary {
    /// The final metrics; the last epoch's when there are none.
    static func metrics(of run: RunRecord) -> [Metric] {
        let final = Curve.finalMetrics(of: run)
        let found = final.isEmpty ? run.epochs.last?.metrics ?? [] : final
        return found.filter { Curve.tellsResults($0.name) }.sorted { $0.name < $1.name }
    }

    /// Mean of each metric over `runs`, by name; a metric counts where it is finite.
    static func mean(of runs: [AuditedRun]) -> [Metric] {
        var sums: [String: (total: Double, count: Int)] = [:]
        for metric in runs.flatMap(\.metrics) where metric.value.isFinite {
            sums[metric.name, default: (0, 0)].total += metric.value
            sums[metric.name, default: (0, 0)].count += 1
        }
        return sums.map { Metric(name: $0.key, value: $0.value.total / Double($0.value.count)) }
            .sorted { $0.name < $1.name }
    }
}
