import JouleFile
import JouleQuantities
import Testing

@testable import JouleLifecycle

/// 2026-03-02T00:00:00Z in Unix seconds.
let midnight = 1_772_409_600.0

/// A file of hourly rows of `FR` from midnight on; nil leaves the row out.
func seriesText(
    _ grams: [Double?],
    shares: [Double]? = nil,
    residual: Double? = nil,
    region: String = "FR"
) -> String {
    var text = "time,region,value,unit,source,signal,cfe_share,residual\n"
    for (hour, value) in grams.enumerated() {
        guard let value else { continue }
        let day = "2026-03-\(hour / 24 + 2 < 10 ? "0" : "")\(hour / 24 + 2)"
        let ofDay = hour % 24
        let share = shares.map { "\($0[hour])" } ?? ""
        let rest = residual.map { "\($0)" } ?? ""
        text += "\(day)T\(ofDay < 10 ? "0" : "")\(ofDay):00:00Z,\(region),\(value),g/kWh,test,"
        text += "location_average,\(share),\(rest)\n"
    }
    return text
}

func makeFactors(_ text: String) throws -> FactorSet {
    FactorSet.shipped.adding(try RegionalSeries(csv: text, name: "own.csv"))
}

/// A run of `hours` from `start` hours after midnight on, of 1 kWh, in France, with a PUE of 1.
func makeTimedRun(_ id: String, start: Double = 0, hours: Double = 1) throws -> RunRecord {
    var run = try makeRun(id, seconds: hours * 3600, region: "FR", pue: "1")
    run.started = WallTime(unixSeconds: midnight + start * 3600)
    return run
}

func makeEpoch(_ number: Int, start: Double, hours: Double, joules: Double) -> EpochRecord {
    var epoch = EpochRecord(number: number)
    epoch.started = WallTime(unixSeconds: midnight + start * 3600)
    epoch.durationSeconds = hours * 3600
    epoch.energy = Energy(joules: joules)
    return epoch
}

@Suite("Carbon by the hours of a series")
struct SeriesTests {
    private func grams(_ runs: [RunRecord], _ text: String) throws -> Double? {
        try LifecycleSummary(runs: runs, factors: makeFactors(text)).totals.carbon?.point?.grams
    }

    @Test("A run without epochs is spread evenly from its start to its end")
    func even() throws {
        // Half an hour at 10, an hour at 20, half an hour at 40.
        let run = try makeTimedRun("a", start: 0.5, hours: 2)
        #expect(closeTo(try grams([run], seriesText([10, 20, 40])), 0.25 * 10 + 0.5 * 20 + 10))
    }

    @Test("Epochs count at their own times, what is outside of them between them")
    func epochs() throws {
        var run = try makeTimedRun("a", hours: 4)
        // 50 % in hour 0, 30 % in hour 2; 20 % is left for the hours 1 and 3.
        run.epochs = [
            makeEpoch(1, start: 0, hours: 1, joules: 1.8e6),
            makeEpoch(2, start: 2, hours: 1, joules: 1.08e6),
        ]
        let expected = 0.5 * 100 + 0.3 * 300 + 0.1 * 200 + 0.1 * 400
        #expect(closeTo(try grams([run], seriesText([100, 200, 300, 400])), expected))
    }

    @Test("Epochs that together take longer than the run are not believed, a sum of all is")
    func impossible() throws {
        var run = try makeTimedRun("a", hours: 2)
        run.epochs = (0..<100).map { makeEpoch($0, start: 0, hours: 1, joules: 3.6e4) }
        #expect(closeTo(try grams([run], seriesText([100, 300])), 200))
    }

    @Test("A constant series is the same as the yearly factor, whatever the course")
    func constant() throws {
        var run = try makeTimedRun("a", start: 3.21, hours: 7.7)
        run.epochs = (0..<7).map {
            makeEpoch($0, start: 3.3 + Double($0), hours: 0.6, joules: 1e5 * Double($0 + 1))
        }
        let text = seriesText(.init(repeating: 44.179, count: 24))
        let yearly = try LifecycleSummary(runs: [run]).totals.carbon?.point?.grams
        #expect(closeTo(try grams([run], text), try #require(yearly)))
    }

