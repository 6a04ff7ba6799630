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
        let charted = runs.map { ChartedEpochs(of: $0) }
        let metric = ChartedEpochs.mainMetric(of: charted.flatMap(\.metricNames))
        let rows = charted.flatMap { run in
            run.epochs.compactMap { epoch -> JSON? in
                guard let value = epoch.metrics.last(where: { $0.name == metric })?.value else {
                    return nil
                }
                return [
                    "run": .string(run.name), "epoch": .double(epoch.number),
                    "value": .double(value), "energy": .orNull(epoch.joules.map { $0 / 3600 }),
                ]
            }
        }
        return (metric ?? "Value", rows)
    }
}
