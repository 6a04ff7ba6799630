import JouleMeters
import JouleQuantities
import JouleTestSupport
import Synchronization
import Testing

@testable import JouleSampler

/// Known power goes in, and the same energy must come out.
@Suite("Known truth")
struct KnownTruthTests {
    @Test("100 W for 10 s are 1000 J, fully covered and without doubt")
    func steady() throws {
        let counter = FakeCounter(at: 77)
        var bench = Bench(counter)
        let window = bench.open()
        bench.run(counter, seconds: 10)
        let value = try #require(bench.close(window).first)
        #expect(abs(value.energy.joules - 1000) < 1e-9)
        #expect(value.coverage == 1 && value.flags == [] && value.uncertaintyRelative == 0)
    }

    @Test("A step from 50 W to 200 W is split at the edge between them")
    func step() {
        let counter = FakeCounter()
        var bench = Bench(counter)
        let whole = bench.open()
        let low = bench.open()
        bench.run(counter, seconds: 4, watts: 50)
        #expect(bench.close(low).first?.energy.joules == 200)
        let high = bench.open()
        bench.run(counter, seconds: 2, watts: 200)
        #expect(bench.close(high).first?.energy.joules == 400)
        #expect(bench.close(whole).first?.energy.joules == 600)
    }

    @Test("A counter that wraps, many times in one window, loses nothing")
    func wraps() throws {
        let counter = FakeCounter(at: 65_532_610_000, range: 65_532_610_987)
        var bench = Bench(counter)
        let window = bench.open()
        // A lap takes 65 s at 1 kW, so that 1000 s hold more than fifteen.
        bench.run(counter, seconds: 1000, watts: 1000)
        let value = try #require(bench.close(window).first)
        #expect(abs(value.energy.joules - 1e6) < 1e-3)
        #expect(value.flags == [] && value.coverage == 1)
    }

    @Test("A pause in which a second lap fits is flagged, and a shorter one is not")
    func doubleWrap() {
        let counter = FakeCounter(range: 65_532_610_987)
        var bench = Bench(counter)
        for (seconds, flags) in [(40.0, EnergyFlags()), (50.0, .possibleDoubleWrap)] {
            let window = bench.open()
            bench.time.advance(seconds: seconds)
            counter.use(joules: 10 * seconds)
            bench.log.readAll()
            #expect(bench.close(window).first?.flags == flags)
        }
    }

    @Test("Failed readings are a gap with its duration: never zero energy, never a wrap")
    func failures() throws {
        let counter = FakeCounter(at: 1_000_000)
        var bench = Bench(counter)
        let window = bench.open()
        bench.run(counter, seconds: 4)
        counter.isBroken.store(true, ordering: .relaxed)
        bench.run(counter, seconds: 2)
        counter.isBroken.store(false, ordering: .relaxed)
        bench.run(counter, seconds: 4)
        let value = try #require(bench.close(window).first)
        // Seconds 5 and 6 failed, and second 7 starts without a reading to subtract from.
        #expect(abs(value.coverage - 0.7) < 1e-12)
        #expect(abs(value.energy.joules - 700) < 1e-9)
        #expect(value.flags == .readFailed)
    }

    @Test("A window in which every reading failed has no value, and the next is whole again")
    func nothingObserved() throws {
        let counter = FakeCounter()
        var bench = Bench(counter)
        bench.run(counter, seconds: 1)
        counter.isBroken.store(true, ordering: .relaxed)
        let blind = bench.open()
        bench.run(counter, seconds: 3)
        #expect(bench.close(blind).values == [:])
        counter.isBroken.store(false, ordering: .relaxed)
        bench.run(counter, seconds: 1)
        let window = bench.open()
        bench.run(counter, seconds: 3)
        let value = try #require(bench.close(window).first)
        #expect(abs(value.energy.joules - 300) < 1e-9)
        #expect(value.coverage == 1 && value.flags == [])
    }

    @Test(
        "A power that changed unseen between two readings widens the interval by what that may be"
    )
    func unseenPower() throws {
        let watts = Atomic<Int>(50)
        let meter = FakeMeter { _ in
            .power(Power(watts: Double(watts.load(ordering: .relaxed))))
        }
        var bench = Bench([meter])
        #expect(bench.log.sensorsAtNS == bench.time.now + 100_000_000)
        let window = bench.open()
        bench.time.advance(seconds: 1)
        bench.log.readAll()
        // Soon after this reading or just before the next one: 200 J or 50 J in this second.
        watts.store(200, ordering: .relaxed)
        bench.time.advance(seconds: 1)
        bench.log.readAll()
        let value = try #require(bench.close(window).first)
        let joules = value.energy.joules
        #expect(abs(joules - 175) < 1e-6)
        let width = try #require(value.uncertaintyRelative) * joules
        #expect(width >= 75 && width < 300)
    }

