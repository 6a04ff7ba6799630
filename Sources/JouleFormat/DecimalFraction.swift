/// Decimal fractions k·10⁻ᵉ that an f64 holds exactly enough to come back to the same bits.
package enum DecimalFraction {
    /// 10⁰ … 10⁹, all exact in f64.
    static let scales: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]

    /// The k for which k·10⁻ᵖˡᵃᶜᵉˢ has exactly the bits `word`; nil when there is none below 2⁵³.
    package static func integer(of word: UInt64, places: UInt8) -> Int64? {
        Int(places) < scales.count ? integer(of: word, scale: scales[Int(places)]) : nil
    }

    /// The k for which `Double(k) / scale` has exactly the bits `word`; nil when there is none
    /// below 2⁵³.
    @inline(__always)
    static func integer(of word: UInt64, scale: Double) -> Int64? {
        let scaled = nearestInteger(Double(bitPattern: word) * scale)
        guard scaled.magnitude < 0x1p53 else { return nil }
        // In range, and false above for NaN.
        let integer = Int64(scaled)
        return (Double(integer) / scale).bitPattern == word ? integer : nil
    }

    /// `value` rounded to the nearest integer, ties to even.
    ///
    /// Processors that have no instruction for it would call a function each time.
    @inline(__always)
    static func nearestInteger(_ value: Double) -> Double {
        // Doubles of the size of this sum have no fractions: adding rounds, subtracting restores.
        let shift = 0x1.8p52
        return value.magnitude < 0x1p51
            ? (value + shift) - shift : value.rounded(.toNearestOrEven)
    }
}
