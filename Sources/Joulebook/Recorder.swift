import Glibc
import JouleFile
import JouleMeters
import JouleQuantities
import JouleSampler
import JouleSystem
import Synchronization

/// The part of a run that keeps things: its ledger writer and its energy windows.
final class Recorder: Sendable {
    let writer: LedgerWriter
    let energy: EnergyWindows?
    /// Collects what would hold the training up.
    let background = BackgroundWork()
    /// What the record says of the code.
    let code: RecordedCode
    /// Whether the record is to say which files of the program its language imported.
    let takesClosure: Bool
    /// Files that it is to read and keep, unless something of their name is attached before.
    let unread = Lock<[AttachedFile]>([])
    /// Paths of the configuration that the program did not read; nil when nobody knows.
    let unreadConfig = Lock<[String]?>(nil)
    private let runWindow: WindowID?
    /// The moment from which on the meters are read.
    let started: Stamp
    private let phases = Atomic<Int64>(0)
    private let epochs = Atomic<Int64>(0)
    private let notes: Lock<Notes>
    private let attribution: Attribution?
    private let claim: Claim?
    /// How long the run is to have lasted when its attribution is kept next.
    private let attributionDueNS = Atomic<Int64>(60_000_000_000)

    private struct Notes {
        var tags: [String]
        var parents: [Parent] = []
    }

    var path: String { writer.path }

    /// Processor time that the start took.
    private let startCPUNS: Int64

    init(
        writer: LedgerWriter,
        inventory: MeterInventory,
        intervalSeconds: Double,
        startCPUNS: Int64,
        tags: [String],
        code: JSONObject,
        takesClosure: Bool,
        claim: Claim? = nil
    ) {
        self.startCPUNS = startCPUNS
        self.writer = writer
        self.code = RecordedCode(code, in: writer)
        self.takesClosure = takesClosure
        self.claim = claim
        if let claim { writer.atEachBeat(claim.renew) }
        notes = Lock(Notes(tags: tags))
        energy =
            inventory.isEmpty
            ? nil
            : EnergyWindows(inventory, intervalSeconds: intervalSeconds, writer: writer)
        attribution = energy == nil ? nil : Attribution()
        started = .now()
        runWindow = energy?.open(at: started.instant)
    }

    // MARK: Metrics

    func metricID(_ name: Span<UInt8>, of table: MetricTable) -> MetricID? {
        writer.metric(name, of: table)
    }

    /// Hands over the cells of `metrics`; names that cannot be metrics are left out and counted.
    func withCells(_ metrics: Metrics, of table: MetricTable, _ body: (Span<MetricCell>) -> Void) {
        writer.withCells(of: metrics.pairs, in: table, body)
    }

    // MARK: Rows

    func appendStep(_ step: Int64, cells: Span<MetricCell>) {
        writer.appendStep(step, at: .now(), cells: cells)
    }

