/// F13: how uncertain inputs make a result.
package enum Uncertainty {
    /// Relative uncertainty of a product of independent terms: (σ/x)² = Σ (σᵢ/xᵢ)².
    ///
    /// Source: GUM (JCGM 100:2008), § 5.1.6. A sum of energies is `CombinedUncertainty`.
    package static func product(ofRelative terms: [Double]) -> Double {
        terms.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    /// Uncertainty of a sum whose terms share one factor (an EF, a PUE): they err together.
    ///
    /// Source: GUM (JCGM 100:2008), § 5.2.2, correlation 1.
    package static func shared(_ terms: [Double]) -> Double {
        terms.reduce(0) { $0 + abs($1) }
    }

    /// A value somewhere between two limits, all alike.
    package struct Between: Sendable {
        package var low: Double
        package var high: Double

        package init(low: Double, high: Double) {
            self.low = low
            self.high = high
        }
    }

    /// The middle 95 % of a result whose inputs lie between limits, by seeded Monte Carlo.
    ///
    /// For what is neither a product nor a sum; the same seed gives the same digits. Nil without
    /// draws, or where a result is no number. Source: JCGM 101:2008.
    package static func interval(
        of inputs: [Between],
        draws: Int = 10_000,
        seed: UInt64,
        _ result: ([Double]) -> Double
    ) -> (low: Double, median: Double, high: Double)? {
        guard draws > 0 else { return nil }
        var random = SplitMix64(seed: seed)
        var results: [Double] = []
        for _ in 0..<draws {
            let value = result(inputs.map { $0.low + ($0.high - $0.low) * random.unit() })
            guard value.isFinite else { return nil }
            results.append(value)
        }
        results.sort()
        func quantile(_ share: Double) -> Double {
            results[min(draws - 1, Int(share * Double(draws)))]
        }
        return (quantile(0.025), quantile(0.5), quantile(0.975))
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014): the same numbers from the same seed everywhere.
private struct SplitMix64 {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// Somewhere in 0..<1.
    mutating func unit() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ (mixed >> 31)) >> 11) * 0x1p-53
    }
}
