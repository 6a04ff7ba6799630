import JouleExchange
import JouleLifecycle
import JouleQuantities

/// A metric against the energy that it took, over all runs (`Schemas/page-frontier.schema.json`).
struct FrontierPage {
    let metrics: [String]
    let metric: String?
    let direction: Efficiency.Direction
    private let rows: [RunRow]
    private let values: [Double]
    private let front: Set<Int>
    private let runsWithMetric: Int
    private let words: [String]
    private let pointsMax: Int

    /// So many points are told: the front, and of the others the newest.
    private static let pointsMax = 5000
    /// The same in a report.
    static let pointsMaxInReport = 300
    private static let metricsMax = 200
    /// What is better where it is less, as far as a name tells; the page can say otherwise.
    private static let costs = [
        "loss", "error", "err", "perplexity", "ppl", "mse", "rmse", "mae", "nll", "bpb", "wer",
        "cer", "fid",
    ]

    /// `metric` nil is the one that most runs have and that is no loss, if there is one.
    init(
        of view: LedgerStore.View,
        metric wanted: String?,
        better: Efficiency.Direction?,
        pointsMax: Int = pointsMax
    ) {
        var counts: [Int32: Int] = [:]
        for row in view.rows {
            for cell in row.cells[..<Int(row.configStart)] { counts[cell.name, default: 0] += 1 }
        }
        words = view.words
        self.pointsMax = pointsMax
        let names = counts.map { (name: view.words[Int($0.key)], count: $0.value) }.sorted {
            ($1.count, $0.name) < ($0.count, $1.name)
        }
        metrics = names.prefix(Self.metricsMax).map(\.name)
        metric = wanted ?? metrics.first { Self.guess($0) == .higher } ?? metrics.first
        direction = better ?? metric.map(Self.guess) ?? .higher
        let number = metric.flatMap { metric in
            counts.keys.first { view.words[Int($0)].isExactly(metric) }
        }
        var rows: [RunRow] = []
        var values: [Double] = []
        var moments: [Efficiency.Moment] = []
        var count = 0
        for row in view.rows {
            let cell = row.cells[..<Int(row.configStart)].first { $0.name == number }
            guard let value = cell?.number, value.isFinite else { continue }
            count += 1
            guard row.joules.isFinite else { continue }
            rows.append(row)
            values.append(value)
            moments.append(.init(energy: EnergyIT(joules: row.joules), metric: value))
        }
        runsWithMetric = count
        self.rows = rows
        self.values = values
        front = Set(Efficiency.paretoFront(moments, direction))
    }

    private static func guess(_ name: String) -> Efficiency.Direction {
        let parts = name.lowercased().split { !$0.isLetter && !$0.isNumber }
        return parts.contains { costs.contains(String($0)) } ? .lower : .higher
    }

    var json: JSON {
        let others = rows.indices.filter { !front.contains($0) }
        let shown = front.union(others.suffix(max(0, pointsMax - front.count)))
        let points = JSON.array(shown.sorted().map(point))
        var charts = JSONObject()
        if let metric {
            charts["frontier"] = Charts.frontier(
                points: points,
                metric: metric,
                isHigherBetter: direction == .higher
            )
        }
        return [
            "schema": "joulebook.page.frontier/1",
            "metrics": .array(metrics.map(JSON.string)),
            "metric": .orNull(metric),
            "better": direction == .higher ? "higher" : "lower",
            "runs_with_metric": .integer(Int64(runsWithMetric)),
            "runs_with_both": .integer(Int64(rows.count)),
            "left_out": .integer(Int64(rows.count - shown.count)),
            "points": points,
            "charts": .object(charts),
        ]
    }

    private func point(_ place: Int) -> JSON {
        let row = rows[place]
        return [
            "id": .string(row.id.description),
            "project": row.project == Words.none ? .null : .string(words[Int(row.project)]),
            "value": .double(values[place]),
            "energy_j": .double(row.joules),
            "pareto": .bool(front.contains(place)),
        ]
    }
}
