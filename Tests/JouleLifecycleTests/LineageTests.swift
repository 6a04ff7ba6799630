import JouleFile
import JouleQuantities
import Testing

@testable import JouleLifecycle

@Suite("Lineage")
struct LineageTests {
    private func summary(_ runs: [RunRecord], model: String) throws -> LifecycleSummary {
        var options = LifecycleOptions()
        options.model = model
        options.region = "FR"
        options.pue = 1
        return try LifecycleSummary(runs: runs, options: options)
    }

    private func link(_ run: RunRecord, to parents: [String]) throws -> RunRecord {
        var run = run
        run.parents = try parents.map { Parent(id: try requireID($0), relation: "initialises") }
        return run
    }

    @Test("A shared ancestor counts once, and what is not an ancestor not at all")
    func diamond() throws {
        let runs = [
            try makeRun("base", stage: .pretraining, joules: 36e6),
            try link(try makeRun("left"), to: ["base"]),
            try link(try makeRun("right"), to: ["base"]),
            try link(try makeRun("model"), to: ["left", "right", "left"]),
            try makeRun("stranger", joules: 36e9),
            try link(try makeRun("child"), to: ["model"]),
        ]
        let summary = try summary(runs, model: "model")
        #expect(summary.totals.it?.point?.kilowattHours == 13)
        #expect(summary.lineage.own?.it?.point?.kilowattHours == 1)
        #expect(summary.lineage.inherited?.it?.point?.kilowattHours == 12)
        #expect(summary.runsAvailable == 6 && summary.totals.runs == 4)
    }

    @Test("A ring of parents ends, counts each run once and is raised")
    func cycle() throws {
        let runs = [
            try link(try makeRun("a"), to: ["b"]), try link(try makeRun("b"), to: ["c"]),
            try link(try makeRun("c"), to: ["a", "c"]),
        ]
        let summary = try summary(runs, model: "a")
        #expect(summary.totals.it?.point?.kilowattHours == 3)
        #expect(summary.anomalies.map(\.kind) == ["lineage_cycle"])
    }

    @Test("A parent that is not in the ledgers is named as not measured")
    func missing() throws {
        let summary = try summary([try link(try makeRun("a"), to: ["gone"])], model: "a")
        #expect(summary.notMeasured.contains { $0.kind == "parent" && $0.location == "run gone" })
    }

    @Test("A beginning of a run's name is enough; a full name wins over longer ones")
    func names() throws {
        let runs = [try makeRun("ab"), try makeRun("abc"), try makeRun("x1")]
        #expect(try summary(runs, model: "ab").model?.description == "ab")
        #expect(try summary(runs, model: "x").model?.description == "x1")
    }

    @Test("Without a model nothing is its own, and models bear what led to them")
    func none() throws {
        let json = try LifecycleSummary(runs: [try makeRun("a")]).json
        #expect(json["lineage"]?.object?["own"] == .null)
        #expect(json["lineage"]?.object?["inherited"] == .null)
        #expect(json["lineage"]?["allocated"]?["it_kwh"]?.double == 1)
        #expect(json["lineage"]?["unallocated"]?["runs"]?.double == 0)
    }

    @Test("A record found twice counts once; two different records of one run are raised")
    func duplicates() throws {
        let run = try makeRun("a")
        #expect(try summary([run, run], model: "a").totals.runs == 1)
        #expect(try summary([run, run], model: "a").anomalies.isEmpty)
        let other = try makeRun("a", joules: 1)
        let both = try summary([other, run], model: "a")
        #expect(both.totals.it?.point?.kilowattHours == 1)
        #expect(both.anomalies.map(\.kind) == ["conflicting_records"])
    }

    @Test("The ancestors of a random graph are what a walk over all paths finds", arguments: 0..<20)
    func againstWalk(seed: UInt64) throws {
        let runs = try makeRandomRuns(seed: seed, count: 15)
        let parents = Dictionary(uniqueKeysWithValues: runs.map { ($0.id, $0.parents.map(\.id)) })
        func walk(_ id: RunID) -> Set<RunID> {
            (parents[id] ?? []).reduce(into: []) { $0.formUnion(walk($1).union([$1])) }
        }
        for run in runs {
            #expect(Lineage.ancestors(of: run.id, in: runs.facts).ancestors == walk(run.id))
        }
    }
}
