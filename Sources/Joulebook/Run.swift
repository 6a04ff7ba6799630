import CJouleSystem
package import JouleFile
import JouleMeters
public import JouleQuantities
import JouleSystem
import Synchronization

/// One execution of a training program, or of another stage of a model's life.
///
/// From any thread, no call on a run, its epochs or its phases blocks on a disk (unless
/// `RunOptions.durability` asks for it), throws into the training loop or traps; what cannot be kept
/// is counted and named in `warnings`. A run that cannot record, or that was switched off, accepts
/// everything and keeps nothing. In a forked child the parent's run keeps nothing, which is said
/// once; a child may start a run of its own. A run that nobody finishes is closed when the process
/// exits.
public final class Run: Sendable {
    /// Names the run; equal on all ranks of a job.
    public let id: RunID
    /// Groups the runs that are compared with each other.
    public let project: String
    /// Which of the job's processes this is; nil for a process that stands alone.
    public let rank: Int?
    /// What was found out before the run began; nil when nobody looked.
    public let preflight: PreflightReport?

    /// What the record says of the environment, such as where the electricity is drawn.
    package let environment: JSONObject?

    let started: Stamp
    let recorder: Recorder?
    private let generation: UInt32
    private let isOpen = Atomic(true)
    /// Whether the run has ended without its ledger being closed.
    private let hasFailed = Atomic(false)
    private let isQuiet: Bool
    private let notices: Lock<[String]>
    /// Calls that logged something after the end of their epoch or of the run.
    private let lateCalls = Atomic(0)
    private let openEpochs = Lock<[Epoch]>([])
    private let openPhases = Lock<[Phase]>([])
    let outlook = Lock(Outlook())
    /// When the run's measuring ended, and what processors had done until then.
    private let ending = Lock<(ended: Stamp, usage: ProcessorUsage?)?>(nil)
    /// Whether somebody set a budget, so that it is worth a look.
    let hasBudget = Atomic(false)
    /// Whether there is anything that the run may turn out to repeat.
    let hasReplays: Bool
    let replays: Lock<ReplayWatch?>
    let replayed = Atomic(false)
    let stopsForReplay = Atomic(false)

    init(
        id: RunID,
        project: String,
        rank: Int?,
        preflight: PreflightReport?,
        replays: ReplayWatch?,
        environment: JSONObject?,
        started: Stamp,
        recorder: Recorder?,
        isQuiet: Bool,
        warnings: [String]
    ) {
        self.id = id
        self.project = project
        self.rank = rank
        self.preflight = preflight
        hasReplays = replays != nil
        self.replays = Lock(replays)
        self.environment = environment
        self.started = started
        self.recorder = recorder
        self.isQuiet = isQuiet
        self.notices = Lock(warnings)
        self.generation = joule_fork_generation()
    }

    /// The ledger file; nil when the run keeps nothing.
    public var path: String? { recorder?.path }

    /// When the run began.
    package var startedAt: WallTime { started.wall }

    /// The durability in force, which may be less than was asked for; nil when the run keeps nothing.
    ///
    /// `none` where `ring` was asked for and the file system can keep no ring file: nothing is promised
    /// then, though rows become blocks after each epoch and each second. `warnings` says why.
    public var durability: Durability? { recorder?.writer.durability }

    /// Whether what is logged now is kept.
    ///
    /// Asked before every lock: in a forked child a lock may be held for ever.
    public var isRecording: Bool {
        isOurs && isOpen.load(ordering: .relaxed) && recorder != nil
    }

    /// What went wrong so far, and what was lost, one sentence each.
    public var warnings: [String] {
        guard isOurs else { return recorder == nil ? [] : [Self.forkText] }
        let late = lateCalls.load(ordering: .relaxed) + (recorder?.writer.lateRows ?? 0)
        let lateness = late == 0 ? [] : ["\(Self.lateText) (\(late.counted("call")))"]
        return notices.withLock { $0 } + lateness + losses
    }

    /// Whether the run has ended and its ledger is closed.
    public var isClosed: Bool { isOurs && recorder?.writer.isClosed == true }

