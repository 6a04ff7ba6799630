import JouleMeters
import JouleQuantities
import JouleTestSupport
import Synchronization
import Testing

@testable import JouleSampler

@Suite("Windows")
struct WindowTests {
    @Test(
        "Epochs that tile a run add up to it, whatever fails on the way",
        arguments: 0..<200 as Range<UInt64>
    )
    func tiling(seed: UInt64) {
        var random = Seeded(state: seed)
        let counter = FakeCounter(at: .random(in: 0...60_000_000_000, using: &random))
        var bench = Bench(counter)
        let start = bench.time.now
        let run = bench.open()
        var epoch = bench.open()
        var epochStart = start
        var joules = 0.0
        var observedNS = 0.0
        for turn in 1...60 {
            let seconds = Double.random(in: 1e-4...2, using: &random)
            bench.time.advance(seconds: seconds)
            counter.use(joules: seconds * .random(in: 0...500, using: &random))
            if Int.random(in: 0..<10, using: &random) == 0 {
                let isBroken = counter.isBroken.load(ordering: .relaxed)
                counter.isBroken.store(!isBroken, ordering: .relaxed)
            }
            if Int.random(in: 0..<25, using: &random) == 0 { counter.restart(at: 12) }
            bench.log.readAll()
            guard turn == 60 || Bool.random(using: &random) else { continue }
            // The edge was stamped some time before the reading, but not before the last edge.
            let early = Int64.random(in: 0...Int64(seconds * 1.5e9), using: &random)
            let edge = turn == 60 ? bench.time.now : max(epochStart, bench.time.now - early)
            if let part = bench.close(epoch, at: edge).first {
                joules += part.energy.joules
                observedNS += part.coverage * Double(edge - epochStart)
            }
            epoch = bench.open(at: edge)
            epochStart = edge
        }
        let whole = bench.close(run).first
        #expect(abs((whole?.energy.joules ?? 0) - joules) < 1e-6, "seed \(seed)")
        let span = Double(bench.time.now - start)
        #expect(abs((whole?.coverage ?? 0) * span - observedNS) < 1e3, "seed \(seed)")
    }

    @Test("An edge between two readings is interpolated, and its error widens the interval")
    func interpolation() throws {
        let counter = FakeCounter()
        var bench = Bench(counter)
        let start = bench.time.now
        bench.run(counter, seconds: 1)
        let window = bench.open(at: start + 400_000_000)
        bench.run(counter, seconds: 1)
        let value = try #require(bench.close(window).first)
        #expect(abs(value.energy.joules - 160) < 1e-9)
        #expect(value.flags == .interpolated)
        // 0.4 s from the nearest reading at 100 W.
        #expect(abs((value.uncertaintyRelative ?? 0) - 40 / 160.0) < 1e-9)
    }

    @Test("An edge that lies ahead of the readings waits for one behind it")
    func ahead() {
        let counter = FakeCounter()
        var bench = Bench(counter)
        let window = bench.open()
        let box = bench.close(window, at: bench.time.now + 500_000_000)
        #expect(box.count == 0)
        bench.run(counter, seconds: 1)
        bench.log.settle([])
        #expect(box.count == 1)
        #expect(abs((box.first?.energy.joules ?? 0) - 50) < 1e-9)
    }

    @Test("Sleep of the machine is a flagged gap")
    func sleep() throws {
        let counter = FakeCounter()
        var bench = Bench(counter)
        let window = bench.open()
        bench.run(counter, seconds: 4)
        bench.slept.advance(seconds: 3600)
        bench.run(counter, seconds: 6)
        let value = try #require(bench.close(window).first)
        #expect(value.flags == .suspended)
        #expect(abs(value.coverage - 0.9) < 1e-12)
        #expect(abs(value.energy.joules - 900) < 1e-9)
    }

    @Test("Sleep is told although the counter shows the same value after it")
    func sleepBetweenRenewals() throws {
        let meter = FakeMeter(refreshNS: 100_000_000) { _ in
            .counter(7, range: nil, joulesPerUnit: 1)
        }
        var bench = Bench([meter])
        let window = bench.open()
        bench.time.advance(seconds: 0.01)
        bench.slept.advance(seconds: 3600)
        bench.log.readAll()
        bench.time.advance(seconds: 1)
        let box = bench.close(window)
        bench.look(until: .max)
        #expect(try #require(box.first).flags.contains(.suspended))
    }

    @Test("A window that was never opened, or closed twice, is answered with nothing")
    func unknown() {
        var bench = Bench(FakeCounter())
        #expect(bench.close(WindowID(number: 99)).values == [:])
        let window = bench.open()
        #expect(bench.close(window).first?.energy == .zero)
        #expect(bench.close(window).values == [:])
    }

    @Test("A window that ends before it begins observed nothing, and no stamp traps")
    func backwards() {
        let counter = FakeCounter()
        var bench = Bench(counter)
        let start = bench.time.now
        bench.run(counter, seconds: 1)
        #expect(bench.close(bench.open(), at: start).values == [:])
        #expect(bench.close(bench.open(at: .min), at: start).values == [:])
        let open = bench.open(at: .min)
        let box = bench.close(open, at: .max)
        bench.log.settle([], isFinal: true)
        #expect(box.count == 1)
    }

    @Test("A long run keeps its sum although old readings are forgotten")
    func history() throws {
        let counter = FakeCounter()
        var bench = Bench(counter)
        let window = bench.open()
        bench.run(counter, seconds: 5000, watts: 3)
        let value = try #require(bench.close(window).first)
        #expect(abs(value.energy.joules - 15_000) < 1e-6 && value.coverage == 1)
    }
}
