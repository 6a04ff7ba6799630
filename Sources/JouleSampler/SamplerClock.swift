import Glibc

/// The clocks that a sampler measures by; tests drive their own.
package struct SamplerClock: Sendable {
    /// Does not count the time in which the machine sleeps.
    package var monotonicNS: @Sendable () -> Int64
    /// Counts it; the difference of the two grows by every sleep.
    package var bootNS: @Sendable () -> Int64

    package init(
        monotonicNS: @escaping @Sendable () -> Int64,
        bootNS: @escaping @Sendable () -> Int64
    ) {
        self.monotonicNS = monotonicNS
        self.bootNS = bootNS
    }

    /// The clocks of the running system.
    package static let live = SamplerClock(
        monotonicNS: { read(CLOCK_MONOTONIC) },
        bootNS: { read(CLOCK_BOOTTIME) }
    )

    static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        // These clocks always exist; the call fails only on a bad address.
        _ = unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}

/// A value for a chart: what a meter showed at one beat.
package struct TelemetrySample: Sendable, Hashable {
    /// Joules observed since the sampler started.
    package var energyJoules: Double?
    /// Mean power since the last beat.
    package var powerWatts: Double?

    package init(energyJoules: Double?, powerWatts: Double?) {
        self.energyJoules = energyJoules
        self.powerWatts = powerWatts
    }
}
