import ArgumentParser
import FoundationEssentials
import JouleQuantities

/// A date on the command line: `2026-03-02`, or to the second `2026-03-02T10:15:00Z`.
struct CalendarDate {
    /// The beginning of the day in UTC, or the second.
    let start: WallTime

    init(argument: String) throws {
        let text = argument.contains("T") ? argument : argument + "T00:00:00Z"
        guard let date = try? Date.ISO8601FormatStyle().parse(text),
            let start = WallTime(unixSeconds: date.timeIntervalSince1970)
        else { throw ValidationError("write it as 2026-03-02 or 2026-03-02T10:15:00Z (UTC)") }
        self.start = start
    }
}
