import Glibc

/// The clock of what is waited for here.
enum MonotonicClock {
    static func nowNS() -> Int64 {
        var time = timespec()
        // This clock always exists; the call fails only on a bad address.
        _ = unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
