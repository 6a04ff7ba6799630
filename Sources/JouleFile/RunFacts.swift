package import JouleQuantities
import JouleSystem

/// What the summary of a life needs to know of a run.
///
/// A tenth of its record: what is said of many runs in the same words is held once, and of its epochs
/// nothing is held but their sums.
///
/// A class, because there may be millions, which are put in order and looked at in many ways.
package final class RunFacts: Sendable {
    package let id: RunID
    /// What it has in common with others.
    package let frame: RunFrame
    let own: Own
    private let kept: KeptRecord?

    /// What a run says for itself alone.
    struct Own: Sendable {
        /// As a record without one is taken.
        var status = RunStatus.finished
        var stage: Stage?
        var project: String?
        var user: String?
        var account: String?
        var sweep: String?
        var started: WallTime?
        var ended: WallTime?
        var durationSeconds: Double?
        var energy: Energy?
        var deviceEnergy: [DeviceEnergy] = []
        var parents: [Parent] = []
        var epochs = EpochSums()
        var isSelected = false
    }

    init(id: RunID, frame: RunFrame, _ own: Own) {
        self.id = id
        self.frame = frame
        self.own = own
        kept = nil
    }

    /// Several runs that are like `run` but for amounts, as one; `seconds` are all of theirs.
    package init(like run: RunFacts, seconds: Double, _ deviceEnergy: [DeviceEnergy]) {
        id = run.id
        frame = run.frame
        own = Own(
            status: run.status,
            stage: run.stage,
            started: run.started,
            durationSeconds: seconds,
            deviceEnergy: deviceEnergy,
            isSelected: run.isSelected
        )
        kept = nil
    }

    /// `frames` knows what it has in common with those before; the record itself is kept where it is
    /// asked for.
    package init(of record: RunRecord, _ frames: inout RunFrames, keepingRecord: Bool) {
        id = record.id
        frame = frames.frame(of: record)
        var own = Own(
            status: record.status,
            stage: record.stage,
            project: record.project,
            user: record.user,
            account: record.account,
            sweep: record.sweep,
            started: record.started,
            ended: record.ended,
            durationSeconds: record.durationSeconds,
            energy: record.energy,
            deviceEnergy: record.deviceEnergy.isEmpty
                ? record.epochs.deviceEnergy(of: record) : record.deviceEnergy,
            parents: record.parents,
            isSelected: record.extra["selected"]?.object != nil
        )
        for epoch in record.epochs {
            own.epochs.add(joules: epoch.energy?.joules, seconds: epoch.durationSeconds)
        }
        self.own = own
        kept = keepingRecord ? KeptRecord(record) : nil
    }

    /// With all that there is to know; nil where it was not kept.
    package var record: RunRecord? { kept?.record }

    package var status: RunStatus { own.status }
    package var stage: Stage? { own.stage }
    package var project: String? { own.project }
    package var user: String? { own.user }
    /// Whom a batch scheduler charges for the job.
    package var account: String? { own.account }
    package var sweep: String? { own.sweep }
    package var started: WallTime? { own.started }
    package var ended: WallTime? { own.ended }
    package var durationSeconds: Double? { own.durationSeconds }
    /// Of the whole run over all devices that do not enclose each other.
    package var energy: Energy? { own.energy }
    /// Of the whole run by meter, or summed over its epochs where nobody closed the run.
    package var deviceEnergy: [DeviceEnergy] { own.deviceEnergy }
    package var parents: [Parent] { own.parents }
    package var epochs: EpochSums { own.epochs }
    /// Whether somebody chose the run.
    package var isSelected: Bool { own.isSelected }
    package var hardware: Hardware? { frame.hardware }
    package var meters: [MeterDescription] { frame.meters }
    package var declared: DeclaredEnergy? { frame.declared }
    package var worldSize: Int? { frame.worldSize }
    /// Whether it is a job of Slurm with the energy of its nodes.
    package var isJob: Bool { meters.first?.source == RunRecord.jobSource }

    /// How long the run took: stated, between its dates, or at least its epochs.
    package var seconds: Double? {
        if let durationSeconds, durationSeconds.isFinite, durationSeconds >= 0 {
            return durationSeconds
        }
        if let started, let ended, ended >= started {
            return ended.unixSeconds - started.unixSeconds
        }
        return epochs.seconds
    }
}

/// A record that facts are of, held beside them: it takes a thousand bytes.
private final class KeptRecord: Sendable {
    let record: RunRecord

    init(_ record: RunRecord) { self.record = record }
}

