import ArgumentParser
import FoundationEssentials
import JouleQuantities

/// A date on the command line: `2026-03-02`, or to the second `2026-03-02T10:15:00Z`.
struct CalendarDate: ExpressibleByArgument {
    /// The beginning of the day in UTC, or the second.
    let start: WallTime

    init?(argument: String) {
        let text = argument.contains("T") ? argument : argument + "T00:00:00Z"
        guard let date = try? Date.ISO8601FormatStyle().parse(text),
            let start = WallTime(unixSeconds: date.timeIntervalSince1970)
        else { return nil }
        self.start = start
    }
}
