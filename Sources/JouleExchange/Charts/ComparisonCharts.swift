package import JouleQuantities

extension Charts {
    /// The main metric of several `show --json` documents over their epochs, one curve a run.
    package static func curves(of runs: [JSON]) -> JSON {
        let (metric, rows) = comparedRows(runs)
        return comparison(
            title: "\(metric) by epoch",
            description: "\(metric) by epoch, one line for each run.",
            x: number("epoch", "Epoch", isZeroShown: false),
            metric: metric,
            rows: rows
        )
    }

    /// The same over the energy that each run had used by then.
    package static func efficiency(of runs: [JSON]) -> JSON {
        let (metric, rows) = comparedRows(runs)
        return comparison(
            title: "What the energy bought",
            description: "\(metric) by energy used so far, one line for each run.",
            x: number("energy", "Energy so far (Wh)"),
            metric: metric,
            rows: rows.filter { $0["energy"] != nil }
        )
    }

    private static func comparison(
        title: String,
        description: String,
        x: JSON,
        metric: String,
        rows: [JSON]
    ) -> JSON {
        spec(
            title: title,
            description: description,
            [
                "width": 640, "height": 240, "data": Self.rows(rows),
                "mark": ["type": "line", "point": ["size": 36], "strokeWidth": 2],
                "encoding": [
                    "x": x, "y": number("value", metric, isZeroShown: false),
                    "order": ["field": "epoch", "type": "quantitative"],
                    "color": [
                        "field": "run", "type": "nominal", "title": .null, "sort": .null,
                        "legend": ["orient": "top"],
                    ],
                    "tooltip": tooltip(
                        ("run", "Run"),
                        ("value", metric),
                        ("epoch", "Epoch"),
                        ("energy", "Energy so far (Wh)")
                    ),
                ],
            ]
        )
    }

    private static func comparedRows(_ runs: [JSON]) -> (metric: String, rows: [JSON]) {
        let most = max(200, epochsMax / max(runs.count, 1))
        let charted = runs.map { ChartedEpochs(of: $0, epochsMax: most) }
        let names = namesThatTell(runs.map { $0["run_id"]?.string ?? "?" })
        let metric = MetricDirection.mainMetric(of: charted.flatMap(\.metricNames))
        let rows = zip(names, charted).flatMap { name, run in
            run.epochs.compactMap { epoch -> JSON? in
                guard let value = epoch.metrics.last(where: { $0.name == metric })?.value else {
                    return nil
                }
                return [
                    "run": .string(name), "epoch": .double(epoch.number),
                    "value": .double(value), "energy": .orNull(epoch.joules.map { $0 / 3600 }),
                ]
            }
        }
        return (metric ?? "Value", rows)
    }

    /// The beginnings of ids that tell them apart, at least eight letters.
    private static func namesThatTell(_ ids: [String]) -> [String] {
        let different = Set(ids)
        let longest = ids.map(\.count).max() ?? 0
        let length = (8..<max(longest, 9)).first { length in
            Set(different.map { $0.prefix(length) }).count == different.count
        }
        return ids.map { String($0.prefix(length ?? longest)) }
    }
}
