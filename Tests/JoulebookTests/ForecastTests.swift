import Glibc
import JouleMeters
import JouleQuantities
import JouleTestSupport
import Joulebook
import Testing

@Suite("Forecast")
struct ForecastTests {
    /// A forecaster that has seen epochs from 1 on.
    private func seen(_ seconds: [Double], watts: Double? = nil) -> Forecaster {
        var forecaster = Forecaster()
        for (place, value) in seconds.enumerated() {
            forecaster.add(
                epoch: Double(place + 1),
                seconds: value,
                joules: watts.map { $0 * value }
            )
        }
        return forecaster
    }

    @Test(
        "A constant pace is foretold exactly, whatever the start took",
        arguments: [2, 3, 17, 90]
    )
    func constant(count: Int) throws {
        let seconds = [40.0] + Array(repeating: 3.0, count: count - 1)
        let forecast = try #require(seen(seconds, watts: 50).forecast(until: 100))
        #expect(forecast.epochsEnded == count && forecast.lastEpoch == 100)
        #expect(abs(forecast.seconds.central - 337) < 1e-9)
        #expect(abs((forecast.joules?.central ?? 0) - 50 * 337) < 1e-6)
        #expect(forecast.seconds.low < 337 && forecast.seconds.high > 337)
    }

    @Test("A single epoch is all there is to go by, and the interval is wide")
    func alone() throws {
        let seconds = try #require(seen([10]).forecast(until: 5)?.seconds)
        #expect(seconds.central == 50)
        #expect(seconds.low <= 26 + 1e-9 && seconds.high >= 74 - 1e-9)
    }

    @Test("Rows several epochs apart count as so many", arguments: [1.0, 4, 0.05, 168_000])
    func steps(step: Double) throws {
        var forecaster = Forecaster(first: 1)
        var number = 3 * step
        forecaster.add(epoch: number, seconds: 100, joules: nil)
        for _ in 0..<4 {
            number += step
            forecaster.add(epoch: number, seconds: 8, joules: nil)
        }
        let seconds = try #require(forecaster.forecast(until: 2 * number)?.seconds)
        // Seven steps are behind, seven ahead.
        #expect(abs(seconds.central - (132 + 7 * 8)) < 1e-6)
    }

    @Test("The more the pace wanders, the wider the interval", arguments: 0..<20)
    func noise(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let noise = (0..<12).map { _ in Double.random(in: -1...1, using: &random) }
        var widths: [Double] = []
        for strength in [0, 0.5, 1, 2] {
            let seconds = [30.0] + noise.map { 10 + strength * $0 }
            let interval = try #require(seen(seconds).forecast(until: 50)?.seconds)
            // Medians differ; what counts is the width as a share of what is left.
            let left = interval.central - seconds.reduce(0, +)
            widths.append((interval.high - interval.low) / left)
        }
        #expect(widths == widths.sorted() && Set(widths).count == 4, "seed \(seed): \(widths)")
    }

    @Test("A rest at the mean pace of the epochs seen lies in the interval", arguments: 0..<50)
    func outliers(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let rows = (0..<Int.random(in: 1...30, using: &random)).map { _ in
            let isSlow = Double.random(in: 0...1, using: &random) < 0.1
            return isSlow ? 100 : Double.random(in: 1...2, using: &random)
        }
        let interval = try #require(seen([5] + rows).forecast(until: 200)?.seconds)
        let mean = rows.reduce(0, +) / Double(rows.count)
        let sum = 5 + rows.reduce(0, +)
        let total = sum + mean * Double(200 - rows.count - 1)
        #expect(interval.low <= total && total <= interval.high, "seed \(seed)")
    }

    @Test("Low, central and high are in order, never below what was used", arguments: 0..<100)
    func order(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let rows = (0..<8).map { _ in Double.random(in: 0...1000, using: &random) }
        let forecaster = seen(rows, watts: 3)
        let used = rows.reduce(0, +)
        var before = 0.0
        for end in 8...40 {
            let forecast = try #require(forecaster.forecast(until: Double(end)))
            for (interval, least) in [(forecast.seconds, used), (forecast.joules, 3 * used)] {
                let interval = try #require(interval)
                #expect(interval.low >= least * (1 - 1e-12), "seed \(seed)")
                #expect(interval.low <= interval.central && interval.central <= interval.high)
            }
            #expect(forecast.seconds.central >= before)
            before = forecast.seconds.central
        }
    }

    @Test("At the end the forecast is what was used")
    func done() throws {
        let forecast = try #require(seen([9, 1, 2], watts: 2).forecast(until: 3))
        #expect(forecast.seconds.low == 12 && forecast.seconds.high == 12)
        #expect(forecast.joules?.central == 24)
    }

    /// Curves of MLPerf Training results: numbers of the rows, and their seconds.
    static let recorded: [(name: String, numbers: [Double], seconds: [Double])] = [
        (
            "resnet: the first row is shorter than the others", (0..<10).map { 3 + 4 * Double($0) },
            [1415.8, 1861.4, 1860.5, 1861.5, 1861.0, 1861.4, 1861.5, 1865.3, 1860.2, 1861.5]
        ),
        (
            "unet3d: the first row is most of the run",
            (0..<29).map { 168_000 + 3360 * Double($0) },
            [627.7, 15.6, 15.6] + Array(repeating: 15.5, count: 26)
        ),
        (
            "bert: the first row holds the start", (1...19).map { 175_104 * Double($0) },
            [12.3] + Array(repeating: 8.7, count: 14) + [8.8, 8.9, 8.7, 8.7]
        ),
        (
            "gnn: parts of an epoch", (1...18).map { 0.05 * Double($0) },
            [
                62.0, 39.7, 38.3, 38.6, 38.0, 38.0, 38.2, 38.2, 38.4, 38.3, 38.4, 38.5, 38.4, 38.2,
                37.9, 38.6, 38.2, 38.4,
            ]
        ),
    ]

