import CJouleSystem
import Glibc
package import JouleMeters
package import JouleQuantities
import JouleSystem
import Synchronization

/// Measures energy over windows.
///
/// Files of the kernel are read on one thread, on an absolute beat and soon after every window
/// edge; each driver library has a thread of its own, which also opens it. A window's edges are
/// stamped by the caller and interpolated between the readings around them, so that windows which
/// tile a run add up to it. No call blocks on a reading, and after `fork` the child's calls do nothing.
package final class EnergySampler: Sendable {
    let lanes: [SamplerLane]
    private let post: EdgePost
    /// That of the first lane.
    private let bell: Bell
    private let generation: UInt32
    private let isStopped = Atomic<Bool>(false)

    /// Until when `stop` waits for a lane.
    private static let stopNSMax: Int64 = 2_000_000_000

    /// Reads every meter of the kernel once and starts the beat, which is shortened to half of the
    /// time in which a counter can wrap.
    ///
    /// `meters` are files of the kernel, numbered as they stand. Each driver, of which there are 127 at
    /// the most, is opened in the background, on a thread of its own, and its meters get the next
    /// numbers. `telemetry` is called on the sampler's threads at every beat with the meter's number;
    /// `discovered` with what each driver found, one at a time, in the order of the numbers and before
    /// anything is measured with it.
    package static func start(
        meters: [any EnergyMeter],
        drivers: [any MeterDriver] = [],
        beatNS: Int64 = 1_000_000_000,
        clock: SamplerClock = .live,
        telemetry: (@Sendable (Int, Instant, TelemetrySample) -> Void)? = nil,
        discovered: (@Sendable (FoundMeters) -> Void)? = nil
    ) -> EnergySampler {
        EnergySampler(
            meters,
            drivers,
            MeterRegistry(numbered: meters.count, discovered: discovered),
            SamplerLane.Rhythm(beatNS: beatNS, telemetry: telemetry, clock: clock)
        )
    }

    private init(
        _ meters: [any EnergyMeter],
        _ drivers: [any MeterDriver],
        _ registry: MeterRegistry,
        _ rhythm: SamplerLane.Rhythm
    ) {
        generation = joule_fork_generation()
        let drivers = drivers.prefix(EdgePost.lanesMax - 1)
        let post = EdgePost(lanes: 1 + drivers.count, firstHasMeters: !meters.isEmpty)
        let others = drivers.enumerated().map { place, driver in
            SamplerLane(of: driver.library, place + 1, post: post, rhythm: rhythm)
        }
        let kernel = SamplerLane(of: .kernelFiles, 0, post: post, rhythm: rhythm, waking: others)
        self.post = post
        bell = kernel.bell
        lanes = [kernel] + others
        var log = LaneLog(
            meters: meters,
            indices: Array(meters.indices),
            clock: rhythm.clock
        )
        log.readAll()
        kernel.meters.store(meters.count, ordering: .relaxed)
        kernel.start { [log] in log }
        let sinceNS = rhythm.clock.monotonicNS()
        for (lane, driver) in zip(lanes.dropFirst(), drivers) {
            if HungLibraries.contains(driver.library) {
                _ = registry.add(Self.absence(of: driver.library))
                lane.hasNoMeters()
                lane.close()
                continue
            }
            lane.start {
                let found = driver.open()
                let numbers = registry.add(found)
                guard !numbers.isEmpty else { return nil }
                var log = LaneLog(
                    meters: found.meters,
                    indices: Array(numbers),
                    clock: rhythm.clock,
                    sinceNS: sinceNS
                )
                log.readAll()
                return log
            }
        }
    }

    private static func absence(of library: MeterLibrary) -> FoundMeters {
        guard case .driver(let name) = library else { return FoundMeters() }
        let reason = "a call into this library has not returned since an earlier run"
        return FoundMeters(absent: [AbsentMeter(source: name, reason: reason, remedy: nil)])
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
        let (id, refusing, wake) = post.open(at: instant.nanoseconds)
        ring(wake)
        if refusing != 0 { refused(meters(of: refusing)) }
        return id
    }

    private func meters(of refusing: LaneSet) -> Int {
        lanes.indices.reduce(0) { sum, number in
            guard refusing >> LaneSet(number) & 1 == 1 else { return sum }
            return sum + lanes[number].meters.load(ordering: .relaxed)
        }
    }

    /// Closes a window; its energy by meter is delivered on the sampler's threads soon after.
    ///
    /// The thread of the kernel's meters, and each driver's that has meters, delivers once, what they
    /// observed of the window; so a driver that hangs delays nobody else's values. A thread that
    /// refused the window or is stopped delivers nothing of it before this returns; one that was left
    /// behind, and a forked child, never deliver.
    package func closeWindow(
        _ id: WindowID,
        at instant: Instant,
        deliver: @escaping WindowDelivery
    ) {
        guard joule_fork_generation() == generation else { return }
        let (unanswered, wake) = post.close(id, at: instant.nanoseconds, deliver: deliver)
        ring(wake)
        for _ in 0..<unanswered { deliver([]) }
    }

    /// Has the threads look at an edge.
    ///
    /// Waking a sleeping thread costs the caller microseconds, so that it wakes the first one, which
    /// wakes the others.
    private func ring(_ wake: EdgePost.Wake) {
        if wake == .all { lanes[0].wakeOthers() }
        if wake != .nobody { bell.ring() }
    }

    /// Waits until every driver was opened, at most until `deadline`.
    ///
    /// Returns the libraries that were not.
    package func waitForDrivers(until deadline: Instant) -> [MeterLibrary] {
        let drivers = lanes.dropFirst()
        for lane in drivers { lane.opened.wait(until: deadline.nanoseconds) }
        return drivers.filter { !$0.opened.isRung }.map(\.library)
    }

    /// What went wrong with meters so far.
    package var faults: [MeterFault] { lanes.flatMap { lane in lane.faults.withLock { $0 } } }

    /// This run's part of the devices that several processes may use, by the meter's number.
    package var deviceShares: [Int: DeviceShare] {
        lanes.reduce(into: [:]) { all, lane in
            all.merge(lane.shares.withLock { $0 }) { known, _ in known }
        }
    }

    /// Delivers every closed window and ends the threads; further calls do nothing.
    ///
    /// Waits at most two seconds for a driver that hangs, and then goes on without it. Returns the
    /// libraries that it did not wait for any longer.
    @discardableResult
    package func stop() -> [MeterLibrary] {
        guard joule_fork_generation() == generation, !isStopped.exchange(true, ordering: .relaxed)
        else { return [] }
        for lane in lanes { lane.requestStop() }
        let deadline = SamplerClock.read(CLOCK_MONOTONIC) &+ Self.stopNSMax
        return lanes.filter { !$0.join(until: deadline) }.map(\.library)
    }
}
