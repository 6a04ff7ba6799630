public import JouleQuantities

/// One run as a reader knows it, whether it was logged live or imported. Nil always means "not
/// known", never zero. The JSON form is the run record of `Schemas/run-record.schema.json`.
public struct RunRecord: Sendable, Hashable {
    public var id: RunID
    public var project: String?
    /// Groups the runs of one search.
    public var sweep: String?
    public var stage: Stage?
    public var status: RunStatus
    public var tags: [String] = []
    public var user: String?
    public var started: WallTime?
    public var ended: WallTime?
    /// Nested configuration as given, secrets redacted.
    public var config: JSONObject?
    /// The seed in the spelling in which it was given.
    public var seed: JSON?
    public var code: CodeIdentity?
    public var data: DataIdentity?
    /// Allow-listed environment: framework and language versions, scheduler ids, region.
    public var env: JSONObject?
    public var hardware: Hardware?
    public var epochs: [EpochRecord] = []
    /// Final metrics, possibly nested.
    public var metrics: JSONObject?
    public var durationSeconds: Double?
    /// Energy of the whole run over all devices that do not enclose each other.
    public var energy: Energy?
    public var parents: [Parent] = []
    public var declared: DeclaredEnergy?
    /// Paths of fields that the record's author assumed rather than observed.
    public var assumed: [String] = []
    /// Sources of energy readings; `DeviceEnergy.device` is an index into this.
    public var meters: [MeterDescription] = []
    /// Energy of the whole run by meter, overlapping meters included.
    public var deviceEnergy: [DeviceEnergy] = []
    /// Rank of the writing process and the number of ranks; nil for a single process.
    public var rank: Int?
    public var worldSize: Int?
    /// Who writes the run, to tell a live run from a dead one.
    public var process: ProcessIdentity?
    /// Rows that could not be kept, by cause. Empty when nothing was lost.
    public var drops: JSONObject?
    /// Fields that this version does not know, kept as they are.
    public var extra = JSONObject()

    public init(id: RunID, status: RunStatus) {
        self.id = id
        self.status = status
    }
}

/// What code ran.
public struct CodeIdentity: Sendable, Hashable {
    /// The program as a person would name it, relative to the source tree.
    public var entry: String?
    public var commit: String?
    public var dirty: Bool?
    /// Hash of the source tree including uncommitted changes.
    public var tree: String?

    public init(
        entry: String? = nil, commit: String? = nil, dirty: Bool? = nil, tree: String? = nil
    ) {
        self.entry = entry
        self.commit = commit
        self.dirty = dirty
        self.tree = tree
    }
}

/// What data was used.
public struct DataIdentity: Sendable, Hashable {
    public var name: String?
    /// Hash of the content, prefixed with its algorithm.
    public var fingerprint: String?

    public init(name: String? = nil, fingerprint: String? = nil) {
        self.name = name
        self.fingerprint = fingerprint
    }
}

/// A run that this one builds on, and how.
public struct Parent: Sendable, Hashable {
    public var id: RunID
    /// `initialises`, `distils`, `generates_dataset`, `prunes`, `quantizes`, `evaluates`,
    /// `resumes`, `searches`, or any other word.
    public var relation: String

    public init(id: RunID, relation: String) {
        self.id = id
        self.relation = relation
    }
}

/// Energy that a person or a publication states for a stage nobody instrumented.
public struct DeclaredEnergy: Sendable, Hashable {
    public var energy: Energy?
    public var boundary: Boundary?
    public var deviceHours: Double?
    public var averagePower: Power?
    /// Power usage effectiveness that the statement already contains.
    public var pue: Double?
    public var source: String?
    public var extra = JSONObject()

    public init() {}
}

/// Energy of one window from one meter.
public struct DeviceEnergy: Sendable, Hashable {
    /// Index into `RunRecord.meters`.
    public var meter: Int
    public var measured: MeasuredEnergy

    public init(meter: Int, measured: MeasuredEnergy) {
        self.meter = meter
        self.measured = measured
    }
}

/// One epoch.
public struct EpochRecord: Sendable, Hashable {
    public var number: Int
    public var started: WallTime?
    public var durationSeconds: Double?
    /// In the order in which they were logged. Values keep their bits.
    public var metrics: [Metric] = []
    /// By meter; empty when nothing measured this epoch.
    public var deviceEnergy: [DeviceEnergy] = []
    /// Over all meters that do not enclose each other; nil when nothing is known.
    public var energy: Energy?
    /// Named parts of the epoch, such as `validation`.
    public var phases: [PhaseRecord] = []
    public var extra = JSONObject()

    public init(number: Int) {
        self.number = number
    }
}

/// A part of an epoch.
public struct PhaseRecord: Sendable, Hashable {
    public var name: String
    public var started: WallTime?
    public var durationSeconds: Double?
    public var deviceEnergy: [DeviceEnergy] = []

    public init(name: String) {
        self.name = name
    }
}

/// A named number. Equality is equality of bits, so that NaN equals itself and 0 is not −0.
public struct Metric: Sendable, Hashable {
    public var name: String
    public var value: Double

    public init(name: String, value: Double) {
        self.name = name
        self.value = value
    }

    public static func == (left: Metric, right: Metric) -> Bool {
        left.name == right.name && left.value.bitPattern == right.value.bitPattern
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(value.bitPattern)
    }
}

/// The writing process, precisely enough to tell whether it still lives.
public struct ProcessIdentity: Sendable, Hashable {
    public var host: String
    public var bootID: String?
    public var pid: Int32
    /// Clock ticks after boot at which the process started (`/proc/PID/stat`, field 22).
    public var startTicks: UInt64?

    public init(host: String, bootID: String?, pid: Int32, startTicks: UInt64?) {
        self.host = host
        self.bootID = bootID
        self.pid = pid
        self.startTicks = startTicks
    }
}
