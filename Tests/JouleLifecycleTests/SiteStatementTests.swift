import JouleFile
import JouleQuantities
import Testing

@testable import JouleLifecycle

@Suite("Water and cost of what a site is said to have")
struct SiteStatementTests {
    private func summary(
        _ runs: [RunRecord],
        pue: Double? = 1.5,
        wue: Double? = nil,
        ewif: Double? = nil,
        tariff: Money? = nil
    ) throws -> LifecycleSummary {
        var options = LifecycleOptions()
        options.region = "FR"
        options.pue = pue
        options.site = try SiteStatement(wue: wue, ewif: ewif, tariff: tariff)
        return try LifecycleSummary(runs: runs, options: options)
    }

    @Test("WUE meets IT energy, EWIF and the tariff meet facility energy")
    func sides() throws {
        // 2 kWh of IT energy, 3 kWh of the facility.
        let runs = [try makeRun("a"), try makeRun("b", stage: .search)]
        let json = try summary(runs, wue: 0.5, ewif: 4, tariff: Money(0.2, "EUR")).json
        let totals = json["totals"]
        #expect(closeTo(totals?["water"]?["on_site"]?["litres"]?.double, 1))
        #expect(closeTo(totals?["water"]?["off_site"]?["litres"]?.double, 12))
        #expect(closeTo(totals?["water_l"]?.double, 13))
        #expect(closeTo(totals?["cost"]?["amount"]?.double, 0.6))
        #expect(totals?["cost"]?["currency"]?.string == "EUR")
        let stages = try #require(json["stages"]?.array)
        #expect(stages.count == 2)
        for stage in stages { #expect(closeTo(stage["water_l"]?.double, 6.5)) }
    }

    @Test("Half of the water is no water, and what is not stated is null and said to be missing")
    func missing() throws {
        let half = try summary([try makeRun("a")], wue: 2)
        let totals = half.json["totals"]?.object
        #expect(totals?["water_l"] == .null)
        #expect(closeTo(totals?["water"]?["on_site"]?["litres"]?.double, 2))
        #expect(totals?["water"]?.object?["off_site"] == .null)
        #expect(totals?["cost"]?.object?["amount"] == .null)
        let said = half.notMeasured.filter { $0.kind == "impact" }.map(\.location)
        #expect(said.contains("water") && said.contains("cost"))
        let whole = try summary([try makeRun("a")], wue: 0, ewif: 0, tariff: Money(0, "EUR"))
        // Nothing and not known are two things.
        #expect(whole.json["totals"]?["water_l"]?.double == 0)
        #expect(
            whole.notMeasured.filter { $0.kind == "impact" }.map(\.location) == ["carbon", "land"]
        )
        let none = try summary([try makeRun("a", joules: nil)], wue: 1, ewif: 1)
        #expect(none.json["totals"]?.object?["water_l"] == .null)
    }

    @Test("Without a PUE what hangs on facility energy is a range")
    func range() throws {
        let run = try makeRun("a")
        let json = try summary([run], pue: nil, wue: 1, ewif: 2, tariff: Money(1, "USD")).json
        let totals = json["totals"]?.object
        #expect(totals?["water_l"] == .null)
        #expect(closeTo(totals?["water"]?["on_site"]?["litres"]?.double, 1))
        let facility = totals?["energy"]?["facility_range_kwh"]
        let water = totals?["water"]?["off_site"]?["range"]
        let cost = totals?["cost"]
        for end in ["low", "high"] {
            let kilowattHours = try #require(facility?[end]?.double)
            #expect(closeTo(water?[end]?.double, 2 * kilowattHours))
            #expect(closeTo(cost?["range"]?[end]?.double, kilowattHours))
        }
        #expect(cost?.object?["amount"] == .null && cost?["currency"]?.string == "USD")
    }

    @Test("What no site has is refused", arguments: [-0.1, 1e9, .nan, .infinity])
    func implausible(value: Double) {
        #expect(throws: LifecycleError.self) {
            try SiteStatement(wue: value, ewif: nil, tariff: nil)
        }
        #expect(throws: LifecycleError.self) {
            try SiteStatement(wue: nil, ewif: value, tariff: nil)
        }
        #expect(throws: LifecycleError.self) {
            try SiteStatement(wue: nil, ewif: nil, tariff: Money(value, "EUR"))
        }
    }

    @Test("The table has a column for what is stated, and says what it stands on")
    func table() throws {
        let runs = [try makeRun("a")]
        let plain = try summary(runs).tableText(width: 200)
        #expect(!plain.contains("water L") && !plain.contains("Stated:"))
        let half = try summary(runs, ewif: 2).markdown
        #expect(half.contains("off-site water L") && half.contains("3.000"))
        let whole = try summary(runs, wue: 1, ewif: 2, tariff: Money(0.3, "CHF"))
            .tableText(width: 200)
        #expect(whole.contains("water L") && whole.contains("CHF") && whole.contains("4.000"))
        #expect(whole.contains("WUE 1.000 L/kWh of IT energy, EWIF 2.000 L/kWh"))
    }
}
