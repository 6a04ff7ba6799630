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
        #expect(late.values == [nil])
    }

    @Test("A driver that hangs costs its own meter's value and no other")
    func hungDriver() throws {
        let isHung = Atomic<Bool>(true)
        let hung = FakeMeter(library: .driver("hung")) { _ in
            while isHung.load(ordering: .relaxed) { usleep(1000) }
            return .power(Power(watts: 1))
        }
        let sampler = EnergySampler.start(meters: [hung, steady], beatNS: 10_000_000)
        let box = Delivery()
        let window = sampler.openWindow(at: EnergySampler.now())
        usleep(20_000)
        sampler.closeWindow(window, at: EnergySampler.now()) { box.put($0) }
        sampler.stop()
        let values = try #require(box.values)
        #expect(values.count == 2 && values[0] == nil && values[1] != nil)
        isHung.store(false, ordering: .relaxed)
    }

    @Test("Only so many windows are open at once; the rest is told, and the end of one makes room")
    func bounded() {
        let sampler = EnergySampler.start(meters: [steady, steady])
        var refused: [Int] = []
        func open() -> WindowID {
            sampler.openWindow(at: EnergySampler.now()) { refused.append($0) }
        }
        let windows = (0..<SamplerLane.openWindowsMax + 3).map { _ in open() }
        #expect(refused == [2, 2, 2])
        let measured = Atomic(0)
        for window in windows {
            sampler.closeWindow(window, at: EnergySampler.now()) { values in
                measured.wrappingAdd(values.count { $0 != nil }, ordering: .relaxed)
            }
        }
        _ = open()
        #expect(refused.count == 3)
        sampler.stop()
        #expect(measured.load(ordering: .relaxed) == 2 * SamplerLane.openWindowsMax)
    }

    @Test("What ends while a driver hangs is not open for ever")
    func endsWhileHung() {
        let isHung = Atomic<Bool>(true)
        let hung = FakeMeter(library: .driver("hung")) { _ in
            while isHung.load(ordering: .relaxed) { usleep(1000) }
            return .power(Power(watts: 1))
        }
        let sampler = EnergySampler.start(meters: [hung], beatNS: 10_000_000)
        var refused = 0
        func open() -> WindowID {
            sampler.openWindow(at: EnergySampler.now()) { refused += $0 }
        }
        let windows = (0..<SamplerLane.openWindowsMax).map { _ in open() }
        for window in windows { sampler.closeWindow(window, at: EnergySampler.now()) { _ in } }
        #expect(refused == 0)
        for _ in 0..<4 * SamplerLane.openWindowsMax {
            sampler.closeWindow(open(), at: EnergySampler.now()) { _ in }
        }
        #expect(refused > 0, "what waits for a driver is bounded")
        isHung.store(false, ordering: .relaxed)
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
        #expect(box.values == [] && box.count == 1)
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
