import JouleFile
import JouleQuantities
import Testing

@testable import JouleLifecycle

@Suite("Summary")
struct SummaryTests {
    private func options(region: String? = "FR", pue: Double? = 1.25) -> LifecycleOptions {
        var options = LifecycleOptions()
        options.region = region
        options.pue = pue
        return options
    }

    @Test("Stages sum their runs' energy, times PUE, times the grid's intensity")
    func golden() throws {
        let runs = [
            try makeRun("a", stage: .training, joules: 7.2e6),
            try makeRun("b", stage: .training, joules: 3.6e6),
            try makeRun("c", stage: .evaluation, joules: 1.8e6),
        ]
        let summary = try LifecycleSummary(runs: runs, options: options())
        #expect(summary.stages.map(\.stage) == [.training, .evaluation])
        let training = summary.stages[0].impact
        #expect(training.it?.point?.kilowattHours == 3)
        #expect(training.facility?.point?.kilowattHours == 3.75)
        // France 2024: 44.179 g/kWh.
        #expect(closeTo(training.carbon?.point?.grams, 3.75 * 44.179))
        #expect(closeTo(summary.totals.carbon?.point?.grams, 3.5 * 1.25 * 44.179))
        #expect(summary.anomalies.isEmpty && !summary.strictExit)
        #expect(summary.factorsUsed.map(\.factor.region) == ["FR"])
    }

    @Test("Each run is multiplied by the factor of its own region and year")
    func ownRegions() throws {
        var old = try makeRun("a", region: "gcp:us-central1", pue: "1.1")
        old.started = WallTime(unixSeconds: 1_600_000_000)  // 2020-09-13
        let new = try makeRun("b", region: "FR", pue: "2")
        let summary = try LifecycleSummary(runs: [old, new])
        #expect(closeTo(summary.totals.carbon?.point?.grams, 1.1 * 454 + 2 * 44.179))
        #expect(summary.factorsUsed.map(\.factor.year) == [2024, 2020])
    }

    @Test("A cloud region without a stated PUE takes its provider's mean, by name and with range")
    func providerPUE() throws {
        let run = try makeRun("a", region: "aws:eu-west-1")
        let summary = try LifecycleSummary(runs: [run])
        #expect(closeTo(summary.totals.facility?.point?.kilowattHours, 1.225))
        #expect(closeTo(summary.totals.facility?.low.kilowattHours, 1.07))
        #expect(closeTo(summary.totals.facility?.high.kilowattHours, 1.46))
        #expect(summary.factorsUsed.map(\.factor.kind) == [.grid, .pue])
        #expect(summary.notMeasured.contains { $0.kind == "pue" })
    }

    @Test("Without a PUE the facility energy is a range from 1 to the highest known PUE")
    func noPUE() throws {
        let summary = try LifecycleSummary(
            runs: [try makeRun("a")],
            options: options(pue: nil)
        )
        #expect(summary.totals.it?.point?.kilowattHours == 1)
        #expect(summary.totals.facility?.point == nil)
        #expect(summary.totals.facility?.low.kilowattHours == 1)
        #expect(closeTo(summary.totals.facility?.high.kilowattHours, 1.59))
        #expect(summary.totals.carbon?.point == nil)
        #expect(summary.factorsUsed.contains { $0.role == .high && $0.factor.kind == .pue })
    }

