import JouleExchange
import JouleFile
import JouleLifecycle
import JouleQuantities
import Joulebook

/// A metric against the energy that it took, over all runs (`Schemas/page-frontier.schema.json`).
struct FrontierPage {
    let metrics: [String]
    let metric: String?
    let direction: Efficiency.Direction
    private let rows: [RunRow]
    private let values: [Double]
    /// Those that no run beats, and those that none of their own project beats.
    private let front: Set<Int>
    private let projectFronts: Set<Int>
    private let projects: [(name: String, count: Int)]
    private let problems: [LedgerDirectory.Problem]
    private let runsWithMetric: Int
    private let words: [String]
    private let pointsMax: Int

    /// So many points are told: all fronts, and of the others the newest.
    private static let pointsMax = 5000
    /// The same in a report.
    static let pointsMaxInReport = 300
    private static let metricsMax = 200
    private static let problemsMax = 200

    /// `metric` nil is the one that most runs have and that is no loss, if there is one.
    init(
        of view: LedgerStore.View,
        metric wanted: String?,
        better: Efficiency.Direction?,
        pointsMax: Int = pointsMax
    ) {
        var counts: [Int32: Int] = [:]
        for row in view.rows {
            for metric in row.metrics { counts[metric.name, default: 0] += 1 }
        }
        words = view.words
        problems = view.problems
        self.pointsMax = pointsMax
        let names = counts.map { (name: view.words[Int($0.key)], count: $0.value) }.sorted {
            ($1.count, $0.name) < ($0.count, $1.name)
        }
        metrics = names.prefix(Self.metricsMax).map(\.name)
        metric = wanted ?? MetricDirection.mainMetric(of: metrics)
        // Where a name tells nothing, the page lets people say it.
        let isLower = metric.flatMap(MetricDirection.init(ofMetric:)) == .lower
        direction = better ?? (isLower ? .lower : .higher)
        let number = metric.flatMap { metric in
            counts.keys.first { view.words[Int($0)].isExactly(metric) }
        }
        var rows: [RunRow] = []
        var values: [Double] = []
        var moments: [Efficiency.Moment] = []
        var count = 0
        for row in view.rows {
            guard let value = number.flatMap({ row.metrics[named: $0] })?.number, value.isFinite
            else { continue }
            count += 1
            // A run of 0 J was not seen by its meters, and nothing could beat it.
            guard row.joules.isFinite, row.joules > 0 else { continue }
            rows.append(row)
            values.append(value)
            moments.append(.init(energy: EnergyIT(joules: row.joules), metric: value))
        }
        runsWithMetric = count
        self.rows = rows
        self.values = values
        front = Set(Efficiency.paretoFront(moments, direction))
        var fronts: Set<Int> = []
        var projects: [(name: String, count: Int)] = []
        for (project, places) in Dictionary(grouping: rows.indices, by: { rows[$0].project }) {
            let own = Efficiency.paretoFront(places.map { moments[$0] }, direction)
            fronts.formUnion(own.map { places[$0] })
            if project != Words.none { projects.append((words[Int(project)], places.count)) }
        }
        projectFronts = fronts
        self.projects = projects.sorted { $0.name < $1.name }
    }

    var json: JSON {
        let fronts = front.union(projectFronts)
        let others = rows.indices.filter { !fronts.contains($0) }
        let shown = fronts.union(others.suffix(max(0, pointsMax - fronts.count)))
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
            "projects": .array(
                projects.map {
                    ["name": .string($0.name), "runs_with_both": .integer(Int64($0.count))]
                }
            ),
            "points": points,
            "problems": Array(problems.prefix(Self.problemsMax)).json,
            "problems_count": .integer(Int64(problems.count)),
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
            "provenance": row.provenance == Words.none
                ? .null : .string(words[Int(row.provenance)]),
            "pareto": .bool(front.contains(place)),
            "pareto_in_project": .bool(projectFronts.contains(place)),
        ]
    }
}
