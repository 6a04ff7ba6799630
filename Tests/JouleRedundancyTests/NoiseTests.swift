import JouleFile
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleRedundancy

@Suite("Noise between seeds")
struct NoiseTests {
    private func audit(_ runs: [RunRecord]) -> Audit {
        Audit(ReconciledRuns(runs), liveness: { _ in .dead })
    }

    private func run(
        _ name: String,
        width: Int,
        seed: Int,
        hour: Double,
        accuracy: Double,
        joules: Double = 3.6e6
    ) -> RunRecord {
        var run = Sample.run(
            name,
            #"{"width": \#(width)}"#,
            seed: .integer(Int64(seed)),
            hour: hour,
            curve: UInt64(width * 1000 + seed),
            joules: joules
        )
        var metrics = JSONObject()
        metrics["accuracy"] = .double(accuracy)
        run.metrics = metrics
        return run
    }

    /// `seeds` runs of each of `widths` recipes, one after the other.
    private func lab(widths: Int, seeds: Int, noise: Double) -> [RunRecord] {
        var generator = SplitMix(seed: 5)
        return (0..<seeds).flatMap { seed in
            (0..<widths).map { width in
                let draw = (0..<12).reduce(-6.0) { sum, _ in
                    sum + Double.random(in: 0..<1, using: &generator)
                }
                return run(
                    "w\(width)-s\(seed)",
                    width: width,
                    seed: seed,
                    hour: Double(seed * widths + width) * 2,
                    accuracy: 0.5 + Double(width) * 0.01 + noise * draw
                )
            }
        }
    }

    @Test(
        "Quantiles of Student's distribution are those of the tables",
        arguments: [(1, 12.706), (4, 2.776), (7, 2.365), (10, 2.228), (30, 2.042), (99, 1.984)]
    )
    func quantiles(freedom: Int, value: Double) {
        #expect(abs(StudentT.quantile975(freedom: freedom) - value) < 0.002 * value)
    }

    @Test("Noise and enough seeds come out as they were put in")
    func replication() throws {
        let found = try #require(audit(lab(widths: 12, seeds: 8, noise: 0.01)).replications.first)
        #expect(found.metric == "accuracy" && found.recipes == 12)
        #expect(abs(found.seedDeviation - 0.01) < 0.002)
        // Twelve steps of 0.01 have a standard deviation of 0.036.
        #expect(abs((found.recipeDeviation ?? 0) - 0.036) < 0.006)
        // t(0.975, 3)·0.01/√4 = 0.0159 and t(0.975, 4)·0.01/√5 = 0.0124, against 0.018.
        #expect((3...6).contains(found.enough ?? 0))
    }

    @Test("Seeds beyond enough are worth a look and never waste; up to enough they are nothing")
    func excess() throws {
        let runs = lab(widths: 12, seeds: 8, noise: 0.01)
        let audit = audit(runs)
        let enough = try #require(audit.replications.first?.enough)
        let excess = audit.findings.filter { $0.class == .excessReplicate }
        #expect(excess.count == 12 * (8 - enough))
        #expect(excess.allSatisfy { $0.line == .review && $0.wasteJoules == 0 })
        #expect(audit.totals.avoidableHigh.joules == 0)
        #expect(audit.totals.notWaste == audit.totals.total)
        #expect(audit.totals.review.joules == Double(excess.count) * 3.6e6)
    }

    @Test("Without a second recipe nothing says how many seeds are enough")
    func oneRecipe() throws {
        let found = try #require(audit(lab(widths: 1, seeds: 6, noise: 0.01)).replications.first)
        #expect(found.recipeDeviation == nil && found.enough == nil)
    }

    @Test("A number that differs by 3 % with a result within the noise is worth a look")
    func near() {
        var runs = lab(widths: 4, seeds: 4, noise: 0.01)
        runs.append(run("near", width: 1000, seed: 0, hour: 500, accuracy: 0.6))
        runs.append(run("nearer", width: 1020, seed: 0, hour: 502, accuracy: 0.61))
        runs.append(run("far", width: 1100, seed: 0, hour: 504, accuracy: 0.6))
        runs.append(run("other", width: 1120, seed: 0, hour: 506, accuracy: 0.9))
        let found = audit(runs).findings.filter { $0.class == .nearDuplicate }
        #expect(found.map(\.run.description) == ["nearer"])
        #expect(found.map(\.evidence.description) == ["near"])
        #expect(found.allSatisfy { $0.line == .review })
    }

