import Glibc
import JouleMeters
import JouleQuantities
import Synchronization
import Testing

@testable import JouleSampler

/// Real threads and real time; every wait is for an event, and no bound is on a duration.
@Suite("Energy sampler", .serialized)
struct EnergySamplerTests {
    /// 100 W of the real clock.
    private var steady: FakeMeter {
        FakeMeter { now in .counter(UInt64(now) / 10, range: nil, joulesPerUnit: 1e-6) }
    }

    private func wait(until condition: () -> Bool) {
        for _ in 0..<4000 where !condition() { usleep(5000) }
    }

    @Test("A window is delivered once, with the energy between its own stamps")
    func smoke() throws {
        let sampler = EnergySampler.start(meters: [steady], beatNS: 20_000_000)
        let box = Delivery()
        let start = EnergySampler.now()
        let window = sampler.openWindow(at: start)
        usleep(50_000)
        let end = EnergySampler.now()
        sampler.closeWindow(window, at: end) { box.put($0) }
        wait { box.count > 0 }
        sampler.stop()
        sampler.stop()
        let value = try #require(box.first)
        let truth = end.seconds(since: start) * 100
        #expect(abs(value.energy.joules - truth) <= truth * 0.1)
        #expect(value.coverage == 1 && box.count == 1)
        #expect(sampler.cost.rounds > 0 && sampler.cost.cpuNS > 0)
    }

    @Test("A round that had to wait delays the next by little, one that took a processor by much")
    func rest() {
        let (ms, rest) = (Int64(1_000_000), SamplerLane.restNS)
        #expect(rest(0, 0) == ms)
        #expect(rest(50_000, 60_000) == ms)
        // Put aside by a busy system, with a twentieth of a millisecond of its own work.
        #expect(rest(50_000, 2000 * ms) == 100 * ms)
        #expect(rest(50_000, 3 * ms) == 6 * ms)
        #expect(rest(10 * ms, 10 * ms) == 200 * ms)
    }

    @Test(
        "Whoever hangs, comes late or stops, each thread answers each window once",
        arguments: 0..<10
    )
    func eachOnce(round: Int) async {
        let mayGoOn = Flag()
        let slow = FakeMeter { now in
            usleep(3000)
            return .counter(UInt64(now) / 10, range: nil, joulesPerUnit: 1e-6)
        }
        let hung = FakeMeter { _ in
            while !mayGoOn.isSet { usleep(1000) }
            return .power(Power(watts: 1))
        }
        let late = FakeDriver { [steady] in
            while !mayGoOn.isSet { usleep(1000) }
            return FoundMeters(meters: [steady])
        }
        let drivers: [any MeterDriver] = [
            FakeDriver { FoundMeters(meters: [slow]) }, FakeDriver { FoundMeters(meters: [hung]) },
            late,
        ]
        let sampler = EnergySampler.start(
            meters: [steady],
            drivers: drivers,
            beatNS: 10_000_000
        )
        let boxes = (0..<4).map { _ in (0..<300).map { _ in Delivery() } }
        await withTaskGroup(of: Void.self) { group in
            for boxes in boxes {
                group.addTask {
                    for (place, box) in boxes.enumerated() {
                        let window = sampler.openWindow(at: EnergySampler.now())
                        if place % 10 == 0 { usleep(1000) }
                        sampler.closeWindow(window, at: EnergySampler.now()) { box.put($0) }
                    }
                }
            }
            group.addTask {
                // From before the first windows to behind the last.
                usleep(UInt32(round) * 10_000)
                mayGoOn.isSet = true
                sampler.stop()
            }
        }
        #expect(boxes.allSatisfy { $0.allSatisfy { $0.count == 1 + drivers.count } })
    }

    @Test("Stopping delivers what was closed; closing afterwards delivers nothing, at once")
    func stopping() {
        let sampler = EnergySampler.start(meters: [steady], beatNS: 3_600_000_000_000)
        let boxes = (0..<100).map { _ in Delivery() }
        for box in boxes {
            let window = sampler.openWindow(at: EnergySampler.now())
            sampler.closeWindow(window, at: EnergySampler.now()) { box.put($0) }
        }
        sampler.stop()
        #expect(boxes.allSatisfy { $0.count == 1 })
        let late = Delivery()
        sampler.closeWindow(WindowID(number: 1), at: EnergySampler.now()) { late.put($0) }
        #expect(late.values == [:])
    }

