import JouleFile
import JouleLifecycle
import JouleQuantities

/// What documents of several formats say of a summary.
struct ExportSource {
    let summary: LifecycleSummary
    /// Of this program.
    let version: String
    let program = "joulebook"
    /// When documents that are dated are made.
    let now: WallTime
    /// What the user states, by the names of the format's fields.
    let fields: [String: String]

    /// Equal for equal summaries.
    var summaryHash: String { ContentHash.sha256Hex(summary.json.text()) }

    /// What the model is called: the project of its runs, where they are all of one, else the run.
    var subject: String {
        let projects = Set(summary.runs.compactMap(\.run.project))
        let project = projects.count == 1 ? projects.first : nil
        return project ?? summary.model?.description ?? "unnamed"
    }

    /// What it took to make the model: all stages but those of its use.
    var making: Impact {
        Impact(of: summary.stages.filter { !$0.stage.isUse }.map(\.impact))
    }

    /// The runs that made the model.
    var makingRuns: [RunImpact] { summary.runs.filter { !$0.stage.isUse } }

    /// Says that the stages of use are left out, where there are any.
    var useLeftOut: [String] {
        let used = summary.stages.map(\.stage).filter(\.isUse).map(\.rawValue)
        return used.isEmpty ? [] : ["\(used.joined(separator: ", ")), which did not make the model"]
    }

    /// How an amount of energy is known, for the fields where formats ask for that.
    func method(of impact: Impact) -> String {
        let producer = "\(program) \(version)"
        return "\(producer): \(impact.howKnown ?? "energy not known")"
    }
}

extension ExportSource {
    /// Why there is no figure of energy, and what would give one.
    var unknownEnergy: String {
        guard let energy = summary.totals.facility else { return "the energy of no run is known" }
        return
            "energy is known only as \(energy.limits(\.kilowattHours)) kWh, and the format takes "
            + "one figure; state --pue"
    }

    /// The stages whose energy is not one figure, which many formats ask for.
    var stagesWithoutFigure: [String] {
        summary.stages.filter { $0.impact.oneEnergy == nil }.map { stage, impact in
            "\(stage.rawValue), whose energy is \(impact.energyWords)"
        }
    }
}

extension Impact {
    /// The evidence for the energy, and of how much it is known; nil where none is.
    var howKnown: String? {
        evidenceWords.map { evidence in
            "\(evidence); known for \(runsWithEnergy) of \(runs.counted("run"))"
                + (coverage.map { ", \(Figure.percent($0)) of their time" } ?? "")
        }
    }

    /// Of energy that is not one figure, what is known.
    var energyWords: String {
        facility.map { "known only as \($0.limits(\.kilowattHours)) kWh" } ?? "not known"
    }

    /// The energy as one figure and what it encloses: the facility's, else the IT's.
    var oneEnergy: (kilowattHours: Double, boundary: Boundary)? {
        facility?.point.map { ($0.kilowattHours, .facility) }
            ?? it?.point.map { ($0.kilowattHours, .it) }
    }
}

extension Stage {
    /// Whether a model is used in it, not made.
    var isUse: Bool { self == .deployment || self == .inference }
}

extension [RunImpact] {
    /// Where electricity was drawn, as the factors name it, each place once.
    var locations: [String] {
        distinct(
            compactMap(\.grid).map { grid in
                grid.name == grid.region ? grid.region : "\(grid.name) (\(grid.region))"
            }
        )
    }

    /// Devices as a person names them, such as `4 x NVIDIA H100`, each once, accelerators first.
    var hardwareWords: [String] {
        let devices = flatMap { $0.run.hardware?.devices ?? [] }
        let isProcessor = { (device: Hardware.Device) in device.kind.lowercased() == "cpu" }
        let sorted = devices.filter { !isProcessor($0) } + devices.filter(isProcessor)
        return distinct(sorted.compactMap(\.words))
    }

    private func distinct(_ texts: [String]) -> [String] {
        var seen: Set<ExactName> = []
        return texts.filter { seen.insert(ExactName($0)).inserted }
    }
}

extension Hardware.Device {
    /// Such as `4 x NVIDIA H100`; nil without a name.
    var words: String? { name.map { name in count.map { "\($0) x \(name)" } ?? name } }
}

extension [String] {
    /// One text of all; nil where there is none.
    var listed: String? { isEmpty ? nil : joined(separator: ", ") }
}

extension WallTime {
    /// Date and time in UTC to the second, without the zone.
    var secondText: String {
        var bytes: [UInt8] = []
        Timestamp.append(unixNanoseconds, to: &bytes)
        return String(decoding: bytes.prefix(19), as: UTF8.self)
    }
}

extension Factor {
    /// The provider and its region, where it is of one.
    var cloud: (provider: String, region: String)? {
        let halves = region.split(separator: ":", maxSplits: 1).map(String.init)
        guard halves.count == 2, ["aws", "azure", "gcp"].contains(halves[0]) else { return nil }
        return (halves[0], halves[1])
    }

    /// The three letters of ISO 3166-1, where it is of a country.
    var countryCode: String? {
        region.utf8.count == 2 ? aliases.first { $0.utf8.count == 3 } : nil
    }
}
