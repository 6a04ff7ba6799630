import JouleFile
import JouleQuantities
import Testing

@testable import JouleLifecycle

@Suite("What a summary is compared with")
struct AlternativeTests {
    private func runs() throws -> [RunRecord] {
        // 1 kWh in January and 2 in July, the second for the first.
        var first = try makeRun("a", region: "FR")
        first.started = WallTime(unixNanoseconds: 1_767_225_600_000_000_000)
        var second = try makeRun("b", joules: 7.2e6, region: "FR")
        second.started = WallTime(unixNanoseconds: 1_782_864_000_000_000_000)
        second.parents = [Parent(id: try requireID("a"), relation: "initialises")]
        return [first, second]
    }

    private func summary(_ changes: [Alternative.Change]) throws -> LifecycleSummary {
        var options = LifecycleOptions()
        options.pue = 1.5
        options.beside = [Alternative("x", changes)]
        return try LifecycleSummary(runs: runs(), options: options)
    }

    @Test("Another place and another PUE change what they should, and the summary stays")
    func place() throws {
        let summary = try summary([.region("SE"), .pue(1)])
        let beside = try #require(summary.json["beside"]?.array?.first)
        let french = 44.179
        let swedish = try #require(FactorSet.shipped.factor(.grid, for: "SE", year: 2026)?.value)
        #expect(closeTo(beside["it_ratio"]?.double, 1))
        #expect(closeTo(beside["facility_ratio"]?.double, 1 / 1.5))
        #expect(closeTo(beside["location_ratio"]?.double, swedish / (1.5 * french)))
        #expect(beside["rows_used"]?.array?.first?["region"]?.string == "SE")
        #expect(
            summary.json["factors"]?["rows_used"]?.array?.map { $0["region"]?.string } == ["FR"]
        )
        #expect(summary.tableText(width: 200).contains("SE (Sweden)"))
        let alone = try LifecycleSummary(
            runs: runs(),
            options: { () -> LifecycleOptions in
                var options = LifecycleOptions()
                options.pue = 1.5
                return options
            }()
        )
        #expect(summary.json["totals"] == alone.json["totals"])
        // That the runs were elsewhere is asked for, and no anomaly.
        #expect(summary.anomalies.isEmpty)
    }

    @Test("Another model and another period are other runs")
    func selection() throws {
        func kilowattHours(_ changes: [Alternative.Change]) throws -> Double? {
            try summary(changes).json["beside"]?.array?.first?["totals"]?["energy"]?["it_kwh"]?
                .double
        }
        let july = WallTime(unixNanoseconds: 1_782_000_000_000_000_000)
        #expect(closeTo(try kilowattHours([.model("a")]), 1))
        #expect(closeTo(try kilowattHours([.model("b")]), 3))
        #expect(closeTo(try kilowattHours([.since(july)]), 2))
        #expect(closeTo(try kilowattHours([.until(july)]), 1))
        var options = LifecycleOptions()
        options.until = july
        options.beside = [Alternative("later", [.since(july)])]
        let later = try LifecycleSummary(runs: runs(), options: options).beside.first?.impact
        #expect(closeTo(later?.it?.point?.kilowattHours, 2))
        // None of the runs: not known, and no zero.
        let none = try summary([.project("other")]).json["beside"]?.array?.first
        #expect(none?["totals"]?["energy"]?.object?["it_kwh"] == .null)
        #expect(none?.object?["it_ratio"] == .null)
    }

    @Test("What does not exist is refused as it is without comparison")
    func errors() {
        let wrong: [Alternative.Change] = [.region("Atlantis"), .pue(0.5), .model("zz")]
        for change in wrong {
            #expect(throws: LifecycleError.self) { try summary([change]) }
        }
    }
}
