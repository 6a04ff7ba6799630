import JouleFile
import JouleQuantities

extension LifecycleSummary {
    /// One row a stage and one for the total, as cells of text under `header`.
    private var table: (header: [String], rows: [[String]]) {
        let energy = Scale.energy(upTo: totals.facility?.high.joules ?? 0)
        let mass = Scale.mass(upTo: totals.carbon?.high.grams ?? 0)
        let site = options.site
        var header = [
            "stage", "runs", "coverage", "IT \(energy.unit)", "facility \(energy.unit)",
            "CO2e \(mass.unit) (location)",
        ]
        let hasMarket = site.purchase?.isWhole == true || totals.marketCarbon(site) != nil
        if hasMarket { header.append("CO2e \(mass.unit) (market)") }
        let hasHours = totals.matched.carbon != nil
        if hasHours { header.append("CO2e \(mass.unit) (market, hourly)") }
        let making = Scale.mass(upTo: totals.embodied?.high.value ?? 0)
        if options.life != nil { header.append("CO2e \(making.unit) (making)") }
        if site.wue != nil || site.ewif != nil { header.append("\(waterName) L") }
        if site.land != nil { header.append("land m²") }
        if let tariff = site.tariff { header.append(tariff.currency) }
        header.append("energy ±")
        func row(_ name: String, _ impact: Impact) -> [String] {
            let it = impact.it
            let facility = impact.facility
            var cells = [
                name, String(impact.runs), impact.coverage.map(Figure.percent) ?? "–",
                energy.text(point: it?.point?.joules, low: it?.low.joules, high: it?.high.joules),
                energy.text(
                    point: facility?.point?.joules,
                    low: facility?.low.joules,
                    high: facility?.high.joules
                ),
                mass.text(impact.carbon),
            ]
            if hasMarket { cells.append(mass.text(impact.marketCarbon(site))) }
            if hasHours { cells.append(mass.text(impact.matched.carbon)) }
            if options.life != nil { cells.append(making.text(impact.embodied)) }
            if site.wue != nil || site.ewif != nil {
                let water =
                    impact.water(site) ?? impact.waterOnSite(site) ?? impact.waterOffSite(site)
                cells.append(Scale.one.text(water))
            }
            if site.land != nil { cells.append(Scale.one.text(impact.land(site))) }
            if site.tariff != nil { cells.append(Scale.one.text(impact.cost(site))) }
            return cells + [impact.uncertaintyRelative.map(Figure.uncertainty) ?? "–"]
        }
        let rows = stages.map { row($0.stage.rawValue, $0.impact) } + [row("total", totals)]
        return (header, rows + beside.map { row($0.label, $0.impact) })
    }

    /// Of one half it is said which.
    private var waterName: String {
        switch (options.site.wue, options.site.ewif) {
        case (_, nil): "on-site water"
        case (nil, _): "off-site water"
        default: "water"
        }
    }

    /// What stands under the table: where energy came from, overhead, lineage.
    private var facts: [String] {
        var lines: [String] = []
        let energy = Scale.energy(upTo: totals.facility?.high.joules ?? 0)
        if let evidence = totals.evidenceWords {
            lines.append(
                "Energy: \(evidence); known for \(totals.runsWithEnergy) of \(totals.runs) runs."
            )
        }
        let stated = options.site.stated + [options.life?.sentence].compactMap(\.self)
        if !stated.isEmpty { lines.append("Stated: \(stated.joined(separator: ", ")).") }
        if let range = sensitivity?.sentence { lines.append(range) }
        if let score { lines.append(score.sentence) }
        if let range = totals.carbonRange {
            let mass = Scale.mass(upTo: range.high.grams)
            let low = mass.text(range.low.grams)
            lines.append("Range of CO2e: \(low) to \(mass.text(range.high.grams)) \(mass.unit).")
        }
        let parts = [
            ("search", overhead.search?.joules), ("failed", overhead.failed?.joules),
            ("duplicate", overhead.duplicate?.joules),
        ].compactMap { name, joules in
            joules.flatMap { $0 > 0 ? "\(name) \(energy.text($0)) \(energy.unit)" : nil }
        }
        if !parts.isEmpty { lines.append("Overhead: \(parts.joined(separator: ", ")).") }
        lines += beside.flatMap { $0.sentences(from: totals) }
        if let share = overhead.unselectedShare, let selected = overhead.selected {
            lines.append(
                "Selected runs: \(energy.text(selected.joules)) \(energy.unit); "
                    + "\(Figure.percent(share)) of the energy went into others."
            )
        }
        if let inUse { lines += inUse.sentences }
        if let model, let own = lineage.own, let inherited = lineage.inherited {
            var text = "Lineage of \(model.short): own \(energy.text(own.it)) \(energy.unit), "
            if inherited.runs == 0 {
                text += "and it builds on no other run."
            } else {
                text +=
                    "inherited \(energy.text(inherited.it)) \(energy.unit) from "
                    + "\(inherited.runs) runs; shared in equal parts with others that use these, "
                    + "it bears \(energy.text(lineage.allocated.it)) \(energy.unit) in all."
            }
            lines.append(text)
        } else if lineage.unallocated.runs > 0 {
            lines.append(
                "\(energy.text(lineage.allocated.it)) \(energy.unit) led to models; "
                    + "\(energy.text(lineage.unallocated.it)) \(energy.unit) of "
                    + "\(lineage.unallocated.runs) runs did not: these failed, or no run "
                    + "names them as a parent."
            )
        }
        return lines
    }