    @Test("A driver that hangs costs its own meter's value and delays no other")
    func hungDriver() throws {
        let isHung = Flag()
        let hung = FakeMeter { _ in
            while isHung.isSet { usleep(1000) }
            return .power(Power(watts: 1))
        }
        isHung.isSet = true
        let sampler = EnergySampler.start(
            meters: [steady],
            drivers: [FakeDriver { FoundMeters(meters: [hung]) }],
            beatNS: 10_000_000
        )
        let box = Delivery()
        let window = sampler.openWindow(at: EnergySampler.now())
        usleep(20_000)
        sampler.closeWindow(window, at: EnergySampler.now()) { box.put($0) }
        wait { box.count > 0 }
        #expect(box.count == 1 && box.values?.keys.sorted() == [0])
        #expect(sampler.stop() == [.driver("fake")])
        let next = EnergySampler.start(
            meters: [steady],
            drivers: [
                FakeDriver {
                    Issue.record("opened again"); return FoundMeters()
                }
            ]
        )
        #expect(next.waitForDrivers(until: EnergySampler.now()).isEmpty)
        next.stop()
        isHung.isSet = false
        wait { !HungLibraries.contains(.driver("fake")) }
        #expect(box.count == 1, "what was left behind delivers nothing")
        let opened = Flag()
        let later = EnergySampler.start(
            meters: [],
            drivers: [
                FakeDriver {
                    opened.isSet = true; return FoundMeters()
                }
            ]
        )
        later.stop()
        #expect(opened.isSet, "it is opened again once the call has returned")
    }

    @Test("A driver that opens late is numbered, told, and measured from then on")
    func lateDriver() throws {
        let mayOpen = Flag()
        let told = Mutex<[Int]>([])
        let meter = FakeMeter { now in
            .counter(UInt64(now) / 10, range: nil, joulesPerUnit: 1e-6)
        }
        let absent = AbsentMeter(source: "fake", reason: "one is closed", remedy: nil)
        let sampler = EnergySampler.start(
            meters: [steady],
            drivers: [
                FakeDriver {
                    while !mayOpen.isSet { usleep(1000) }
                    return FoundMeters(meters: [meter], absent: [absent])
                }
            ],
            beatNS: 10_000_000,
            discovered: { found in
                told.withLock { $0.append(found.meters.count + found.absent.count) }
            }
        )
        #expect(sampler.waitForDrivers(until: EnergySampler.now()) == [.driver("fake")])
        let box = Delivery()
        let start = EnergySampler.now()
        let window = sampler.openWindow(at: start)
        usleep(50_000)
        mayOpen.isSet = true
        wait { sampler.waitForDrivers(until: EnergySampler.now()).isEmpty }
        usleep(50_000)
        let end = EnergySampler.now()
        sampler.closeWindow(window, at: end) { box.put($0) }
        sampler.stop()
        #expect(told.withLock { $0 } == [2])
        let values = try #require(box.values)
        let late = try #require(values[1])
        #expect(values[0]?.coverage == 1)
        #expect(late.coverage < 1 && late.coverage > 0)
        // What was observed is unscaled.
        let truth = end.seconds(since: start) * 100
        #expect(abs(late.energy.joules - truth * late.coverage) <= truth * 0.1)
    }

    @Test("What went wrong with a meter is kept: how often, and what it said first")
    func faults() {
        let calls = Atomic<Int>(0)
        let failing = FakeMeter { (now) throws(MeterError) -> EnergyReading in
            guard calls.wrappingAdd(1, ordering: .relaxed).newValue % 2 == 1 else {
                throw FakeMeter.failure
            }
            return .counter(UInt64(now) / 10, range: nil, joulesPerUnit: 1e-6)
        }
        let sampler = EnergySampler.start(meters: [steady, failing], beatNS: 10_000_000)
        wait { sampler.cost.failures >= 3 }
        sampler.stop()
        let faults = sampler.faults
        #expect(faults.map(\.meter) == [1] && faults[0].failures >= 3)
        #expect(faults[0].first == FakeMeter.failure && faults[0].at <= EnergySampler.now())
    }

    @Test("Only so many windows are open at once; the rest is told, and the end of one makes room")
    func bounded() {
        let sampler = EnergySampler.start(meters: [steady, steady])
        var refused: [Int] = []
        func open() -> WindowID {
            sampler.openWindow(at: EnergySampler.now()) { refused.append($0) }
        }
        let windows = (0..<EdgePost.openWindowsMax + 3).map { _ in open() }
        #expect(refused == [2, 2, 2])
        let measured = Atomic(0)
        for window in windows {
            sampler.closeWindow(window, at: EnergySampler.now()) { values in
                measured.wrappingAdd(values.count, ordering: .relaxed)
            }
        }
        _ = open()
        #expect(refused.count == 3)
        sampler.stop()
        #expect(measured.load(ordering: .relaxed) == 2 * EdgePost.openWindowsMax)
    }

