/// What a column's value can be expected to be from the columns beside it.
///
/// All arithmetic is that of IEEE 754 doubles, each operation rounded by itself, so that every
/// reader finds the same integers.
enum Prediction {
    /// Units of 10⁻ᵉ J that two readings of a power in watts, `elapsed` ns apart, make by the
    /// trapezoid rule; `divisor` is 2·10⁹⁻ᵉ.
    @inline(__always)
    static func energy(
        _ before: UInt64,
        _ after: UInt64,
        elapsed: UInt64,
        divisor: Double
    ) -> UInt64 {
        let watts = Double(bitPattern: before) + Double(bitPattern: after)
        return integer(watts * Double(Int64(bitPattern: elapsed)) / divisor)
    }

    /// 2·10⁹⁻ᵉ.
    static func energyDivisor(exponent: Int) -> Double {
        2 * DecimalFraction.scales[DecimalFraction.scales.count - 1 - exponent]
    }

    /// Nanoseconds that a duration in seconds lasts.
    @inline(__always)
    static func nanoseconds(_ seconds: UInt64) -> UInt64 {
        integer(Double(bitPattern: seconds) * 1e9)
    }

    /// The nearest integer, ties to even; 0 for what is none below 2⁶².
    @inline(__always)
    private static func integer(_ value: Double) -> UInt64 {
        let rounded = DecimalFraction.nearestInteger(value)
        // False for NaN, too.
        guard rounded.magnitude < 0x1p62 else { return 0 }
        return UInt64(bitPattern: Int64(rounded))
    }
}
