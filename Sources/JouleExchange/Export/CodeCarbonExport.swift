import JouleFile
import JouleLifecycle
import JouleQuantities

extension LifecycleExport {
    /// An `emissions.csv` with the columns of CodeCarbon 3.3.2, one row a run.
    ///
    /// `CodeCarbonImport` reads the same energies back: they have the PUE inside where one is
    /// known, and are those of the IT where none is.
    static func codeCarbon(_ source: ExportSource) throws(ExportRefusal) -> LifecycleExport {
        var rows = CSVRows(header: codeCarbonColumns)
        var written = 0
        var leftOut: [CodeCarbonGap: Int] = [:]
        for run in source.summary.runs {
            switch run.codeCarbonEnergy {
            case .failure(let gap): leftOut[gap, default: 0] += 1
            case .success(let energy):
                let cells = source.codeCarbonCells(of: run, energy)
                rows.append(codeCarbonColumns.map { cells[$0] })
                written += 1
            }
        }
        let gaps = CodeCarbonGap.allCases.compactMap { gap in
            leftOut[gap].map { "\($0.counted("run")) \(gap.rawValue)" }
        }
        guard written > 0 else {
            let reasons = gaps.isEmpty ? "there is no run" : gaps.joined(separator: ", ")
            throw ExportRefusal("codecarbon: nothing to write: \(reasons)")
        }
        return LifecycleExport(
            text: rows.text,
            losses: LossReport(
                .codecarbon,
                source.summary,
                carried: [
                    .runs, .itEnergy, .facilityEnergy, .evidence, .coverage, .carbon,
                ],
                further: gaps
            )
        )
    }

    private static let codeCarbonColumns = [
        "timestamp", "project_name", "run_id", "experiment_id", "duration", "emissions",
        "emissions_rate", "cpu_power", "gpu_power", "ram_power", "cpu_energy", "gpu_energy",
        "ram_energy", "energy_consumed", "water_consumed", "country_name", "country_iso_code",
        "region", "cloud_provider", "cloud_region", "os", "python_version", "codecarbon_version",
        "cpu_count", "cpu_model", "gpu_count", "gpu_model", "longitude", "latitude",
        "ram_total_size", "tracking_mode", "cpu_utilization_percent", "gpu_utilization_percent",
        "ram_utilization_percent", "ram_used_gb", "on_cloud", "pue", "wue",
    ]
}

/// Why a run has no row.
private enum CodeCarbonGap: String, Error, CaseIterable {
    case energy = "whose energy is not known"
    case time = "without an end or a duration"
    case pue = "whose energy is the facility's, of an unknown or impossible PUE"
}

/// What each row must have.
private struct CodeCarbonEnergy {
    let kilowattHours: Double
    /// Inside the energy; nil where it is that of the IT.
    let pue: PUE?
    let seconds: Double
    let ended: WallTime
}

extension RunImpact {
    fileprivate var codeCarbonEnergy: Result<CodeCarbonEnergy, CodeCarbonGap> {
        guard hasEnergy else { return .failure(.energy) }
        guard let seconds = run.seconds,
            let ended = run.ended
                ?? run.started.flatMap({ WallTime(unixSeconds: $0.unixSeconds + seconds) })
        else { return .failure(.time) }
        let point: (kilowattHours: Double, pue: PUE?)
        if let facility = facility?.point {
            guard let pue else { return .failure(.pue) }
            point = (facility.kilowattHours, pue)
        } else {
            guard let it = it?.point else { return .failure(.pue) }
            point = (it.kilowattHours, nil)
        }
        return .success(
            CodeCarbonEnergy(
                kilowattHours: point.kilowattHours,
                pue: point.pue,
                seconds: seconds,
                ended: ended
            )
        )
    }
}

extension ExportSource {
    /// The cells that are known, by the names of their columns.
    fileprivate func codeCarbonCells(
        of run: RunImpact,
        _ energy: CodeCarbonEnergy
    ) -> [String: String] {
        let record = run.run
        var cells = [
            "timestamp": energy.ended.secondText, "run_id": record.id.description,
            "duration": energy.seconds.description,
            "energy_consumed": energy.kilowattHours.description,
            "codecarbon_version": method(of: run.impact),
        ]
        cells["project_name"] = record.project
        cells["experiment_id"] = record.sweep
        cells["pue"] = energy.pue?.value.description
        if let kilograms = run.carbon?.point?.kilograms {
            cells["emissions"] = kilograms.description
            if energy.seconds > 0 {
                cells["emissions_rate"] = (kilograms / energy.seconds).description
            }
        }
        for (component, joules) in run.joulesByComponent ?? [:] {
            let inside = joules / 3.6e6 * (energy.pue?.value ?? 1)
            cells["\(component.rawValue)_energy"] = inside.description
        }
        cells["python_version"] = record.frame.env["python"]?.string
        place(run.grid, in: &cells)
        hardware(record.hardware, in: &cells)
        return cells
    }

    private func place(_ grid: Factor?, in cells: inout [String: String]) {
        guard let grid else { return }
        if let (provider, region) = grid.cloud {
            cells["cloud_provider"] = provider
            cells["cloud_region"] = region
            cells["on_cloud"] = "Y"
        } else if let code = grid.countryCode {
            cells["country_name"] = grid.name
            cells["country_iso_code"] = code
        } else {
            cells["region"] = grid.name
        }
    }

    private func hardware(_ hardware: Hardware?, in cells: inout [String: String]) {
        guard let hardware else { return }
        let processors = hardware.devices.filter { $0.kind == "cpu" }
        let accelerators = hardware.devices.filter { $0.kind == "gpu" }
        cells["cpu_model"] = processors.compactMap(\.name).first
        let threads =
            hardware.extra["cpu"]?["threads"] ?? hardware.extra["topology"]?["threads"]
        cells["cpu_count"] = threads?.integer?.description
        guard !accelerators.isEmpty else { return }
        let counts = accelerators.compactMap(\.count)
        if counts.count == accelerators.count {
            cells["gpu_count"] = String(counts.reduce(0, +))
        }
        let models = accelerators.compactMap(\.words)
        if models.count == accelerators.count {
            cells["gpu_model"] = models.joined(separator: ", ")
        }
    }
}
