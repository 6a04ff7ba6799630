import Glibc
package import JouleQuantities

/// A moment on both clocks: one to measure with, one to date with.
struct Stamp: Sendable {
    let instant: Instant
    let wall: WallTime

    static func now() -> Stamp {
        Stamp(instant: Instant(nanoseconds: MonotonicClock.nowNS()), wall: .now())
    }
}

/// The clock of every duration and time limit here.
enum MonotonicClock {
    static func nowNS() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}

/// Processor time of the calling thread: what our own work costs.
enum ThreadClock {
    static func nowNS() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}

extension WallTime {
    package static func now() -> WallTime {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        let seconds = Int64(time.tv_sec) &* 1_000_000_000
        return WallTime(unixNanoseconds: seconds &+ Int64(time.tv_nsec))
    }
}

extension Stamp {
    /// The date of another moment near this one.
    func wall(at instant: Instant) -> WallTime {
        let distance = instant.nanoseconds &- self.instant.nanoseconds
        return WallTime(unixNanoseconds: wall.unixNanoseconds &+ distance)
    }
}
