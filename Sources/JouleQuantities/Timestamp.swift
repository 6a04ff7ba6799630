/// Instants as RFC 3339 spells them, in UTC with nine digits: `2026-03-02T10:15:00.123456789Z`.
package enum Timestamp {
    static let second: Int64 = 1_000_000_000

    /// Days to civil date after Howard Hinnant, "chrono-compatible low-level date algorithms".
    package static func append(_ nanoseconds: Int64, to bytes: inout [UInt8]) {
        let seconds = floorDivided(nanoseconds, by: second)
        let days = floorDivided(seconds, by: 86_400) + 719_468
        let era = floorDivided(days, by: 146_097)
        let dayOfEra = days - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let ofDay = seconds - floorDivided(seconds, by: 86_400) * 86_400
        // Nanoseconds in 64 bits date the years 1677 to 2262, which have four digits.
        digits(year, 4, "-", to: &bytes)
        digits(month, 2, "-", to: &bytes)
        digits(dayOfYear - (153 * shifted + 2) / 5 + 1, 2, "T", to: &bytes)
        digits(ofDay / 3600, 2, ":", to: &bytes)
        digits(ofDay / 60 % 60, 2, ":", to: &bytes)
        digits(ofDay % 60, 2, ".", to: &bytes)
        digits(nanoseconds &- seconds &* second, 9, "Z", to: &bytes)
    }

    private static func floorDivided(_ number: Int64, by divisor: Int64) -> Int64 {
        number / divisor - (number % divisor < 0 ? 1 : 0)
    }

    private static func digits(
        _ number: Int64,
        _ count: Int,
        _ end: Character,
        to bytes: inout [UInt8]
    ) {
        var divisor: Int64 = 1
        for _ in 1..<count { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
        bytes.append(contentsOf: String(end).utf8)
    }
}
