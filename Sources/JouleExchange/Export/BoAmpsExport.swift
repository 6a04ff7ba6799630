import JouleFile
import JouleLifecycle
import JouleQuantities

extension LifecycleExport {
    /// A report of BoAmps 1.1.0: one task, with a measure for each run of it.
    ///
    /// A measure is the energy that tools saw, so it is that of the IT. What the format requires and
    /// no ledger knows, the user states.
    static func boAmps(_ source: ExportSource) throws(ExportRefusal) -> LifecycleExport {
        let summary = source.summary
        let fields = source.fields
        let missing = Format.boamps.fields.filter { field in
            fields[field.name] == nil && !(field.name == "infraType" && source.isInPublicCloud)
        }
        guard missing.isEmpty else {
            let options = missing.map { "--field \($0.name)=\($0.words)" }
            throw ExportRefusal(
                "boamps requires what no ledger knows: \(options.joined(separator: " "))",
                isUsage: true
            )
        }
        let measured = summary.runs.filter { $0.it?.point != nil }
        guard !measured.isEmpty else { throw ExportRefusal("boamps: \(source.unknownIT)") }
        let components = source.boAmpsComponents
        guard !components.isEmpty else {
            throw ExportRefusal("boamps: no run recorded a device and how many there are")
        }
        let unmeasured = summary.runs.count - measured.count
        let losses = LossReport(
            .boamps,
            summary,
            carried: [.runs, .itEnergy, .evidence, .coverage],
            further: unmeasured == 0
                ? [] : ["\(unmeasured.counted("run")) whose IT energy is not one figure"]
        )
        var document = JSONObject()
        document["header"] = source.boAmpsHeader
        document["task"] = source.boAmpsTask
        document["measures"] = .array(measured.map(source.boAmpsMeasure))
        document["software"] = source.boAmpsSoftware
        document["infrastructure"] = source.boAmpsInfrastructure(components)
        document["environment"] = source.boAmpsEnvironment
        document["quality"] = summary.totals.boAmpsQuality.map(JSON.string)
        return LifecycleExport(text: JSON.object(document).text(.pretty) + "\n", losses: losses)
    }
}

extension ExportSource {
    fileprivate var unknownIT: String {
        summary.totals.it == nil
            ? "the energy of no run is known"
            : "the IT energy of no run is one figure; state --pue"
    }

    /// Whether all runs were in a region of a provider; runs without a region are nowhere.
    fileprivate var isInPublicCloud: Bool {
        !summary.runs.isEmpty && summary.runs.allSatisfy { $0.grid?.cloud != nil }
    }

    fileprivate var boAmpsHeader: JSON {
        [
            "formatVersion": "1.1.0",
            "formatVersionSpecificationUri": "https://github.com/Boavizta/BoAmps",
            "reportId": .string(summaryHash),
            "reportDatetime": .string(now.boAmpsText),
            "reportStatus": "draft",
        ]
    }

    fileprivate var boAmpsTask: JSON {
        var algorithm = JSONObject()
        if summary.runs.count == 1, let epochs = summary.runs.first?.run.epochs.count, epochs > 0 {
            algorithm["epochsNumber"] = .integer(Int64(epochs))
        }
        let stages = summary.stages.map(\.stage.boAmpsWord)
        return [
            "taskStage": .string(stages.joined(separator: "+")),
            "taskFamily": .orNull(fields["taskFamily"]),
            "algorithms": [.object(algorithm)],
            "dataset": [["dataUsage": "input", "dataType": .orNull(fields["dataType"])]],
        ]
    }

    fileprivate func boAmpsMeasure(of run: RunImpact) -> JSON {
        var measure = JSONObject()
        measure["measurementMethod"] = .string(
            [program, run.impact.howKnown].compactMap(\.self).joined(separator: ": ")
        )
        measure["version"] = .string(version)
        measure["cpuTrackingMode"] = run.sources(of: .cpu).listed.map(JSON.string)
        measure["gpuTrackingMode"] = run.sources(of: .gpu).listed.map(JSON.string)
        measure["powerConsumption"] = .orNull(run.it?.point?.kilowattHours)
        measure["measurementDuration"] = run.run.seconds.map(JSON.double)
        measure["measurementDateTime"] = run.run.started.map { .string($0.boAmpsText) }
        return .object(measure)
    }

    fileprivate var boAmpsSoftware: JSON? {
        let versions = Set(summary.runs.compactMap { $0.run.frame.env["python"]?.string })
        guard versions.count == 1, let version = versions.first else { return nil }
        return ["language": "python", "version": .string(version)]
    }

    /// Devices of all runs, each once.
    fileprivate var boAmpsComponents: [JSON] {
        let devices = summary.runs.flatMap { $0.run.hardware?.devices ?? [] }
        return Set(devices).compactMap { device -> (order: String, json: JSON)? in
            guard let count = device.count else { return nil }
            var component = JSONObject()
            component["componentName"] = device.name.map(JSON.string)
            component["componentType"] = .string(device.kind)
            component["nbComponent"] = .integer(Int64(count))
            let json = JSON.object(component)
            return (json.text(), json)
        }
        .sorted { $0.order < $1.order }.map(\.json)
    }

    fileprivate func boAmpsInfrastructure(_ components: [JSON]) -> JSON {
        var infrastructure = JSONObject()
        infrastructure["infraType"] = .string(fields["infraType"] ?? "publicCloud")
        let providers = Set(summary.runs.compactMap { $0.grid?.cloud?.provider })
        if providers.count == 1, let provider = providers.first {
            infrastructure["cloudProvider"] = .string(provider)
        }
        infrastructure["components"] = .array(components)
        return .object(infrastructure)
    }

    /// The country, where all runs were in one, and its grid.
    fileprivate var boAmpsEnvironment: JSON? {
        let grids = Set(summary.runs.map(\.grid))
        guard grids.count == 1, let grid = grids.first, let grid, grid.countryCode != nil else {
            return nil
        }
        var environment = JSONObject()
        environment["country"] = .string(grid.name)
        let intensities = Set(summary.runs.map(\.gramsPerKilowattHour))
        if intensities.count == 1, let grams = intensities.first {
            environment["powerSourceCarbonIntensity"] = .orNull(grams)
        }
        return .object(environment)
    }
}

extension Impact {
    /// The class of the error of the energy; nil where it is not known, or worse than any of them.
    fileprivate var boAmpsQuality: String? {
        guard !isPartial, let uncertainty = uncertaintyRelative else { return nil }
        return [(0.1, "high"), (0.25, "medium"), (0.5, "low")].first { uncertainty <= $0.0 }?.1
    }
}

extension Stage {
    /// The word of BoAmps for it, where it has one.
    fileprivate var boAmpsWord: String {
        switch self {
        case .dataCollection: "datacreation"
        case .dataPreparation: "preprocessing"
        case .fineTuning: "finetuning"
        default: rawValue
        }
    }
}

extension WallTime {
    fileprivate var boAmpsText: String { secondText.replacing("T", with: " ") }
}