/// What the epochs of a run come to together.
package struct EpochSums: Sendable, Hashable {
    package private(set) var count = 0
    /// Over those that tell; nil where none does.
    package private(set) var joules: Double?
    package private(set) var seconds: Double?

    package init() {}

    init(count: Int, joules: Double?, seconds: Double?) {
        (self.count, self.joules, self.seconds) = (count, joules, seconds)
    }

    /// Adds the next epoch.
    mutating func add(joules: Double?, seconds: Double?) {
        count += 1
        if let joules { self.joules = (self.joules ?? 0) + joules }
        if let seconds, Self.isDuration(seconds) {
            self.seconds = (self.seconds ?? 0) + seconds
        }
    }

    /// Adds the next rows that are of epochs.
    mutating func add(_ part: RunBatch.EpochRows) {
        let (block, rows) = (part.block, part.rows)
        guard let numbers = block.numbers else { return }
        guard numbers.isFull, let energies = block.energies?.allNumbers,
            let durations = block.durations?.allNumbers
        else {
            for row in rows where numbers.has(row) {
                add(joules: block.energies?.value(row), seconds: block.durations?.value(row))
            }
            return
        }
        guard !rows.isEmpty else { return }
        count += rows.count
        joules = rows.reduce(joules ?? 0) { $0 + Double(bitPattern: energies[$1]) }
        for row in rows {
            let duration = Double(bitPattern: durations[row])
            if Self.isDuration(duration) { seconds = (seconds ?? 0) + duration }
        }
    }

    private static func isDuration(_ seconds: Double) -> Bool { seconds.isFinite && seconds >= 0 }
}

/// What runs say of where they ran in the same words as others.
package final class RunFrame: Sendable, Hashable {
    package let hardware: Hardware?
    package let meters: [MeterDescription]
    package let declared: DeclaredEnergy?
    package let worldSize: Int?
    /// Of the environment what `environmentNames` names.
    package let env: JSONObject
    /// By meter, a hash of what names it.
    let meterHashes: [Int]
    /// Of all of it; hashed once, since it is looked up for every run.
    package let contentHash: Int

    /// Members of a run's environment that are known here.
    static let environmentNames = [
        "JOULEBOOK_REGION", "region", "JOULEBOOK_PUE", "pue", "python",
    ]

    init(_ record: RunRecord) {
        hardware = record.hardware
        meters = record.meters
        let host = record.hardware?.host
        meterHashes = record.meters.map { $0.name(host: host).hashValue }
        declared = record.declared
        worldSize = record.worldSize
        var env = JSONObject()
        for name in Self.environmentNames { env[name] = record.env?[name] }
        self.env = env
        let contents = Contents(
            hardware: hardware,
            meters: meters,
            declared: declared,
            worldSize: worldSize,
            env: env
        )
        contentHash = contents.hashValue
    }

    package static func == (left: RunFrame, right: RunFrame) -> Bool {
        left === right
            || (left.contentHash == right.contentHash && left.contents == right.contents)
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(contentHash) }

    private var contents: Contents {
        Contents(
            hardware: hardware,
            meters: meters,
            declared: declared,
            worldSize: worldSize,
            env: env
        )
    }

    private struct Contents: Hashable {
        let hardware: Hardware?
        let meters: [MeterDescription]
        let declared: DeclaredEnergy?
        let worldSize: Int?
        let env: JSONObject
    }
}

/// The frames that were met so far.
package struct RunFrames {
    private var known: Set<RunFrame> = []

    /// Beyond this many they are forgotten: then hardly any recurs.
    private static let countMax = 1 << 16

    package init() {}

    mutating func frame(of record: RunRecord) -> RunFrame {
        if known.count >= Self.countMax { known.removeAll() }
        return known.insert(RunFrame(record)).memberAfterInsert
    }
}

/// The frames that several readers met so far, so that what is the same is one object for all.
final class SharedFrames: Sendable {
    private let known = Lock(RunFrames())

    func frame(of record: RunRecord) -> RunFrame { known.withLock { $0.frame(of: record) } }

    func facts(of record: RunRecord, keepingRecord: Bool) -> RunFacts {
        known.withLock { RunFacts(of: record, &$0, keepingRecord: keepingRecord) }
    }
}

extension [EpochRecord] {
    /// What each meter saw over all of them.
    fileprivate func deviceEnergy(of run: RunRecord) -> [DeviceEnergy] {
        var sums: [Int: (joules: Double, observed: Double, error: Double?)] = [:]
        var seconds = 0.0
        for epoch in self {
            let duration = Swift.max(0, epoch.durationSeconds ?? 0)
            seconds += duration
            for energy in epoch.deviceEnergy {
                let joules = energy.measured.energy.joules
                var sum = sums[energy.meter] ?? (0, 0, 0)
                sum.joules += joules
                sum.observed += duration * Swift.min(1, energy.measured.coverage)
                // Readings of one meter share its error: linear (F13).
                sum.error = sum.error.flatMap { error in
                    energy.measured.uncertaintyRelative.map { error + $0 * joules }
                }
                sums[energy.meter] = sum
            }
        }
        let whole = Swift.max(run.durationSeconds ?? 0, seconds)
        return sums.keys.sorted().compactMap { meter in
            guard let sum = sums[meter] else { return nil }
            let measured = MeasuredEnergy(
                energy: Energy(joules: sum.joules),
                coverage: whole > 0 ? sum.observed / whole : 1,
                uncertaintyRelative: sum.joules > 0 ? sum.error.map { $0 / sum.joules } : nil
            )
            return DeviceEnergy(meter: meter, measured: measured)
        }
    }
}
