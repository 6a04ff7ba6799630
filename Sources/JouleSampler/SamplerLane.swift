import CJouleSystem
import Glibc
import JouleMeters
import JouleQuantities
import JouleSystem
import Synchronization

/// One thread with the meters of one library.
///
/// A call that hangs in a driver stops this lane and no other. The thread makes the log that it works
/// on, because already the look for a driver's devices may hang.
final class SamplerLane: Sendable {
    /// How a lane is run.
    struct Rhythm: Sendable {
        var beatNS: Int64
        var telemetry: (@Sendable (Int, Instant, TelemetrySample) -> Void)?
        var clock: SamplerClock
    }

    /// Rounds of readings begin at least this far apart, so that windows shorter than a
    /// millisecond cost no more than longer ones.
    private static let roundGapNSMin: Int64 = 1_000_000
    /// Readings take at most one part in this many of a processor's time.
    private static let restPerRound: Int64 = 20
    /// A round that only waited, for a driver or for a processor, delays the next by no more than this.
    private static let restNSMax: Int64 = 100_000_000
    /// How long the last windows wait for a source to renew its value.
    private static let lastWaitNS: Int64 = 250_000_000

    let library: MeterLibrary
    let cpuNS = Atomic<Int64>(0)
    let rounds = Atomic<Int>(0)
    let failures = Atomic<Int>(0)
    /// Meters that were found; before anybody has looked, one is taken to be there.
    let meters = Atomic<Int>(1)
    var hasMeters: Bool { meters.load(ordering: .relaxed) > 0 }
    let faults = Lock<[MeterFault]>([])
    /// Of the devices that several processes may use, by the meter's number.
    let shares = Lock<[Int: DeviceShare]>([:])
    /// Rung once the meters have been looked for.
    let opened = Bell()

    /// Its place among the sampler's lanes.
    private let number: Int
    private let post: EdgePost
    /// Rung where there are edges, or to stop.
    let bell = Bell()
    private let ended = Bell()
    private let rhythm: Rhythm
    private let thread = Lock<pthread_t?>(nil)
    private let isStopping = Atomic(false)
    /// Lanes that this one's thread wakes when it is woken.
    private let others: [SamplerLane]

    init(
        of library: MeterLibrary,
        _ number: Int,
        post: EdgePost,
        rhythm: Rhythm,
        waking others: [SamplerLane] = []
    ) {
        self.library = library
        self.number = number
        self.post = post
        self.rhythm = rhythm
        self.others = others
    }

    /// Rings for those whose bells this lane's thread rings.
    func wakeOthers() {
        for lane in others where lane.hasMeters { lane.bell.ring() }
    }

    /// Takes no windows from now on.
    func hasNoMeters() {
        meters.store(0, ordering: .relaxed)
        post.hasNoMeters(number)
    }

    /// Starts the thread, which calls `makeLog` first; nil ends it.
    ///
    /// Without one, every window is answered with nothing.
    func start(_ makeLog: @escaping @Sendable () -> LaneLog?) {
        let started = try? startThread("joule-sampler") { [self] in run(makeLog) }
        thread.withLock { $0 = started }
        if started == nil { close() }
    }

    /// Takes no windows, for want of a thread.
    func close() {
        answerLast()
        opened.ring()
    }

    /// Asks the thread to settle what is open and to end.
    func requestStop() {
        isStopping.store(true, ordering: .releasing)
        bell.ring()
    }

    /// Waits for the end until `deadlineNS`; a thread that hangs in a driver is left behind, delivers
    /// nothing any more, and false is returned.
    func join(until deadlineNS: Int64) -> Bool {
        guard let thread = thread.withLock({ $0.take() }) else { return true }
        if pthread_equal(thread, pthread_self()) != 0 {
            // Stopped from a delivery: the thread ends by itself after it.
            pthread_detach(thread)
            return true
        }
        ended.wait(until: deadlineNS)
        let hasEnded = !post.leaveBehind(number) { HungLibraries.insert(library) }
        if hasEnded { pthread_join(thread, nil) } else { pthread_detach(thread) }
        return hasEnded
    }

    // MARK: On the thread

    private func run(_ makeLog: () -> LaneLog?) {
        let made = makeLog()
        if let made {
            meters.store(made.indices.count, ordering: .relaxed)
        } else {
            hasNoMeters()
        }
        opened.ring()
        if var log = made {
            run(&log)
            if let last = takeLast() { log.settle(last, isFinal: true) }
        } else {
            answerLast()
        }
        ended.ring()
    }

