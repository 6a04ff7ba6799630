package import JouleQuantities

extension Charts {
    /// Energy by week, what of it was avoidable apart; of `audit --json`.
    package static func weeks(of audit: JSON) -> JSON? {
        // Of a week whose energy nobody knows a bar would say that there was none.
        let weeks = (audit["trends"]?["weeks"]?.array ?? []).filter {
            $0["name"] != nil && ($0["energy_j"]?.double ?? 0) > 0
        }
        guard let most = weeks.compactMap({ $0["energy_j"]?.double }).max() else { return nil }
        let unit = ChartUnit.energy(upTo: most)
        let rows = weeks.flatMap { week -> [JSON] in
            let all = week["energy_j"]?.double ?? 0
            let avoidable = week["avoidable_j"]?.double ?? 0
            let parts = [("not avoidable", all - avoidable), ("avoidable", avoidable)]
            return parts.map { part, joules in
                [
                    "week": week["name"] ?? .null, "part": .string(part),
                    "energy": unit(max(joules, 0)), "runs": week["runs"] ?? .null,
                ]
            }
        }
        return spec(
            title: "Energy by week",
            description: "Energy of \(weeks.count.counted("week")), what was avoidable apart.",
            [
                "width": 640, "height": 180, "data": Self.rows(rows),
                // A bar is as wide as six and a half days, so that a gap stands between weeks.
                "transform": [["calculate": "time(datum.week) + 5.6e8", "as": "until"]],
                "mark": ["type": "bar", "orient": "vertical"],
                "encoding": [
                    "x": [
                        "field": "week", "type": "temporal", "title": "Week from",
                        "axis": ["format": "%d %b", "values": weekTicks(weeks)],
                        "scale": ["type": "utc"],
                    ],
                    "x2": ["field": "until"],
                    "y": stacked("energy", "Energy (\(unit.symbol))"),
                    "color": share("part", ["not avoidable", "avoidable"], [plain, waste]),
                    "order": ["field": "part", "sort": "descending"],
                    "tooltip": tooltip(
                        ("week", "Week from"),
                        ("part", "Part"),
                        ("energy", "Energy (\(unit.symbol))"),
                        ("runs", "Runs")
                    ),
                ],
            ]
        )
    }

    /// Ten of the weeks at most, as moments.
    private static func weekTicks(_ weeks: [JSON]) -> JSON {
        let step = max(1, (weeks.count + 9) / 10)
        let ticks = stride(from: 0, to: weeks.count, by: step).compactMap { place -> JSON? in
            let parts = (weeks[place]["name"]?.string ?? "").split(separator: "-")
                .compactMap { Int64($0) }
            guard parts.count == 3 else { return nil }
            return [
                "year": .integer(parts[0]), "month": .integer(parts[1]),
                "date": .integer(parts[2]), "utc": true,
            ]
        }
        return .array(ticks)
    }

    /// IT energy of each stage, by how it is known; of `lifecycle --json`.
    package static func stages(of lifecycle: JSON) -> JSON? {
        let stages = (lifecycle["stages"]?.array ?? []).filter {
            $0["energy"]?["it_kwh"]?.double != nil
        }
        let sums = stages.compactMap { $0["energy"]?["it_kwh"]?.double }
        guard let most = sums.max() else { return nil }
        let unit = ChartUnit.energy(upTo: most * 3.6e6)
        let words = ["measured", "modelled", "declared"]
        let keys = ["measured_kwh", "model_kwh", "declared_kwh"]
        let rows = stages.flatMap { stage in
            // What was declared may be that of the facility; the whole is what computers took of it.
            let told = keys.compactMap { stage["energy"]?[$0]?.double }.reduce(0, +)
            let it = stage["energy"]?["it_kwh"]?.double ?? 0
            let share = told > 0 ? it / told : 0
            return zip(words, keys).compactMap { word, key in
                stage["energy"]?[key]?.double.map { kilowattHours -> JSON in
                    [
                        "stage": .string((stage["stage"]?.string ?? "?").spaced),
                        "known": .string(word), "energy": unit(kilowattHours * share * 3.6e6),
                    ]
                }
            }
        }
        return spec(
            title: "IT energy by stage",
            description: "Bars for \(stages.count.counted("stage")), each made of what is "
                + "measured, modelled and declared.",
            [
                "width": 640, "height": .integer(Int64(26 * stages.count)), "data": Self.rows(rows),
                "mark": "bar",
                "encoding": [
                    "y": name("stage", nil),
                    "x": number("energy", "IT energy (\(unit.symbol))"),
                    "color": share("known", words, ["#009E73", "#E69F00", "#CC79A7"]),
                    "tooltip": tooltip(
                        ("stage", "Stage"),
                        ("known", "How it is known"),
                        ("energy", "IT energy (\(unit.symbol))")
                    ),
                ],
            ]
        )
    }

