/// How a number of joules came to be. Ordered from the strongest evidence to the weakest.
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

/// What an amount of energy encloses. Energies of different boundaries never add.
public enum Boundary: String, Sendable, Hashable, CaseIterable {
    /// One component, on the DC side: a processor package, memory, an accelerator.
    case device
    /// The IT equipment as a whole, on the AC side of its power supplies.
    case it
    /// The building with cooling and losses: IT energy times PUE.
    case facility
}

/// Names one physical or modelled source of energy readings on one machine, such as
/// `cpu:0/package` or `gpu:GPU-6f2c…`. Unique within a run.
public struct DeviceID: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) {
        self.description = description
    }

    public static func < (left: DeviceID, right: DeviceID) -> Bool {
        left.description < right.description
    }
}

/// Doubts about one amount of energy. Stored with it; see `Schemas/joule-format.md`.
public struct EnergyFlags: OptionSet, Sendable, Hashable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// A second wrap of the counter was possible between two readings.
    public static let possibleDoubleWrap = EnergyFlags(rawValue: 1 << 0)
    /// The counter restarted; what lay around the restart is a gap.
    public static let counterReset = EnergyFlags(rawValue: 1 << 1)
    /// Some readings failed; their time is missing from the coverage.
    public static let readFailed = EnergyFlags(rawValue: 1 << 2)
    /// The machine slept, or the clock jumped, inside the window.
    public static let suspended = EnergyFlags(rawValue: 1 << 3)
    /// The window edge was interpolated between two readings.
    public static let interpolated = EnergyFlags(rawValue: 1 << 4)
}

/// Energy observed over a window, with all that is known about how far to trust it.
public struct MeasuredEnergy: Sendable, Hashable {
    /// What was observed, unscaled: a gap is not filled in.
    public var energy: Energy
    /// Share of the window really observed, 0…1.
    public var coverage: Double
    /// Half-width of the 95 % interval relative to `energy`; nil when unknown.
    public var uncertaintyRelative: Double?
    public var flags: EnergyFlags

    public init(
        energy: Energy, coverage: Double, uncertaintyRelative: Double?, flags: EnergyFlags = []
    ) {
        self.energy = energy
        self.coverage = coverage
        self.uncertaintyRelative = uncertaintyRelative
        self.flags = flags
    }
}
