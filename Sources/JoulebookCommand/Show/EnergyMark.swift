import JouleFile
import JouleQuantities

/// How far an energy can be trusted, shown beside the number.
struct EnergyMark {
    /// The weakest provenance that contributed; nil when nothing is known about the sources.
    let weakest: Provenance?

    /// The mark of a run's total.
    init(_ run: RunRecord) {
        weakest = run.energyProvenance
    }

    /// The mark of one epoch of a run.
    init(_ epoch: EpochRecord, of run: RunRecord) {
        // A later record of a live run may know fewer meters than its epoch did.
        let known = epoch.deviceEnergy.filter { run.meters.indices.contains($0.meter) }
        weakest = known.map { run.meters[$0.meter].provenance }.max() ?? run.energyProvenance
    }

    /// The mark of one meter.
    init(_ provenance: Provenance) {
        weakest = provenance
    }

    /// One sign before the number: `≈` for what was computed rather than measured.
    var sign: String {
        weakest?.isDoubtful == true ? "≈" : ""
    }

    /// `energy` with its sign.
    func text(joules: Double?) -> String {
        let text = Units.energy(joules: joules)
        return text == Units.unknown ? text : sign + text
    }

    /// How the number is painted.
    var paint: Paint? { sign.isEmpty ? nil : .doubtful }

    /// Explains the sign; printed below tables that use it.
    static let legend = "≈ computed by a model or declared, not measured"

    /// The same as lines that fit.
    static func legend(_ look: Console.Look) -> [String] {
        legend.wrapped(to: look.width).map { look.painted($0, .faint) }
    }
}

extension Provenance {
    /// In words.
    var words: String {
        switch self {
        case .counter: "counter"
        case .integratedPower: "integrated power"
        case .external: "external meter"
        case .model: "model, not measured"
        case .declared: "declared"
        }
    }
}
