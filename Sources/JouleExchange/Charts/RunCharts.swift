package import JouleQuantities

extension Charts {
    /// Metrics above, energy used so far below, on one axis of time; of a `show --json` document.
    package static func course(of run: JSON) -> JSON? {
        let charted = ChartedEpochs(of: run)
        guard !charted.epochs.isEmpty else { return nil }
        let axis = CourseAxis(charted)
        var panels = metricPanels(charted, axis)
        if let energy = energyPanel(charted, axis) { panels.append(energy) }
        guard let last = panels.popLast() else { return nil }
        panels = panels.map(CourseAxis.unlabelled) + [last]
        let names = charted.metricNames.joined(separator: ", ")
        return spec(
            title: "What the run learned, and what it used",
            description: "Over \(charted.count) epochs: \(names); "
                + "below, the energy used so far.",
            [
                "vconcat": .array(panels), "spacing": 18,
                "resolve": ["scale": ["color": "independent"]],
            ]
        )
    }

    /// One panel for scores, one for losses, one for the rest.
    private static func metricPanels(_ charted: ChartedEpochs, _ axis: CourseAxis) -> [JSON] {
        let kinds: [ChartedEpochs.Kind] = [.score, .loss, .other]
        return kinds.compactMap { kind in
            let rows = charted.epochs.flatMap { epoch in
                epoch.metrics.filter { ChartedEpochs.Kind($0.name) == kind }.map { metric in
                    axis.row(
                        epoch,
                        ["metric": .string(metric.name), "value": .double(metric.value)]
                    )
                }
            }
            guard !rows.isEmpty else { return nil }
            return [
                "width": 640, "height": 130, "data": Self.rows(rows),
                "mark": ["type": "line", "point": ["size": 24], "strokeWidth": 2],
                "encoding": [
                    "x": axis.encoding,
                    "y": number("value", kind.title, isZeroShown: false),
                    "color": [
                        "field": "metric", "type": "nominal", "title": .null, "sort": .null,
                        "legend": ["orient": "top"],
                    ],
                    "tooltip": tooltip(
                        ("metric", "Metric"),
                        ("value", "Value"),
                        ("epoch", "Epoch")
                    ),
                ],
            ]
        }
    }

    private static func energyPanel(_ charted: ChartedEpochs, _ axis: CourseAxis) -> JSON? {
        guard let most = charted.epochs.compactMap(\.joules).max() else { return nil }
        let unit = ChartUnit.energy(upTo: most)
        let rows = charted.epochs.compactMap { epoch in
            epoch.joules.map { axis.row(epoch, ["energy": unit($0)]) }
        }
        return [
            "width": 640, "height": 90, "data": Self.rows(rows),
            "mark": [
                "type": "area", "line": ["color": plain, "strokeWidth": 2], "color": plain,
                "fillOpacity": 0.15,
            ],
            "encoding": [
                "x": axis.encoding,
                "y": number("energy", "Energy so far (\(unit.symbol))"),
                "tooltip": tooltip(("energy", "Energy (\(unit.symbol))"), ("epoch", "Epoch")),
            ],
        ]
    }

    /// The energy of each epoch, by phase; of a `show --json` document.
    package static func phases(of run: JSON) -> JSON? {
        let epochs = (run["epochs"]?.array ?? []).thinned(to: epochsMax)
        let parts = epochs.flatMap { epoch in
            phaseParts(of: epoch).map { (epoch: epoch["epoch"] ?? .null, name: $0.name, $0.joules) }
        }
        guard parts.contains(where: { $0.name != restName }) else { return nil }
        let sums = Dictionary(grouping: parts) { $0.epoch }.values.map { epoch in
            epoch.reduce(0) { $0 + $1.2 }
        }
        let unit = ChartUnit.energy(upTo: sums.max() ?? 0)
        let rows: [JSON] = parts.map { epoch, name, joules in
            ["epoch": epoch, "phase": .string(name), "energy": unit(joules)]
        }
        let epochAxis: JSON = [
            "field": "epoch", "type": "ordinal", "title": "Epoch",
            "axis": ["labelAngle": 0, "labelOverlap": "greedy"],
        ]
        return spec(
            title: "Energy of each epoch, by phase",
            description: "Bars for \(epochs.count) epochs, each made of its phases.",
            [
                "width": 640, "height": 180, "data": Self.rows(rows), "mark": "bar",
                "encoding": [
                    "x": epochAxis, "y": number("energy", "Energy (\(unit.symbol))"),
                    "color": [
                        "field": "phase", "type": "nominal", "title": .null, "sort": .null,
                        "legend": ["orient": "top"],
                    ],
                    "tooltip": tooltip(
                        ("phase", "Phase"),
                        ("epoch", "Epoch"),
                        ("energy", "Energy (\(unit.symbol))")
                    ),
                ],
            ]
        )
    }

    private static let restName = "outside of phases"

    private static func phaseParts(of epoch: JSON) -> [(name: String, joules: Double)] {
        let phases = (epoch["phases"]?.array ?? []).compactMap { phase in
            phase["name"]?.string.flatMap { name in
                phase["total_j"]?.double.map { (name: name, joules: $0) }
            }
        }
        guard let total = epoch["energy"]?["total_j"]?.double else { return phases }
        let rest = total - phases.reduce(0) { $0 + $1.joules }
        // Edges of windows are interpolated, so that a hair of the total is no rest.
        return rest > total * 0.005 ? phases + [(name: restName, joules: rest)] : phases
    }
}

/// What the axis of a course is: time where all epochs tell it, else their numbers.
private struct CourseAxis {
    let unit: ChartUnit?

    private let first: JSON
    private let last: JSON

    init(_ charted: ChartedEpochs) {
        let seconds = charted.epochs.compactMap(\.seconds).max() ?? 0
        let numbers = charted.epochs.map(\.number)
        if charted.isTimed {
            let unit = ChartUnit.time(upTo: seconds)
            (self.unit, first, last) = (unit, 0, unit(seconds))
        } else {
            unit = nil
            first = .orNull(numbers.min())
            last = .orNull(numbers.max())
        }
    }

    /// `panel` without the words of its axis, which stand below the last one.
    static func unlabelled(_ panel: JSON) -> JSON {
        guard var parts = panel.object, var encoding = parts["encoding"]?.object,
            var x = encoding["x"]?.object
        else { return panel }
        x["axis"] = ["title": .null, "labels": false, "ticks": false]
        encoding["x"] = .object(x)
        parts["encoding"] = .object(encoding)
        return .object(parts)
    }

    var encoding: JSON {
        let title = unit.map { "Time since the start (\($0.symbol))" } ?? "Epoch"
        return [
            "field": "x", "type": "quantitative", "title": .string(title),
            "scale": ["domain": [first, last], "nice": false],
        ]
    }

    func row(_ epoch: ChartedEpochs.Epoch, _ parts: JSON) -> JSON {
        var row = parts.object ?? JSONObject()
        row["epoch"] = .double(epoch.number)
        row["x"] = unit.flatMap { unit in epoch.seconds.map { unit($0) } } ?? .double(epoch.number)
        return .object(row)
    }
}
