import JouleFile
import JouleLifecycle
import JouleQuantities

/// What a summary knows and a format has no place for, in words.
package struct LossReport: Sendable {
    /// Without the format's name.
    let facts: [String]
    /// A line each.
    package let lines: [String]

    /// Of the facts that `summary` knows those that are not `carried`, then what else is lost.
    init(
        _ format: LifecycleExport.Format,
        _ summary: LifecycleSummary,
        carried: Set<SummaryFact>,
        further: [String] = []
    ) {
        let lost = SummaryFact.allCases.filter { !carried.contains($0) }
        facts = lost.compactMap { $0.words(in: summary) } + further
        lines = facts.map { "not in \(format.rawValue): \($0)" }
    }
}

/// One kind of thing that a summary may know.
enum SummaryFact: CaseIterable {
    case stages, runs, itEnergy, facilityEnergy, energyRange, evidence, coverage, uncertainty
    case carbon, carbonRange, marketCarbon, marketHourly, embodied, water, land, cost
    case factors, lineage, overhead, efficiency, score, use, beside, sharing, anomalies, gaps,
        inputs

    /// The fact in a few words; nil where the summary does not know it.
    func words(in summary: LifecycleSummary) -> String? {
        let totals = summary.totals
        let site = summary.options.site
        switch self {
        case .stages:
            guard summary.stages.count > 1 else { return nil }
            let names = summary.stages.map(\.stage.rawValue)
            return "which stage used what (\(names.joined(separator: ", ")))"
        case .runs: return totals.runs > 1 ? "which of \(totals.runs) runs used what" : nil
        case .itEnergy:
            return totals.it.map { "the IT energy, \($0.words("kWh", \.kilowattHours))" }
        case .facilityEnergy:
            return totals.facility.map {
                "the facility energy, \($0.words("kWh", \.kilowattHours))"
            }
        case .energyRange: return totals.hasEnergyRange ? "the limits of the energy" : nil
        case .evidence: return totals.evidenceWords.map { "how the energy is known: \($0)" }
        case .coverage:
            guard let coverage = totals.coverage, totals.isPartial else { return nil }
            return "that the energy is known for \(totals.runsWithEnergy) of \(totals.runs) runs, "
                + "\(Figure.percent(coverage)) of their time"
        case .uncertainty:
            return totals.uncertaintyRelative.map {
                "the uncertainty of the energy, ± \(Figure.percent($0))"
            }
        case .carbon:
            return totals.carbon.map { "location-based carbon, \($0.words("kg", \.kilograms))" }
        case .carbonRange:
            return totals.carbonRange.map { "the limits of carbon, \($0.limits(\.kilograms)) kg" }
        case .marketCarbon:
            return totals.marketCarbon(site).map {
                "market-based carbon, \($0.words("kg", \.kilograms))"
            }
        default: return furtherWords(in: summary)
        }
    }

    private func furtherWords(in summary: LifecycleSummary) -> String? {
        let totals = summary.totals
        let site = summary.options.site
        switch self {
        case .marketHourly:
            return totals.matched.carbon.map {
                "market-based carbon by the hour, \($0.words("kg", \.kilograms))"
            }
        case .land: return totals.land(site) == nil ? nil : "land"
        case .embodied:
            return totals.embodied.map { "embodied carbon, \($0.words("kg") { $0.value / 1000 })" }
        case .water:
            let isKnown = totals.waterOnSite(site) != nil || totals.waterOffSite(site) != nil
            return isKnown ? "water" : nil
        case .cost: return totals.cost(site) == nil ? nil : "the cost of electricity"
        case .factors:
            return summary.factorsUsed.isEmpty
                ? nil : "the factors with their years, sources and licences"
        case .lineage:
            let inherited = summary.lineage.inherited.map { $0.runs > 0 } ?? false
            return inherited ? "what the model inherits from runs that it builds on" : nil
        case .overhead:
            return totals.it == nil ? nil : "the energy of search, failed and repeated runs"
        case .efficiency: return summary.efficiency == nil ? nil : "which runs are efficient"
        case .score: return summary.score?.gramsPerUnit == nil ? nil : "the carbon of a unit (SCI)"
        case .use: return summary.inUse == nil ? nil : "what using the model takes"
        case .beside: return summary.beside.isEmpty ? nil : "what was set beside the summary"
        case .sharing:
            return summary.shared.items.isEmpty ? nil : "which runs shared meters with others"
        case .anomalies:
            let count = summary.anomalies.count
            return count == 0 ? nil : "what cannot be right: \(count) of the summary's anomalies"
        case .gaps: return "what was not measured"
        case .inputs: return summary.inputs == nil ? nil : "the hash of the ledgers"
        default: return nil
        }
    }
}

extension Impact {
    /// Whether the energy of some of the runs or of their time is not known.
    var isPartial: Bool { runsWithEnergy < runs || (coverage.map { $0 < 1 } ?? false) }

    /// No document has a field for what is infinite; parts are never more than the whole.
    var isFinite: Bool {
        [it?.high.joules, facility?.high.joules, carbon?.high.grams]
            .allSatisfy { $0?.isFinite ?? true }
    }

    var hasEnergyRange: Bool {
        (it.map { $0.low < $0.high } ?? false) || (facility.map { $0.low < $0.high } ?? false)
    }
}

extension Estimate {
    func words(_ unit: String, _ value: (Quantity) -> Double) -> String {
        guard let point else { return "\(limits(value)) \(unit)" }
        return "\(Figure.number(value(point))) \(unit)"
    }

    func limits(_ value: (Quantity) -> Double) -> String {
        "\(Figure.number(value(low))) to \(Figure.number(value(high)))"
    }
}
