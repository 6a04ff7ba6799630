import JouleFile
import JouleQuantities

/// What one key of a program's configuration did to its results, from runs that differ in it alone.
package struct KeyEffect: Sendable, Hashable {
    package let project: String?
    package let entry: String?
    package let key: String
    package let metric: String
    /// Pairs of runs with the same rest of the configuration, code, data and seed.
    package let pairs: Int
    /// Those with results equal bit for bit.
    package let identicalPairs: Int
    /// Mean absolute difference of the metric.
    package let meanDifference: Double
    /// The same as a multiple of the standard deviation between seeds; nil where that is not known.
    package let differenceOverSeeds: Double?
    /// Whether all that was seen fits in half of that deviation, with 95 % confidence, over at least
    /// `pairsMin` pairs: worth a look, never a proof.
    package let isNegligible: Bool

    /// Fewer pairs say nothing of a key.
    static let pairsMin = 8

    var json: JSON {
        [
            "project": .orNull(project), "entry": .orNull(entry), "key": .string(key),
            "metric": .string(metric), "pairs": .integer(Int64(pairs)),
            "identical_pairs": .integer(Int64(identicalPairs)),
            "mean_difference": .double(meanDifference),
            "difference_over_seed_sd": .orNull(differenceOverSeeds),
            "negligible": .bool(isNegligible),
        ]
    }
}

/// Adds up the pairs of one key.
struct KeyPairs {
    private var pairs = 0
    private var identical = 0
    private var total = 0.0
    private var absolute = 0.0
    private var squares = 0.0

    mutating func take(difference: Double, isIdentical: Bool) {
        pairs += 1
        identical += isIdentical ? 1 : 0
        total += difference
        absolute += abs(difference)
        squares += difference * difference
    }

    /// Nil without a pair.
    func effect(of key: String, metric: String, in run: KeyedRun, seedDeviation: Double?)
        -> KeyEffect?
    {
        guard pairs > 0 else { return nil }
        let mean = total / Double(pairs)
        let deviation = seedDeviation.flatMap { $0 > 0 ? $0 : nil }
        return KeyEffect(
            project: run.run.setting.facts.project,
            entry: run.run.setting.facts.entry,
            key: key,
            metric: metric,
            pairs: pairs,
            identicalPairs: identical,
            meanDifference: absolute / Double(pairs),
            differenceOverSeeds: deviation.map { absolute / Double(pairs) / $0 },
            isNegligible: deviation.map { isWithin($0 / 2, mean: mean) } ?? false
        )
    }

    /// Two one-sided tests (Schuirmann 1987): the interval of the mean lies within the margin.
    private func isWithin(_ margin: Double, mean: Double) -> Bool {
        guard pairs >= KeyEffect.pairsMin else { return false }
        let count = Double(pairs)
        let variance = max(0, (squares - count * mean * mean) / (count - 1))
        // The two-sided 95 % quantile, which is stricter than the tests ask for.
        let half = StudentT.quantile975(freedom: pairs - 1) * (variance / count).squareRoot()
        return abs(mean) + half <= margin
    }
}
