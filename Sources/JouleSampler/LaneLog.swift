package import JouleMeters
package import JouleQuantities

/// Names one window of one sampler.
package struct WindowID: Sendable {
    let number: Int
}

/// What one meter observed of a window.
package struct WindowEnergy: Sendable, Hashable {
    /// The meter's number in the sampler.
    package let meter: Int
    package let measured: MeasuredEnergy
}

/// Receives what the meters of one library observed of a window, in the order of their numbers.
package typealias WindowDelivery = @Sendable ([WindowEnergy]) -> Void

/// What went wrong with one meter.
package struct MeterFault: Sendable {
    /// The meter's number in the sampler.
    package let meter: Int
    /// Readings that failed.
    package internal(set) var failures: Int
    /// What the first failed reading said, and when.
    package let first: MeterError
    package let at: Instant
}

/// One edge of a window, as stamped on the caller's thread.
enum WindowEdge: Sendable {
    case opened(WindowID, at: Int64)
    case closed(WindowID, at: Int64, WindowDelivery)

    var at: Int64 {
        switch self {
        case .opened(_, let at), .closed(_, let at, _): at
        }
    }
}

/// The traces of one lane's meters and the windows that are open over them: all of the sampler
/// that is not a thread.
struct LaneLog {
    /// Numbers of this lane's meters in the sampler.
    let indices: [Int]
    private(set) var traces: [EnergyTrace]
    /// When the last round of readings began and how long it took.
    private(set) var roundStartedNS: Int64 = 0
    private(set) var roundTookNS: Int64 = 0
    private(set) var failures = 0
    /// Of the meters that ever failed, in the order in which they first did.
    private(set) var faults: [MeterFault] = []

    private let meters: [any EnergyMeter]
    private let clock: SamplerClock
    /// By their numbers.
    private var openWindows: [Int: [EnergyTrace.Edge?]] = [:]
    /// Edges that lie after what is known.
    private var waiting: [WindowEdge] = []
    private var sleptNS: Int64?
    /// Whether the machine slept since the last round that read every meter.
    private var isSleepUnread = false

    /// The clocks drift apart by less than this between readings unless the machine slept.
    private static let sleepNSMin: Int64 = 10_000_000

    init(
        meters: [any EnergyMeter],
        indices: [Int],
        clock: SamplerClock,
        sinceNS: Int64 = .min
    ) {
        self.meters = meters
        self.indices = indices
        self.clock = clock
        traces = meters.map { EnergyTrace(of: $0, sinceNS: sinceNS) }
    }

    /// Reads every meter once; with `sensorsOnly` those of a power that nothing else integrates.
    mutating func readAll(sensorsOnly: Bool = false) {
        let hasSlept = noteSleep()
        let suspended = hasSlept || isSleepUnread
        roundStartedNS = clock.monotonicNS()
        var before = roundStartedNS
        isSleepUnread = sensorsOnly && suspended
        for index in meters.indices where !sensorsOnly || traces[index].sensorNS != nil {
            let result = read(index, at: before)
            let after = clock.monotonicNS()
            let half = (after &- before) / 2
            // A model answers for the moment that it was given, a counter for one on the way.
            let isModel = if case .success(.cumulative) = result { true } else { false }
            traces[index].add(
                result,
                at: isModel ? before : before &+ half,
                errorNS: isModel ? 0 : half,
                suspended: suspended
            )
            if case .failure(let error) = result { note(error, of: indices[index], at: before) }
            before = after
        }
        roundTookNS = before &- roundStartedNS
    }

    /// Meters of devices that other processes may use as well, by their numbers in the sampler.
    var sharedDevices: [(number: Int, meter: any SharedDeviceMeter)] {
        zip(indices, meters).compactMap { number, meter in
            (meter as? any SharedDeviceMeter).map { (number, $0) }
        }
    }

    /// Half of the shortest time in which one of the counters can wrap; nil when none does.
    var halfWrapNS: Int64? {
        zip(meters, traces).compactMap { meter, trace in
            trace.previous.flatMap { meter.wrapNS(of: $0) }
        }.min().map { $0 / 2 }
    }

    /// When power sensors are to be read next, whatever the beat; nil when there is none.
    var sensorsAtNS: Int64? { traces.compactMap(\.sensorNS).min().map { roundStartedNS &+ $0 } }

    /// Takes edges in the order in which they were stamped, and answers those that are behind the
    /// last reading; with `isFinal`, all of them.
    mutating func settle(_ edges: [WindowEdge], isFinal: Bool = false) {
        if edges.isEmpty && waiting.isEmpty { return }
        // A meter that failed has still moved its horizon, so a broken one holds up nothing.
        let horizon = isFinal ? .max : traces.map { $0.horizonNS ?? .max }.min() ?? .max
        let all = waiting.isEmpty ? edges : waiting + edges
        waiting.removeAll(keepingCapacity: true)
        for edge in all {
            if edge.at > horizon { waiting.append(edge) } else { settle(edge) }
        }
    }

    /// While edges wait for a source to renew its value, how long to wait before the next look; nil
    /// when none does.
    var pollNS: Int64? {
        guard let edge = waiting.first else { return nil }
        let behind = traces.filter { ($0.horizonNS ?? .max) < edge.at }
        return behind.map(\.pollNS).min() ?? 1_000_000
    }

    private mutating func settle(_ edge: WindowEdge) {
        switch edge {
        case .opened(let id, let at):
            openWindows[id.number] = traces.map { $0.edge(at: at) }
        case .closed(let id, let at, let deliver):
            let opened = openWindows.removeValue(forKey: id.number) ?? []
            deliver(
                zip(opened.indices, opened).compactMap { place, opened -> WindowEnergy? in
                    guard let opened, let closed = traces[place].edge(at: at) else { return nil }
                    return traces[place].measured(from: opened, to: closed).map {
                        WindowEnergy(meter: indices[place], measured: $0)
                    }
                }
            )
        }
    }

    private mutating func note(_ error: MeterError, of meter: Int, at nanoseconds: Int64) {
        failures &+= 1
        if let place = faults.firstIndex(where: { $0.meter == meter }) {
            faults[place].failures &+= 1
        } else {
            let at = Instant(nanoseconds: nanoseconds)
            faults.append(MeterFault(meter: meter, failures: 1, first: error, at: at))
        }
    }

    private func read(_ index: Int, at before: Int64) -> Result<EnergyReading, MeterError> {
        do throws(MeterError) {
            return .success(try meters[index].read(at: Instant(nanoseconds: before)))
        } catch {
            return .failure(error)
        }
    }

    /// Whether the machine slept since the last round.
    private mutating func noteSleep() -> Bool {
        let before = clock.monotonicNS()
        let boot = clock.bootNS()
        // Being put aside between the two clocks would look like sleep; the next round decides.
        guard clock.monotonicNS() &- before < Self.sleepNSMin / 2 else { return false }
        let slept = boot &- before
        defer { sleptNS = slept }
        return sleptNS.map { abs(slept &- $0) > Self.sleepNSMin } ?? false
    }
}
