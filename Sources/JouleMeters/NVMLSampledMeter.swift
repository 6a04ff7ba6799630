import CJouleSystem
import JouleQuantities
import JouleSystem

/// A GPU whose counter takes milliseconds to read, with the power samples that its driver keeps.
///
/// On Hopper the counter costs its reader 3 to 17 ms of processor time and is renewed every 100 ms; a
/// buffer of power samples 20 ms apart, 2.4 s long, costs half of one.
final class NVMLSampledMeter: SharedDeviceMeter {
    let description: MeterDescription
    let uncertaintyRelative: Double?
    let refreshNS: Int64
    let powerMax: Power?

    private let nvml: NVMLLibrary
    private let device: NVMLLibrary.Device
    private let state: Lock<State>

    private struct State {
        var counter: SampledCounter
        /// Readings of the counter that failed in a row.
        var failures = 0
    }

    /// A counter that answers sooner is asked itself, as often as an edge needs it.
    private static let cheapNS: Int64 = 1_000_000
    /// Samples further apart tell less of short windows than the counter does.
    private static let spacingNSMax: Int64 = 50_000_000
    /// Samples that are older are none.
    private static let ageNSMax: Int64 = 1_000_000_000

    /// Takes the place of `meter`, which reads the counter itself; nil where that is the better way.
    init?(instead meter: NVMLMeter, _ nvml: NVMLLibrary, _ device: NVMLLibrary.Device) {
        let started = MonotonicClock.nowNS()
        for _ in 0..<2 { guard (try? nvml.energy(of: device)) != nil else { return nil } }
        guard (MonotonicClock.nowNS() - started) / 2 > Self.cheapNS,
            let powerMax = meter.powerMax,
            let samples = try? nvml.powerSamples(of: device), samples.count >= 10,
            let first = samples.first, let last = samples.last,
            abs(MonotonicClock.nowNS() &- last.at) < Self.ageNSMax
        else { return nil }
        let spacing = (last.at &- first.at) / Int64(samples.count - 1)
        guard spacing > 0, spacing <= Self.spacingNSMax else { return nil }
        self.nvml = nvml
        self.device = device
        self.powerMax = powerMax
        uncertaintyRelative = meter.uncertaintyRelative
        refreshNS = spacing
        var description = meter.description
        description.extra["samples_ms"] = .double((Double(spacing) * 1e-5).rounded() / 10)
        self.description = description
        let counter = SampledCounter(
            renewalSeconds: Double(meter.refreshNS) * 1e-9,
            powerMax: powerMax.watts
        )
        state = Lock(State(counter: counter))
    }

    func read(at now: Instant) throws(MeterError) -> EnergyReading {
        do throws(DriverFailure) {
            let samples = try nvml.powerSamples(of: device).filter { sample in
                sample.at <= now.nanoseconds &+ Self.ageNSMax
                    && sample.watts <= powerMax?.watts ?? .infinity
            }
            let points = try state.withLock { (state) throws(DriverFailure) -> [EnergyPoint] in
                try advance(&state, samples, now.nanoseconds)
            }
            return .series(points)
        } catch {
            throw error.error
        }
    }

    func processes(since: Instant) throws(MeterError) -> [DeviceProcess] {
        try nvml.processes(of: device, since: since)
    }

    private func advance(
        _ state: inout State,
        _ samples: [PowerSample],
        _ now: Int64
    ) throws(DriverFailure) -> [EnergyPoint] {
        var joules: Double?
        if state.counter.wantsAnchor(at: now) || state.counter.hasPause(before: samples) {
            do throws(DriverFailure) {
                joules = Double(try nvml.energy(of: device)) * 1e-3
                state.failures = 0
            } catch {
                // Once may be chance, and costs nothing: the samples go on.
                state.failures += 1
                if state.failures > 1 { throw error }
            }
        }
        let points = state.counter.take(samples, counter: joules, at: now)
        if let joules { state.counter.anchor(joules, at: now) }
        guard let horizon = state.counter.horizon, now &- horizon < Self.ageNSMax else {
            throw DriverFailure(
                status: JOULE_NVML_UNKNOWN,
                call: "nvmlDeviceGetSamples",
                words: "no power sample of the last second"
            )
        }
        return points
    }
}

extension NVMLLibrary {
    /// The power samples that the driver keeps, the oldest first, at moments of the monotonic clock.
    func powerSamples(of device: Device) throws(DriverFailure) -> [PowerSample] {
        // The driver stamps them with the time of day.
        let offset = MonotonicClock.wallOffsetNS()
        return try samples(of: device).compactMap { sample in
            let (nanoseconds, isTooMany) = sample.microseconds.multipliedReportingOverflow(by: 1000)
            guard !isTooMany, let wall = Int64(exactly: nanoseconds) else { return nil }
            return PowerSample(at: wall &- offset, watts: Double(sample.milliwatts) * 1e-3)
        }
    }

    /// The processes on a device, with what they did since an earlier moment.
    func processes(of device: Device, since: Instant) throws(MeterError) -> [DeviceProcess] {
        let wallNS = since.nanoseconds &+ MonotonicClock.wallOffsetNS()
        let microseconds = UInt64(clamping: max(0, wallNS) / 1000)
        do throws(DriverFailure) {
            return try processes(of: device, sinceMicroseconds: microseconds)
        } catch {
            throw error.error
        }
    }
}
