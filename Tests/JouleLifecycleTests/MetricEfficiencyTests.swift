import JouleFile
import JouleQuantities
import Testing

@testable import JouleLifecycle

@Suite("Efficiency over runs")
struct MetricEfficiencyTests {
    /// A run whose epochs used these joules, nil where nobody knows, and came to these values.
    private func run(
        _ id: String,
        _ epochs: [(joules: Double?, value: Double?)],
        extraJoules: Double = 0
    ) throws -> RunRecord {
        let known = epochs.compactMap(\.joules).reduce(extraJoules, +)
        var run = try makeRun(id, joules: epochs.isEmpty ? 3.6e6 : known)
        run.epochs = epochs.enumerated().map { number, epoch in
            var record = EpochRecord(number: number + 1)
            record.energy = epoch.joules.map { Energy(joules: $0) }
            if let value = epoch.value { record.metrics = [Metric(name: "acc", value: value)] }
            return record
        }
        return run
    }

    private func efficiency(
        _ runs: [RunRecord],
        _ direction: Efficiency.Direction = .higher,
        target: Double? = nil
    ) throws -> MetricEfficiency {
        var options = LifecycleOptions()
        options.goal = MetricGoal("acc", direction, target: target)
        return try #require(try LifecycleSummary(runs: runs, options: options).efficiency)
    }

    @Test("Energy to a target is that of the epochs up to the first that reached it")
    func target() throws {
        let runs = [
            try run("late", [(100, 0.5), (100, 0.7), (100, 0.95)], extraJoules: 50),
            try run("early", [(60, 0.4), (60, nil), (60, 0.9), (60, 0.99)]),
            try run("never", [(1, 0.1), (1, 0.89)]),
            try run("unknown", [(nil, 0.2), (5, 0.9)]),
            try run("without", [(5, nil)]),
        ]
        let reached = try #require(try efficiency(runs, target: 0.9).reached)
        #expect(reached.map(\.run.description) == ["early", "late", "unknown"])
        #expect(reached.map(\.epoch) == [3, 3, 2])
        #expect(reached.map(\.value) == [0.9, 0.95, 0.9])
        #expect(reached.map { $0.energy?.joules } == [180, 300, nil])
        let lower = try #require(try efficiency(runs, .lower, target: 0.15).reached)
        #expect(lower.map(\.run.description) == ["never"])
        #expect(lower.first?.epoch == 1 && lower.first?.energy?.joules == 1)
        #expect(try efficiency(runs).reached == nil)
    }

    @Test("A run that tells its metric only at its end reached a target with all of its energy")
    func final() throws {
        var run = try run("a", [])
        run.metrics = JSONObject(uniqueMembers: [.init(name: "acc", value: 0.93)])
        var stated = try self.run("b", [(10, 0.2)])
        stated.metrics = JSONObject(uniqueMembers: [.init(name: "acc", value: 0.99)])
        // What the epochs tell counts, as everywhere else.
        let reached = try #require(try efficiency([run, stated], target: 0.9).reached)
        #expect(reached.map(\.run.description) == ["a"])
        #expect(reached.first?.epoch == nil && reached.first?.energy?.joules == 3.6e6)
    }

    @Test("Of what a facility's meter saw, only the IT's part counts")
    func facility() throws {
        var run = try run("a", [(100, 0.5), (100, 0.95)])
        run.meters = [makeMeter("site", boundary: .facility)]
        var options = LifecycleOptions()
        options.goal = MetricGoal("acc", .higher, target: 0.9)
        let open = try LifecycleSummary(runs: [run], options: options).efficiency
        #expect(open?.reached?.first?.epoch == 2 && open?.reached?.first?.energy == nil)
        options.pue = 1.25
        let known = try LifecycleSummary(runs: [run], options: options).efficiency
        #expect(closeTo(known?.reached?.first?.energy?.joules, 160))
    }

