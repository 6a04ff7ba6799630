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
        case account(String)
        case since(WallTime)
        case until(WallTime)
        case hardware(OtherHardware)
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
            case .account(let account): changed.account = account
            case .since(let date): changed.since = date
            case .until(let date): changed.until = date
            case .hardware(let hardware): changed.hardware = hardware
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
    /// Nil where the work is done on the hardware that did it.
    let hardware: OtherHardware?
    /// Why there are no figures for other hardware.
    let refusal: String?
    /// The part of the energy, 0 to 1, that another start takes out of the series.
    let uncovered: Double
    /// Whether it is the best start.
    let isBest: Bool

    init(_ part: SummaryPart, _ alternative: Alternative, _ options: LifecycleOptions) {
        name = alternative.name
        site = options.site
        hardware = options.hardware
        refusal = part.refusal?.reason
        // A sum over some of the runs would look like that of all of them.
        impact = refusal == nil ? part.totals : Impact(unknown: part.totals.runs)
        factorsUsed = refusal == nil ? part.factorsUsed.sorted() : []
        uncovered = options.start == nil ? 0 : part.timed.uncovered
        isBest = options.start == .bestWithinDay
    }

    /// The name in a table, where a model must not look like what was measured.
    var label: String { hardware == nil ? name : "model: \(name)" }

    /// The change of carbon, and what it stands on, for a person.
    func sentences(from totals: Impact) -> [String] {
        if let refusal { return ["Beside it, \(name): – because \(refusal)."] }
        let change = "Beside it, \(name): CO2e (location) \(carbonChange(from: totals)) the total"
        let increase = increaseOverBest(totals).map {
            "At the times when they were, runs caused \(Figure.percent($0)) more than at best."
        }
        return [change + (hardware.map { "; \($0.assumption)." } ?? ".")]
            + [increase].compactMap(\.self)
    }
}

extension OtherHardware {
    fileprivate func json(_ refusal: String?) -> JSON {
        [
            "device": .string(device), "precision": .string(precision.rawValue),
            "assumed": .string(assumption), "spread": .double(DeviceRating.spread),
            "refused": .orNull(refusal),
        ]
    }
}

extension AlternativeTotals {
    /// An element of `beside` in `Schemas/lifecycle.schema.json`; ratios are to `totals`.
    func json(of totals: Impact) -> JSON {
        [
            "changed": .string(name),
            "totals": .object(impact.members(site, first: nil)),
            "rows_used": .array(factorsUsed.map(\.json)),
            "hardware": hardware.map { $0.json(refusal) } ?? .null,
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
    private func carbonChange(from totals: Impact) -> String {
        guard let ratio = Self.ratio(impact.carbon?.point?.grams, totals.carbon?.point?.grams)
        else { return "–" }
        return "×\(Figure.number(ratio))"
    }

    /// By how much more the runs caused than at the best start, as a share; nil beside others.
    private func increaseOverBest(_ totals: Impact) -> Double? {
        guard isBest, let did = totals.carbon?.point?.grams, let best = impact.carbon?.point?.grams
        else { return nil }
        return Series.increaseOverBest([did, best])
    }

    private static func ratio(_ value: Double?, _ base: Double?) -> Double? {
        guard let value, let base, base > 0 else { return nil }
        return value / base
    }
}
