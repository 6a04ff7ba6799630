import JouleFile
import JouleQuantities
import Testing

@testable import JouleLifecycle

@Suite("Who bears the energy of what others build on")
struct AllocationTests {
    private func run(
        _ id: String,
        _ stage: Stage = .training,
        status: RunStatus = .finished,
        joules: Double = 3.6e6,
        uses parents: [String: String] = [:]
    ) throws -> RunRecord {
        var run = try makeRun(id, stage: stage, joules: joules)
        run.status = status
        run.parents = try parents.sorted { $0.key < $1.key }.map {
            Parent(id: try requireID($0.key), relation: $0.value)
        }
        return run
    }

    private func lineage(_ runs: [RunRecord], model: String? = nil) throws -> Lineage {
        var options = LifecycleOptions()
        options.model = model
        return try LifecycleSummary(runs: runs, options: options).lineage
    }

    private func kilowattHours(_ portion: Portion?) -> Double? {
        portion?.it?.point?.kilowattHours
    }

    @Test("A teacher is borne in equal parts by those that use it, an evaluation by its model")
    func teacher() throws {
        let runs = [
            try run("teacher", .pretraining, joules: 3.6e7),
            try run("search", .search),
            try run("lost", .search),
            try run("crash", status: .failed, uses: ["teacher": "initialises"]),
            try run("small", .distillation, uses: ["teacher": "distils", "search": "searches"]),
            try run("tiny", .distillation, uses: ["teacher": "distils"]),
            try run("score", .evaluation, uses: ["small": "evaluates"]),
        ]
        let small = try lineage(runs, model: "small")
        #expect(kilowattHours(small.own) == 1)
        #expect(kilowattHours(small.inherited) == 11)
        // A third of the teacher, all of the search, and itself.
        #expect(closeTo(kilowattHours(small.allocated), 10.0 / 3 + 1 + 1))
        #expect(closeTo(kilowattHours(small.unallocated), 20.0 / 3))
        let all = try lineage(runs)
        // The third of the run that failed, that run itself and the search that nobody used.
        #expect(closeTo(kilowattHours(all.unallocated), 10.0 / 3 + 2))
        #expect(closeTo(kilowattHours(all.allocated), 16 - 10.0 / 3 - 2))
        #expect(all.unallocated.runs == 3)
        let text = try LifecycleSummary(runs: runs).tableText(width: 200)
        #expect(text.contains("10.67 kWh led to models; 5.333 kWh of 3 runs did not"))
    }

    @Test("A ring with a way out is cut at the same place, wherever its runs lie")
    func ringInAnyOrder() throws {
        let runs = [
            try run("a", uses: ["b": "initialises"]),
            try run("b", uses: ["a": "initialises"]),
            try run("m", uses: ["b": "initialises"]),
        ].facts
        func shares(_ runs: [RunFacts]) -> [RunID: Double] {
            let shares = Allocation(among: runs).shares()
            return Dictionary(
                uniqueKeysWithValues: runs.enumerated().map {
                    ($1.id, shares.share(of: $1, at: $0))
                }
            )
        }
        let expected = shares(runs)
        #expect(expected.values.contains(0.5))
        for order in [[1, 0, 2], [2, 1, 0], [1, 2, 0]] {
            #expect(shares(order.map { runs[$0] }) == expected)
        }
    }

    @Test("A run that was killed and resumed is borne by the one that went on")
    func resumed() throws {
        let runs = [
            try run("first", status: .killed),
            try run("second", uses: ["first": "resumes"]),
        ]
        let whole = try lineage(runs)
        #expect(kilowattHours(whole.allocated) == 2 && whole.unallocated.runs == 0)
    }

    @Test("What goes round in a ring is borne by nobody, and nothing hangs")
    func ring() throws {
        let runs = [
            try run("a", uses: ["b": "initialises"]), try run("b", uses: ["a": "initialises"]),
            try run("c", uses: ["c": "initialises"]),
        ]
        let whole = try lineage(runs)
        #expect(kilowattHours(whole.allocated) == 1 && kilowattHours(whole.unallocated) == 2)
    }

    @Test("A chain of 100,000 runs is borne by its end")
    func depth() throws {
        let count = 100_000
        let name = { (number: Int) in "r\(1_000_000 + number)" }
        let runs = try (0..<count).map { number in
            var run = RunRecord(id: try requireID(name(number)), status: .finished)
            if number > 0 {
                run.parents = [Parent(id: try requireID(name(number - 1)), relation: "resumes")]
            }
            return run
        }
        let shares = RecordAllocation(among: runs).shares()
        #expect(shares.count == count && shares.values.allSatisfy { $0 == 1 })
    }

