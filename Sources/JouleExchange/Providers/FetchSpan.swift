package import JouleQuantities

/// A stretch of time that a provider is asked for, in whole minutes.
package struct FetchSpan: Sendable, Hashable {
    /// Unix seconds; the end is not in it.
    package let start: Int64
    package let end: Int64

    /// A provider gives at most ten days of hours at once, and a week of five minutes fits an answer.
    private static let weekSeconds: Int64 = 7 * 86_400

    /// How much may be asked for at once.
    package static let daysMax: Int64 = 1830

    /// Nil where it does not begin before it ends, or is longer than `daysMax`.
    package init?(from start: WallTime, until end: WallTime) {
        let minute: Int64 = 60_000_000_000
        let first = start.unixNanoseconds / minute * 60
        let last = end.unixNanoseconds / minute * 60
        guard first >= 0, first < last, last - first <= Self.daysMax * 86_400 else { return nil }
        self.init(start: first, end: last)
    }

    private init(start: Int64, end: Int64) {
        self.start = start
        self.end = end
    }

    /// Cut at the same moments whatever is asked for, so that what was fetched serves again.
    package var parts: [FetchSpan] {
        var parts: [FetchSpan] = []
        var next = start
        while next < end {
            let border = (next / Self.weekSeconds + 1) * Self.weekSeconds
            parts.append(FetchSpan(start: next, end: min(border, end)))
            next = min(border, end)
        }
        return parts
    }

    func contains(_ seconds: Double) -> Bool {
        seconds >= Double(start) && seconds < Double(end)
    }

    package var startText: String { Self.text(start) }
    package var endText: String { Self.text(end) }

    /// To the minute, as the providers' examples write it: `2026-03-02T10:15Z`.
    static func text(_ seconds: Int64) -> String {
        var bytes: [UInt8] = []
        Timestamp.append(seconds * 1_000_000_000, to: &bytes)
        return String(decoding: bytes.prefix(16), as: UTF8.self) + "Z"
    }
}
