import JouleLifecycle
import JouleQuantities

extension LifecycleExport {
    /// A table with a row for each stage and one for the total; every figure has a column, and its
    /// unit stands in the column's name.
    ///
    /// An Arrow stream says the units in the metadata of its fields as well.
    static func stageTable(_ source: ExportSource, as format: Format) -> LifecycleExport {
        let summary = source.summary
        var rows = summary.stages.map { source.cells($0.stage.rawValue, $0.impact) }
        rows.append(source.cells("total", summary.totals))
        let columns = rows[0].map(\.column)
        var values = columns.map { TableValues($0.kind) }
        for row in rows {
            for (place, cell) in row.enumerated() { values[place].append(cell.value) }
        }
        let spelling = TableSpelling(format == .arrow ? .arrow : .csv, columns: columns)
        let batch = TableBatch(count: rows.count, columns: values)
        return LifecycleExport(
            bytes: spelling.head + spelling.bytes(of: batch) + spelling.tail,
            losses: LossReport(
                format,
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

/// What stands in one column of one row.
private struct StageCell {
    /// Nil is not known.
    enum Value {
        case text(String)
        case integer(Int)
        case number(Double?)
    }

    let column: TableColumn
    let value: Value

    init(_ name: String, _ text: String) {
        column = TableColumn(name: name, kind: .text)
        value = .text(text)
    }

    init(_ name: String, _ integer: Int) {
        column = TableColumn(name: name, kind: .integer)
        value = .integer(integer)
    }

    init(_ name: String, _ unit: String, _ number: Double?) {
        column = TableColumn(name: name, kind: .number, unit: unit)
        value = .number(number)
    }
}

extension TableValues {
    fileprivate mutating func append(_ value: StageCell.Value) {
        switch value {
        case .text(let text): append(text: text)
        case .integer(let integer): append(integer: Int64(integer))
        case .number(let number): append(number: number)
        }
    }
}

extension ExportSource {
    /// One row, the same columns for every impact of a summary.
    fileprivate func cells(_ name: String, _ impact: Impact) -> [StageCell] {
        let site = summary.options.site
        let evidence = impact.runsWithEnergy > 0 ? impact.evidence : nil
        let kilowattHours = { (joules: Double) in joules / 3.6e6 }
        var cells = [
            StageCell("stage", name), StageCell("runs", impact.runs),
            StageCell("runs_with_energy", impact.runsWithEnergy),
            StageCell("coverage", "1", impact.coverage),
        ]
        cells += figure("it", "kWh", impact.it, \.kilowattHours)
        cells += figure("facility", "kWh", impact.facility, \.kilowattHours)
        cells += [
            StageCell("measured_kwh", "kWh", evidence.map { kilowattHours($0.measured) }),
            StageCell("model_kwh", "kWh", evidence.map { kilowattHours($0.model) }),
            StageCell("declared_kwh", "kWh", evidence.map { kilowattHours($0.declared) }),
            StageCell("uncertainty_rel", "1", impact.uncertaintyRelative),
        ]
        // Its limits hold the uncertainty of the energy, where that is known.
        let carbon = impact.carbonRange ?? impact.carbon
        cells += figure("location", "kg CO2e", carbon, \.kilograms)
        cells += figure("market_annual", "kg CO2e", impact.marketCarbon(site), \.kilograms)
        cells += figure("market_hourly", "kg CO2e", impact.matched.carbon, \.kilograms)
        cells += figure("embodied", "kg CO2e", impact.embodied) { $0.value / 1000 }
        cells += figure("water_on_site", "L", impact.waterOnSite(site), \.value)
        cells += figure("water_off_site", "L", impact.waterOffSite(site), \.value)
        cells += figure("land", "m2", impact.land(site), \.value)
        if let currency = site.tariff?.currency {
            cells += figure("cost", currency, impact.cost(site), \.value)
        }
        return cells + [StageCell("method", method(of: impact))]
    }

    /// The point of an estimate and its limits, the unit at the end of the columns' names.
    private func figure<Quantity>(
        _ name: String,
        _ unit: String,
        _ estimate: Estimate<Quantity>?,
        _ value: (Quantity) -> Double
    ) -> [StageCell] {
        let suffix = String(unit.lowercased().map { $0 == " " ? "_" : $0 })
        return [
            StageCell("\(name)_\(suffix)", unit, estimate?.point.map(value)),
            StageCell("\(name)_low_\(suffix)", unit, estimate.map { value($0.low) }),
            StageCell("\(name)_high_\(suffix)", unit, estimate.map { value($0.high) }),
        ]
    }
}