    /// The summary for a terminal of `width` columns.
    package func tableText(width: Int) -> String {
        var lines = TextTable.plain(header: table.header, rows: table.rows, width: width)
        lines += (facts.isEmpty ? [] : [""]) + facts.flatMap { TextTable.wrap($0, width: width) }
        if let efficiency {
            lines += [""] + efficiency.facts.flatMap { TextTable.wrap($0, width: width) }
            if let (header, rows) = efficiency.table {
                lines += TextTable.plain(header: header, rows: rows, width: width)
            }
        }
        func list(_ title: String, _ items: [String]) {
            guard !items.isEmpty else { return }
            lines += ["", title]
            for item in items { lines += TextTable.wrap("  " + item, width: width) }
        }
        list("Anomalies", anomalies.map(\.sentence))
        list("Not measured", notMeasuredSentences)
        list("Factors (\(factorSet.name), version \(factorSet.version))", factorSentences)
        list("Formulae", formulaSentences)
        list("Inputs", inputSentences)
        return lines.joined(separator: "\n") + "\n"
    }

    /// The summary as a Markdown section, for reports and model cards.
    package var markdown: String { blocks.map(\.markdown).joined(separator: "\n") }

    /// The summary for a page, in whatever it is written.
    package var blocks: [TextBlock] {
        var blocks = [
            TextBlock.heading(level: 2, "Energy and carbon"),
            .table(header: table.header, rows: table.rows),
        ]
        func list(_ title: String?, _ items: [String]) {
            guard !items.isEmpty else { return }
            if let title { blocks.append(.heading(level: 3, title)) }
            blocks.append(.list(items))
        }
        list(nil, facts)
        if let efficiency {
            blocks.append(.heading(level: 3, "Efficiency"))
            list(nil, efficiency.facts)
            if let (header, rows) = efficiency.table {
                blocks.append(.table(header: header, rows: rows))
            }
        }
        list("Anomalies", anomalies.map(\.sentence))
        list("Not measured", notMeasuredSentences)
        list("Factors: \(factorSet.name), version \(factorSet.version)", factorSentences)
        list("Formulae", formulaSentences)
        list("Inputs", inputSentences)
        return blocks
    }

    /// Missing stages share one line.
    package var notMeasuredSentences: [String] {
        let missing = notMeasured.filter { $0.kind == "stage" }.map(\.location)
        let others = notMeasured.filter { $0.kind != "stage" }.map(\.sentence)
        return others
            + (missing.isEmpty ? [] : ["stages without runs: \(missing.joined(separator: ", "))"])
    }

    /// How each of the figures that are shown comes from the others, by its number in `Schemas/formulae.md`.
    private var formulaSentences: [String] {
        guard totals.runsWithEnergy > 0 else { return [] }
        let site = options.site
        let all: [(isUsed: Bool, text: String)] = [
            (true, "F1: facility energy = IT energy · PUE"),
            (true, "F3: CO2e (location) = facility energy · average intensity of the grid"),
            (
                site.purchase?.isWhole == true || totals.marketCarbon(site) != nil,
                "F4: CO2e (market) = each part of facility energy · what was bought for it"
            ),
            (
                totals.matched.carbon != nil,
                "F4: CO2e (market, hourly) = what no carbon-free energy of the same hour covers · "
                    + "intensity of the rest"
            ),
            (
                totals.embodied != nil,
                "F5: CO2e (making) = that of a device · hours / (lifetime · utilisation)"
            ),
            (score?.gramsPerUnit != nil, "F6: SCI = (operational + embodied) / units"),
            (site.wue != nil, "F7: water on site = IT energy · WUE"),
            (site.ewif != nil, "F7: water off site = facility energy · EWIF"),
            (site.land != nil, "F8: land = facility energy · land use of generating it"),
            (site.tariff != nil, "F9: cost = facility energy · tariff"),
            (
                overhead.unselectedShare != nil,
                "F10: share of others = 1 − energy of selected runs / energy of all"
            ),
            (
                inUse?.usesAsTraining != nil,
                "F11: as much as making it = its energy, own and inherited / energy of a use"
            ),
            (model != nil, "F12: inherited = sum over the set of all ancestors, each once"),
            (
                totals.uncertaintyRelative != nil,
                "F13: errors of one source add linearly, of different ones in quadrature"
            ),
            (
                efficiency != nil,
                "F15: a point more = joules between two runs of the front / gain between them"
            ),
            (
                beside.contains { $0.hardware != nil && $0.refusal == nil },
                "F16: energy on other GPUs = energy · their TDP / peak over its own TDP / peak"
            ),
        ]
        return all.filter(\.isUsed).map(\.text) + ["Sources are in Schemas/formulae.md."]
    }

    private var inputSentences: [String] {
        guard let inputs, !inputs.roots.isEmpty else { return [] }
        let count = inputs.roots.count == 1 ? "1 ledger" : "\(inputs.roots.count) ledgers"
        return ["\(count), SHA-256 over their Merkle roots: \(inputs.sha256)"]
    }

    private var factorSentences: [String] {
        let all = Set(factorsUsed + beside.flatMap(\.factorsUsed)).sorted()
        return all.isEmpty ? [] : all.map(\.sentence) + [FactorSet.attribution]
    }
}

extension Remark {
    package var sentence: String { "\(kind): \(location): \(message)" }
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