    /// A place in the run's list of epochs, whatever their numbers.
    func nextEpochIndex() -> Int64 {
        epochs.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    func appendEpoch(
        _ index: Int64,
        number: Int,
        from started: Stamp,
        to ended: Stamp,
        cells: Span<MetricCell>
    ) {
        writer.appendEpoch(
            index: index,
            number: Int64(number),
            started: started.wall,
            durationNS: ended.instant.nanoseconds &- started.instant.nanoseconds,
            cells: cells
        )
    }

    /// A place in the run's list of phases.
    func nextPhaseOrdinal() -> Int64 {
        phases.wrappingAdd(1, ordering: .relaxed).oldValue
    }

    func appendPhase(
        _ ordinal: Int64,
        _ name: String,
        epochIndex: Int64?,
        range: StepRange?,
        from started: Stamp,
        to ended: Stamp
    ) {
        writer.appendPhase(
            ordinal,
            name: name,
            epochIndex: epochIndex,
            range: range,
            started: started.wall,
            durationNS: ended.instant.nanoseconds &- started.instant.nanoseconds
        )
    }

    // MARK: Windows

    func openWindow(at stamp: Stamp) -> WindowID? { energy?.open(at: stamp.instant) }

    func closeWindow(_ window: WindowID?, at stamp: Stamp, as kind: EnergyWindow) {
        guard let window, let energy else { return }
        energy.close(window, at: stamp.instant, as: kind)
        if case .run = kind { return }
        let lasted = stamp.instant.nanoseconds &- started.instant.nanoseconds
        let due = attributionDueNS.load(ordering: .relaxed)
        if lasted >= due { keepAttribution(at: stamp, lasted, due: due) }
    }

    func dropWindow(_ window: WindowID?, at stamp: Stamp) {
        guard let window else { return }
        energy?.close(window, at: stamp.instant, as: nil)
    }

    // MARK: Notes

    func tag(_ names: [String]) {
        let new = notes.withLock { notes in
            let known = notes.tags.count
            for name in names.map(Redaction.redact(text:))
            where !notes.tags.contains(name) && notes.tags.count < 1000 {
                notes.tags.append(name)
            }
            return notes.tags[known...]
        }
        guard !new.isEmpty else { return }
        writer.annotate([:], appending: ["tags": .array(new.map(JSON.string))])
    }

    func isTagged(_ name: String) -> Bool { notes.withLock { $0.tags.contains(name) } }

    func addParent(_ parent: Parent) {
        let parents = notes.withLock { notes in
            if !notes.parents.contains(parent), notes.parents.count < 1000 {
                notes.parents.append(parent)
            }
            return notes.parents
        }
        let list = parents.map { parent -> JSON in
            ["run_id": .string(parent.id.description), "relation": .string(parent.relation)]
        }
        writer.annotate(["parents": .array(list)])
    }

    // MARK: Attribution

    /// Keeps what is the run's of a shared machine until now, should it be killed.
    ///
    /// In the background, after the first minute and then whenever the run has lasted a tenth longer, so
    /// that a run of days keeps some dozens of times.
    private func keepAttribution(at now: Stamp, _ lasted: Int64, due: Int64) {
        let next = lasted &+ lasted / 10
        guard let attribution, let energy,
            attributionDueNS.compareExchange(expected: due, desired: next, ordering: .relaxed)
                .exchanged
        else { return }
        _ = background.add { [writer] in
            let attributed = energy.attributed(
                by: attribution,
                usage: attribution.usageNow(),
                seconds: Double(lasted) * 1e-9
            )
            guard var members = attributed?.object else { return nil }
            members["until"] = .double(now.wall.unixSeconds)
            return { [members] in writer.annotate(["attribution": .object(members)]) }
        }
    }

    // MARK: End

    /// What processors did until now, to be asked for before anything is waited for.
    func usageNow() -> ProcessorUsage? { attribution?.usageNow() }

    /// Ends the run's own window and the reading of meters, so that its energy is final.
    ///
    /// Waits for the last readings, two seconds at the most.
    func stopMeters(at ended: Stamp) {
        closeWindow(runWindow, at: ended, as: .run)
        energy?.stop()
    }

    /// False when the disk refused the ledger's end, which its ring then still holds.
    func finish(
        status: RunStatus,
        ended: Stamp,
        usage: ProcessorUsage?,
        metrics: JSONObject?,
        lateCalls: Int
    ) -> Bool {
        let duration = ended.instant.seconds(since: started.instant)
        let attributed = attribution.flatMap {
            energy?.attributed(by: $0, usage: usage, seconds: duration)
        }
        writer.annotate([
            "duration_s": .double(duration),
            "overhead": [
                "start_cpu_s": .double(Double(startCPUNS) * 1e-9),
                "sampler_cpu_s": .orNull(energy?.costSeconds),
                "writer_cpu_s": .orNull(writer.threadCPUNS.map { Double($0) * 1e-9 }),
            ],
        ])
        if let attributed { writer.annotate(["attribution": attributed]) }
        if status == .finished, let unread = unreadConfig.withLock({ $0 }) {
            writer.annotate(["config_unread": .array(unread.map(JSON.string))])
        }
        if lateCalls > 0 { writer.annotate(["late_calls": .integer(Int64(lateCalls))]) }
        // Who gets the claim next finds this run ended.
        defer { claim?.release() }
        return writer.finish(
            status: status,
            ended: ended.wall,
            metrics: metrics.flatMap { $0.isEmpty ? nil : $0 }
        )
    }
}
