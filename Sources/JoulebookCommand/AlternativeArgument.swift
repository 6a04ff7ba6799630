import ArgumentParser
import JouleLifecycle

/// What a summary is compared with, as it is written: `region=SE,pue=1.1`.
struct AlternativeArgument {
    let alternative: Alternative

    private static let keys = "region, pue, hour, model, project, user, since, until"

    init(argument: String) throws {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        alternative = Alternative(argument, try parts.map(Self.change))
    }

    private static func change(_ part: Substring) throws -> Alternative.Change {
        let halves = part.split(separator: "=", maxSplits: 1).map(String.init)
        guard halves.count == 2 else {
            throw ValidationError("'\(part)' is no option and its value such as region=SE")
        }
        let value = halves[1]
        switch halves[0] {
        case "region": return .region(value)
        case "pue":
            guard let pue = Double(value) else {
                throw ValidationError("pue=\(value) is no number")
            }
            return .pue(pue)
        case "hour":
            if value == "best" { return .start(.bestWithinDay) }
            guard let hours = Double(value), StartShift.hours.contains(hours) else {
                throw ValidationError(
                    "hour=\(value) is neither best nor a number of hours, -168 to 168"
                )
            }
            return .start(.later(hours: hours))
        case "model": return .model(value)
        case "project": return .project(value)
        case "user": return .user(value)
        case "since": return .since(try CalendarDate(argument: value).start)
        case "until": return .until(try CalendarDate(argument: value).start)
        default: throw ValidationError("'\(halves[0])' is none of \(keys)")
        }
    }
}
