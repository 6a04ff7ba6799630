import JouleFile
import JouleQuantities

extension LifecycleSummary {
    /// One row a stage and one for the total, as cells of text under `header`.
    var table: (header: [TextBlock.Column], rows: [[String]]) {
        let energy = Scale.energy(upTo: totals.facility?.high.joules ?? 0)
        let mass = Scale.mass(upTo: totals.carbon?.high.grams ?? 0)
        let site = options.site
        var header = ["stage", "runs", "coverage"].map { TextBlock.Column($0) }
        func add(_ title: String, _ formula: SummaryFormula) {
            header.append(TextBlock.Column(title, link(to: formula)))
        }
        add("IT \(energy.unit)", .facility)
        add("facility \(energy.unit)", .facility)
        add("CO2e \(mass.unit) (location)", .location)
        let hasMarket = site.purchase?.isWhole == true || totals.marketCarbon(site) != nil
        if hasMarket { add("CO2e \(mass.unit) (market)", .market) }
        let hasHours = totals.matched.carbon != nil
        if hasHours { add("CO2e \(mass.unit) (market, hourly)", .hourly) }
        let making = Scale.mass(upTo: totals.embodied?.high.value ?? 0)
        if options.life != nil { add("CO2e \(making.unit) (making)", .making) }
        if site.wue != nil || site.ewif != nil {
            add("\(waterName) L", site.wue == nil ? .waterOffSite : .waterOnSite)
        }
        if site.land != nil { add("land m²", .land) }
        if let tariff = site.tariff { add(tariff.currency, .cost) }
        add("energy ±", .uncertainty)
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
    var facts: [TextBlock.Item] {
        var lines: [TextBlock.Item] = []
        func add(_ text: String, _ formulae: SummaryFormula...) {
            lines.append(TextBlock.Item(text, links: formulae.compactMap(link)))
        }
        let energy = Scale.energy(upTo: totals.facility?.high.joules ?? 0)
        if let evidence = totals.evidenceWords {
            add("Energy: \(evidence); known for \(totals.runsWithEnergy) of \(totals.runs) runs.")
        }
        let stated = options.site.stated + [options.life?.sentence].compactMap(\.self)
        if !stated.isEmpty { add("Stated: \(stated.joined(separator: ", ")).") }
        if let range = sensitivity?.sentence { add(range, .making) }
        if let score { add(score.sentence, .score) }
        if let range = totals.carbonRange {
            let mass = Scale.mass(upTo: range.high.grams)
            let low = mass.text(range.low.grams)
            let high = mass.text(range.high.grams)
            add("Range of CO2e: \(low) to \(high) \(mass.unit).", .location, .uncertainty)
        }
        let parts = [
            ("search", overhead.search?.joules), ("failed", overhead.failed?.joules),
            ("duplicate", overhead.duplicate?.joules),
        ].compactMap { name, joules in
            joules.flatMap { $0 > 0 ? "\(name) \(energy.text($0)) \(energy.unit)" : nil }
        }
        if !parts.isEmpty { add("Overhead: \(parts.joined(separator: ", ")).", .facility) }
        for other in beside {
            for sentence in other.sentences(from: totals) {
                add(sentence, other.hardware == nil ? .location : .otherHardware)
            }
        }
        if let share = overhead.unselectedShare, let selected = overhead.selected {
            add(
                "Selected runs: \(energy.text(selected.joules)) \(energy.unit); "
                    + "\(Figure.percent(share)) of the energy went into others.",
                .selected
            )
        }
        for sentence in inUse?.sentences ?? [] { add(sentence, .breakEven) }
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
            add(text, .lineage)
        } else if lineage.unallocated.runs > 0 {
            add(
                "\(energy.text(lineage.allocated.it)) \(energy.unit) led to models; "
                    + "\(energy.text(lineage.unallocated.it)) \(energy.unit) of "
                    + "\(lineage.unallocated.runs) runs did not: these failed, or no run "
                    + "names them as a parent.",
                .lineage
            )
        }
        return lines
    }

