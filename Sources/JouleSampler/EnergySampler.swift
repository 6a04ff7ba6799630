import CJouleSystem
import Glibc
package import JouleMeters
package import JouleQuantities
import JouleSystem
import Synchronization

/// Measures energy over windows.
///
/// Files of the kernel are read on one thread, on an absolute beat and soon after every window
/// edge; each driver library has a thread of its own. A window's edges are stamped by the caller
/// and interpolated between the readings around them, so that windows which tile a run add up to
/// it. No call blocks on a reading, and after `fork` the child's calls do nothing.
package final class EnergySampler: Sendable {
    let lanes: [SamplerLane]
    /// By lane.
    private let meterCounts: [Int]
    private let generation: UInt32
    private let nextWindow = Atomic<UInt64>(1)
    private let isStopped = Atomic<Bool>(false)
    /// Closed windows that some lane has not answered.
    private let unanswered = Lock<[WindowReceipt]>([])

    /// Until when `stop` waits for a lane.
    private static let stopNSMax: Int64 = 2_000_000_000

    /// Reads every meter of the kernel once and starts the beat, which is shortened to half of the
    /// time in which a counter can wrap.
    ///
    /// `telemetry` is called on the sampler's threads at every beat with the meter's index.
    package static func start(
        meters: [any EnergyMeter],
        beatNS: Int64 = 1_000_000_000,
        clock: SamplerClock = .live,
        telemetry: (@Sendable (Int, Instant, TelemetrySample) -> Void)? = nil
    ) -> EnergySampler {
        EnergySampler(
            meters,
            SamplerLane.Rhythm(beatNS: beatNS, telemetry: telemetry, clock: clock)
        )
    }

    private init(_ meters: [any EnergyMeter], _ rhythm: SamplerLane.Rhythm) {
        generation = joule_fork_generation()
        let drivers = meters.map(\.library).filter { $0 != .kernelFiles }
        var libraries: [MeterLibrary] = [.kernelFiles]
        for library in drivers where !libraries.contains(library) { libraries.append(library) }
        lanes = libraries.map { _ in SamplerLane(rhythm: rhythm) }
        meterCounts = libraries.map { library in meters.count { $0.library == library } }
        for (lane, library) in zip(lanes, libraries) {
            let indices = meters.indices.filter { meters[$0].library == library }
            var log = LaneLog(
                meters: indices.map { meters[$0] },
                indices: indices,
                clock: rhythm.clock
            )
            // A driver may hang; its first reading is left to its own thread.
            if library == .kernelFiles { log.readAll() }
            lane.start(log)
        }
    }

    deinit { stop() }

    /// The moment to stamp a window edge with.
    package static func now() -> Instant {
        Instant(nanoseconds: SamplerClock.read(CLOCK_MONOTONIC))
    }

    /// Opens a window at a moment that the caller stamped.
    ///
    /// Windows may overlap and nest. `refused` is called at once with the number of meters that will
    /// not measure this one because 4096 others are open, or too many edges wait for a driver.
    package func openWindow(
        at instant: Instant,
        refused: (_ meters: Int) -> Void = { _ in }
    ) -> WindowID {
        guard joule_fork_generation() == generation else { return WindowID(number: 0) }
        let number = nextWindow.wrappingAdd(1, ordering: .relaxed).oldValue
        let id = WindowID(number: number)
        var unmeasured = 0
        for (lane, meters) in zip(lanes, meterCounts)
        where !lane.open(id, at: instant.nanoseconds) { unmeasured += meters }
        if unmeasured > 0 { refused(unmeasured) }
        return id
    }

    /// Closes a window; its energy by meter is delivered on a sampler thread soon after.
    ///
    /// An element is nil when its meter observed nothing of the window. A lane that refused the
    /// window, is stopped or hung answers with nil; if that is so of all, the delivery happens
    /// before this returns. In a forked child nothing is delivered.
    package func closeWindow(
        _ id: WindowID,
        at instant: Instant,
        deliver: @escaping @Sendable ([MeasuredEnergy?]) -> Void
    ) {
        guard joule_fork_generation() == generation else { return }
        let meters = meterCounts.reduce(0, +)
        let receipt = WindowReceipt(meters: meters, lanes: lanes.count, deliver: deliver)
        if lanes.count > 1 { remember(receipt) }
        for lane in lanes { lane.close(id, at: instant.nanoseconds, receipt) }
    }

    /// Delivers every closed window and ends the threads; further calls do nothing.
    ///
    /// Waits at most two seconds for a driver that hangs, and then delivers without it.
    package func stop() {
        guard joule_fork_generation() == generation, !isStopped.exchange(true, ordering: .relaxed)
        else { return }
        for lane in lanes { lane.requestStop() }
        let deadline = SamplerClock.read(CLOCK_MONOTONIC) &+ Self.stopNSMax
        for lane in lanes { lane.join(until: deadline) }
        for receipt in unanswered.withLock({ $0 }) { receipt.expire() }
    }

    /// Keeps a window that a hung lane might never answer.
    ///
    /// The oldest is delivered as it is when
    /// there are too many, which bounds both memory and the wait.
    private func remember(_ receipt: WindowReceipt) {
        let oldest = unanswered.withLock { list -> WindowReceipt? in
            if list.count >= 64 { list.removeAll { $0.isDelivered } }
            list.append(receipt)
            return list.count > 64 ? list.removeFirst() : nil
        }
        oldest?.expire()
    }
}
