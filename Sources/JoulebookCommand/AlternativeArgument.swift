import ArgumentParser
import JouleLifecycle

/// What a summary is compared with, as it is written: `region=SE,pue=1.1`.
struct AlternativeArgument {
    let alternative: Alternative

    private static let keys =
        "region, pue, hour, model, project, user, account, since, until, hardware, precision"

    init(argument: String) throws {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        var (changes, device, precision): ([Alternative.Change], String?, String?) = ([], nil, nil)
        for part in parts {
            let halves = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard halves.count == 2 else {
                throw ValidationError("'\(part)' is no option and its value such as region=SE")
            }
            switch halves[0] {
            case "hardware": device = halves[1]
            case "precision": precision = halves[1]
            default: changes.append(try Self.change(halves[0], halves[1]))
            }
        }
        changes += try Self.hardware(device, precision)
        alternative = Alternative(argument, changes)
    }

    /// Both or neither: what a device can do depends on the precision, and none is assumed.
    private static func hardware(_ device: String?, _ precision: String?) throws
        -> [Alternative.Change]
    {
        let known = OtherHardware.Precision.allCases.map(\.rawValue).joined(separator: ", ")
        guard let device else {
            guard precision == nil else {
                throw ValidationError("precision is of other hardware; give hardware=NAME as well")
            }
            return []
        }
        guard let precision = precision.flatMap(OtherHardware.Precision.init(rawValue:)) else {
            throw ValidationError("hardware=\(device) takes the precision of the work: \(known)")
        }
        return [.hardware(OtherHardware(device, precision))]
    }

    private static func change(_ name: String, _ value: String) throws -> Alternative.Change {
        switch name {
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
        case "account": return .account(value)
        case "since": return .since(try CalendarDate(argument: value).start)
        case "until": return .until(try CalendarDate(argument: value).start)
        default: throw ValidationError("'\(name)' is none of \(keys)")
        }
    }
}
