import CJouleSystem
import Glibc
import JouleSystem

/// Does what would hold the training up, one job after the other, on a thread of its own.
///
/// The thread lives as long as there is something to do.
package final class BackgroundWork: Sendable {
    /// Takes its time, and returns what is left to do then: handing over what it found, which takes
    /// none.
    package typealias Job = @Sendable () -> Delivery?
    package typealias Delivery = @Sendable () -> Void
    /// What is done instead of the delivery of a job that is given up.
    package typealias Regret = @Sendable () -> Void

    /// Jobs that may wait, the one under way among them.
    package static let jobsMax = 256

    private struct State {
        /// The first is under way where the thread runs; each stays until it has handed over.
        var jobs: [(job: Job, regret: Regret)] = []
        var isRunning = false
        var isClosed = false
    }

    private let state = Lock(State())
    /// Woken when nothing is left to do.
    private let idle = joule_event_open()

    package init() {}

    deinit {
        if idle >= 0 { close(idle) }
    }

    /// Has `job` done soon; false when too many wait, after the end, and where there is no thread to
    /// be had.
    package func add(_ job: @escaping Job, orElse regret: @escaping Regret = {}) -> Bool {
        state.withLock { state in
            guard !state.isClosed, state.jobs.count < Self.jobsMax else { return false }
            state.jobs.append((job, regret))
            if !state.isRunning { state.isRunning = startThread() }
            if !state.isRunning { state.jobs = [] }
            return state.isRunning
        }
    }

    /// Takes nothing more, and waits until all is done or `nanoseconds` have passed; how many jobs are
    /// given up then.
    ///
    /// What has not begun is left, and what is under way hands nothing over.
    package func finish(withinNS nanoseconds: Int64) -> Int {
        let deadlineNS = MonotonicClock.nowNS() &+ nanoseconds
        while true {
            let isDone = state.withLock { state in
                state.isClosed = true
                return !state.isRunning
            }
            if isDone { return 0 }
            let leftMS = (deadlineNS &- MonotonicClock.nowNS()) / 1_000_000
            guard leftMS > 0 else { break }
            // Without an event there is only the clock.
            joule_event_wait(idle, Int32(clamping: idle >= 0 ? leftMS : 1))
        }
        let left = state.withLock { state in
            defer { state.jobs = [] }
            return state.jobs
        }
        for (_, regret) in left { regret() }
        return left.count
    }

    private func startThread() -> Bool {
        let thread = try? JouleSystem.startThread("joule-capture") { [self] in runThread() }
        if let thread { pthread_detach(thread) }
        return thread != nil
    }

    private func runThread() {
        // Of this thread alone, and of the programs that it starts: training goes first.
        let whose = Int32(PRIO_PROCESS.rawValue)
        setpriority(whose, 0, getpriority(whose, 0) + 10)
        while let job = next() {
            let deliver = job()
            // Under the lock, so that a job is either given up or hands over.
            state.withLock { state in
                guard !state.jobs.isEmpty else { return }
                deliver?()
                state.jobs.removeFirst()
            }
        }
        // The first time, what only the start of a run needed is behind it.
        joule_give_back_code()
        joule_event_wake(idle)
    }

    private func next() -> Job? {
        state.withLock { state in
            state.isRunning = !state.jobs.isEmpty
            return state.jobs.first?.job
        }
    }
}
