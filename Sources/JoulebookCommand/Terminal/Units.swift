import Glibc

/// Numbers as people read them: three significant digits and a unit that fits.
///
/// What is not known is a dash, never a zero.
enum Units {
    static let unknown = "–"

    /// An energy given in joules, in J below 0.1 Wh and in Wh, kWh, MWh above.
    static func energy(joules: Double?) -> String {
        energy(joules: joules, like: joules)
    }

    /// An energy in the unit that fits another one.
    static func energy(joules: Double?, like other: Double?) -> String {
        guard let joules, joules.isFinite else { return unknown }
        let size = abs(other ?? joules)
        if size < 360 { return "\(significant(joules)) J" }
        let wattHours = joules / 3600
        if size < 3.6e6 { return "\(significant(wattHours)) Wh" }
        if size < 3.6e9 { return "\(significant(wattHours / 1e3)) kWh" }
        return "\(significant(wattHours / 1e6)) MWh"
    }

    /// A power given in watts, in mW, W, kW or MW.
    static func power(watts: Double?) -> String {
        guard let watts, watts.isFinite else { return unknown }
        let size = abs(watts)
        if size == 0 { return "0 W" }
        if size < 1 { return "\(significant(watts * 1e3)) mW" }
        if size < 1e3 { return "\(significant(watts)) W" }
        if size < 1e6 { return "\(significant(watts / 1e3)) kW" }
        return "\(significant(watts / 1e6)) MW"
    }

    /// A mass given in kilograms, in mg, g, kg or t.
    static func mass(kilograms: Double?) -> String {
        guard let kilograms, kilograms.isFinite else { return unknown }
        let size = abs(kilograms)
        if size == 0 { return "0 g" }
        if size < 1e-3 { return "\(significant(kilograms * 1e6)) mg" }
        if size < 1 { return "\(significant(kilograms * 1e3)) g" }
        if size < 1e3 { return "\(significant(kilograms)) kg" }
        return "\(significant(kilograms / 1e3)) t"
    }

    /// A duration given in seconds, in the two largest units that matter.
    static func duration(seconds: Double?) -> String {
        guard let seconds, seconds.isFinite, seconds >= 0 else { return unknown }
        if seconds == 0 { return "0 s" }
        if seconds < 1 { return "\(significant(seconds * 1e3)) ms" }
        if seconds < 59.95 { return "\(significant(seconds)) s" }
        let whole = Int(exactly: seconds.rounded()) ?? Int.max
        if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
        let minutes = (whole + 30) / 60
        if minutes < 60 * 48 { return "\(minutes / 60) h \(minutes % 60) min" }
        let hours = (minutes + 30) / 60
        return "\(hours / 24) d \(hours % 24) h"
    }

    /// A date in UTC, to the minute or to the second.
    static func date(unixSeconds: Double?, withSeconds: Bool = false) -> String {
        guard let unixSeconds, let whole = Int(exactly: unixSeconds.rounded(.down)) else {
            return unknown
        }
        let (days, clock) = whole.quotientAndFloorRemainder(dividingBy: 86_400)
        let (year, month, day) = civil(daysSince1970: days)
        let time =
            "\(padded(clock / 3600)):\(padded(clock / 60 % 60))"
            + (withSeconds ? ":\(padded(clock % 60))" : "")
        return "\(year)-\(padded(month))-\(padded(day)) \(time)"
    }

    /// A share of one as a percentage.
    static func percent(_ share: Double?) -> String {
        guard let share, share.isFinite else { return unknown }
        return "\(significant(share * 100)) %"
    }

    /// A relative uncertainty: ± a percentage, or beyond 100 % the factors that the truth lies within.
    static func uncertainty(_ relative: Double?) -> String {
        guard let relative, relative.isFinite, relative > 1 else { return percent(relative) }
        return "0 … \(significant(1 + relative))×"
    }

    /// A number rounded to `digits` significant digits, without an exponent where that stays short.
    static func significant(_ value: Double, digits: Int = 3) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value > 0 ? "∞" : "-∞" }
        guard value != 0 else { return "0" }
        let exponent = Int(log10(abs(value)).rounded(.down))
        guard (-6...12).contains(exponent) else { return "\(value)" }
        let text = fixed(value, decimals: max(0, digits - 1 - exponent))
        // Rounding up may have added a digit in front: 9.996 is 10.0, not 10.00.
        let kept = text.count(where: \.isNumber) - leadingZeros(text)
        return kept > digits && text.contains(".")
            ? fixed(value, decimals: max(0, digits - 2 - exponent)) : text
    }

    /// A number with a fixed count of decimals.
    static func fixed(_ value: Double, decimals: Int) -> String {
        let scale = pow(10, Double(decimals))
        guard let scaled = Int64(exactly: (abs(value) * scale).rounded()) else { return "\(value)" }
        let sign = value < 0 && scaled != 0 ? "-" : ""
        guard decimals > 0 else { return sign + String(scaled) }
        let digits = String(scaled)
        let padding = String(repeating: "0", count: max(0, decimals + 1 - digits.count))
        let all = padding + digits
        return sign + all.dropLast(decimals) + "." + all.suffix(decimals)
    }

    private static func leadingZeros(_ text: String) -> Int {
        text.filter(\.isNumber).prefix { $0 == "0" }.count
    }

    private static func padded(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }

    /// The proleptic Gregorian date (Howard Hinnant, "chrono-compatible low-level date algorithms").
    private static func civil(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let (era, dayOfEra) = shifted.quotientAndFloorRemainder(dividingBy: 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}

extension Int {
    /// Division that rounds towards negative infinity, so that the remainder is never negative.
    fileprivate func quotientAndFloorRemainder(dividingBy divisor: Int) -> (Int, Int) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
