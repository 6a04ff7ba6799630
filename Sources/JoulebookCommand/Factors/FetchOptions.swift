import ArgumentParser
import JouleExchange

extension IntensityProvider: ExpressibleByArgument {}

/// What is fetched from a provider, and into which file.
struct FetchOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Write a series of this provider.", valueName: "provider"))
    var fetch: IntensityProvider?
    @Option(help: "With --fetch, the zone or region as the provider calls it.")
    var zone: String?
    @Option(
        help: ArgumentHelp(
            "With --fetch, from this date on; else the last day.",
            valueName: "date"
        ),
        transform: CalendarDate.init(argument:)
    ) var since: CalendarDate?
    @Option(
        help: ArgumentHelp("With --fetch, up to this date.", valueName: "date"),
        transform: CalendarDate.init(argument:)
    ) var until: CalendarDate?
    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("With --fetch, the new series file.", valueName: "file"),
        completion: .file()
    ) var output: String?

    mutating func validate() throws {
        if fetch == nil, zone != nil || since != nil || until != nil || output != nil {
            throw ValidationError("--zone, --since, --until and -o go with --fetch")
        }
    }
}