    private func run(_ log: inout LaneLog) {
        var beat = Beat(log, rhythm)
        let shared = log.sharedDevices
        var looks = DeviceShares(at: rhythm.clock.monotonicNS())
        var pollAtNS = Int64.max
        var endNS: Int64?
        var roundCPUNS: Int64 = 0
        // Edges that the others were told of.
        var told = 0
        // Opening a library is no round.
        cpuNS.store(SamplerClock.read(CLOCK_THREAD_CPUTIME_ID), ordering: .relaxed)
        while true {
            if number == 0 { post.listen() }
            bell.wait(until: min(beat.nextNS, pollAtNS, log.sensorsAtNS ?? .max))
            // The others are told at once, and not only behind the rest.
            if number == 0, bell.isRung { told = tellOthers(of: post.count, told) }
            bell.mute()
            if !isStopping.load(ordering: .acquiring) {
                let rest = Self.restNS(afterCPU: roundCPUNS, wall: log.roundTookNS)
                let earliest = min(log.roundStartedNS &+ rest, beat.nextNS &+ rest)
                if rhythm.clock.monotonicNS() < earliest { joule_sleep_until(earliest) }
            }
            bell.quiet()
            // Asked first, so that what was left before the stop is among the edges.
            let isStopped = isStopping.load(ordering: .acquiring)
            let (edges, count) = post.take(for: number)
            told = tellOthers(of: count, told)
            let isEarly = rhythm.clock.monotonicNS() < min(beat.nextNS, pollAtNS)
            log.readAll(sensorsOnly: isEarly && edges.isEmpty && !isStopped)
            // Left behind while it hung.
            if post.isLeftBehind(number) { return }
            log.settle(edges)
            beat.strike(log, rhythm)
            roundCPUNS = account(for: log)
            let now = rhythm.clock.monotonicNS()
            if looks.isDue(at: now) || isStopped && endNS == nil {
                looks.look(shared, at: now, isLast: isStopped)
                shares.withLock { $0 = looks.shares }
                // Part of the cost, but of no round.
                cpuNS.store(SamplerClock.read(CLOCK_THREAD_CPUTIME_ID), ordering: .relaxed)
            }
            pollAtNS = log.pollNS.map { rhythm.clock.monotonicNS() &+ $0 } ?? .max
            guard isStopped else { continue }
            let lastNS = endNS ?? rhythm.clock.monotonicNS() &+ Self.lastWaitNS
            endNS = lastNS
            if pollAtNS > lastNS { return }
        }
    }

    /// Wakes the others if more edges were left than they were `told` of; returns what they are now.
    private func tellOthers(of count: Int, _ told: Int) -> Int {
        if count != told { wakeOthers() }
        return count
    }

    /// Edges that came after the last look; nil when the thread was left behind.
    private func takeLast() -> [WindowEdge]? {
        let last = post.end(number)
        if last == nil { HungLibraries.remove(library) }
        return last
    }

    private func answerLast() {
        for case .closed(_, _, let deliver) in takeLast() ?? [] { deliver([]) }
    }

    /// Between the beginnings of two rounds of readings, the first of which took so much.
    static func restNS(afterCPU cpuNS: Int64, wall: Int64) -> Int64 {
        max(roundGapNSMin, restPerRound &* cpuNS, min(2 &* wall, restNSMax))
    }

    /// Returns the processor time since the last round.
    private func account(for log: LaneLog) -> Int64 {
        rounds.wrappingAdd(1, ordering: .relaxed)
        if failures.exchange(log.failures, ordering: .relaxed) != log.failures {
            faults.withLock { $0 = log.faults }
        }
        let now = SamplerClock.read(CLOCK_THREAD_CPUTIME_ID)
        return now &- cpuNS.exchange(now, ordering: .relaxed)
    }
}

/// The absolute beat of a lane.
private struct Beat {
    private(set) var nextNS: Int64
    private let periodNS: Int64
    /// Moment and joules of each meter at the last beat.
    private var last: [(at: Int64, joules: Double)?]

    init(_ log: LaneLog, _ rhythm: SamplerLane.Rhythm) {
        periodNS = max(10_000_000, min(rhythm.beatNS, log.halfWrapNS ?? .max))
        nextNS = rhythm.clock.monotonicNS() &+ periodNS
        last = log.traces.map { _ in nil }
    }

    /// If the beat is due: shows its telemetry and aims at the next one.
    ///
    /// Missed beats are skipped.
    mutating func strike(_ log: LaneLog, _ rhythm: SamplerLane.Rhythm) {
        let now = rhythm.clock.monotonicNS()
        guard now >= nextNS else { return }
        nextNS &+= ((now &- nextNS) / periodNS &+ 1) &* periodNS
        guard let show = rhythm.telemetry else { return }
        for (place, trace) in log.traces.enumerated() {
            guard trace.isLive, let at = trace.horizonNS else {
                last[place] = nil
                continue
            }
            let power = last[place].flatMap { last in
                at > last.at ? (trace.joules - last.joules) / (Double(at &- last.at) * 1e-9) : nil
            }
            last[place] = (at, trace.joules)
            show(
                log.indices[place],
                Instant(nanoseconds: at),
                TelemetrySample(energyJoules: trace.joules, powerWatts: power)
            )
        }
    }
}
