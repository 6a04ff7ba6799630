extension Timestamp {
    /// How a time has to be written, for people.
    package static let spelling =
        "a time as 2026-03-02, 2026-03-02T10:15:00.5Z or 2026-03-02T10:15:00+01:00"

    /// The instant that a text of ISO 8601 means, in nanoseconds since 1970; nil for any other text
    /// and for instants that 64 bits cannot date.
    ///
    /// A date alone is its beginning in UTC. A time of day needs its zone, as RFC 3339 asks: without
    /// it, it means another instant elsewhere.
    package static func nanoseconds(_ text: String) -> Int64? {
        var rest = text.utf8[...]
        guard let year = number(4, &rest), skip("-", &rest), let month = number(2, &rest),
            skip("-", &rest), let day = number(2, &rest),
            (1...12).contains(month), (1...daysOf(month, year)).contains(day)
        else { return nil }
        var seconds = days(year, month, day) * 86_400
        guard !rest.isEmpty else { return instant(seconds, 0) }
        guard skip("T", &rest) || skip("t", &rest) || skip(" ", &rest),
            let hour = number(2, &rest), skip(":", &rest), let minute = number(2, &rest),
            hour < 24, minute < 60
        else { return nil }
        var second: Int64 = 0
        var fraction: Int64 = 0
        if skip(":", &rest) {
            // A leap second, 60, is the beginning of the next one.
            guard let whole = number(2, &rest), whole <= 60 else { return nil }
            second = whole
            if skip(".", &rest) || skip(",", &rest) {
                guard let parts = nanoseconds(fraction: &rest) else { return nil }
                fraction = parts
            }
        }
        guard let offset = offset(&rest), rest.isEmpty else { return nil }
        seconds += hour * 3600 + minute * 60 + second - offset
        return instant(seconds, fraction)
    }

    private static func instant(_ seconds: Int64, _ fraction: Int64) -> Int64? {
        // Before 1970 towards zero, so that the first instant of all does not overflow halfway.
        let carry: Int64 = seconds < 0 && fraction > 0 ? 1 : 0
        let (product, overflow) = (seconds + carry).multipliedReportingOverflow(by: second)
        let (sum, isTooFar) = product.addingReportingOverflow(fraction - carry * second)
        return overflow || isTooFar ? nil : sum
    }

    /// One to nine digits behind the point; further ones are too fine to matter and are left out.
    private static func nanoseconds(fraction rest: inout Substring.UTF8View) -> Int64? {
        var value: Int64 = 0
        var count = 0
        while let digit = digit(rest.first) {
            if count < 9 { value = value * 10 + digit }
            count += 1
            rest.removeFirst()
        }
        guard count > 0 else { return nil }
        for _ in 0..<max(0, 9 - count) { value *= 10 }
        return value
    }

    /// Seconds that a zone is ahead of UTC.
    private static func offset(_ rest: inout Substring.UTF8View) -> Int64? {
        if skip("Z", &rest) || skip("z", &rest) { return 0 }
        let isAhead = skip("+", &rest)
        guard isAhead || skip("-", &rest), let hours = number(2, &rest), hours < 24 else {
            return nil
        }
        _ = skip(":", &rest)
        guard let minutes = number(2, &rest), minutes < 60 else { return nil }
        return (isAhead ? 1 : -1) * (hours * 3600 + minutes * 60)
    }

    private static func digit(_ byte: UInt8?) -> Int64? {
        guard let byte, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        return Int64(byte - UInt8(ascii: "0"))
    }

    private static func number(_ digits: Int, _ rest: inout Substring.UTF8View) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let digit = digit(rest.popFirst()) else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    private static func skip(
        _ character: Unicode.Scalar,
        _ rest: inout Substring.UTF8View
    ) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    // MARK: Calendar

    private static func daysOf(_ month: Int64, _ year: Int64) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return switch month {
        case 2: isLeap ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970, after Howard Hinnant as above; of years from 0 on.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month > 2 ? month - 3 : month + 9
        let year = (month <= 2 ? year - 1 : year) + 400
        let ofEra = year % 400
        let ofYear = (153 * shifted + 2) / 5 + day - 1
        return year / 400 * 146_097 + ofEra * 365 + ofEra / 4 - ofEra / 100 + ofYear - 865_565
    }
}
