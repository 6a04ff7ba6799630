import Glibc
import JouleMeters
import JouleQuantities
import JouleTestSupport
import Synchronization
import Testing

@testable import JouleSampler

/// A load whose power is known at every moment, and its energy with it.
struct KnownLoad {
    /// Moments at which the power changes, in seconds, and the joules until then.
    private var changes: [(at: Double, joules: Double, watts: Double)] = []

    /// Power between 60 and 700 W that changes every 30 ms to 3 s, or with `isSteady` 300 W, each
    /// times `scale`.
    init(seconds: Double, isSteady: Bool, scale: Double = 1, using random: inout SplitMix) {
        var now = 0.0
        var joules = 0.0
        while now < seconds {
            let watts = (isSteady ? 300 : Double.random(in: 60...700, using: &random)) * scale
            let lasts = 0.03 * pow(10, Double.random(in: 0...2, using: &random))
            changes.append((now, joules, watts))
            joules += watts * lasts
            now += lasts
        }
    }

    /// Joules until a moment.
    func joules(at seconds: Double) -> Double {
        let last = change(before: seconds)
        return last.joules + last.watts * max(0, seconds - last.at)
    }

    func watts(at seconds: Double) -> Double { change(before: seconds).watts }

    private func change(before seconds: Double) -> (at: Double, joules: Double, watts: Double) {
        var low = 0
        var high = changes.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if changes[middle].at <= seconds { low = middle } else { high = middle }
        }
        return changes[low]
    }
}

@Suite("Stated intervals")
struct IntervalTests {
    private static let start = FakeTime().now

    /// A source that is renewed every so often, wraps, and fails.
    struct Source: Sendable, CustomStringConvertible {
        var refresh: Double
        var isSteady = false
        var range: UInt64?
        var failsPercent = 0.0
        /// Joules of a step, and how much less than others the load uses.
        var step = 1e-6
        var scale = 1.0

        var description: String {
            "\(refresh) s, steady \(isSteady), wraps \(range != nil), \(failsPercent) % fail, "
                + "steps of \(step) J at \(700 * scale) W"
        }
    }

    @Test(
        "The truth lies in the stated interval, down to windows of 50 ms",
        arguments: [
            Source(refresh: 0.001), Source(refresh: 0.02), Source(refresh: 0.1),
            Source(refresh: 0.1, isSteady: true),
            // A lap takes five seconds at 400 W.
            Source(refresh: 0.001, range: 2_000_000_000, failsPercent: 1),
            Source(refresh: 0.1, range: 2_000_000_000, failsPercent: 1),
            // As the privileged helper tells it: of a server, a laptop, and memory.
            Source(refresh: 0.1, step: 1), Source(refresh: 0.1, step: 1, scale: 0.1),
            Source(refresh: 0.1, step: 1, scale: 0.01),
        ]
    )
    func intervals(source: Source) throws {
        var random = SplitMix(seed: 7)
        let windows = 10_000
        let load = KnownLoad(
            seconds: 2.5 * Double(windows),
            isSteady: source.isSteady,
            scale: source.scale,
            using: &random
        )
        let refresh = source.refresh
        let phase = Double.random(in: 0...refresh, using: &random)
        let dice = Mutex(SplitMix(seed: 8))
        let meter = FakeMeter(refreshNS: Int64(refresh * 1e9), stepJoules: source.step) {
            (now) throws(MeterError) -> EnergyReading in
            let fails = dice.withLock { Double.random(in: 0..<100, using: &$0) }
            if fails < source.failsPercent { throw FakeMeter.failure }
            let seconds = Double(now - Self.start) * 1e-9
            let renewed = ((seconds - phase) / refresh).rounded(.down) * refresh + phase
            let steps = UInt64(load.joules(at: max(0, renewed)) / source.step)
            let value = source.range.map { steps % ($0 + 1) } ?? steps
            return .counter(value, range: source.range, joulesPerUnit: source.step)
        }
        var bench = Bench([meter])
        var whole = 0
        var outside = 0
        var ratios: [Double] = []
        for _ in 0..<windows {
            for _ in 0..<2 {
                bench.time.advance(seconds: Double.random(in: 0.01...0.9, using: &random))
                bench.log.readAll()
            }
            bench.time.advance(seconds: Double.random(in: 0...0.5, using: &random))
            let opened = bench.time.now
            let window = bench.open()
            let length = 0.05 * pow(10, Double.random(in: 0...2, using: &random))
            let closed = opened + Int64(length * 1e9)
            bench.look(until: closed)
            let box = bench.close(window, at: closed)
            bench.look(until: .max)
            let truth =
                load.joules(at: Double(closed - Self.start) * 1e-9)
                - load.joules(at: Double(opened - Self.start) * 1e-9)
            guard let value = box.first else {
                #expect(source.failsPercent > 0)
                continue
            }
            // What was not counted has no relative error.
            let error = (value.uncertaintyRelative ?? 0) * value.energy.joules
            #expect(value.energy.joules >= 0)
            if value.coverage < 0.999 {
                // A gap is not filled in, and never doubles anything.
                #expect(value.flags.contains(.readFailed))
                #expect(value.energy.joules <= truth + error + 700 * refresh)
                continue
            }
            whole += 1
            if closed - opened > 2_000_000_000 { ratios.append(value.energy.joules / truth) }
            guard value.uncertaintyRelative != nil else { continue }
            if abs(value.energy.joules - truth) > error + 1e-6 { outside += 1 }
        }
        #expect(whole > windows * 8 / 10)
        #expect(outside * 100 <= whole, "\(outside) of \(whole)")
        let mean = ratios.reduce(0, +) / Double(ratios.count)
        #expect(abs(mean - 1) < 0.001)
        guard refresh <= 0.001 else { return }
        #expect(ratios.allSatisfy { abs($0 - 1) < 0.005 })
    }
}
