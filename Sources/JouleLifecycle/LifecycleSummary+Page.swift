import JouleFile
import JouleQuantities

/// The formulae by which figures of a summary come about.
enum SummaryFormula: CaseIterable {
    case facility, location, market, hourly, making, score, waterOnSite, waterOffSite, land, cost
    case selected, breakEven, lineage, uncertainty, efficiency, otherHardware

    /// With its number in `Schemas/formulae.md`.
    var text: String {
        switch self {
        case .facility: "F1: facility energy = IT energy · PUE"
        case .location: "F3: CO2e (location) = facility energy · average intensity of the grid"
        case .market: "F4: CO2e (market) = each part of facility energy · what was bought for it"
        case .hourly:
            "F4: CO2e (market, hourly) = what no carbon-free energy of the same hour covers · "
                + "intensity of the rest"
        case .making: "F5: CO2e (making) = that of a device · hours / (lifetime · utilisation)"
        case .score: "F6: SCI = (operational + embodied) / units"
        case .waterOnSite: "F7: water on site = IT energy · WUE"
        case .waterOffSite: "F7: water off site = facility energy · EWIF"
        case .land: "F8: land = facility energy · land use of generating it"
        case .cost: "F9: cost = facility energy · tariff"
        case .selected: "F10: share of others = 1 − energy of selected runs / energy of all"
        case .breakEven:
            "F11: as much as making it = its energy, own and inherited / energy of a use"
        case .lineage: "F12: inherited = sum over the set of all ancestors, each once"
        case .uncertainty:
            "F13: errors of one source add linearly, of different ones in quadrature"
        case .efficiency:
            "F15: a point more = joules between two runs of the front / gain between them"
        case .otherHardware:
            "F16: energy on other GPUs = energy · their TDP / peak over its own TDP / peak"
        }
    }

    fileprivate var number: String { String(text.prefix { $0 != ":" }) }
    fileprivate var name: String { "formula-\(self)" }

    /// Kinds of the factors that it multiplies by.
    fileprivate var factors: Set<Factor.Kind> {
        switch self {
        case .facility: [.pue]
        case .location: [.grid]
        case .making: [.embodied]
        case .otherHardware: [.tdp, .peakFP32, .peakTF32, .peakFP16]
        default: []
        }
    }
}

extension LifecycleSummary {
    /// The summary as a Markdown section, for reports and model cards.
    package var markdown: String { blocks.map(\.markdown).joined(separator: "\n") }

    /// The summary for a page, in whatever it is written: each figure leads to its formula, and that to
    /// its factors.
    package var blocks: [TextBlock] {
        var blocks = [
            TextBlock.heading(level: 2, "Energy and carbon"),
            .table(header: table.header, rows: table.rows),
        ]
        func list(_ title: String?, _ items: [TextBlock.Item]) {
            guard !items.isEmpty else { return }
            if let title { blocks.append(.heading(level: 3, title)) }
            blocks.append(.list(items))
        }
        list(nil, facts)
        if let efficiency {
            blocks.append(.heading(level: 3, "Efficiency"))
            list(nil, efficiency.facts.map { TextBlock.Item($0) })
            if let (header, rows) = efficiency.table {
                let columns = header.map { TextBlock.Column($0.title, $0.formula.flatMap(link)) }
                blocks.append(.table(header: columns, rows: rows))
            }
        }
        list("Anomalies", anomalies.map { TextBlock.Item($0.sentence) })
        list("Not measured", notMeasuredSentences.map { TextBlock.Item($0) })
        list(factorTitle, factorItems)
        list(Self.formulaTitle, formulaItems)
        list("Inputs", inputSentences.map { TextBlock.Item($0) })
        return blocks
    }

    private static let formulaTitle = "Formulae"
    private var factorTitle: String { "Factors: \(factorSet.name), version \(factorSet.version)" }

    /// Nil where the formula gave no figure.
    func link(to formula: SummaryFormula) -> TextBlock.Link? {
        guard isUsed(formula) else { return nil }
        return TextBlock.Link(
            words: formula.number,
            name: formula.name,
            heading: Self.formulaTitle
        )
    }

    private func isUsed(_ formula: SummaryFormula) -> Bool {
        guard totals.runsWithEnergy > 0 else { return false }
        let site = options.site
        return switch formula {
        case .facility, .location: true
        case .market: site.purchase?.isWhole == true || totals.marketCarbon(site) != nil
        case .hourly: totals.matched.carbon != nil
        case .making: totals.embodied != nil
        case .score: score?.gramsPerUnit != nil
        case .waterOnSite: site.wue != nil
        case .waterOffSite: site.ewif != nil
        case .land: site.land != nil
        case .cost: site.tariff != nil
        case .selected: overhead.unselectedShare != nil
        case .breakEven: inUse?.usesAsTraining != nil
        case .lineage: model != nil
        case .uncertainty:
            (stages.map(\.impact) + [totals]).contains { $0.uncertaintyRelative != nil }
        case .efficiency: efficiency != nil
        case .otherHardware: beside.contains { $0.hardware != nil && $0.refusal == nil }
        }
    }

    /// How each of the figures that are shown comes from the others.
    var formulaItems: [TextBlock.Item] {
        let used = SummaryFormula.allCases.filter(isUsed)
        guard !used.isEmpty else { return [] }
        let kinds = allFactors.map(\.factor.kind)
        let items = used.map { formula in
            let kind = kinds.first { formula.factors.contains($0) }
            let link = kind.map {
                TextBlock.Link(words: "factors", name: Self.name(of: $0), heading: factorTitle)
            }
            return TextBlock.Item(
                formula.text,
                name: formula.name,
                links: [link].compactMap(\.self)
            )
        }
        return items + [TextBlock.Item("Sources are in Schemas/formulae.md.")]
    }

    /// The rows that were used; the first of a kind has its name.
    var factorItems: [TextBlock.Item] {
        var named: Set<Factor.Kind> = []
        let items = allFactors.map { used in
            let kind = used.factor.kind
            let isFirst = named.insert(kind).inserted
            return TextBlock.Item(used.sentence, name: isFirst ? Self.name(of: kind) : nil)
        }
        return items.isEmpty ? [] : items + [TextBlock.Item(FactorSet.attribution)]
    }

    private var allFactors: [UsedFactor] {
        Set(factorsUsed + beside.flatMap(\.factorsUsed)).sorted()
    }

    private static func name(of kind: Factor.Kind) -> String { "factor-\(kind.rawValue)" }
}

extension UsedFactor {
    fileprivate var sentence: String {
        let value =
            role == .high && factor.kind == .pue ? factor.high ?? factor.value : factor.value
        let what = factor.kind.words(Figure.number(value))
        let year =
            ", " + (factor.series?.words ?? factor.year.map(String.init) ?? "year not stated")
        let role = role == .point ? "" : " (\(role.rawValue) end of a range, real value not stated)"
        let basis = factor.basis.isEmpty ? "" : ", " + factor.basis
        return "\(factor.region)\(factor.place): \(what)\(year)\(basis), \(factor.source)\(role)"
    }
}