    /// What of the things logged is not in the ledger, and why.
    private var losses: [String] {
        guard let recorder else { return [] }
        return recorder.losses + (hasFailed.load(ordering: .relaxed) ? [recorder.refusal] : [])
    }

    // MARK: Epochs, steps and phases

    /// Begins an epoch; its energy is what is used until `Epoch.end`.
    public func beginEpoch(_ number: Int) -> Epoch {
        let epoch = Epoch(number: number, of: self)
        if recorderNow() != nil { openEpochs.withLock { $0.append(epoch) } }
        return epoch
    }

    /// Keeps metrics of one step, as a row at once; steps may repeat and go backwards.
    ///
    /// Never waits (unless `RunOptions.durability` is `every`): steps that come faster than the disk
    /// takes them fill a buffer of 4 MiB, and what comes then is dropped and counted in `warnings`.
    public func log(step: Int, _ metrics: Metrics) {
        guard let recorder = recorderNow() else { return }
        recorder.withCells(metrics, of: .steps) { recorder.appendStep(Int64(step), cells: $0) }
    }

    /// Begins a named part of the run that belongs to no epoch, such as `export`.
    ///
    /// A part without a name is a warning and otherwise ignored.
    public func phase(_ name: String) -> Phase { keep(Phase(name, epoch: nil, of: self)) }

    /// Begins a range of steps that belongs to no epoch, from `first` through `last`, both included.
    ///
    /// It is a window of time and energy of its own and ends with `Phase.end`, whatever steps were logged. A last step before the first is
    /// a warning and otherwise ignored.
    public func steps(from first: Int, through last: Int) -> Phase {
        keep(Phase(stepsFrom: first, through: last, epoch: nil, of: self))
    }

    private func keep(_ phase: Phase) -> Phase {
        if recorderNow() != nil, phase.isKept { openPhases.withLock { $0.append(phase) } }
        return phase
    }

    // MARK: Parents

    /// States that this run builds on another one: `relation` is `initialises`, `distils`,
    /// `generates_dataset`, `prunes`, `quantizes`, `evaluates`, `resumes`, `searches`, `serves`, or a word of
    /// your own.
    ///
    /// An id that no run can have, or the run's own, is a warning and otherwise ignored.
    public func parent(_ id: String, relation: String) {
        guard let recorder = recorderNow() else { return }
        if let reason = refusal(ofParent: id, relation: relation) { return say(reason) }
        guard let id = RunID(id) else { return }
        recorder.addParent(Parent(id: id, relation: relation))
    }

    /// Why `parent` would ignore these arguments; nil when it would not.
    package func refusal(ofParent id: String, relation: String) -> String? {
        guard let other = RunID(id) else {
            return "parent: no run can have the id \(String(id.prefix(40)).debugDescription)"
        }
        guard other != self.id else {
            return "parent: a run cannot be its own parent; give the id of another run"
        }
        return relation.isEmpty ? "parent: the relation is empty; give one such as distils" : nil
    }

    // MARK: End

    /// Ends the run and closes its ledger; the second call does nothing.
    ///
    /// Waits for the last energy readings and for artifacts that are still being collected, two
    /// seconds each at the most. `metrics` are the run's final
    /// results, possibly nested.
    ///
    /// - Throws: `RunError.ledgerIncomplete` when something logged could not be kept, or the ledger
    ///   could not be closed. `warnings` says the same. The run has ended all the same.
    public func finish(
        status: RunStatus = .finished,
        metrics: JSON = [:]
    ) throws(RunError) {
        guard isOurs, isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
        guard let recorder else { return }
        let (ended, usage) = endMeasuring(recorder)
        reviewBudget()
        let artifactsLeft = recorder.background.finish(withinNS: Self.captureWaitNS)
        if artifactsLeft > 0 {
            let count = artifactsLeft == 1 ? "1 is" : "\(artifactsLeft) are"
            say("collecting artifacts took too long at the end of the run; \(count) not kept")
        }
        let results = Redaction.redact(metrics).object
        let isClosed = recorder.finish(
            status: status,
            ended: ended,
            usage: usage,
            metrics: results,
            lateCalls: lateCalls.load(ordering: .relaxed)
        )
        OpenRuns.remove(self)
        if !isClosed { hasFailed.store(true, ordering: .relaxed) }
        guard losses.isEmpty else {
            throw .ledgerIncomplete(path: recorder.path, reason: losses.joined(separator: "; "))
        }
    }

