import ArgumentParser
import JouleLifecycle

/// Which factors turn energy into carbon.
struct FactorsOption: ParsableArguments {
    @Option(
        help: ArgumentHelp("A factor file (CSV) of your own.", valueName: "file"),
        completion: .file()
    )
    var factors: String?

    /// The shipped set, with the factors of the named file in place of those for the same regions.
    func read() throws(CommandFailure) -> FactorSet {
        guard let factors else { return .shipped }
        try Input.require(factors, as: .file)
        do throws(LifecycleError) {
            return FactorSet.shipped.adding(try FactorSet(reading: factors))
        } catch {
            throw CommandFailure(error)
        }
    }
}