    @Test("It is what a sum by the minute gives, for any course", arguments: 0..<20)
    func byTheMinute(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let values = (0..<48).map { _ in Double.random(in: 1...900, using: &random) }
        var run = try makeTimedRun("a", hours: 40)
        var start = 0
        var sum = 0.0
        let minutes = (0..<3).map { _ in Int.random(in: 1...700, using: &random) }
        let joules = (0..<3).map { _ in Double.random(in: 1...1e6, using: &random) }
        for number in 0..<3 {
            let epoch = makeEpoch(
                number,
                start: Double(start) / 60,
                hours: Double(minutes[number]) / 60,
                joules: joules[number]
            )
            run.epochs.append(epoch)
            for minute in start..<(start + minutes[number]) {
                let kilowattHours = joules[number] / Double(minutes[number]) / 3.6e6
                sum += kilowattHours * values[minute / 60]
            }
            start += minutes[number]
        }
        run.energy = Energy(joules: joules.reduce(0, +))
        run.deviceEnergy = [makeReading(0, joules.reduce(0, +))]
        #expect(closeTo(try grams([run], seriesText(values)), sum, relative: 1e-9), "seed \(seed)")
    }

    @Test("Hours without a row take the yearly factor, and their share is told")
    func gaps() throws {
        let run = try makeTimedRun("a", hours: 4)
        let factors = try makeFactors(seriesText([100, nil, 100, 100]))
        let summary = try LifecycleSummary(runs: [run], factors: factors)
        #expect(closeTo(summary.totals.carbon?.point?.grams, 75 + 0.25 * 44.179))
        let told = summary.notMeasured.filter { $0.kind == "series" }
        #expect(told.count == 1 && told.first?.message.hasPrefix("25 % of the energy") == true)
        #expect(summary.factorsUsed.map(\.factor.series?.missing) == [1, nil])
    }

    @Test("A run of unknown time keeps the yearly factor, one elsewhere is not touched")
    func outside() throws {
        let undated = try makeRun("a", region: "FR", pue: "1")
        let elsewhere = try makeRun("b", region: "SE", pue: "1")
        let factors = try makeFactors(seriesText([500]))
        for run in [undated, elsewhere] {
            let with = try LifecycleSummary(runs: [run], factors: factors)
            let without = try LifecycleSummary(runs: [run])
            #expect(with.totals.carbon?.point == without.totals.carbon?.point)
            #expect(with.factorsUsed.allSatisfy { $0.factor.series == nil })
        }
        let told = try LifecycleSummary(runs: [undated], factors: factors).notMeasured
        #expect(told.contains { $0.kind == "series" && $0.message.hasPrefix("100 %") })
    }

    @Test("A region that only the series knows is no unknown one")
    func ownRegion() throws {
        var run = try makeTimedRun("a", hours: 2)
        run.env?["JOULEBOOK_REGION"] = "own:room"
        let factors = try makeFactors(seriesText([100, 300, 800], region: "own:room"))
        var options = LifecycleOptions()
        options.region = "own:room"
        let summary = try LifecycleSummary(runs: [run], options: options, factors: factors)
        #expect(closeTo(summary.totals.carbon?.point?.grams, 200))
        #expect(summary.anomalies.isEmpty)
    }