    /// A metric against energy; `points` have `id`, `value`, `energy_j` and `pareto`.
    package static func frontier(points: JSON, metric: String, isHigherBetter: Bool) -> JSON? {
        let known = (points.array ?? []).filter {
            $0["value"]?.double?.isFinite == true && ($0["energy_j"]?.double ?? 0) > 0
        }
        let energies = known.compactMap { $0["energy_j"]?.double }
        guard let least = energies.min(), let most = energies.max() else { return nil }
        let unit = ChartUnit.energy(upTo: most)
        let rows = known.map { frontierRow($0, unit) }
        var energy = JSONObject()
        energy["field"] = "energy"
        energy["type"] = "quantitative"
        energy["title"] = .string("Energy (\(unit.symbol))")
        energy["scale"] =
            most > 30 * least ? ["type": "log", "nice": false, "padding": 16] : ["zero": false]
        let better = isHigherBetter ? "higher" : "lower"
        let layers = frontierLayers(metric, unit)
        return spec(
            title: "\(metric) against energy",
            description: "\(known.count.counted("run")); the line joins those that no other beats "
                + "in both. A \(better) \(metric) is better.",
            [
                "width": 640, "height": 320, "data": Self.rows(rows),
                "encoding": [
                    "x": .object(energy), "y": number("value", metric, isZeroShown: false),
                ],
                "layer": layers,
            ]
        )
    }

    private static func frontierRow(_ point: JSON, _ unit: ChartUnit) -> JSON {
        [
            "run": .string(String((point["id"]?.string ?? "?").prefix(8))),
            "id": point["id"] ?? .null, "project": point["project"] ?? .null,
            "value": point["value"] ?? .null, "energy": unit(point["energy_j"]?.double ?? 0),
            "front": point["pareto"]?.bool == true ? "on the front" : "beaten",
            "known": .orNull(point["provenance"]?.string.map(knownWord)),
        ]
    }

    private static func frontierLayers(_ metric: String, _ unit: ChartUnit) -> JSON {
        let isOnFront: JSON = [["filter": "datum.front === 'on the front'"]]
        let color = share("front", ["on the front", "beaten"], [waste, quiet])
        return [
            [
                "transform": isOnFront,
                "mark": [
                    "type": "line", "color": waste, "strokeWidth": 1.5,
                    "interpolate": "step-after",
                ],
                "encoding": ["order": ["field": "energy", "type": "quantitative"]],
            ],
            [
                "mark": ["type": "point", "filled": true, "size": 60, "opacity": 0.85],
                "encoding": [
                    "color": color,
                    "shape": [
                        "field": "front", "type": "nominal", "title": .null,
                        "scale": [
                            "domain": ["on the front", "beaten"], "range": ["diamond", "circle"],
                        ],
                    ],
                    "tooltip": tooltip(
                        ("run", "Run"),
                        ("project", "Project"),
                        ("value", metric),
                        ("energy", "Energy (\(unit.symbol))"),
                        ("known", "How it is known"),
                        ("front", "")
                    ),
                ],
            ],
        ]
    }

    /// Parts that `field` names, each with its own colour.
    private static func share(_ field: String, _ names: [String], _ colors: [JSON]) -> JSON {
        [
            "field": .string(field), "type": "nominal", "title": .null,
            "legend": ["orient": "top"],
            "scale": ["domain": .array(names.map(JSON.string)), "range": .array(colors)],
        ]
    }
}

extension String {
    /// `fine_tuning` as people write it.
    fileprivate var spaced: String { String(map { $0 == "_" ? " " : $0 }) }
}
