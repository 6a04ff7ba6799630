package import JouleQuantities

/// What a summary is compared with: other runs, or the same elsewhere.
package struct Alternative: Sendable {
    /// Replaces one option of the summary.
    package enum Change: Sendable {
        case region(String)
        case pue(Double)
        case model(String)
        case project(String)
        case user(String)
        case since(WallTime)
        case until(WallTime)
        case start(StartShift)
    }

    /// As the user wrote it.
    package let name: String
    package let changes: [Change]

    package init(_ name: String, _ changes: [Change]) {
        self.name = name
        self.changes = changes
    }

    /// Whether the runs start at another time in it.
    package var movesStart: Bool { changes.contains(where: \.isStart) }

    /// The options of a summary with the changes made; a period takes the place of a whole period.
    func applied(to options: LifecycleOptions) -> LifecycleOptions {
        var changed = options
        if changes.contains(where: \.isDate) { (changed.since, changed.until) = (nil, nil) }
        for change in changes {
            switch change {
            case .region(let region): changed.region = region
            case .pue(let pue): changed.pue = pue
            case .model(let model): changed.model = model
            case .project(let project): changed.project = project
            case .user(let user): changed.user = user
            case .since(let date): changed.since = date
            case .until(let date): changed.until = date
            case .start(let start): changed.start = start
            }
        }
        return changed
    }
}

extension Alternative.Change {
    fileprivate var isStart: Bool {
        if case .start = self { true } else { false }
    }

    fileprivate var isDate: Bool {
        switch self {
        case .since, .until: true
        default: false
        }
    }
}

/// What an alternative comes to, by the same formulae.
package struct AlternativeTotals: Sendable {
    package let name: String
    package let impact: Impact
    let site: SiteStatement
    let factorsUsed: [UsedFactor]
    /// The part of the energy, 0 to 1, that another start takes out of the series.
    let uncovered: Double
    /// Whether it is the best start.
    let isBest: Bool
}

extension AlternativeTotals {
    /// An element of `beside` in `Schemas/lifecycle.schema.json`; ratios are to `totals`.
    func json(of totals: Impact) -> JSON {
        [
            "changed": .string(name),
            "totals": .object(impact.members(site, first: nil)),
            "rows_used": .array(factorsUsed.map(\.json)),
            "it_ratio": .orNull(Self.ratio(impact.it?.point?.joules, totals.it?.point?.joules)),
            "facility_ratio": .orNull(
                Self.ratio(impact.facility?.point?.joules, totals.facility?.point?.joules)
            ),
            "location_ratio": .orNull(
                Self.ratio(impact.carbon?.point?.grams, totals.carbon?.point?.grams)
            ),
            "increase_over_best": .orNull(increaseOverBest(totals)),
        ]
    }

    /// The change of location-based carbon for a person; a dash where one of both is a range.
    func carbonChange(from totals: Impact) -> String {
        guard let ratio = Self.ratio(impact.carbon?.point?.grams, totals.carbon?.point?.grams)
        else { return "–" }
        return "×\(Figure.number(ratio))"
    }

    /// By how much more the runs caused than at the best start, as a share; nil beside others.
    func increaseOverBest(_ totals: Impact) -> Double? {
        guard isBest, let did = totals.carbon?.point?.grams, let best = impact.carbon?.point?.grams
        else { return nil }
        return Series.increaseOverBest([did, best])
    }

    private static func ratio(_ value: Double?, _ base: Double?) -> Double? {
        guard let value, let base, base > 0 else { return nil }
        return value / base
    }
}
