import Glibc
import JouleMeters
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleSampler

/// A load whose power is known at every moment, and its energy with it.
private struct KnownLoad {
    /// Moments at which the power changes, in seconds, and the joules until then.
    private var changes: [(at: Double, joules: Double, watts: Double)] = []

    /// Power between 60 and 700 W that changes every 30 ms to 3 s; with `isSteady`, 300 W.
    init(seconds: Double, isSteady: Bool, using random: inout SplitMix) {
        var now = 0.0
        var joules = 0.0
        while now < seconds {
            let watts = isSteady ? 300 : Double.random(in: 60...700, using: &random)
            let lasts = 0.03 * pow10(Double.random(in: 0...2, using: &random))
            changes.append((now, joules, watts))
            joules += watts * lasts
            now += lasts
        }
    }

    /// Joules until a moment.
    func joules(at seconds: Double) -> Double {
        var low = 0
        var high = changes.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if changes[middle].at <= seconds { low = middle } else { high = middle }
        }
        let last = changes[low]
        return last.joules + last.watts * max(0, seconds - last.at)
    }
}

@Suite("Stated intervals")
struct IntervalTests {
    private static let start = FakeTime().now

    @Test(
        "The truth lies in the stated interval, down to windows of 50 ms",
        arguments: [(0.001, false), (0.02, false), (0.1, false), (0.1, true)]
    )
    func intervals(refresh: Double, isSteady: Bool) throws {
        var random = SplitMix(seed: UInt64(refresh * 1000) + (isSteady ? 7 : 0))
        let load = KnownLoad(seconds: 4000, isSteady: isSteady, using: &random)
        let phase = Double.random(in: 0...refresh, using: &random)
        let meter = FakeMeter(refreshNS: Int64(refresh * 1e9)) { now in
            let seconds = Double(now - Self.start) * 1e-9
            let renewed = ((seconds - phase) / refresh).rounded(.down) * refresh + phase
            return .counter(
                UInt64(load.joules(at: max(0, renewed)) * 1e6),
                range: nil,
                joulesPerUnit: 1e-6
            )
        }
        var bench = Bench([meter])
        var outside = 0
        let windows = 3000
        var sumOfRatios = 0.0
        var longOnes = 0
        for _ in 0..<windows {
            bench.time.advance(seconds: Double.random(in: 0.01...0.9, using: &random))
            bench.log.readAll()
            bench.time.advance(seconds: Double.random(in: 0.01...0.9, using: &random))
            let opened = bench.time.now
            let window = bench.open()
            let length = 0.05 * pow10(Double.random(in: 0...2, using: &random))
            let closed = opened + Int64(length * 1e9)
            bench.look(until: closed)
            let box = bench.close(window, at: closed)
            bench.look(until: .max)
            let value = try #require(box.first)
            let truth =
                load.joules(at: Double(closed - Self.start) * 1e-9)
                - load.joules(at: Double(opened - Self.start) * 1e-9)
            #expect(value.energy.joules >= 0)
            if closed - opened > 2_000_000_000 {
                sumOfRatios += value.energy.joules / truth
                longOnes += 1
            }
            // Where nothing was counted, nothing is claimed.
            guard let relative = value.uncertaintyRelative else { continue }
            if abs(value.energy.joules - truth) > relative * value.energy.joules + 1e-6 {
                outside += 1
            }
        }
        #expect(outside * 100 <= windows)
        #expect(abs(sumOfRatios / Double(longOnes) - 1) < 0.005)
    }
}

private func pow10(_ exponent: Double) -> Double { pow(10, exponent) }