    /// Ends all windows and the reading of meters, once; when that was, and what processors had done
    /// until then.
    private func endMeasuring(_ recorder: Recorder) -> (ended: Stamp, usage: ProcessorUsage?) {
        let now = (ended: Stamp.now(), usage: recorder.usageNow())
        let before = ending.withLock { ending in
            defer { ending = ending ?? now }
            return ending
        }
        if let before { return before }
        outlook.withLock { $0.ended = now.ended.instant }
        for phase in openPhases.withLock({ take(&$0) }) { phase.end(at: now.ended, recorder) }
        for epoch in openEpochs.withLock({ take(&$0) })
        where !epoch.abandon(at: now.ended, recorder) {
            say("epoch \(epoch.number) was never ended and logged nothing; it is left out")
        }
        recorder.stopMeters(at: now.ended)
        return now
    }

    /// Ends what the run measures, before what is still to be found out about it takes its time.
    ///
    /// The run stays open, and `finish` tells this moment as its end.
    package func stopMeasuring() {
        if let active { _ = endMeasuring(active) }
    }

    private static let captureWaitNS: Int64 = 2_000_000_000

    // MARK: Inside

    /// Where to write, as long as this is our run's process and the run is open.
    var active: Recorder? { isRecording ? recorder : nil }

    /// False in a child that was forked after the run began.
    var isOurs: Bool { joule_fork_generation() == generation }

    /// Where to write what a call logs; nil, and counted, when the run has ended.
    func recorderNow() -> Recorder? {
        if let recorder = active { return recorder }
        noteLateCall()
        return nil
    }

    /// Counts a call that logged something after the end, or in a forked child, and says so the first
    /// time.
    package func noteLateCall() {
        guard recorder != nil else { return }
        guard isOurs else {
            if joule_fork_tell_once(), !isQuiet { Notice.print(Self.forkText) }
            return
        }
        let before = lateCalls.wrappingAdd(1, ordering: .relaxed).oldValue
        if before == 0, !isQuiet { Notice.print(Self.lateText) }
    }

    // Not stored: in a child, its initialisation might wait for ever.
    private static var forkText: String {
        "what a forked child logs to its parent's run is not kept; start a run of its own"
    }

    private static let lateText =
        "what is logged after the end of its epoch or run is not kept; log it before"

    /// Warns, and tells the person who runs the program.
    func say(_ text: String) {
        warn(text)
        if !isQuiet { Notice.print(text) }
    }

    func warn(_ text: String) {
        notices.withLock { notices in
            if notices.count < 100, !notices.contains(text) { notices.append(text) }
        }
    }

    func forget(_ epoch: Epoch) {
        openEpochs.withLock { epochs in
            // Mostly there is no other one.
            if epochs.last === epoch {
                epochs.removeLast()
            } else {
                epochs.removeAll { $0 === epoch }
            }
        }
    }

    func forget(_ phase: Phase) {
        openPhases.withLock { $0.removeAll { $0 === phase } }
    }
}

/// Empties `list` and returns what it held.
private func take<Element>(_ list: inout [Element]) -> [Element] {
    defer { list = [] }
    return list
}

extension Run {
    /// The column of a metric's name; nil when the name cannot be one, or nothing is recorded.
    ///
    /// Allocates nothing for a name that was seen before. Valid for this run and `table` only.
    package func metricID(_ name: Span<UInt8>, of table: MetricTable) -> MetricID? {
        active?.metricID(name, of: table)
    }

    /// Keeps metrics of one step, their names resolved before.
    package func logStep(_ step: Int64, cells: Span<MetricCell>) {
        guard isRecording, let recorder else { return noteLateCall() }
        recorder.appendStep(step, cells: cells)
    }
}
