/// Rates and amounts over time.
package enum Series {
    /// An amount of a part of a run, carried on at the same rate to the whole of it.
    ///
    /// Source: Dodge et al. 2022, arXiv:2206.05229, § 4.1.
    package static func extrapolated(_ amount: Double, over part: Double, to whole: Double)
        -> Double?
    {
        part > 0 ? amount / part * whole : nil
    }

    /// How much more carbon a start at the first time causes than one at the best time, as a share.
    ///
    /// Source: Dodge et al. 2022, arXiv:2206.05229, § 5 (flexible start).
    package static func increaseOverBest(_ amountByStart: [Double]) -> Double? {
        guard let first = amountByStart.first, let best = amountByStart.min(), best > 0 else {
            return nil
        }
        return first / best - 1
    }

    /// The mean of rates: rates of one thing at several times are averaged, never summed.
    ///
    /// Source: Impact Framework, aggregation method `avg`.
    package static func mean(_ rates: [Double]) -> Double? {
        rates.isEmpty ? nil : rates.reduce(0, +) / Double(rates.count)
    }

    /// The value at `x` of a curve given by points, straight between them; nil outside.
    ///
    /// Source: Impact Framework, `Interpolation` (power curve over utilisation).
    package static func interpolated(at x: Double, xs: [Double], ys: [Double]) -> Double? {
        let points = zip(xs, ys).sorted { $0.0 < $1.0 }
        guard xs.count == ys.count else { return nil }
        for (left, right) in zip(points, points.dropFirst())
        where left.0 <= x && x <= right.0 && left.0 < right.0 {
            return left.1 + (right.1 - left.1) * (x - left.0) / (right.0 - left.0)
        }
        return nil
    }
}
