/// A number as it was printed: what its digits leave open.
package struct PrintedNumber {
    /// Half a unit of the last digit that is not zero; 0 for zero itself.
    package let halfUnit: Double
    /// Digits from the first to the last that are not zero.
    package let significantDigits: Int
    /// Whether digits behind the point are among them.
    package let hasFraction: Bool

    /// The shortest digits that read back to `value` are taken for the printed ones.
    package init(_ value: Double) {
        guard value.isFinite, value != 0 else {
            (halfUnit, significantDigits, hasFraction) = (0, 0, false)
            return
        }
        let parts = abs(value).description.split(separator: "e")
        let written = parts.first ?? ""
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let decimals = written.split(separator: ".").dropFirst().first ?? ""
        let digits = written.filter { $0 != "." }
        let zeros = digits.reversed().prefix { $0 == "0" }.count
        let place = exponent - decimals.count + zeros
        halfUnit = 0.5 * Self.power(10, place)
        significantDigits = digits.drop { $0 == "0" }.count - zeros
        hasFraction = place < 0
    }

    /// Whether `exact` printed with as many digits is this number.
    ///
    /// Asked of fractions of two digits or more only, where rounding explains at most 5 %.
    package func isRounding(of exact: Double, printed: Double) -> Bool {
        hasFraction && significantDigits > 1 && abs(exact - printed) <= halfUnit * (1 + 1e-9)
    }

    private static func power(_ base: Double, _ exponent: Int) -> Double {
        var result = 1.0
        for _ in 0..<min(abs(exponent), 400) { result *= base }
        return exponent < 0 ? 1 / result : result
    }
}