    @Test("A fifth of a recorded curve foretells its end within 5 %", arguments: recorded)
    func recordedCurve(name: String, numbers: [Double], seconds: [Double]) throws {
        var forecaster = Forecaster(first: 1)
        for (number, value) in zip(numbers, seconds).prefix((seconds.count + 4) / 5) {
            forecaster.add(epoch: number, seconds: value, joules: 300 * value)
        }
        let last = try #require(numbers.last)
        let forecast = try #require(forecaster.forecast(until: last))
        let truth = seconds.reduce(0, +)
        let joules = try #require(forecast.joules)
        for (interval, truth) in [(forecast.seconds, truth), (joules, 300 * truth)] {
            #expect(abs(interval.central / truth - 1) < 0.05)
            #expect(interval.low <= truth && truth <= interval.high)
        }
    }

    @Test("Nothing is foretold from nothing, nor of what is behind")
    func nothing() {
        #expect(Forecaster().forecast(until: 10) == nil)
        #expect(seen([1, 2, 3]).forecast(until: 2) == nil)
        // A row before the first epoch is a start and no epoch.
        var forecaster = Forecaster(first: 1)
        forecaster.add(epoch: 0, seconds: 5, joules: nil)
        #expect(forecaster.forecast(until: 10) == nil)
    }

    @Test("An epoch without energy leaves no forecast of it, and no carbon")
    func missing() throws {
        var forecaster = seen([1, 1], watts: 5)
        forecaster.add(epoch: 3, seconds: 1, joules: nil)
        let forecast = try #require(forecaster.forecast(until: 9, kgPerKWh: 1, usdPerKWh: 1))
        #expect(forecast.joules == nil && forecast.carbonKg == nil && forecast.usd == nil)
        #expect(forecast.seconds.central == 9)
    }

    @Test("Carbon and cost follow the energy, and are missing without a rate")
    func rates() throws {
        let forecaster = seen([1, 1], watts: 3.6e6)
        let forecast = try #require(forecaster.forecast(until: 10, kgPerKWh: 0.5, usdPerKWh: 2))
        #expect(abs((forecast.carbonKg?.central ?? 0) - 5) < 1e-9)
        #expect(abs((forecast.usd?.central ?? 0) - 20) < 1e-9)
        let bare = try #require(forecaster.forecast(until: 10))
        #expect(bare.joules != nil && bare.carbonKg == nil && bare.usd == nil)
    }

    @Test("Epochs that are counted anew are judged by themselves")
    func anew() throws {
        var forecaster = seen([10, 10, 10])
        for number in 1...3 {
            forecaster.add(epoch: Double(number), seconds: 2, joules: nil)
        }
        let seconds = try #require(forecaster.forecast(until: 5)?.seconds)
        #expect(abs(seconds.central - (30 + 6 + 4)) < 1e-9)
    }

    @Test("A rollback goes on at its own pace, whatever the number it goes back to")
    func rollback() throws {
        var forecaster = Forecaster(first: 1)
        for number in 1...6 { forecaster.add(epoch: Double(number), seconds: 10, joules: nil) }
        forecaster.add(epoch: 4, seconds: 12, joules: nil)
        let seconds = try #require(forecaster.forecast(until: 6)?.seconds)
        #expect(abs(seconds.central - (60 + 12 + 2 * 12)) < 1e-9)
        // What a forgotten epoch began at is not the origin either.
        var late = Forecaster(first: 1, forgotten: 9)
        late.add(epoch: 10, seconds: 5, joules: nil)
        #expect(late.forecast(until: 12)?.seconds.central == 15)
    }

    @Test("An epoch that goes on for longer than usual moves the end, a shorter one does not")
    func begun() throws {
        let forecaster = seen([10, 10, 10])
        let half = try #require(forecaster.forecast(until: 5, elapsed: 35, begun: 5))
        #expect(abs(half.seconds.central - 50) < 1e-9)
        let late = try #require(forecaster.forecast(until: 5, elapsed: 55, begun: 25))
        #expect(abs(late.seconds.central - 65) < 1e-9)
    }

    @Test("A run foretells its time from its plan, and its energy only where it is measured")
    func run() throws {
        let directory = TemporaryDirectory()
        let blind = try start(in: directory.path)
        #expect(blind.forecast() == nil && blind.forecast(until: 3) == nil)
        for number in 1...2 { blind.beginEpoch(number).end() }
        #expect(blind.forecast() == nil)
        blind.plan(epochs: 1...4)
        let forecast = try #require(blind.forecast())
        #expect(forecast.lastEpoch == 4 && forecast.epochsEnded == 2)
        #expect(forecast.joules == nil && forecast.seconds.low > 0)
        try blind.finish()
    }

    @Test("A constant power is a forecast of as much energy as of time")
    func energy() throws {
        let directory = TemporaryDirectory()
        let run = try start(in: directory.path, meters: { _ in .fake })
        run.plan(epochs: 1...8)
        for number in 1...4 {
            let epoch = run.beginEpoch(number)
            usleep(25_000)
            epoch.end()
        }
        try run.finish()
        let forecast = try #require(run.forecast(kgPerKWh: 0.5))
        let joules = try #require(forecast.joules)
        // 100 W, and 20 W beside it.
        #expect(abs(joules.central / forecast.seconds.central / 120 - 1) < 0.5)
        #expect(forecast.carbonKg == joules.scaled(by: 0.5 / 3.6e6))
    }
}