    @Test("An unknown region never gives a point value of carbon", arguments: 0..<20)
    func unknownRegion(seed: UInt64) throws {
        let runs = try makeRandomRuns(seed: seed, count: 12)
        let summary = try LifecycleSummary(runs: runs)
        for (stage, impact) in summary.stages {
            let unknown = runs.contains { run in
                (run.stage ?? .other) == stage
                    && ["nowhere", nil].contains(run.env?["JOULEBOOK_REGION"]?.string)
                    && !RunEnergy(of: run).parts.isEmpty
            }
            if unknown { #expect(impact.carbon?.point == nil, "seed \(seed), \(stage)") }
            if let point = impact.carbon?.point {
                #expect(impact.carbon.map { $0.low <= point && point <= $0.high } == true)
            }
        }
        if runs.contains(where: { $0.env?["JOULEBOOK_REGION"]?.string == "nowhere" }) {
            #expect(summary.anomalies.contains { $0.kind == "unknown_region" })
        }
    }

    @Test("The sum over stages is the total, bit for bit", arguments: 0..<20)
    func stagesSumToTotal(seed: UInt64) throws {
        let summary = try LifecycleSummary(
            runs: try makeRandomRuns(seed: seed, count: 30),
            options: options()
        )
        let stages = summary.stages.map(\.impact)
        let total = summary.totals
        #expect(stages.reduce(0) { $0 + $1.runs } == total.runs && total.runs == 30)
        #expect(Estimate.sum(stages.map(\.it))?.low == total.it?.low)
        #expect(Estimate.sum(stages.map(\.facility))?.point == total.facility?.point)
        #expect(Estimate.sum(stages.map(\.carbon))?.high == total.carbon?.high)
    }

    @Test("The order of the runs changes nothing", arguments: 0..<20)
    func shuffling(seed: UInt64) throws {
        let runs = try makeRandomRuns(seed: seed, count: 25)
        var random = SeededGenerator(seed: seed ^ 0xFFFF)
        let first = try LifecycleSummary(runs: runs)
        let second = try LifecycleSummary(runs: runs.shuffled(using: &random))
        #expect(first.json.text() == second.json.text())
        #expect(first.markdown == second.markdown)
    }

    @Test("Runs without energy lower the coverage and never count as zero")
    func missingIsNotZero() throws {
        let runs = [
            try makeRun("a", seconds: 100), try makeRun("b", joules: nil, seconds: 300),
            try makeRun("c", stage: .search, joules: nil, seconds: nil),
        ]
        let summary = try LifecycleSummary(runs: runs, options: options())
        let search = summary.stages[0].impact
        #expect(search.it == nil && search.carbon == nil && search.coverage == 0)
        #expect(summary.stages[1].impact.coverage == 0.25)
        #expect(closeTo(summary.totals.coverage, 1.0 / 3))
        #expect(summary.overhead.search == nil)
        #expect(summary.anomalies.map(\.kind) == ["stage_without_energy"])
        #expect(summary.strictExit)
        let energy = summary.json["stages"]?.array?[0]["energy"]
        #expect(energy?.object?["it_kwh"] == .null)
    }

    @Test("No runs at all give a summary with nulls")
    func empty() throws {
        let summary = try LifecycleSummary(runs: [])
        #expect(summary.totals.runs == 0 && summary.totals.coverage == nil)
        #expect(summary.totals.it == nil && summary.stages.isEmpty)
        let text = summary.tableText(width: 80)
        #expect(text.contains("IT kWh") && !text.contains("\n\n\n") && !summary.markdown.isEmpty)
    }

    @Test("Failed and killed runs and searches are overhead, each run once")
    func overhead() throws {
        var failedSearch = try makeRun("a", stage: .search)
        failedSearch.status = .failed
        var killed = try makeRun("b")
        killed.status = .killed
        let good = try makeRun("c", joules: 7.2e6)
        let summary = try LifecycleSummary(
            runs: [failedSearch, killed, good],
            options: options(),
            duplicates: [good.id: Energy(kilowattHours: 0.5), try #require(RunID("x")): nil]
        )
        #expect(summary.overhead.search?.kilowattHours == 1)
        #expect(summary.overhead.failed?.kilowattHours == 2)
        #expect(summary.overhead.duplicate?.kilowattHours == 0.5)
        #expect(summary.overhead.share == 0.5)
    }

    @Test("Duplicates are null without an audit or an energy, zero when none was found")
    func duplicates() throws {
        let run = try makeRun("a")
        func kilowattHours(_ duplicates: [RunID: Energy?]?) throws -> Double? {
            try LifecycleSummary(runs: [run], options: options(), duplicates: duplicates)
                .overhead.duplicate?.kilowattHours
        }
        #expect(try kilowattHours(nil) == nil)
        #expect(try kilowattHours([:]) == 0)
        #expect(try kilowattHours([run.id: nil]) == nil)
        #expect(try kilowattHours([run.id: Energy(kilowattHours: 1)]) == 1)
    }

    @Test("An unknown region, an impossible PUE and an unknown model are refused")
    func refusals() throws {
        let runs = [try makeRun("a1"), try makeRun("a2")]
        #expect(throws: LifecycleError.self) {
            try LifecycleSummary(runs: runs, options: options(region: "Atlantis"))
        }
        #expect(throws: LifecycleError.implausiblePUE(0.9)) {
            try LifecycleSummary(runs: runs, options: options(pue: 0.9))
        }
        var named = options()
        named.model = "zz"
        #expect(throws: LifecycleError.unknownRun("zz")) {
            try LifecycleSummary(runs: runs, options: named)
        }
        named.model = "a"
        #expect(throws: LifecycleError.ambiguousRun("a", ["a1", "a2"])) {
            try LifecycleSummary(runs: runs, options: named)
        }
    }

    @Test("A run recorded elsewhere than the region of the option raises an anomaly")
    func overridden() throws {
        let runs = [try makeRun("a", region: "DE", pue: "1.1")]
        let summary = try LifecycleSummary(runs: runs, options: options(region: "FR"))
        #expect(summary.anomalies.map(\.kind) == ["region_overridden"])
    }

    @Test(
        "Runs that shared a meter count its joules once; readings that contradict each other are told"
    )
    func shared() throws {
        func run(_ id: String, _ start: Double, joules: Double = 3.6e6) throws -> RunRecord {
            var run = try makeRun(id, joules: joules)
            run.started = WallTime(unixSeconds: start)
            run.ended = WallTime(unixSeconds: start + 3600)
            run.meters[0].identity = "boot/zone"
            return run
        }
        let summary = try LifecycleSummary(
            runs: [try run("a", 0), try run("b", 1800), try run("c", 9000)],
            options: options()
        )
        #expect(abs((summary.totals.it?.point?.kilowattHours ?? 0) - 2.5) < 1e-9)
        #expect(summary.shared.items.map(\.run.description) == ["a", "b"])
        let told = summary.notMeasured.first { $0.kind == "shared" }?.message
        #expect(
            told
                == "2 of 3 runs shared meters with others; of 2.000 kWh that they measured, 1.500 kWh are "
                + "counted, divided equally among those who read at each moment"
        )
        #expect(summary.anomalies.isEmpty)

        // Whoever is asked for alone still has no more than its part.
        var alone = options()
        alone.model = "a"
        let one = try LifecycleSummary(runs: [try run("a", 0), try run("b", 0)], options: alone)
        #expect(abs((one.totals.it?.point?.kilowattHours ?? 0) - 0.5) < 1e-9)

        let wrong = try LifecycleSummary(
            runs: [try run("a", 0), try run("b", 0, joules: 7.2e6)],
            options: options()
        )
        #expect(wrong.anomalies.map(\.kind) == ["meter_contradiction"])
    }

    @Test("Dates, user and project select runs; a run without a date is named as left out")
    func filters() throws {
        var early = try makeRun("a")
        early.started = WallTime(unixSeconds: 100)
        early.user = "ada"
        var late = try makeRun("b")
        late.started = WallTime(unixSeconds: 200)
        late.project = "p"
        let undated = try makeRun("c")
        let base = options()
        func count(_ change: (inout LifecycleOptions) -> Void) throws -> Int {
            var changed = base
            change(&changed)
            return try LifecycleSummary(runs: [early, late, undated], options: changed).totals.runs
        }
        #expect(try count { $0.since = WallTime(unixSeconds: 200) } == 1)
        #expect(try count { $0.until = WallTime(unixSeconds: 200) } == 1)
        #expect(try count { $0.user = "ada" } == 1)
        #expect(try count { $0.project = "p" } == 1)
        #expect(try count { $0.project = "q" } == 0)
        var dated = base
        dated.since = WallTime(unixSeconds: 0)
        let summary = try LifecycleSummary(runs: [early, undated], options: dated)
        #expect(summary.notMeasured.contains { $0.kind == "date" })
    }

    @Test(
        "The year of a date is that of the calendar",
        arguments: [
            (0.0, 1970), (-1, 1969), (951_782_400, 2000), (1_704_067_199, 2023),
            (1_704_067_200, 2024), (4_102_444_800, 2100), (-9_000_000_000, 1684),
        ]
    )
    func years(seconds: Double, year: Int) throws {
        #expect(try #require(WallTime(unixSeconds: seconds)).year == year)
    }
}
