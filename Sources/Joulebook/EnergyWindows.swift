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
    /// Those of the kernel, which are known from the beginning.
    private let meters: [any EnergyMeter]
    private let writer: LedgerWriter
    private let total: RunningTotal
    private let clocks: Stamp

    /// Reads every meter each `intervalSeconds` and at the edges of windows.
    init(_ inventory: MeterInventory, intervalSeconds: Double, writer: LedgerWriter) {
        let idle = inventory.idle
        let describe = { @Sendable (meters: [any EnergyMeter]) in
            meters.map { idle?.marked($0.description) ?? $0.description }
        }
        let descriptions = describe(inventory.meters)
        let clocks = Stamp.now()
        let total = RunningTotal(descriptions)
        meters = inventory.meters
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
                let descriptions = describe(found.meters)
                total.add(descriptions)
                writer.describe(descriptions, absent: found.absent)
            }
        )
    }

    /// The least trustworthy of the meters' provenances.
    var weakestProvenance: Provenance? { total.meters.map(\.provenance).max() }

    /// Energy since the run began, as of the last beat; nil before the first reading.
    var soFar: Energy? { total.energy }

    /// Energy of those of the epochs of which every meter has told.
    func joules(ofEpochs indices: [Int64]) -> [Int64: Double] { total.joules(ofEpochs: indices) }

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
            if case .epoch(let index) = kind { total.note(parts, ofEpoch: index) }
            for part in parts { writer.appendEnergy(kind, meter: part.meter, part.measured) }
        }
    }

    /// Delivers every closed window, and writes down what went wrong with the meters.
    ///
    /// A driver that hangs is waited for two seconds at the most.
    func stop() {
        let hung = sampler.stop()
        let described = total.meters
        var faults = sampler.faults.compactMap { fault -> JSON? in
            guard described.indices.contains(fault.meter) else { return nil }
            let device = described[fault.meter].device.description
            let count = fault.failures.counted("reading")
            return [
                "at": .double(clocks.wall(at: fault.at).unixSeconds),
                "what": .string("\(device): \(count) failed; the first: \(fault.first)"),
                "device": .string(device),
                "failed_readings": .integer(Int64(fault.failures)),
            ]
        }
        for meter in meters {
            guard let doubt = meter.doubt else { continue }
            let device = meter.description.device.description
            faults.append([
                "at": .double(clocks.wall(at: doubt.at).unixSeconds),
                "what": .string("\(device): \(doubt.what)"),
                "device": .string(device),
            ])
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

    /// This run's part of what was measured, once the sampler has stopped.
    func attributed(
        by attribution: Attribution,
        usage: ProcessorUsage?,
        seconds: Double
    ) -> JSON? {
        attribution.end(
            usage: usage,
            meters: total.meters,
            measured: total.measured,
            devices: sampler.deviceShares,
            seconds: seconds
        )
    }
}

extension LedgerWriter {
    /// States what a driver found, behind what is stated already.
    fileprivate func describe(_ meters: [MeterDescription], absent: [AbsentMeter]) {
        var lists = JSONObject()
        lists["meters"] = meters.isEmpty ? nil : .array(meters.map(\.json))
        lists["absent_meters"] = absent.isEmpty ? nil : .array(absent.map(\.json))
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
        var settled: [MeasuredEnergy?] = []
        /// By epoch, the latest of them, and meter.
        var epochs: [Int64: [Int: Double]] = [:]
        /// Which meters add up, by those that tell, of the sets of meters that were asked for.
        private var additive: [Set<Int>: [Int]] = [:]

        mutating func add(_ more: [MeterDescription]) {
            meters += more
            joules += more.map { _ in nil }
            settled += more.map { _ in nil }
            additive = [:]
        }

        /// The joules of the meters that add up among those that tell; nil where none does.
        mutating func sum(_ parts: [Int: Double]) -> Double? {
            guard !parts.isEmpty else { return nil }
            let observed = Set(parts.keys)
            let summed = additive[observed] ?? meters.additive { observed.contains($0) }
            additive[observed] = summed
            return summed.reduce(0) { $0 + (parts[$1] ?? 0) }
        }

        func joules(of meter: Int) -> Double? { settled[meter]?.energy.joules ?? joules[meter] }
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
                state.settled[part.meter] = part.measured
            }
        }
    }

    /// By meter: what is known of the whole run, else of its last beat, as if nothing were missing.
    var measured: [MeasuredEnergy?] {
        state.withLock { state in
            zip(state.settled, state.joules).map { settled, joules in
                settled
                    ?? joules.map {
                        MeasuredEnergy(
                            energy: Energy(joules: $0),
                            coverage: 1,
                            uncertaintyRelative: nil
                        )
                    }
            }
        }
    }

    /// Takes the energy of an epoch from the meters of one library.
    func note(_ parts: [WindowEnergy], ofEpoch index: Int64) {
        state.withLock { state in
            for part in parts {
                state.epochs[index, default: [:]][part.meter] = part.measured.energy.joules
            }
            state.epochs[index - Self.epochsMax] = nil
        }
    }

    private static let epochsMax: Int64 = 1024

    /// Energy of those of the epochs that as many meters have told of as of any.
    ///
    /// Others wait for a meter, or began before it was found.
    func joules(ofEpochs indices: [Int64]) -> [Int64: Double] {
        state.withLock { state in
            let most = indices.compactMap { state.epochs[$0]?.count }.max() ?? 0
            var found: [Int64: Double] = [:]
            for index in indices {
                guard let parts = state.epochs[index], parts.count == most else { continue }
                found[index] = state.sum(parts)
            }
            return found
        }
    }

    var energy: Energy? {
        state.withLock { state in
            var parts: [Int: Double] = [:]
            for meter in state.meters.indices { parts[meter] = state.joules(of: meter) }
            return state.sum(parts).map { Energy(joules: $0) }
        }
    }
}
