import JouleLifecycle
import JouleQuantities

extension LifecycleExport {
    /// A table with a row for each stage and one for the total; every figure has a column, and its
    /// unit stands in the column's name.
    static func stageTable(_ source: ExportSource) -> LifecycleExport {
        let summary = source.summary
        let total = source.cells("total", summary.totals)
        var rows = CSVRows(header: total.map(\.column))
        for (stage, impact) in summary.stages {
            rows.append(source.cells(stage.rawValue, impact).map(\.text))
        }
        rows.append(total.map(\.text))
        return LifecycleExport(
            text: rows.text,
            losses: LossReport(
                .csv,
                summary,
                carried: [
                    .stages, .itEnergy, .facilityEnergy, .energyRange, .evidence, .coverage,
                    .uncertainty, .carbon, .carbonRange, .marketCarbon, .marketHourly,
                    .embodied, .water, .land, .cost,
                ]
            )
        )
    }
}

extension ExportSource {
    fileprivate typealias Cell = (column: String, text: String?)

    /// One row, the same columns for every impact of a summary.
    fileprivate func cells(_ name: String, _ impact: Impact) -> [Cell] {
        let site = summary.options.site
        let evidence = impact.runsWithEnergy > 0 ? impact.evidence : nil
        let kilowattHours = { (joules: Double) in (joules / 3.6e6).description }
        var cells: [Cell] = [
            ("stage", name), ("runs", String(impact.runs)),
            ("runs_with_energy", String(impact.runsWithEnergy)),
            ("coverage", impact.coverage?.description),
        ]
        cells += figure("it", "kwh", impact.it, \.kilowattHours)
        cells += figure("facility", "kwh", impact.facility, \.kilowattHours)
        cells += [
            ("measured_kwh", evidence.map { kilowattHours($0.measured) }),
            ("model_kwh", evidence.map { kilowattHours($0.model) }),
            ("declared_kwh", evidence.map { kilowattHours($0.declared) }),
            ("uncertainty_rel", impact.uncertaintyRelative?.description),
        ]
        // Its limits hold the uncertainty of the energy, where that is known.
        let carbon = impact.carbonRange ?? impact.carbon
        cells += figure("location", "kg_co2e", carbon, \.kilograms)
        cells += figure("market_annual", "kg_co2e", impact.marketCarbon(site), \.kilograms)
        cells += figure("market_hourly", "kg_co2e", impact.matched.carbon, \.kilograms)
        cells += figure("embodied", "kg_co2e", impact.embodied) { $0.value / 1000 }
        cells += figure("water_on_site", "l", impact.waterOnSite(site), \.value)
        cells += figure("water_off_site", "l", impact.waterOffSite(site), \.value)
        cells += figure("land", "m2", impact.land(site), \.value)
        if let currency = site.tariff?.currency {
            cells += figure("cost", currency.lowercased(), impact.cost(site), \.value)
        }
        return cells + [("method", method(of: impact))]
    }

    /// The point of an estimate and its limits, the unit at the end of the columns' names.
    private func figure<Quantity>(
        _ name: String,
        _ unit: String,
        _ estimate: Estimate<Quantity>?,
        _ value: (Quantity) -> Double
    ) -> [Cell] {
        [
            ("\(name)_\(unit)", estimate?.point.map(value)?.description),
            ("\(name)_low_\(unit)", estimate.map { value($0.low).description }),
            ("\(name)_high_\(unit)", estimate.map { value($0.high).description }),
        ]
    }
}