    @Test("The effect of a key is the mean of pairs that differ in it alone")
    func effects() throws {
        let runs = lab(widths: 3, seeds: 4, noise: 0)
        let effect = try #require(audit(runs).effects.first)
        #expect(effect.key == "width" && effect.pairs == 8 && effect.identicalPairs == 0)
        #expect(abs(effect.meanDifference - 0.01) < 1e-12)
    }

    @Test("A key whose effect drowns in the noise over many pairs is called negligible")
    func negligible() throws {
        var runs = lab(widths: 2, seeds: 24, noise: 0.01)
        // The second width moves the mean by a fiftieth of the noise.
        for place in runs.indices where place % 2 == 1 {
            let twin = runs[place - 1].metrics?["accuracy"]?.double ?? 0
            runs[place].metrics?["accuracy"] = .double(twin + (place % 4 == 1 ? 0.0006 : -0.0002))
        }
        let effect = try #require(audit(runs).effects.first)
        #expect(effect.isNegligible)
        #expect(audit(runs).totals.avoidableHigh.joules == 0)
    }

    @Test("Values with which every run diverged are a lesson, values with which some did are none")
    func lessons() throws {
        func runs(_ diverged: (Int) -> Bool) -> [RunRecord] {
            (0..<30).map { place in
                var run = Sample.run(
                    "r\(place)",
                    #"{"lr": \#(Double(place) / 1000), "depth": \#(place % 3)}"#,
                    hour: Double(place) * 2,
                    curve: UInt64(place) + 1
                )
                if diverged(place) { run.epochs[9].metrics[0].value = .nan }
                return run
            }
        }
        let lessons = audit(runs { $0 >= 20 }).lessons
        #expect(lessons.count == 1)
        let lesson = try #require(lessons.first)
        #expect(lesson.key == "lr" && lesson.relation == .atLeast && lesson.value == 0.02)
        #expect(lesson.runs == 10 && lesson.joules == 3.6e7)
        #expect(audit(runs { $0 >= 20 && $0 != 29 }).lessons.isEmpty)
        #expect(audit(runs { _ in false }).lessons.isEmpty)
    }

    @Test("A search's dominated runs are those that another beat in result and energy")
    func dominated() throws {
        // Result and energy: the second and the fourth are on the front, the others are beaten.
        let points = [(0.90, 5.0), (0.91, 4.0), (0.80, 4.0), (0.70, 1.0), (0.60, 2.0)]
        let runs = points.enumerated().map { place, point in
            var run = run(
                "r\(place)",
                width: place,
                seed: 0,
                hour: Double(place) * 2,
                accuracy: point.0,
                joules: point.1
            )
            run.sweep = "grid"
            return run
        }
        let sweep = try #require(audit(runs).sweeps.first)
        #expect(sweep.best.description == "r1" && sweep.bestValue == 0.91)
        #expect(sweep.dominatedRuns == 3 && sweep.dominatedJoules == 11)
        #expect(abs((sweep.medianRegret ?? 0) - 0.11) < 1e-12)
        #expect(audit(runs).totals.avoidableHigh.joules == 0)
    }

    @Test("Trends add up to the totals, by week, project and user")
    func trends() {
        var runs = lab(widths: 3, seeds: 3, noise: 0.01)
        runs += runs.prefix(4).enumerated().map { place, run in
            var again = Sample.run(
                "again\(place)",
                hour: 400 + Double(place) * 100,
                curve: 99
            )
            again.config = run.config
            again.seed = run.seed
            again.user = place % 2 == 0 ? "ada" : nil
            return again
        }
        let audit = audit(runs)
        for list in [audit.trends.weeks, audit.trends.projects, audit.trends.users] {
            #expect(list.reduce(0) { $0 + $1.runs } == runs.count)
            #expect(list.reduce(0) { $0 + $1.joules } == audit.totals.total.joules)
            #expect(
                list.reduce(0) { $0 + $1.avoidableJoules } == audit.totals.avoidableCentral.joules
            )
        }
        #expect(audit.totals.avoidableCentral.joules == 4 * 3.6e6)
        #expect(audit.trends.weeks.first?.name == "1969-12-29")
        #expect(audit.trends.users.map(\.name) == ["ada", nil])
    }
}
