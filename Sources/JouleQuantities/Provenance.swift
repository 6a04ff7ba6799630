/// How a number of joules came to be, ordered from the strongest evidence to the weakest.
public enum Provenance: String, Sendable, Hashable, CaseIterable, Comparable {
    /// The difference of two readings of a hardware energy counter.
    case counter
    /// Power readings integrated over time.
    case integratedPower = "integrated_power"
    /// A meter outside this machine's own sensors, such as a smart plug or a PDU.
    case external
    /// Computed from utilisation and a table, not measured.
    case model
    /// Stated by a person or a publication.
    case declared

    /// Orders from the strongest evidence to the weakest.
    public static func < (left: Provenance, right: Provenance) -> Bool {
        left.rank < right.rank
    }

    private var rank: Int {
        switch self {
        case .counter: 0
        case .integratedPower: 1
        case .external: 2
        case .model: 3
        case .declared: 4
        }
    }
}

/// What an amount of energy encloses; energies of different boundaries never add.
public enum Boundary: String, Sendable, Hashable, CaseIterable {
    /// One component, on the DC side: a processor package, memory, an accelerator.
    case device
    /// The IT equipment as a whole, on the AC side of its power supplies.
    case it
    /// The building with cooling and losses: IT energy times PUE.
    case facility
}

/// Names one physical or modelled source of energy readings on one machine, such as
/// `cpu:0/package` or `gpu:GPU-6f2c…`, unique within a run.
package struct DeviceID: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }

    package static func < (left: DeviceID, right: DeviceID) -> Bool {
        left.description < right.description
    }
}

/// Doubts about one amount of energy, stored with it (`Schemas/joule-format.md`).
package struct EnergyFlags: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// A second wrap of the counter was possible between two readings.
    package static let possibleDoubleWrap = EnergyFlags(rawValue: 1 << 0)
    /// The counter restarted; what lay around the restart is a gap.
    package static let counterReset = EnergyFlags(rawValue: 1 << 1)
    /// Some readings failed; their time is missing from the coverage.
    package static let readFailed = EnergyFlags(rawValue: 1 << 2)
    /// The machine slept, or the clock jumped, inside the window.
    package static let suspended = EnergyFlags(rawValue: 1 << 3)
    /// The window edge was interpolated between two readings.
    package static let interpolated = EnergyFlags(rawValue: 1 << 4)

    /// The doubts in words, in the order of their bits.
    package var words: [String] {
        let all: [(EnergyFlags, String)] = [
            (.possibleDoubleWrap, "second wrap possible"), (.counterReset, "counter restarted"),
            (.readFailed, "readings failed"), (.suspended, "machine slept or clock jumped"),
            (.interpolated, "edge interpolated"),
        ]
        return all.filter { contains($0.0) }.map(\.1)
    }
}

/// Energy observed over a window, with all that is known about how far to trust it.
package struct MeasuredEnergy: Sendable, Hashable {
    /// What was observed, unscaled: a gap is not filled in.
    package var energy: Energy
    /// Share of the window really observed, 0…1.
    package var coverage: Double
    /// Half-width of the 95 % interval relative to `energy`; nil when unknown.
    package var uncertaintyRelative: Double?
    package var flags: EnergyFlags

    package init(
        energy: Energy,
        coverage: Double,
        uncertaintyRelative: Double?,
        flags: EnergyFlags = EnergyFlags()
    ) {
        self.energy = energy
        self.coverage = coverage
        self.uncertaintyRelative = uncertaintyRelative
        self.flags = flags
    }
}
