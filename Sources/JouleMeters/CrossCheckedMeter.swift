import JouleQuantities
import JouleSystem

/// A counter that another reader of the same hardware is held against now and then.
///
/// Only the first is measured with. Where the two differ by more than what they may, one of them is wrong,
/// and nothing tells which: the meter's doubt says by how much.
final class CrossCheckedMeter: EnergyMeter {
    let description: MeterDescription
    var uncertaintyRelative: Double? { meter.uncertaintyRelative }
    var refreshNS: Int64 { meter.refreshNS }
    var powerMax: Power? { meter.powerMax }
    var stepJoules: Double { meter.stepJoules }

    private let meter: any EnergyMeter
    private let witness: any EnergyMeter
    private let state = Lock(State())

    /// Soon after the beginning, and then seldom, but before a counter of 65 kJ can wrap twice.
    private static let firstNS: Int64 = 2_000_000_000
    private static let periodNS: Int64 = 20_000_000_000
    /// What two readers of one counter may differ by, besides what it counts between two renewals.
    private static let shareMax = 0.01

    private struct State {
        var last: Look?
        var dueNS = Int64.min
        var doubt: MeterDoubt?
    }

    /// The meter's reading between two of its witness, so that a pause among them is no disagreement.
    private struct Look {
        let at: Instant
        let meter: EnergyReading
        let before: EnergyReading
        let after: EnergyReading
    }

    init(_ meter: any EnergyMeter, witness: any EnergyMeter) {
        self.meter = meter
        self.witness = witness
        var description = meter.description
        description.extra["checked_by"] = .string(witness.description.source)
        self.description = description
    }

    var doubt: MeterDoubt? { state.withLock { $0.doubt } }

    func read(at now: Instant) throws(MeterError) -> EnergyReading {
        guard state.withLock({ now.nanoseconds >= $0.dueNS }) else {
            return try meter.read(at: now)
        }
        let before = try? witness.read(at: now)
        let reading = try meter.read(at: now)
        let after = try? witness.read(at: now)
        var look: Look?
        if let before, let after {
            look = Look(at: now, meter: reading, before: before, after: after)
        }
        state.withLock { state in
            if let last = state.last, let look, state.doubt == nil {
                state.doubt = disagreement(from: last, to: look)
            }
            let pause = state.last == nil ? Self.firstNS : Self.periodNS
            // Once it is told there is nothing to look for any more.
            state.dueNS = state.doubt == nil ? now.nanoseconds &+ pause : .max
            state.last = look
        }
        return reading
    }

    private func disagreement(from last: Look, to look: Look) -> MeterDoubt? {
        let elapsedNS = look.at.nanoseconds &- last.at.nanoseconds
        // A witness that may have wrapped twice says nothing.
        guard witness.wrapNS(of: look.after) ?? .max > elapsedNS else { return nil }
        let seconds = Double(elapsedNS) * 1e-9
        let slack = (powerMax?.watts ?? 0) * 2e-9 * Double(max(refreshNS, witness.refreshNS))
        guard let joules = joules(from: last.meter, to: look.meter),
            let low = self.joules(from: last.after, to: look.before),
            let high = self.joules(from: last.before, to: look.after),
            // A counter that restarted is told of by whoever reads it.
            low <= high, high <= (powerMax?.watts ?? .infinity) * (seconds + 1)
        else { return nil }
        let room = slack + Self.shareMax * max(joules, high)
        guard joules < low - room || joules > high + room else { return nil }
        let told = { (joules: Double) in Double((joules * 10).rounded()) / 10 }
        let what = """
            \(description.source) counted \(told(joules)) J and \(witness.description.source) \
            \(told((low + high) / 2)) J of it in \(told(seconds)) s: one of them is wrong
            """
        return MeterDoubt(what: what, at: look.at)
    }

    /// Of one counter; nil when it is none, or another than before.
    private func joules(from old: EnergyReading, to new: EnergyReading) -> Double? {
        guard case .counter(let old, let range, let unit) = old,
            case .counter(let new, range, unit) = new
        else { return nil }
        if new >= old { return Double(new - old) * unit }
        guard let range, old <= range else { return nil }
        return Double(range - old &+ new &+ 1) * unit
    }
}
