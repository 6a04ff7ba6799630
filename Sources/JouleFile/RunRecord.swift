package import JouleQuantities

/// One run as a reader knows it, whether it was logged live or imported.
///
/// Nil always means "not known", never zero. The JSON form is the run record of `Schemas/run-record.schema.json`.
package struct RunRecord: Sendable, Hashable {
    package var id: RunID
    package var project: String?
    /// Groups the runs of one search.
    package var sweep: String?
    package var stage: Stage?
    package var status: RunStatus
    package var tags: [String] = []
    package var user: String?
    /// Whom a batch scheduler charges for the job.
    package var account: String?
    package var started: WallTime?
    package var ended: WallTime?
    /// Nested configuration as given, secrets redacted.
    package var config: JSONObject?
    /// The seed in the spelling in which it was given.
    package var seed: JSON?
    package var code: CodeIdentity?
    package var data: DataIdentity?
    /// Allow-listed environment: framework and language versions, scheduler ids, region.
    package var env: JSONObject?
    package var hardware: Hardware?
    package var epochs: [EpochRecord] = []
    /// Named parts of the run outside of any epoch, which only the ledger itself lists.
    package var phases: [PhaseRecord] = []
    /// Ranges of steps in no epoch and no phase, which only the ledger itself lists.
    package var stepRanges: [PhaseRecord] = []
    /// Final metrics, possibly nested.
    package var metrics: JSONObject?
    package var durationSeconds: Double?
    /// Energy of the whole run over all devices that do not enclose each other.
    package var energy: Energy?
    package var parents: [Parent] = []
    package var declared: DeclaredEnergy?
    /// Paths of fields that the record's author assumed rather than observed.
    package var assumed: [String] = []
    /// Sources of energy readings; `DeviceEnergy.device` is an index into this.
    package var meters: [MeterDescription] = []
    /// Energy of the whole run by meter, overlapping meters included.
    package var deviceEnergy: [DeviceEnergy] = []
    /// Rank of the writing process and the number of ranks; nil for a single process.
    package var rank: Int?
    package var worldSize: Int?
    /// Who writes the run, to tell a live run from a dead one.
    package var process: ProcessIdentity?
    /// Rows that could not be kept, by cause; nil when nothing was lost.
    package var drops: JSONObject?
    /// Steps that were logged, which only the ledger itself lists.
    package var stepCount = 0
    /// Steps that an import is to write; nil in what a reader makes.
    package var loggedSteps: LoggedSteps?
    /// What each of several processes read, where a run is put together from them.
    var spans: [MeterSpan] = []
    /// Stands for `epochs` where a list of runs did not read them.
    package var unreadEpochs: EpochTotals?
    /// Fields that this version does not know, kept as they are.
    package var extra = JSONObject()

    package init(id: RunID, status: RunStatus) {
        self.id = id
        self.status = status
    }
}

/// What code ran.
package struct CodeIdentity: Sendable, Hashable {
    /// The program as a person would name it, relative to the source tree.
    package var entry: String?
    package var commit: String?
    package var dirty: Bool?
    /// Hash of the source tree including uncommitted changes.
    package var tree: String?
    package var extra = JSONObject()

    package init(
        entry: String? = nil,
        commit: String? = nil,
        dirty: Bool? = nil,
        tree: String? = nil
    ) {
        self.entry = entry
        self.commit = commit
        self.dirty = dirty
        self.tree = tree
    }
}

/// What data was used.
package struct DataIdentity: Sendable, Hashable {
    package var name: String?
    /// Hash of the content, prefixed with its algorithm.
    package var fingerprint: String?
    package var extra = JSONObject()

    package init(name: String? = nil, fingerprint: String? = nil) {
        self.name = name
        self.fingerprint = fingerprint
    }
}

/// A run that this one builds on, and how.
package struct Parent: Sendable, Hashable {
    package var id: RunID
    /// `initialises`, `distils`, `generates_dataset`, `prunes`, `quantizes`, `evaluates`,
    /// `resumes`, `searches`, `serves`, or any other word.
    package var relation: String

    package init(id: RunID, relation: String) {
        self.id = id
        self.relation = relation
    }
}

/// Energy that a person or a publication states for a stage nobody instrumented.
package struct DeclaredEnergy: Sendable, Hashable {
    package var energy: Energy?
    package var boundary: Boundary?
    package var deviceHours: Double?
    package var averagePower: Power?
    /// Power usage effectiveness that the statement already contains.
    package var pue: Double?
    package var source: String?
    package var extra = JSONObject()

    package init() {}
}

/// Energy of one window from one meter.
package struct DeviceEnergy: Sendable, Hashable {
    /// Index into `RunRecord.meters`.
    package var meter: Int
    package var measured: MeasuredEnergy

    package init(meter: Int, measured: MeasuredEnergy) {
        self.meter = meter
        self.measured = measured
    }
}

/// One epoch.
package struct EpochRecord: Sendable, Hashable {
    package var number: Int
    package var started: WallTime?
    package var durationSeconds: Double?
    /// In the order in which they were logged, values with their bits.
    package var metrics: [Metric] = []
    /// By meter; empty when nothing measured this epoch.
    package var deviceEnergy: [DeviceEnergy] = []
    /// Over all meters that do not enclose each other; nil when nothing is known.
    package var energy: Energy?
    /// Named parts of the epoch, such as `validation`.
    package var phases: [PhaseRecord] = []
    /// Ranges of steps in the epoch that are in none of its phases.
    package var stepRanges: [PhaseRecord] = []
    package var extra = JSONObject()

    package init(number: Int) {
        self.number = number
    }
}

/// A part of an epoch or a run.
package struct PhaseRecord: Sendable, Hashable {
    package var name: String
    /// Of a range of steps: the first and the last one.
    package var steps: ClosedRange<Int64>?
    /// Ranges of steps within a named part, whose energy is part of this one's.
    package var stepRanges: [PhaseRecord] = []
    package var started: WallTime?
    package var durationSeconds: Double?
    package var deviceEnergy: [DeviceEnergy] = []

    package init(name: String) {
        self.name = name
    }
}

extension [PhaseRecord] {
    /// With what `change` makes of the energies of each part and of the ranges of steps in it.
    func changingEnergies(_ change: ([DeviceEnergy]) -> [DeviceEnergy]) -> [PhaseRecord] {
        map { part in
            var part = part
            part.deviceEnergy = change(part.deviceEnergy)
            part.stepRanges = part.stepRanges.changingEnergies(change)
            return part
        }
    }
}

/// A named number.
///
/// Equality is equality of bits, so that NaN equals itself and 0 is not −0.
package struct Metric: Sendable, Hashable {
    package var name: String
    package var value: Double

    package init(name: String, value: Double) {
        self.name = name
        self.value = value
    }

    package static func == (left: Metric, right: Metric) -> Bool {
        left.name == right.name && left.value.bitPattern == right.value.bitPattern
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(value.bitPattern)
    }
}

/// The writing process, precisely enough to tell whether it still lives.
package struct ProcessIdentity: Sendable, Hashable {
    package var host: String
    package var bootID: String?
    package var pid: Int32
    /// Clock ticks after boot at which the process started (`/proc/PID/stat`, field 22).
    package var startTicks: UInt64?

    package init(host: String, bootID: String?, pid: Int32, startTicks: UInt64?) {
        self.host = host
        self.bootID = bootID
        self.pid = pid
        self.startTicks = startTicks
    }
}
