import JouleFile
import JouleQuantities
import Testing

@testable import JouleLifecycle

@Suite("What was bought, hour by hour")
struct MatchingTests {
    private func summary(
        _ runs: [RunRecord],
        _ text: String,
        purchase: Purchase? = nil
    ) throws -> LifecycleSummary {
        var options = LifecycleOptions()
        options.site = try SiteStatement(purchase: purchase)
        return try LifecycleSummary(runs: runs, options: options, factors: makeFactors(text))
    }

    private func carbon(_ summary: LifecycleSummary) -> (hourly: Double?, annual: Double?) {
        let carbon = summary.json["totals"]?["carbon"]
        return (carbon?["market_hourly_kg"]?.double, carbon?["market_annual_kg"]?.double)
    }

    @Test("A surplus of one hour covers no other one")
    func surplus() throws {
        // 1 kWh over two hours: twice what the first takes, nothing in the second.
        let text = seriesText([100, 100], shares: [2, 0], residual: 400)
        let both = carbon(try summary([try makeTimedRun("a", hours: 2)], text))
        #expect(closeTo(both.hourly, 0.2))
        #expect(both.annual == 0)
    }

    @Test("A constant share is the same by the hour and by the year, as contract or series")
    func constant() throws {
        let run = try makeTimedRun("a", start: 0.3, hours: 5.5)
        let shares = [Double](repeating: 0.6, count: 6)
        let grams = [Double](repeating: 50, count: 6)
        let text = seriesText(grams, shares: shares, residual: 420)
        let bought = try Purchase(contracts: [(0.6, 0)], residual: 420)
        for purchase in [nil, bought] {
            let both = carbon(try summary([run], text, purchase: purchase))
            #expect(closeTo(both.hourly, 0.4 * 0.42, relative: 1e-9))
            #expect(closeTo(both.annual, 0.4 * 0.42, relative: 1e-9))
        }
    }

    @Test(
        "By the hour is never less than by the year, and never touches the place's",
        arguments: 0..<50
    )
    func laws(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let grams = (0..<24).map { _ in Double.random(in: 1...900, using: &random) }
        let shares = (0..<24).map { _ in Double.random(in: 0...1.8, using: &random) }
        let runs = try (0..<4).map { number in
            try makeTimedRun(
                "run-\(number)",
                start: Double.random(in: 0...10, using: &random),
                hours: Double.random(in: 0...10, using: &random)
            )
        }
        let matched = try summary(runs, seriesText(grams, shares: shares, residual: 400))
        let both = carbon(matched)
        let (hourly, annual) = (try #require(both.hourly), try #require(both.annual))
        #expect(hourly >= annual * (1 - 1e-9), "seed \(seed)")
        #expect(hourly <= 4 * 0.4 * (1 + 1e-9), "seed \(seed)")
        let plain = try summary(runs, seriesText(grams))
        #expect(matched.totals.carbon?.point == plain.totals.carbon?.point, "seed \(seed)")
    }

    @Test("The order of hours of equal use changes nothing", arguments: 0..<20)
    func permutation(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let run = try makeTimedRun("a", hours: 24)
        var hours = (0..<24).map { _ in
            (Double.random(in: 1...900, using: &random), Double.random(in: 0...2, using: &random))
        }
        func both() throws -> (hourly: Double?, annual: Double?) {
            carbon(
                try summary(
                    [run],
                    seriesText(hours.map(\.0), shares: hours.map(\.1), residual: 400)
                )
            )
        }
        let before = try both()
        hours.shuffle(using: &random)
        let after = try both()
        #expect(closeTo(after.hourly, try #require(before.hourly), relative: 1e-9))
        #expect(closeTo(after.annual, try #require(before.annual), relative: 1e-9))
    }

    @Test("Where a share or the rest's intensity is not known, nothing is pretended")
    func unknown() throws {
        let run = try makeTimedRun("a", hours: 2)
        let noShares = try summary([run], seriesText([100, 100], residual: 400))
        #expect(noShares.totals.matched.carbon == nil)
        let noResidual = try summary([run], seriesText([100, 100], shares: [1, 1]))
        #expect(noResidual.totals.matched.carbon == nil)
        let stated = try Purchase(contracts: [], residual: 300)
        let residual = try summary(
            [run],
            seriesText([100, 100], shares: [1, 0]),
            purchase: stated
        )
        #expect(closeTo(carbon(residual).hourly, 0.15))
        // Half of the run lies outside of the series: all of that is matched, or nothing.
        let text = seriesText([100], shares: [0.5])
        let half = try summary([run], text, purchase: stated)
        let json = half.json["totals"]?["carbon"]
        #expect(json?.object?["market_hourly_kg"] == .null)
        #expect(closeTo(json?["market_hourly_range_kg"]?["low"]?.double, 0.075))
        #expect(closeTo(json?["market_hourly_range_kg"]?["high"]?.double, 0.225))
        // A run elsewhere has no hours, so that there is no figure for both.
        let elsewhere = try makeRun("b", region: "SE", pue: "1")
        let mixed = try summary([run, elsewhere], text, purchase: stated)
        #expect(mixed.totals.matched.carbon == nil)
        #expect(mixed.notMeasured.contains { $0.location == "market_hourly" })
    }

    @Test("Stages add up to the total, and the table shows both figures")
    func stages() throws {
        let runs = [
            try makeTimedRun("a", hours: 2), try makeTimedRun("b", start: 1, hours: 2),
        ]
        var search = runs[1]
        search.stage = .search
        let summary = try summary(
            [runs[0], search],
            seriesText([100, 50, 10], shares: [0.2, 0.4, 0.8], residual: 500)
        )
        let parts = summary.json["stages"]?.array ?? []
        let sum = parts.compactMap { $0["carbon"]?["market_hourly_kg"]?.double }.reduce(0, +)
        #expect(parts.count == 2 && closeTo(carbon(summary).hourly, sum))
        #expect(summary.tableText(width: 200).contains("CO2e g (market, hourly)"))
        #expect(summary.markdown.contains("F4: CO2e (market, hourly)"))
    }
}