    @Test("A file of the kernel that hangs delays no driver's value")
    func hungKernelFile() {
        let isHung = Flag()
        let hung = FakeMeter { _ in
            while isHung.isSet { usleep(1000) }
            return .power(Power(watts: 1))
        }
        // The driver's own beat comes too late to help.
        let sampler = EnergySampler.start(
            meters: [hung],
            drivers: [FakeDriver { [steady] in FoundMeters(meters: [steady]) }],
            beatNS: 60_000_000_000
        )
        let patience = Instant(nanoseconds: EnergySampler.now().nanoseconds + 20_000_000_000)
        #expect(sampler.waitForDrivers(until: patience).isEmpty)
        isHung.isSet = true
        // The first edge sends the kernel's thread into the file.
        sampler.closeWindow(sampler.openWindow(at: EnergySampler.now()), at: EnergySampler.now()) {
            _ in
        }
        usleep(20_000)
        let box = Delivery()
        let window = sampler.openWindow(at: EnergySampler.now())
        usleep(20_000)
        sampler.closeWindow(window, at: EnergySampler.now()) { box.put($0) }
        wait { box.count > 0 }
        #expect(box.values?.keys.sorted() == [1])
        isHung.isSet = false
        sampler.stop()
    }

    @Test("What ends while a driver hangs is not open for ever")
    func endsWhileHung() {
        let isHung = Flag()
        isHung.isSet = true
        let hung = FakeMeter { _ in
            while isHung.isSet { usleep(1000) }
            return .power(Power(watts: 1))
        }
        let sampler = EnergySampler.start(
            meters: [],
            drivers: [FakeDriver { FoundMeters(meters: [hung]) }],
            beatNS: 10_000_000
        )
        var refused = 0
        func open() -> WindowID {
            sampler.openWindow(at: EnergySampler.now()) { refused += $0 }
        }
        let windows = (0..<EdgePost.openWindowsMax).map { _ in open() }
        for window in windows { sampler.closeWindow(window, at: EnergySampler.now()) { _ in } }
        #expect(refused == 0)
        for _ in 0..<4 * EdgePost.openWindowsMax {
            sampler.closeWindow(open(), at: EnergySampler.now()) { _ in }
        }
        #expect(refused > 0, "what waits for a driver is bounded")
        isHung.isSet = false
        let box = Delivery()
        wait {
            sampler.closeWindow(open(), at: EnergySampler.now()) { box.put($0) }
            return box.first != nil
        }
        #expect(box.first != nil)
        sampler.stop()
    }

    @Test("Telemetry shows joules and watts of each meter on the beat")
    func telemetry() {
        let seen = Mutex<[TelemetrySample]>([])
        let sampler = EnergySampler.start(meters: [steady], beatNS: 10_000_000) { _, _, sample in
            seen.withLock { $0.append(sample) }
        }
        wait { seen.withLock { $0.count } >= 5 }
        sampler.stop()
        let samples = seen.withLock { $0 }
        #expect(samples.count >= 5)
        #expect(samples.dropFirst().allSatisfy { ($0.powerWatts ?? 0) > 0 })
        let joules = samples.map { $0.energyJoules ?? -1 }
        #expect(joules == joules.sorted())
    }

    @Test("Without meters windows are delivered empty")
    func noMeters() {
        let sampler = EnergySampler.start(meters: [])
        let box = Delivery()
        let window = sampler.openWindow(at: EnergySampler.now())
        sampler.closeWindow(window, at: EnergySampler.now()) { box.put($0) }
        sampler.stop()
        #expect(box.values == [:] && box.count == 1)
    }

    @Test("A sampler that is stopped from its own delivery and let go ends without a deadlock")
    func letGo() {
        let done = Delivery()
        do {
            let sampler = EnergySampler.start(meters: [steady])
            let window = sampler.openWindow(at: EnergySampler.now())
            sampler.closeWindow(window, at: EnergySampler.now()) { values in
                sampler.stop()
                done.put(values)
            }
        }
        wait { done.count > 0 }
        #expect(done.count == 1)
    }
}