    @Test("The report names the file, its hash, its span and its rows")
    func named() throws {
        let text = seriesText([100, 200, 600])
        let run = try makeTimedRun("a")
        let summary = try LifecycleSummary(runs: [run], factors: makeFactors(text))
        let row = try #require(summary.json["factors"]?["rows_used"]?.array?.first)
        #expect(row["series"]?["sha256"]?.string == ContentHash.sha256Hex(text))
        #expect(row["series"]?["rows"]?.integer == 3)
        #expect(row["series"]?["from"]?.double == midnight)
        #expect(row["series"]?["until"]?.double == midnight + 3 * 3600)
        #expect(row["value"]?.double == 300)
        #expect(row["set"]?.string == "own.csv")
        #expect(
            summary.markdown.contains(
                "mean of 3 rows from 2026-03-02T00:00Z to 2026-03-02T03:00Z, test"
            )
        )
        #expect(summary.factorSet.name == "joulebook-factors + own.csv")
    }

    @Test(
        "What a series cannot be is refused with its line and column",
        arguments: [
            ("2026-03-02T01:00:00Z,FR,1600,g/kWh,s,location_average,,", "line 3, value"),
            ("2026-03-02T01:00:00Z,FR,0,g/kWh,s,location_average,,", "line 3, value"),
            ("2026-03-02T01:00:00Z,FR,nan,g/kWh,s,location_average,,", "line 3, value"),
            ("2026-03-02T01:00:00Z,FR,,g/kWh,s,location_average,,", "line 3, value"),
            ("2026-03-02T01:00:00Z,FR,0.1,kg/kWh,s,location_average,,", "line 3, unit"),
            ("2026-03-02T01:00:00Z,FR,50,g/kWh,s,marginal,,", "line 3, signal"),
            ("2026-03-02T01:00:00Z,FR,50,g/kWh,s,market_based,,", "line 3, signal"),
            ("2026-03-02T01:00:00Z,FR,50,g/kWh,,location_average,,", "line 3, source"),
            ("2026-03-02T01:00:00Z,FR,50,g/kWh,other,location_average,,", "line 3, source"),
            ("2026-03-02T01:00:00Z,,50,g/kWh,s,location_average,,", "line 3, region"),
            ("2026-03-02T01:00:00,FR,50,g/kWh,s,location_average,,", "line 3, time"),
            ("2026-03-02,FR,50,g/kWh,s,location_average,,", "line 3, time"),
            ("2026-03-02T00:00:00Z,FR,50,g/kWh,s,location_average,,", "line 3, time"),
            ("2026-03-01T23:00:00Z,fr,50,g/kWh,s,location_average,,", "line 3, time"),
            ("2026-03-02T00:00:30Z,FR,50,g/kWh,s,location_average,,", "line 3, time"),
            ("2026-03-04T00:00:00Z,FR,50,g/kWh,s,location_average,,", "line 3, time"),
            ("2026-03-02T01:00:00Z,FR,50,g/kWh,s,location_average,-0.1,", "line 3, cfe_share"),
            ("2026-03-02T01:00:00Z,FR,50,g/kWh,s,location_average,60%,", "line 3, cfe_share"),
            ("2026-03-02T01:00:00Z,FR,50,g/kWh,s,location_average,,9000", "line 3, residual"),
        ]
    )
    func refused(row: String, place: String) throws {
        let text =
            "time,region,value,unit,source,signal,cfe_share,residual\n"
            + "2026-03-02T00:00:00Z,FR,50,g/kWh,s,location_average,,\n\(row)\n"
        #expect {
            _ = try RegionalSeries<LocationAverage>(csv: text, name: "own.csv")
        } throws: { error in
            "\(error)".hasPrefix("own.csv: \(place): ")
        }
    }

    @Test("Rows between the steps of most of them are refused, whole steps left out are gaps")
    func steps() throws {
        func series(_ times: [String]) throws -> IntensitySeries<LocationAverage> {
            let rows = times.map { "2026-03-02T\($0):00Z,FR,50,g/kWh,s,location_average" }
            let text = "time,region,value,unit,source,signal\n" + rows.joined(separator: "\n")
            let all = try RegionalSeries<LocationAverage>(csv: text, name: "own.csv")
            return try #require(all["FR"]?.series)
        }
        let whole = try series(["00:00", "01:00", "02:00", "05:00", "06:00"])
        #expect(whole.missing == 2 && whole.stepSeconds == 3600)
        #expect(throws: LifecycleError.self) { try series(["00:00", "01:00", "01:30", "02:30"]) }
        #expect(try series(["00:05", "00:10", "00:15"]).stepSeconds == 300)
        #expect(try series(["07:00"]).stepSeconds == 3600)
    }

    @Test("A marginal series is read as one, and refused where an average belongs")
    func marginal() throws {
        let text = seriesText([0, 400]).replacing("location_average", with: "marginal")
        let marginal = try RegionalSeries<Marginal>(csv: text, name: "own.csv")
        #expect(marginal["FR"]?.series.rows.count == 2)
        #expect {
            _ = try RegionalSeries<LocationAverage>(csv: text, name: "own.csv")
        } throws: { error in
            "\(error)".contains("never stands in location-based carbon")
        }
    }
}