    @Test(
        "A counter that restarts, downwards or upwards, is a flagged gap",
        arguments: [3, 200_000_000_000] as [UInt64]
    )
    func restart(at value: UInt64) throws {
        let counter = FakeCounter(at: 90_000_000_000)
        var bench = Bench(counter)
        let window = bench.open()
        bench.run(counter, seconds: 5)
        counter.restart(at: value)
        bench.run(counter, seconds: 5)
        let measured = try #require(bench.close(window).first)
        #expect(abs(measured.energy.joules - 900) < 1e-9)
        #expect(abs(measured.coverage - 0.9) < 1e-12)
        #expect(measured.flags == .counterReset)
    }

    @Test(
        "Two packages with memory are counted once, with psys and without",
        arguments: [true, false]
    )
    func twoPackages(withPsys: Bool) throws {
        let machine = EmulatedMachine()
        var watts: [(id: String, name: String, watts: UInt64)] = [
            ("intel-rapl:0", "package-0", 100), ("intel-rapl:0:0", "core", 60),
            ("intel-rapl:0:1", "dram", 20), ("intel-rapl:1", "package-1", 150),
            ("intel-rapl:1:0", "core", 90), ("intel-rapl:1:1", "dram", 30),
        ]
        if withPsys { watts.append(("intel-rapl:2", "psys", 320)) }
        for zone in watts { machine.addZone(zone.id, zone.name) }
        let found = MeterInventory.discover(roots: SystemRoots(under: machine.root)).meters
            .filter { $0.description.source == "rapl:powercap" }
        var bench = Bench(found)
        let window = bench.open()
        for second in 1...10 as ClosedRange<UInt64> {
            bench.time.advance(seconds: 1)
            for zone in watts { machine.setCounter(zone.id, zone.watts * 1_000_000 * second) }
            bench.log.readAll()
        }
        let box = bench.close(window)
        bench.look(until: .max)
        let values = try #require(box.values)
        let total = found.map(\.description).total(of: found.indices.map { values[$0] })
        // A reading may be up to a renewal old; that much the window's edges are off.
        #expect(abs((total?.energy.joules ?? 0) - (withPsys ? 3200 : 3000)) < 0.35)
    }

    @Test("Power is integrated, and a modelled sum is a difference")
    func otherKinds() throws {
        let start = FakeTime().now
        let power = FakeMeter { now in .power(Power(watts: Double(now - start) * 1e-8)) }
        let model = FakeMeter { now in
            .cumulative(Energy(joules: 5 + Double(now - start) * 7e-9))
        }
        var bench = Bench([power, model])
        let window = bench.open()
        for _ in 0..<10 {
            bench.time.advance(seconds: 1)
            bench.log.readAll()
        }
        let values = try #require(bench.close(window).values)
        // The integral of 10 t from 0 to 10 is 500.
        #expect(abs((values[0]?.energy.joules ?? 0) - 500) < 1e-9)
        #expect(abs((values[1]?.energy.joules ?? 0) - 70) < 1e-9)
    }

    @Test(
        "Values that are no numbers are failed readings",
        arguments: [
            EnergyReading.power(Power(watts: .nan)), .power(Power(watts: -1)),
            .power(Power(watts: .infinity)), .cumulative(Energy(joules: .nan)),
            .counter(5, range: 10, joulesPerUnit: .nan),
            .counter(5, range: 10, joulesPerUnit: 0),
        ]
    )
    func insane(reading: EnergyReading) {
        var bench = Bench([FakeMeter { _ in reading }])
        let window = bench.open()
        for _ in 0..<3 {
            bench.time.advance(seconds: 1)
            bench.log.readAll()
        }
        #expect(bench.close(window).values == [:])
    }

    @Test(
        "Counters at the ends of 64 bits never trap",
        arguments: [UInt64.max, 1, 0, .max - 1, nil] as [UInt64?]
    )
    func extremes(range: UInt64?) {
        let values: [UInt64] = [0, .max, 1, .max - 1, 0, .max / 2, .max]
        let turn = FakeCounter()
        let meter = FakeMeter(powerMax: nil) { _ in
            turn.use(joules: 1e-6)
            let index = turn.microjoules.withLock { Int($0) % values.count }
            return .counter(values[index], range: range, joulesPerUnit: 1e300)
        }
        var bench = Bench([meter])
        let window = bench.open()
        for _ in 0..<20 {
            bench.time.advance(seconds: 1e-9)
            bench.log.readAll()
        }
        #expect(bench.close(window).count == 1)
    }
}
