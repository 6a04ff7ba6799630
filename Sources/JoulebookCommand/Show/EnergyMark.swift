import JouleFile
import JouleQuantities

/// How far an energy can be trusted, shown beside the number.
struct EnergyMark {
    /// The weakest provenance that contributed; nil where no energy is known.
    let weakest: Provenance?

    /// The mark of a run's total.
    init(_ run: RunRecord) {
        weakest = run.energyProvenance
    }

    /// The mark of one epoch of a run.
    init(_ epoch: EpochRecord, of run: RunRecord) {
        weakest = run.energyProvenance(of: epoch)
    }

    /// The mark of one meter.
    init(_ provenance: Provenance) {
        weakest = provenance
    }

    /// One sign before the number: `≈` for what was computed or stated rather than measured.
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

    /// The same behind an empty line; nothing where `text` has no sign.
    static func legend(below text: String, _ look: Console.Look) -> [String] {
        text.contains("≈") ? [""] + legend(look) : []
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
