import JouleFile
import JouleMeters
import JouleQuantities
import JouleSampler
import JouleSystem

/// The energy of a run and of its parts, carried from the sampler's threads to the ledger.
///
/// Edges are stamped by the thread that trains; everything else happens on the sampler's threads.
final class EnergyWindows: Sendable {
    /// How often the meters are read inside a window.
    private static let beatNS: Int64 = 1_000_000_000

    private let sampler: EnergySampler
    private let writer: LedgerWriter
    private let total: RunningTotal
    /// The least trustworthy of the meters' provenances.
    let weakestProvenance: Provenance?

    init(_ meters: [any EnergyMeter], writer: LedgerWriter) {
        let descriptions = meters.map(\.description)
        weakestProvenance = descriptions.map(\.provenance).max()
        let clocks = Stamp.now()
        let total = RunningTotal(descriptions)
        self.writer = writer
        self.total = total
        writer.describe(meters: descriptions)
        sampler = EnergySampler.start(
            meters: meters,
            beatNS: Self.beatNS,
            telemetry: { meter, instant, sample in
                total.note(sample.energyJoules, of: meter)
                writer.appendTelemetry(
                    meter: meter,
                    at: clocks.wall(at: instant),
                    energyJoules: sample.energyJoules,
                    powerWatts: sample.powerWatts
                )
            }
        )
    }

    /// Energy since the run began, as of the last beat; nil before the first reading.
    var soFar: Energy? { total.energy }

    /// Processor time of the sampler's threads, in seconds.
    var costSeconds: Double { Double(sampler.cost.cpuNS) * 1e-9 }

    /// Begins a window; where too many are open, its energy is counted as lost.
    func open(at instant: Instant) -> WindowID {
        sampler.openWindow(at: instant) { writer.countUnmeasured($0) }
    }

    /// Ends a window; its energy is kept as that of `kind`, or dropped when there is none.
    func close(_ window: WindowID, at instant: Instant, as kind: EnergyWindow?) {
        sampler.closeWindow(window, at: instant) { [writer, total] measured in
            guard let kind else { return }
            if kind == .run { total.settle(measured) }
            for (meter, energy) in measured.enumerated() {
                if let energy { writer.appendEnergy(kind, meter: meter, energy) }
            }
        }
    }

    /// Delivers every closed window; a driver that hangs is waited for two seconds at the most.
    func stop() { sampler.stop() }
}

/// Energy of a run so far, over the meters that add up.
final class RunningTotal: Sendable {
    private let meters: [MeterDescription]
    private let state: Lock<State>

    private struct State {
        var joules: [Double?]
        var settled: MeasuredEnergy?
    }

    init(_ meters: [MeterDescription]) {
        self.meters = meters
        state = Lock(State(joules: Array(repeating: nil, count: meters.count)))
    }

    /// Takes a meter's joules since the beginning.
    func note(_ joules: Double?, of meter: Int) {
        guard let joules else { return }
        state.withLock { if $0.joules.indices.contains(meter) { $0.joules[meter] = joules } }
    }

    /// Takes the energy of the whole run, which is better than the last beat.
    func settle(_ measured: [MeasuredEnergy?]) {
        let total = meters.total(of: measured)
        state.withLock { $0.settled = total }
    }

    var energy: Energy? {
        let state = state.withLock { $0 }
        if let settled = state.settled { return settled.energy }
        let parts = meters.additive { state.joules[$0] != nil }.compactMap { state.joules[$0] }
        return parts.isEmpty ? nil : Energy(joules: parts.reduce(0, +))
    }
}
