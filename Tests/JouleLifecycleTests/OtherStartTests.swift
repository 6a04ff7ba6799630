import JouleFile
import JouleQuantities
import Testing

@testable import JouleLifecycle

@Suite("The same runs at another hour")
struct OtherStartTests {
    private func beside(
        _ runs: [RunRecord],
        _ values: [Double],
        _ start: StartShift
    ) throws -> (summary: LifecycleSummary, json: JSON) {
        var options = LifecycleOptions()
        options.beside = [Alternative("x", [.start(start)])]
        let factors = try makeFactors(seriesText(values))
        let summary = try LifecycleSummary(runs: runs, options: options, factors: factors)
        return (summary, try #require(summary.json["beside"]?.array?.first))
    }

    @Test("Later and earlier are at the hours there, and nothing else changes")
    func later() throws {
        let runs = [try makeTimedRun("a", start: 2), try makeTimedRun("b", start: 3)]
        let values: [Double] = [10, 20, 40, 80, 160]
        let after = try beside(runs, values, .later(hours: 1))
        #expect(closeTo(after.json["location_ratio"]?.double, 2))
        #expect(closeTo(after.json["facility_ratio"]?.double, 1))
        let before = try beside(runs, values, .later(hours: -1.5))
        #expect(closeTo(before.json["location_ratio"]?.double, (15.0 + 30) / 120))
        #expect(closeTo(before.summary.totals.carbon?.point?.grams, 120))
    }

    @Test("The best start is the least of the next 24 hours, for each run", arguments: 0..<20)
    func best(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let values = (0..<60).map { _ in Double.random(in: 1...900, using: &random) }
        let starts = (0..<3).map { _ in Int.random(in: 0...30, using: &random) }
        let runs = try starts.map { try makeTimedRun("run-\($0)", start: Double($0)) }
        let unique = Set(starts).sorted()
        let (summary, json) = try beside(runs, values, .bestWithinDay)
        let least = unique.map { values[$0..<($0 + 24)].min() ?? 0 }.reduce(0, +)
        let did = unique.map { values[$0] }.reduce(0, +)
        #expect(closeTo(summary.totals.carbon?.point?.grams, did), "seed \(seed)")
        #expect(closeTo(json["location_ratio"]?.double, least / did), "seed \(seed)")
        #expect(
            closeTo(json["increase_over_best"]?.double, did / least - 1, relative: 1e-9),
            "seed \(seed)"
        )
    }

    @Test("A start of which not all hours are known is no best one, and a shift there is told")
    func unknown() throws {
        let run = try makeTimedRun("a", hours: 2)
        let best = try beside([run], [100, 100, 1], .bestWithinDay)
        #expect(closeTo(best.json["location_ratio"]?.double, 50.5 / 100))
        let beyond = try beside([run], [100, 100, 1], .later(hours: 2))
        #expect(
            beyond.summary.notMeasured.contains {
                $0.location == "beside x" && $0.message.hasPrefix("50 %")
            }
        )
    }
}
