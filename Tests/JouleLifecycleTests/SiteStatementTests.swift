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
        land: Double? = nil,
        tariff: Money? = nil,
        purchase: Purchase? = nil
    ) throws -> LifecycleSummary {
        var options = LifecycleOptions()
        options.region = "FR"
        options.pue = pue
        options.site = try SiteStatement(
            wue: wue,
            ewif: ewif,
            land: land,
            tariff: tariff,
            purchase: purchase
        )
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

    @Test(
        "Land is of facility energy, a range where the PUE is one, and null where nothing is stated"
    )
    func land() throws {
        let runs = [try makeRun("a"), try makeRun("b", stage: .search)]
        let stated = try summary(runs, land: 0.02)
        #expect(closeTo(stated.json["totals"]?["land_m2"]?.double, 0.06))
        #expect(stated.markdown.contains("land m²") && stated.markdown.contains("F8: land"))
        #expect(!stated.notMeasured.contains { $0.location == "land" })
        let range = try summary(runs, pue: nil, land: 0.02).json["totals"]
        #expect(range?.object?["land_m2"] == .null)
        #expect(closeTo(range?["land_range_m2"]?["low"]?.double, 0.04))
        #expect(closeTo(range?["land_range_m2"]?["high"]?.double, 0.04 * 1.59))
        let nothing = try summary(runs)
        #expect(nothing.json["totals"]?.object?["land_m2"] == .null)
        #expect(nothing.notMeasured.contains { $0.location == "land" })
        for value in [-0.1, 4, .nan] {
            #expect(throws: LifecycleError.self) { try SiteStatement(land: value) }
        }
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
            whole.notMeasured.filter { $0.kind == "impact" }.map(\.location) == [
                "making", "carbon", "land", "market_hourly",
            ]
        )
        let none = try summary([try makeRun("a", joules: nil)], wue: 1, ewif: 1)
        #expect(none.json["totals"]?.object?["water_l"] == .null)
    }

    @Test("Contracts cover their shares, the residual mix the rest, and the location figure stays")
    func market() throws {
        // 3 kWh of the facility.
        let runs = [try makeRun("a"), try makeRun("b")]
        let purchase = try Purchase(contracts: [(0.5, 11), (0.25, 0)], residual: 400)
        let json = try summary(runs, purchase: purchase).json
        let carbon = json["totals"]?["carbon"]
        let expected = 3 * (0.5 * 11 + 0.25 * 400) / 1000
        #expect(closeTo(carbon?["market_annual_kg"]?.double, expected))
        #expect(closeTo(carbon?["location_kg"]?.double, 3 * 0.044179))
        let text = try summary(runs, purchase: purchase).tableText(width: 200)
        #expect(text.contains("(location)") && text.contains("(market)"))
        #expect(text.contains("50 % bought at 11.00 g CO2e/kWh"))
        let whole = try Purchase(contracts: [(0.7, 10), (0.3, 10)], residual: nil)
        let bought = try summary(runs, purchase: whole).json["totals"]?["carbon"]
        #expect(closeTo(bought?["market_annual_kg"]?.double, 0.03))
        // What is left beside the contracts is not known, and not taken for nothing.
        let part = try summary(runs, purchase: try Purchase(contracts: [(0.7, 10)], residual: nil))
        #expect(part.json["totals"]?["carbon"]?.object?["market_annual_kg"] == .null)
        #expect(part.notMeasured.contains { $0.message.contains("--residual") })
        let open = try summary(runs, pue: nil, purchase: purchase).json["totals"]
        let range = open?["carbon"]?["market_annual_range_kg"]
        let facility = open?["energy"]?["facility_range_kwh"]
        for end in ["low", "high"] {
            let kilowattHours = try #require(facility?[end]?.double)
            #expect(closeTo(range?[end]?.double, kilowattHours * expected / 3))
        }
    }

    @Test(
        "Contracts that nobody can have are refused",
        arguments: [(1.5, 10.0), (-0.1, 10), (0.5, -1), (0.5, 1e4), (.nan, 1), (0.5, .nan)]
    )
    func contracts(share: Double, grams: Double) {
        #expect(throws: LifecycleError.self) {
            try Purchase(contracts: [(share, grams)], residual: 1)
        }
        #expect(throws: LifecycleError.self) {
            try Purchase(contracts: [(0.6, 1), (0.6, 1)], residual: 1)
        }
        #expect(throws: LifecycleError.self) { try Purchase(contracts: [], residual: -1) }
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
        // Every figure that is shown has its formula, and no other.
        for name in ["F1:", "F3:", "F7: water on", "F7: water off", "F9:", "F13:"] {
            #expect(whole.contains(name), "\(name)")
        }
        for name in ["F4:", "F10:", "F12:", "F15:"] { #expect(!whole.contains(name), "\(name)") }
        #expect(!plain.contains("F7:") && plain.contains("F1:"))
        #expect(whole.contains("WUE 1.000 L/kWh of IT energy, EWIF 2.000 L/kWh"))
    }
}
