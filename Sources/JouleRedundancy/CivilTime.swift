import JouleQuantities

/// A date as people write it, in UTC.
struct CivilTime {
    /// `2026-03-02 14:05 UTC`.
    let text: String
    /// The Monday of its week: `2026-03-02`.
    let monday: String

    init(_ time: WallTime) {
        let seconds = time.unixNanoseconds.floorDivided(by: 1_000_000_000)
        let days = seconds.floorDivided(by: 86_400)
        let ofDay = seconds - days * 86_400
        let clock = "\(Self.two(ofDay / 3600)):\(Self.two(ofDay / 60 % 60))"
        text = "\(Self.date(days)) \(clock) UTC"
        // 1970-01-01 was a Thursday.
        monday = Self.date((days + 3).floorDivided(by: 7) * 7 - 3)
    }

    /// The date that lies `unixDays` days after 1970-01-01.
    ///
    /// After Howard Hinnant, "chrono-compatible low-level date algorithms".
    private static func date(_ unixDays: Int64) -> String {
        let days = unixDays + 719_468
        let era = days.floorDivided(by: 146_097)
        let dayOfEra = days - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(year)-\(two(month))-\(two(day))"
    }

    private static func two(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }
}

extension Int64 {
    func floorDivided(by divisor: Int64) -> Int64 {
        self / divisor - (self % divisor < 0 ? 1 : 0)
    }
}
