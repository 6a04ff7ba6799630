/// A number as it was printed: what its digits leave open.
package enum PrintedNumber {
    /// Half a unit of the last digit that is not zero; 0 for zero itself.
    package static func halfUnit(of value: Double) -> Double {
        guard value.isFinite, value != 0 else { return 0 }
        let parts = abs(value).description.split(separator: "e")
        let written = parts.first ?? ""
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let decimals = written.split(separator: ".").dropFirst().first ?? ""
        let digits = written.filter { $0 != "." }
        let zeros = digits.reversed().prefix { $0 == "0" }.count
        let place = exponent - decimals.count + zeros
        return 0.5 * power(10, place)
    }

    private static func power(_ base: Double, _ exponent: Int) -> Double {
        var result = 1.0
        for _ in 0..<min(abs(exponent), 400) { result *= base }
        return exponent < 0 ? 1 / result : result
    }
}
