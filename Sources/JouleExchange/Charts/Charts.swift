import JouleQuantities

/// Pictures of runs as Vega-Lite specifications.
///
/// Each holds its own data and the words that a screen reader says, and nothing of light or dark:
/// whoever draws it adds that. An answer is nil where there is nothing to draw.
package enum Charts {
    /// So many epochs of a run are drawn and told.
    package static let epochsMax = 2000

    /// The colours that Okabe and Ito chose to be told apart by everyone, those that stand out on
    /// white and on black first; then the same much darker, for a machine of eight GPUs has a dozen
    /// devices.
    static let palette: JSON = [
        "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8A8A8A", "#F0E442",
        "#00344F", "#6B2F00", "#004D38", "#7A3A5E", "#7A5400", "#245A78", "#3C3C3C", "#7F7800",
    ]

    /// The colour of what is said of the whole, of what is left aside, and of what went to waste.
    static let plain: JSON = "#0072B2"
    static let quiet: JSON = "#8A8A8A"
    static let waste: JSON = "#D55E00"

    /// A specification that `parts` complete.
    static func spec(title: String, description: String, _ parts: JSON) -> JSON {
        var spec = JSONObject()
        spec["$schema"] = "https://vega.github.io/schema/vega-lite/v6.json"
        spec["title"] = .string(title)
        spec["description"] = .string(description)
        for member in parts.object?.members ?? [] { spec[member.name] = member.value }
        spec["config"] = [
            "range": ["category": palette], "axisXQuantitative": ["tickCount": 8],
            "axisYQuantitative": ["tickCount": 5],
        ]
        return .object(spec)
    }

    static func rows(_ rows: [JSON]) -> JSON { ["values": .array(rows)] }

    /// A field of numbers on an axis with `title`, the unit in it.
    static func number(_ field: String, _ title: String, isZeroShown: Bool = true) -> JSON {
        [
            "field": .string(field), "type": "quantitative", "title": .string(title),
            "scale": ["zero": .bool(isZeroShown)],
            // Else the single tick of values that are all the same is rounded.
            "axis": isZeroShown ? [:] : ["format": "~g"],
        ]
    }

    /// Numbers that lie on each other.
    static func stacked(_ field: String, _ title: String) -> JSON {
        ["field": .string(field), "type": "quantitative", "title": .string(title), "stack": "zero"]
    }

    /// A field of names with `title`; in the order of the rows.
    static func name(_ field: String, _ title: String?) -> JSON {
        [
            "field": .string(field), "type": "nominal", "title": .orNull(title), "sort": .null,
        ]
    }

    static func tooltip(_ fields: (name: String, title: String)...) -> JSON {
        .array(fields.map { ["field": .string($0.name), "title": .string($0.title)] })
    }
}

/// What amounts are told in: a unit for people, and how much of the base unit it is.
struct ChartUnit {
    let symbol: String
    let size: Double

    /// Of amounts up to `joules`.
    static func energy(upTo joules: Double) -> ChartUnit {
        switch joules {
        case 3.6e6...: ChartUnit(symbol: "kWh", size: 3.6e6)
        case 1000...: ChartUnit(symbol: "Wh", size: 3600)
        default: ChartUnit(symbol: "J", size: 1)
        }
    }

    /// Of amounts up to `seconds`.
    static func time(upTo seconds: Double) -> ChartUnit {
        switch seconds {
        case 7200...: ChartUnit(symbol: "h", size: 3600)
        case 120...: ChartUnit(symbol: "min", size: 60)
        default: ChartUnit(symbol: "s", size: 1)
        }
    }

    func callAsFunction(_ amount: Double) -> JSON { .double(amount / size) }
}
