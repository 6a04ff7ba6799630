import ArgumentParser
import JouleLifecycle

/// How long hardware lives, and what a score of its carbon is per.
struct HardwareOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Years that the hardware is used.", valueName: "years"))
    var lifetime: Double?
    @Option(
        help: ArgumentHelp(
            "Share of these in which it does something (default: 1).",
            valueName: "share"
        )
    ) var utilisation: Double?
    @Option(
        help: ArgumentHelp("What SCI is per, and how many (requests=1.2e6).", valueName: "unit"),
        transform: UnitArgument.init(argument:)
    ) var functionalUnit: UnitArgument?

    mutating func validate() throws {
        if lifetime == nil, utilisation != nil {
            throw ValidationError("--utilisation is of a life; give --lifetime as well")
        }
    }

    /// Nil where no lifetime is stated.
    func life() throws(LifecycleError) -> HardwareLife? {
        guard let lifetime else { return nil }
        return try HardwareLife(years: lifetime, utilisation: utilisation ?? 1)
    }
}

/// A functional unit as it is written: what it is, and how many there were.
struct UnitArgument {
    let unit: FunctionalUnit

    init(argument: String) throws {
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let unit = FunctionalUnit(Double(parts[1]), parts[0]) else {
            throw ValidationError("'\(argument)' is no unit with a number such as requests=1.2e6")
        }
        self.unit = unit
    }
}
