import JouleFile
import JouleQuantities

/// How many seeds the noise of one program on one data set asks for.
///
/// σ is the standard deviation between seeds of one recipe, pooled over the recipes; τ that between
/// recipes, without the part that is noise. Enough seeds are the n* with which the 95 % interval of
/// a recipe's mean is at most half as wide to each side as τ: t(0.975, n − 1)·σ/√n ≤ τ/2.
package struct Replication: Sendable, Hashable {
    package let project: String?
    package let entry: String?
    package let data: String?
    package let metric: String
    package let isHigherBetter: Bool
    /// Recipes with at least two seeds.
    package let recipes: Int
    /// Standard deviation between seeds.
    package let seedDeviation: Double
    /// Standard deviation between recipes; nil with fewer than two.
    package let recipeDeviation: Double?
    /// Enough seeds; nil when nothing tells, or more than a hundred would be needed.
    package let enough: Int?

    static let seedsMax = 100

    /// Nil without a recipe of two finished seeds.
    init?(_ recipes: [[Double]], metric: PrimaryMetric, of run: KeyedRun) {
        let repeated = recipes.filter { $0.count > 1 }
        let freedom = repeated.reduce(0) { $0 + $1.count - 1 }
        guard freedom > 0 else { return nil }
        let squares = repeated.reduce(0) { $0 + $1.squaresAroundMean }
        let noise = squares / Double(freedom)
        self.recipes = repeated.count
        seedDeviation = noise.squareRoot()
        project = run.run.setting.facts.project
        entry = run.run.setting.facts.entry
        data = run.run.setting.facts.dataName ?? run.run.setting.facts.fingerprint
        self.metric = metric.name
        isHigherBetter = metric.isHigherBetter
        guard recipes.count > 1 else {
            recipeDeviation = nil
            enough = nil
            return
        }
        let means = recipes.map(\.mean)
        let noiseOfMeans =
            recipes.reduce(0) { $0 + noise / Double($1.count) } / Double(recipes.count)
        let between = max(0, means.squaresAroundMean / Double(means.count - 1) - noiseOfMeans)
        recipeDeviation = between.squareRoot()
        enough = Self.enough(noise: noise.squareRoot(), between: between.squareRoot())
    }

    /// Of the runs of one task, by recipe; nil where nothing tells the noise between its seeds.
    init?(of recipes: RecipeRuns) {
        guard let metric = PrimaryMetric(recipes.runs), let first = recipes.runs.first else {
            return nil
        }
        var values: [[Double]] = []
        recipes.forEach {
            if let value = metric.value(of: $0.run) { values.append([value]) }
        } several: { seeds in
            let known = seeds.compactMap { metric.value(of: $0.run) }
            if !known.isEmpty { values.append(known) }
        }
        self.init(values, metric: metric, of: first)
    }

    private static func enough(noise: Double, between: Double) -> Int? {
        guard between > 0, noise.isFinite, between.isFinite else { return nil }
        return (2...seedsMax).first { count in
            StudentT.quantile975(freedom: count - 1) * noise / Double(count).squareRoot()
                <= between / 2
        }
    }

    var json: JSON {
        [
            "project": .orNull(project), "entry": .orNull(entry), "data": .orNull(data),
            "metric": .string(metric), "higher_is_better": .bool(isHigherBetter),
            "recipes": .integer(Int64(recipes)), "seed_sd": .double(seedDeviation),
            "recipe_sd": .orNull(recipeDeviation),
            "enough_seeds": enough.map { .integer(Int64($0)) } ?? .null,
        ]
    }
}

extension Replication {
    /// Seeds of one recipe that started when enough of them had ended are worth a look.
    func judge(_ seeds: [KeyedRun], _ vocabulary: RunVocabulary, into verdicts: inout Verdicts) {
        guard let enough, seeds.count > enough else { return }
        let before = seeds.prefix(enough)
        for run in seeds[enough...] where !verdicts.hasJudged(run.run) && !run.run.isVerification {
            guard before.allSatisfy({ $0.run.precedence(over: run.run) == .finished }),
                let evidence = before.last
            else { continue }
            let comparison = Comparison(run.run, evidence.run, changed: ["seed"], vocabulary)
            var finding = Finding(
                .excessReplicate,
                .statistical,
                .review,
                run.run,
                evidence.run,
                cost: run.run.cost,
                differences: comparison.differences,
                missing: run.keys.missing
            )
            finding.explanation = Explanation.excess(finding, self)
            verdicts.take(finding, of: run.run, cost: run.run.cost)
        }
    }
}

/// Student's distribution.
enum StudentT {
    /// The value that a variable of `freedom` degrees exceeds with a probability of 2.5 %.
    ///
    /// The first six from tables (for example NIST/SEMATECH, *e-Handbook of Statistical Methods*,
    /// 1.3.6.7.2), beyond them the expansion of Cornish and Fisher, which is right to 0.1 % there.
    static func quantile975(freedom: Int) -> Double {
        let tabled = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447]
        guard freedom > tabled.count else { return tabled[max(1, freedom) - 1] }
        let z = 1.959963984540054
        let n = Double(freedom)
        let cube = z * z * z
        let fifth = cube * z * z
        let seventh = fifth * z * z
        return z + (cube + z) / (4 * n) + (5 * fifth + 16 * cube + 3 * z) / (96 * n * n)
            + (3 * seventh + 19 * fifth + 17 * cube - 15 * z) / (384 * n * n * n)
    }
}

extension [Double] {
    var mean: Double { reduce(0, +) / Double(count) }

    var squaresAroundMean: Double {
        let mean = mean
        return reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
}
