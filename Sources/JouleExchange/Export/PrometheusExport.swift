import JouleLifecycle
import JouleQuantities

extension LifecycleExport {
    /// Gauges in Prometheus' text exposition format 0.0.4, of stages and the total, in base units.
    ///
    /// Totals are families of their own, so that a sum over stages holds nothing twice. A figure
    /// that is not known is no sample, and NaN is never written.
    static func prometheus(_ source: ExportSource) -> LifecycleExport {
        let summary = source.summary
        let site = summary.options.site
        let families = [
            Family("runs", "Runs.", { Double($0.runs) }),
            Family(
                "runs_with_energy",
                "Runs whose energy is known.",
                { Double($0.runsWithEnergy) }
            ),
            Family(
                "coverage_ratio",
                "Share of the runs' time whose energy is known, 0 to 1.",
                { $0.coverage }
            ),
            Family("it_energy_joules", "IT energy.", { $0.it?.point?.joules }),
            Family(
                "facility_energy_joules",
                "Facility energy, the PUE inside.",
                { $0.facility?.point?.joules }
            ),
            Family(
                "energy_uncertainty_ratio",
                "Half of the 95 % interval of the energy, relative.",
                { $0.uncertaintyRelative }
            ),
            Family("location_carbon_grams", "CO2e, location-based.", { $0.carbon?.point?.grams }),
            Family(
                "market_carbon_grams",
                "CO2e, market-based by the year.",
                { $0.marketCarbon(site)?.point?.grams }
            ),
            Family(
                "market_hourly_carbon_grams",
                "CO2e, market-based by the hour.",
                { $0.matched.carbon?.point?.grams }
            ),
            Family(
                "water_on_site_litres",
                "Water on site.",
                { $0.waterOnSite(site)?.point?.value }
            ),
            Family(
                "water_off_site_litres",
                "Water of generating the electricity.",
                { $0.waterOffSite(site)?.point?.value }
            ),
            Family(
                "land_square_metres",
                "Land of generating the electricity, for a year.",
                { $0.land(site)?.point?.value }
            ),
        ]
        let parts = summary.stages.map {
            (labels: ["stage=\"\($0.stage.rawValue)\""], impact: $0.impact)
        }
        let total = [(labels: [String](), impact: summary.totals)]
        var text = ""
        for family in families {
            text += family.text("joulebook_lifecycle_stage_", parts)
            text += family.text("joulebook_lifecycle_total_", total)
        }
        text += evidence("joulebook_lifecycle_stage_", parts)
        text += evidence("joulebook_lifecycle_total_", total)
        let losses = LossReport(
            .prometheus,
            summary,
            carried: [
                .stages, .itEnergy, .facilityEnergy, .evidence, .coverage, .uncertainty, .carbon,
                .marketCarbon, .marketHourly, .water, .land,
            ],
            further: source.stagesWithoutFigure
        )
        text += losses.lines.map { "# \($0)\n" }.joined()
        return LifecycleExport(text: text, losses: losses)
    }

    /// The energy by the evidence for it.
    private static func evidence(_ prefix: String, _ parts: [Family.Part]) -> String {
        let name = prefix + "energy_by_evidence_joules"
        var samples = ""
        for (labels, impact) in parts where impact.runsWithEnergy > 0 {
            let evidence = impact.evidence
            for (word, joules) in [
                ("measured", evidence.measured), ("modelled", evidence.model),
                ("declared", evidence.declared),
            ] {
                samples += Family.sample(name, labels + ["evidence=\"\(word)\""], joules)
            }
        }
        return Family.text(name, "Energy as its evidence has it, IT or facility.", samples)
    }
}

/// A metric family: samples of one name.
private struct Family {
    typealias Part = (labels: [String], impact: Impact)

    let name: String
    let help: String
    let value: (Impact) -> Double?

    init(_ name: String, _ help: String, _ value: @escaping (Impact) -> Double?) {
        self.name = name
        self.help = help
        self.value = value
    }

    func text(_ prefix: String, _ parts: [Part]) -> String {
        let samples = parts.compactMap { labels, impact in
            value(impact).map { Self.sample(prefix + name, labels, $0) }
        }
        return Self.text(prefix + name, help, samples.joined())
    }

    /// Nothing where there is no sample.
    static func text(_ name: String, _ help: String, _ samples: String) -> String {
        samples.isEmpty ? "" : "# HELP \(name) \(help)\n# TYPE \(name) gauge\n" + samples
    }

    static func sample(_ name: String, _ labels: [String], _ value: Double) -> String {
        let braces = labels.isEmpty ? "" : "{\(labels.joined(separator: ","))}"
        return "\(name)\(braces) \(value)\n"
    }
}
