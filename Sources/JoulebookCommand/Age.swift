import ArgumentParser
import JouleQuantities

/// How long ago on the command line: a number of seconds, minutes, hours or days such as `90d`.
struct Age {
    private let seconds: Double

    static let day = Age(seconds: 86_400)
    static let minute = Age(seconds: 60)

    private init(seconds: Double) { self.seconds = seconds }

    init(argument: String) throws {
        guard let unit = argument.last.flatMap({ Self.units[$0] }),
            let number = Double(argument.dropLast()), number >= 0, number * unit <= Self.most
        else {
            throw ValidationError("write a number and s, m, h or d, such as 90d")
        }
        seconds = number * unit
    }

    private static let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    /// A hundred years.
    private static let most = 36_525.0 * 86_400

    /// Nil where it is no whole number of them.
    var wholeSeconds: Int? { Int(exactly: seconds) }

    /// The moment so long before another.
    func before(_ moment: WallTime) -> WallTime {
        WallTime(unixNanoseconds: moment.unixNanoseconds - Int64(seconds * 1e9))
    }
}