    /// What a line of the summary for a terminal is, for whoever paints it.
    package enum LineRole: Sendable {
        case titles
        case heading
        case anomaly
    }

    /// The summary for a terminal of `width` columns; `paint` may add what takes no room.
    package func tableText(
        width: Int,
        paint: (String, LineRole) -> String = { text, _ in text }
    ) -> String {
        func titled(_ lines: [String]) -> [String] {
            lines.enumerated().map { place, line in
                // Tables stand below each other where they are too wide together.
                place == 0 || lines[place - 1].isEmpty ? paint(line, .titles) : line
            }
        }
        let plain = table
        let titles = plain.header.map(\.title)
        let wide = tableWithShares.map { TextTable.plain(header: $0.header, rows: $0.rows) }
        // Shares are drawn where everything stands in one table with them.
        let fitting = wide.flatMap { lines in
            lines.allSatisfy { $0.columns <= width } ? lines : nil
        }
        var lines = titled(
            fitting ?? TextTable.plain(header: titles, rows: plain.rows, width: width)
        )
        lines += (facts.isEmpty ? [] : [""])
        lines += facts.flatMap { TextTable.wrap($0.text.visible, width: width) }
        if let efficiency {
            lines += [""] + efficiency.facts.flatMap { TextTable.wrap($0.visible, width: width) }
            if let (header, rows) = efficiency.table {
                let titles = header.map(\.title)
                lines += titled(TextTable.plain(header: titles, rows: rows, width: width))
            }
        }
        func list(_ title: String, _ items: [String], _ role: LineRole? = nil) {
            guard !items.isEmpty else { return }
            lines += ["", paint(title.visible, .heading)]
            for line in items.flatMap({ TextTable.wrap("  " + $0.visible, width: width) }) {
                lines.append(role.map { paint(line, $0) } ?? line)
            }
        }
        list("Anomalies", anomalies.map(\.sentence), .anomaly)
        list("Not measured", notMeasuredSentences)
        list("Factors (\(factorSet.name), version \(factorSet.version))", factorItems.map(\.text))
        list("Formulae", formulaItems.map(\.text))
        list("Inputs", inputSentences)
        return lines.joined(separator: "\n") + "\n"
    }

    /// The table, and behind the energy of each of several stages its share as a bar; nil where
    /// there is none to draw.
    private var tableWithShares: (header: [String], rows: [[String]])? {
        var header = table.header.map(\.title)
        var rows = table.rows
        let energies = stages.map { $0.impact.it?.point?.joules }
        let sum = energies.compactMap(\.self).reduce(0, +)
        guard stages.count > 1, sum > 0,
            let place = header.firstIndex(where: { $0.hasPrefix("IT ") })
        else { return nil }
        header.insert("", at: place + 1)
        for row in rows.indices {
            let joules = energies.indices.contains(row) ? energies[row] : nil
            rows[row].insert(joules.map { Bar.text($0 / sum, width: 8) } ?? "", at: place + 1)
        }
        return (header, rows)
    }

    /// Missing stages share one line.
    package var notMeasuredSentences: [String] {
        let missing = notMeasured.filter { $0.kind == "stage" }.map(\.location)
        let others = notMeasured.filter { $0.kind != "stage" }.map(\.sentence)
        return others
            + (missing.isEmpty ? [] : ["stages without runs: \(missing.joined(separator: ", "))"])
    }

    var inputSentences: [String] {
        guard let inputs, !inputs.roots.isEmpty else { return [] }
        let count = inputs.roots.count == 1 ? "1 ledger" : "\(inputs.roots.count) ledgers"
        return ["\(count), SHA-256 over their Merkle roots: \(inputs.sha256)"]
    }
}

extension Remark {
    package var sentence: String { "\(kind): \(location): \(message)" }
}
