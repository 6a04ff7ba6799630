import Glibc
import JouleQuantities
import JouleTestSupport
import Synchronization
import Testing

@testable import JouleMeters
@testable import JouleSampler

/// A counter that is renewed every 100 ms, with power samples every 20 ms that show `bias` times as
/// much, read as a GPU's are.
private final class SampledMeter: Sendable {
    let load: KnownLoad
    let bias: Double
    let start: Int64
    let readings = Mutex(0)
    private let counter = Mutex(SampledCounter(renewalSeconds: 0.1, powerMax: 1400))

    init(_ load: KnownLoad, bias: Double, start: Int64) {
        self.load = load
        self.bias = bias
        self.start = start
    }

    /// Samples of the last 2.4 seconds, those before the load began included.
    func samples(at now: Int64) -> [PowerSample] {
        let newest = (now - start) / 20_000_000
        return (newest - 118...newest).map { number in
            let seconds = Double(number) * 0.02
            let watts = seconds < 0 ? 60 : load.watts(at: seconds)
            return PowerSample(at: start + number * 20_000_000, watts: bias * watts)
        }
    }

    func counted(at now: Int64) -> Double {
        let seconds = (Double(now - start) * 1e-8).rounded(.down) * 0.1
        return 5_000 + load.joules(at: max(0, seconds))
    }

    var meter: FakeMeter {
        FakeMeter(refreshNS: 20_000_000) { [self] (now) throws(MeterError) -> EnergyReading in
            let samples = samples(at: now)
            let points = counter.withLock { counter in
                let isDue = counter.wantsAnchor(at: now) || counter.hasPause(before: samples)
                let joules = isDue ? counted(at: now) : nil
                if isDue { readings.withLock { $0 += 1 } }
                let points = counter.take(samples, counter: joules, at: now)
                if let joules { counter.anchor(joules, at: now) }
                return points
            }
            return .series(points)
        }
    }
}

@Suite("A counter with power samples")
struct SampledCounterTests {
    private static let start = FakeTime().now

    @Test(
        "Short windows lie in the interval, long ones are the counter's",
        arguments: [1, 0.97, 1.05]
    )
    func windows(bias: Double) throws {
        var random = SplitMix(seed: 11)
        let windows = 2_000
        let load = KnownLoad(seconds: 5000, isSteady: false, using: &random)
        let source = SampledMeter(load, bias: bias, start: Self.start)
        var bench = Bench([source.meter])
        var outside = 0
        var errors: [Double] = []
        let whole = bench.open()
        let opened = bench.time.now
        for _ in 0..<windows {
            bench.time.advance(seconds: Double.random(in: 0.01...0.9, using: &random))
            bench.log.readAll()
            let opened = bench.time.now
            let window = bench.open()
            let length = 0.05 * pow(10, Double.random(in: 0...1, using: &random))
            let closed = opened + Int64(length * 1e9)
            bench.look(until: closed)
            let box = bench.close(window, at: closed)
            bench.look(until: .max)
            let truth = joules(of: load, from: opened, to: closed)
            let value = try #require(box.first)
            #expect(value.coverage > 0.999)
            // The fake meter has no uncertainty of its own; a biased sensor has.
            let relative = max(abs(bias - 1), value.uncertaintyRelative ?? 0)
            let error = abs(value.energy.joules - truth)
            errors.append(error / truth)
            if error > relative * value.energy.joules + 1e-6 { outside += 1 }
        }
        #expect(outside * 100 <= windows, "\(outside) of \(windows)")
        // Read alone, such a counter is off by a tenth and more here.
        #expect(errors.reduce(0, +) / Double(windows) < 0.05)
        let closed = bench.time.now
        let box = bench.close(whole, at: closed)
        bench.look(until: .max)
        let total = try #require(box.first).energy.joules
        #expect(abs(total / joules(of: load, from: opened, to: closed) - 1) < 0.002)
        let seconds = Double(closed - opened) * 1e-9
        #expect(Double(source.readings.withLock { $0 }) < seconds / 10 + 3)
    }

    @Test("What a stopped process slept through is the counter's")
    func pause() throws {
        var random = SplitMix(seed: 12)
        let load = KnownLoad(seconds: 200, isSteady: false, using: &random)
        let source = SampledMeter(load, bias: 1, start: Self.start)
        var bench = Bench([source.meter])
        bench.look(until: bench.time.now + 5_000_000_000)
        let window = bench.open()
        let opened = bench.time.now
        bench.time.advance(seconds: 60)
        let closed = bench.time.now
        let box = bench.close(window, at: closed)
        bench.look(until: .max)
        let value = try #require(box.first)
        let truth = joules(of: load, from: opened, to: closed)
        #expect(value.coverage > 0.999)
        #expect(abs(value.energy.joules / truth - 1) < 0.01)
    }

    @Test(
        "A pause after a long time with biased samples is the counter's",
        arguments: [0.99, 1.01]
    )
    func latePause(bias: Double) throws {
        var counter = SampledCounter(renewalSeconds: 0.1, powerMax: 1400)
        func look(at seconds: Int) -> EnergyPoint? {
            let newest = seconds * 50
            let samples = (newest - 118...newest).map { number in
                PowerSample(at: Int64(number) * 20_000_000, watts: 500 * bias)
            }
            let now = Int64(seconds) * 1_000_000_000
            let isDue = counter.wantsAnchor(at: now) || counter.hasPause(before: samples)
            let joules = isDue ? 500 * Double(seconds) : nil
            let points = counter.take(samples, counter: joules, at: now)
            if let joules { counter.anchor(joules, at: now) }
            return points.last
        }
        var before: EnergyPoint?
        for second in 3...3600 { before = look(at: second) ?? before }
        // The driver keeps 2.4 seconds; the process was stopped for 6.
        let after = try #require(look(at: 3606))
        let joules = try after.energy.joules - #require(before).energy.joules
        #expect(abs(joules - 3000) < 150)
    }

    @Test("A counter that restarts, or jumps, changes nothing", arguments: [0, 1e9])
    func restart(jump: Double) {
        var counter = SampledCounter(renewalSeconds: 0.1, powerMax: 1000)
        var last = 0.0
        for second in 0..<60 {
            let now = Int64(second + 1) * 1_000_000_000
            let samples = (1...50).map { number in
                PowerSample(at: Int64(second * 50 + number) * 20_000_000, watts: 100)
            }
            let joules = (second < 30 ? 7000 : jump) + 100 * Double(second)
            for point in counter.take(samples, at: now) {
                #expect(point.energy.joules >= last)
                last = point.energy.joules
            }
            if counter.wantsAnchor(at: now) { counter.anchor(joules, at: now) }
        }
        #expect(abs(last - 6000) < 15)
    }

    private func joules(of load: KnownLoad, from opened: Int64, to closed: Int64) -> Double {
        load.joules(at: Double(closed - Self.start) * 1e-9)
            - load.joules(at: Double(opened - Self.start) * 1e-9)
    }
}
