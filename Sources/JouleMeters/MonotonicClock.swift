import Glibc

/// The clock of what is waited for here.
package enum MonotonicClock {
    package static func nowNS() -> Int64 { read(CLOCK_MONOTONIC) }

    /// What the time of day, in nanoseconds since 1970, is ahead by.
    static func wallOffsetNS() -> Int64 { read(CLOCK_REALTIME) &- read(CLOCK_MONOTONIC) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        // These clocks always exist; the call fails only on a bad address.
        _ = unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
