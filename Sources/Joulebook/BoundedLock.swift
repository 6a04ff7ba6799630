import Glibc
import JouleSystem

extension Lock {
    /// Runs `body` under the lock, or returns nil when the lock cannot be had.
    ///
    /// For state of the whole process, which a forked child shares: there a lock may be held for
    /// ever by a thread that does not exist. Whoever really holds one of these does so for less than
    /// a microsecond, so a thousand turns are enough for everybody else.
    func withLockSoon<Result>(_ body: (inout Value) -> Result) -> Result? {
        for _ in 0..<1000 {
            if let result = withLockIfAvailable(body) { return result }
            sched_yield()
        }
        return nil
    }
}
