import ArgumentParser
import JouleExchange
import JouleQuantities

/// A date on the command line: `2026-03-02`, or an instant such as `2026-03-02T10:15:00Z`.
struct CalendarDate {
    /// The beginning of the day in UTC, or the instant.
    let start: WallTime

    init(argument: String) throws {
        guard let start = Timestamp.nanoseconds(argument) else {
            throw ValidationError("write \(Timestamp.spelling)")
        }
        self.start = WallTime(unixNanoseconds: start)
    }
}
