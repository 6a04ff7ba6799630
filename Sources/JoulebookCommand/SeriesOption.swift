import ArgumentParser
import JouleLifecycle

/// What the grid caused by the hour, in place of what it did by the year.
struct SeriesOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A time series of grid intensities (CSV) of your own.",
            valueName: "file"
        )
    ) var series: String?

    /// `set` with the series in it, where one was named.
    func added(to set: FactorSet) throws(CommandFailure) -> FactorSet {
        guard let series else { return set }
        try Input.require(series, as: .file)
        do throws(LifecycleError) {
            return set.adding(try RegionalSeries(reading: series))
        } catch {
            throw CommandFailure(error)
        }
    }
}