    /// Diamonds, re-used teachers, resumes, evaluations, uses, dead ends, with some energies unknown.
    private func makeGraph(_ random: inout SeededGenerator) throws -> [RunRecord] {
        let count = Int.random(in: 1...12, using: &random)
        let relations = ["initialises", "distils", "resumes", "generates_dataset", "serves"]
        var runs: [RunRecord] = []
        for number in 0..<count {
            let isEvaluation = number > 0 && Int.random(in: 0..<6, using: &random) == 0
            let used = runs.filter {
                $0.stage != .evaluation && Int.random(in: 0..<3, using: &random) == 0
            }
            let parents = Dictionary(
                uniqueKeysWithValues: used.map {
                    (
                        $0.id.description,
                        isEvaluation
                            ? "evaluates" : relations.randomElement(using: &random) ?? "initialises"
                    )
                }
            )
            let stages = Stage.allCases.filter { $0 != .evaluation }
            runs.append(
                try run(
                    "r\(10 + number)",
                    isEvaluation
                        ? .evaluation : stages.randomElement(using: &random) ?? .training,
                    status: RunStatus.allCases.randomElement(using: &random) ?? .finished,
                    joules: Double.random(in: 0...1e9, using: &random),
                    uses: parents
                )
            )
        }
        return runs
    }

    /// The parts by a walk over all paths from a run to each model where one ends.
    private func walk(_ runs: [RunRecord]) -> [RunID: [RunID: Double]] {
        var users: [RunID: Set<RunID>] = [:]
        for run in runs {
            // Whatever uses a model bears nothing of it.
            for parent in run.parents where parent.relation != "serves" && run.stage != .inference {
                if parent.relation == "evaluates" {
                    users[run.id, default: []].insert(parent.id)
                } else {
                    users[parent.id, default: []].insert(run.id)
                }
            }
        }
        let byName = Dictionary(uniqueKeysWithValues: runs.map { ($0.id, $0) })
        let idle: Set<Stage> = [.search, .evaluation, .dataCollection, .dataPreparation]
        func parts(_ id: RunID) -> [RunID: Double] {
            guard let next = users[id] else {
                guard let run = byName[id], [.finished, .running].contains(run.status),
                    !idle.contains(run.stage ?? .other)
                else { return [:] }
                return [id: 1]
            }
            return next.reduce(into: [:]) { sum, user in
                sum.merge(parts(user).mapValues { $0 / Double(next.count) }, uniquingKeysWith: +)
            }
        }
        return Dictionary(uniqueKeysWithValues: runs.map { ($0.id, parts($0.id)) })
    }

    @Test("On 10,000 random graphs nothing is lost and nothing counts twice", arguments: 0..<10)
    func conservation(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<1000 {
            let runs = try makeGraph(&random)
            let allocation = RecordAllocation(among: runs)
            let all = allocation.shares()
            let expected = walk(runs)
            let models = Set(expected.values.flatMap(\.keys))
            let byModel = models.map { ($0, allocation.shares(of: $0)) }
            for run in runs {
                let parts = expected[run.id] ?? [:]
                for (model, shares) in byModel {
                    #expect(abs((shares[run.id] ?? -1) - (parts[model] ?? 0)) < 1e-12)
                }
                let sum = byModel.reduce(0) { $0 + ($1.1[run.id] ?? 0) }
                #expect(abs(sum - (all[run.id] ?? -1)) < 1e-12)
                #expect(sum <= 1 + 1e-12)
            }
        }
    }

    @Test(
        "Allocated and unallocated are the totals, whatever the order of files",
        arguments: 0..<30
    )
    func totals(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<10 {
            let runs = try makeGraph(&random)
            var options = LifecycleOptions()
            options.region = "FR"
            options.pue = 1.3
            for model in [nil, runs.randomElement(using: &random)?.id.description] {
                options.model = model
                let summary = try LifecycleSummary(runs: runs, options: options)
                let lineage = summary.lineage
                let both = Estimate.sum([lineage.allocated.it, lineage.unallocated.it])?.point
                let total = try #require(summary.totals.it?.point?.joules)
                #expect(closeTo(both?.joules, total, relative: 1e-9))
                let carbon = Estimate.sum([lineage.allocated.carbon, lineage.unallocated.carbon])
                let grams = try #require(summary.totals.carbon?.point?.grams)
                #expect(closeTo(carbon?.point?.grams, grams, relative: 1e-9))
                let copies = runs + runs.filter { _ in Bool.random(using: &random) }
                let again = try LifecycleSummary(
                    runs: copies.shuffled(using: &random),
                    options: options
                )
                #expect(again.json == summary.json)
            }
        }
    }
}
