import JouleFile
import JouleMeters
import JouleQuantities
import JouleSampler
import JouleSystem

/// The energy of a run and of its parts, carried from the sampler's threads to the ledger.
///
/// Edges are stamped by the thread that trains; everything else happens on the sampler's threads.
final class EnergyWindows: Sendable {
    private let sampler: EnergySampler
    private let writer: LedgerWriter
    private let total: RunningTotal
    private let clocks: Stamp

    /// Reads every meter each `intervalSeconds` and at the edges of windows.
    init(_ inventory: MeterInventory, intervalSeconds: Double, writer: LedgerWriter) {
        let descriptions = inventory.meters.map(\.description)
        let clocks = Stamp.now()
        let total = RunningTotal(descriptions)
        self.writer = writer
        self.total = total
        self.clocks = clocks
        writer.describe(meters: descriptions)
        sampler = EnergySampler.start(
            meters: inventory.meters,
            drivers: inventory.drivers,
            beatNS: Int64(intervalSeconds * 1e9),
            telemetry: { meter, instant, sample in
                total.note(sample.energyJoules, of: meter)
                writer.appendTelemetry(
                    meter: meter,
                    at: clocks.wall(at: instant),
                    energyJoules: sample.energyJoules,
                    powerWatts: sample.powerWatts
                )
            },
            discovered: { found in
                total.add(found.meters.map(\.description))
                writer.describe(found)
            }
        )
    }

    /// The least trustworthy of the meters' provenances.
    var weakestProvenance: Provenance? { total.meters.map(\.provenance).max() }

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
        sampler.closeWindow(window, at: instant) { [writer, total] parts in
            guard let kind else { return }
            if kind == .run { total.settle(parts) }
            for part in parts { writer.appendEnergy(kind, meter: part.meter, part.measured) }
        }
    }

    /// Delivers every closed window, and writes down what went wrong with the meters.
    ///
    /// A driver that hangs is waited for two seconds at the most.
    func stop() {
        let hung = sampler.stop()
        let meters = total.meters
        var faults = sampler.faults.compactMap { fault -> JSON? in
            guard meters.indices.contains(fault.meter) else { return nil }
            let device = meters[fault.meter].device.description
            let count = fault.failures.counted("reading")
            return [
                "at": .double(clocks.wall(at: fault.at).unixSeconds),
                "what": .string("\(device): \(count) failed; the first: \(fault.first)"),
                "device": .string(device),
                "failed_readings": .integer(Int64(fault.failures)),
            ]
        }
        for case .driver(let name) in hung {
            let what = "\(name): a call into this library did not return; its values end there"
            faults.append([
                "at": .double(Stamp.now().wall.unixSeconds), "what": .string(what),
                "source": .string(name),
            ])
        }
        if !faults.isEmpty { writer.annotate(["meter_faults": .array(faults)]) }
    }
}

extension LedgerWriter {
    /// States what a driver found, behind what is stated already.
    fileprivate func describe(_ found: FoundMeters) {
        var lists = JSONObject()
        lists["meters"] = found.meters.isEmpty ? nil : .array(found.meters.map(\.description.json))
        lists["absent_meters"] = found.absent.isEmpty ? nil : .array(found.absent.map(\.json))
        if !lists.isEmpty { annotate([:], appending: .object(lists)) }
    }
}

/// Energy of a run so far, over the meters that add up.
final class RunningTotal: Sendable {
    private let state: Lock<State>

    private struct State {
        var meters: [MeterDescription] = []
        /// By meter: as of the last beat, and of the whole run once it has ended.
        var joules: [Double?] = []
        var settled: [Double?] = []

        mutating func add(_ more: [MeterDescription]) {
            meters += more
            joules += more.map { _ in nil }
            settled += more.map { _ in nil }
        }
    }

    init(_ meters: [MeterDescription]) {
        var state = State()
        state.add(meters)
        self.state = Lock(state)
    }

    /// In the order of their numbers.
    var meters: [MeterDescription] { state.withLock { $0.meters } }

    /// Takes meters that were found later.
    func add(_ meters: [MeterDescription]) { state.withLock { $0.add(meters) } }

    /// Takes a meter's joules since the beginning.
    func note(_ joules: Double?, of meter: Int) {
        guard let joules else { return }
        state.withLock { if $0.joules.indices.contains(meter) { $0.joules[meter] = joules } }
    }

    /// Takes the energy of the whole run, which is better than that of the last beat.
    func settle(_ parts: [WindowEnergy]) {
        state.withLock { state in
            for part in parts where state.settled.indices.contains(part.meter) {
                state.settled[part.meter] = part.measured.energy.joules
            }
        }
    }

    var energy: Energy? {
        let state = state.withLock { $0 }
        let joules = zip(state.settled, state.joules).map { $0 ?? $1 }
        let parts = state.meters.additive { joules[$0] != nil }.compactMap { joules[$0] }
        return parts.isEmpty ? nil : Energy(joules: parts.reduce(0, +))
    }
}