    @Test("A point costs the energy between two runs of the front")
    func marginal() throws {
        let runs = [
            try run("a", [(100, 0.80)]), try run("b", [(250, 0.85)]), try run("c", [(300, 0.84)]),
            try run("d", [(90, .nan)]),
        ]
        let found = try efficiency(runs)
        #expect(found.front.map(\.run.description) == ["a", "b"])
        #expect(found.front.first?.joulesPerPoint == nil)
        #expect(closeTo(found.front.last?.joulesPerPoint, 30, relative: 1e-9))
        #expect(found.runsWithMetric == 3 && found.runsWithBoth == 3)
        #expect(try efficiency([try makeRun("a")]).front.isEmpty)
    }

    @Test("A run is on the front where no other beats it, in any order of files", arguments: 0..<20)
    func front(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let runs = try (0..<40).map { number in
            // Few values, so that many are equal.
            try run(
                "r\(number)",
                [
                    (
                        Double(Int.random(in: 1...8, using: &random)),
                        Double.random(in: 0...1, using: &random)
                    )
                ]
            )
        }
        let direction: Efficiency.Direction = seed.isMultiple(of: 2) ? .higher : .lower
        let found = try efficiency(runs, direction, target: 0.5)
        let again = try efficiency(runs.shuffled(using: &random), direction, target: 0.5)
        #expect(MetricEfficiency.json(found, nil) == MetricEfficiency.json(again, nil))
        let front = Set(found.front.map(\.run))
        func value(_ run: RunRecord) -> (joules: Double, value: Double) {
            let value = run.epochs[0].metrics[0].value
            return (run.epochs[0].energy?.joules ?? 0, direction == .higher ? value : -value)
        }
        for one in runs {
            let (joules, own) = value(one)
            let isBeaten = runs.contains { other in
                let (others, theirs) = value(other)
                return others <= joules && theirs >= own && (others < joules || theirs > own)
            }
            #expect(front.contains(one.id) == !isBeaten, "\(one.id)")
        }
    }

    @Test("What selected runs used, and what the others did (F10)")
    func selected() throws {
        var chosen = try makeRun("a", joules: 1e6)
        chosen.extra["selected"] = ["metric": "acc", "goal": "higher"]
        let others = [try makeRun("b", joules: 2e6), try makeRun("c", stage: .search, joules: 1e6)]
        let overhead = try LifecycleSummary(runs: [chosen] + others).overhead
        #expect(closeTo(overhead.selected?.joules, 1e6) && closeTo(overhead.unselectedShare, 0.75))
        let none = try LifecycleSummary(runs: others).overhead
        #expect(none.selected == nil && none.unselectedShare == nil)
        var unknown = try makeRun("d", joules: nil)
        unknown.extra["selected"] = ["metric": "acc", "goal": "higher"]
        let silent = try LifecycleSummary(runs: others + [unknown]).overhead
        #expect(silent.selected == nil && silent.unselectedShare == nil)
    }

    @Test("The table says the direction, the front, and who reached the target for the least")
    func text() throws {
        var options = LifecycleOptions()
        options.goal = MetricGoal("acc", .higher, target: 0.8)
        let runs = [try run("first", [(3.6e6, 0.8)]), try run("second", [(7.2e6, 0.9)])]
        let summary = try LifecycleSummary(runs: runs, options: options)
        for text in [summary.tableText(width: 100), summary.markdown] {
            #expect(text.contains("acc, higher is better"))
            #expect(
                text.contains(
                    "2 of 2 runs reached 0.8000; the least energy was 1.000 kWh, by run first"
                )
            )
            // 3.6 MJ for ten points.
            #expect(text.contains("100.0"))
        }
        options.goal = MetricGoal("loss", .lower, target: 1)
        let empty = try LifecycleSummary(runs: runs, options: options).tableText(width: 100)
        #expect(empty.contains("No run has a metric loss."))
        #expect(!empty.contains("reached"))
    }
}
