import Glibc

/// Numbers as people read them.
package enum Figure {
    /// About four significant digits, without an exponent between 1e-3 and 1e9.
    package static func number(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-∞" : "∞" }
        let size = abs(value)
        if size == 0 { return "0" }
        if size < 1e-3 || size >= 1e9 {
            let exponent = Int(log10(size).rounded(.down))
            return fixed(value / pow(10, Double(exponent)), decimals: 2) + "e\(exponent)"
        }
        return fixed(value, decimals: max(0, 3 - Int(log10(size).rounded(.down))))
    }

    package static func percent(_ share: Double) -> String {
        let percent = share * 100
        return (percent > 0 && percent < 0.1 ? "< 0.1" : trimmed(fixed(percent, decimals: 1)))
            + " %"
    }

    /// A relative uncertainty: ± a percentage, or beyond 100 % the factors that the truth lies within.
    static func uncertainty(_ relative: Double) -> String {
        relative > 1 ? "0 … \(number(1 + relative))×" : percent(relative)
    }

    /// Whole units and `decimals` digits, rounded; `value` must be finite and below 1e15.
    private static func fixed(_ value: Double, decimals: Int) -> String {
        let places = min(max(decimals, 0), 9)
        let scale = pow(10, Double(places))
        guard let units = Int64(exactly: (abs(value) * scale).rounded()) else {
            return value.description
        }
        let sign = value < 0 && units > 0 ? "-" : ""
        guard places > 0 else { return sign + String(units) }
        var digits = String(units)
        if digits.count <= places {
            digits = String(repeating: "0", count: places + 1 - digits.count) + digits
        }
        return sign + digits.dropLast(places) + "." + digits.suffix(places)
    }

    private static func trimmed(_ text: String) -> String {
        text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}

/// A unit that keeps a column's largest figure readable.
struct Scale {
    let unit: String
    private let size: Double

    /// Litres and money as they are.
    static let one = Scale(unit: "", size: 1)

    /// Scale for energies up to `joules`; kWh where there is none.
    static func energy(upTo joules: Double) -> Scale {
        let steps = [("GWh", 3.6e12), ("MWh", 3.6e9), ("kWh", 3.6e6), ("Wh", 3.6e3)]
        let step = joules > 0 ? steps.first { joules >= $0.1 } ?? ("mWh", 3.6) : steps[2]
        return Scale(unit: step.0, size: step.1)
    }

    /// Scale for masses up to `grams`; kg where there is none.
    static func mass(upTo grams: Double) -> Scale {
        let steps = [("t", 1e6), ("kg", 1e3), ("g", 1.0)]
        let step = grams > 0 ? steps.first { grams >= $0.1 } ?? ("mg", 1e-3) : steps[1]
        return Scale(unit: step.0, size: step.1)
    }

    func text(_ value: Double) -> String { Figure.number(value / size) }

    /// The point, else the range, else a dash.
    func text(point: Double?, low: Double?, high: Double?) -> String {
        if let point { return text(point) }
        guard let low, let high else { return "–" }
        return "\(text(low)) … \(text(high))"
    }
    func text(_ energy: Estimate<EnergyIT>?) -> String {
        text(point: energy?.point?.joules, low: energy?.low.joules, high: energy?.high.joules)
    }

    func text<Signal>(_ carbon: Estimate<CarbonMass<Signal>>?) -> String {
        text(point: carbon?.point?.grams, low: carbon?.low.grams, high: carbon?.high.grams)
    }

    func text<Kind>(_ amount: Estimate<Amount<Kind>>?) -> String {
        text(point: amount?.point?.value, low: amount?.low.value, high: amount?.high.value)
    }
}
