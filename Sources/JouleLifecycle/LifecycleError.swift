/// What keeps a lifecycle summary from being computed.
package enum LifecycleError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A factor file cannot be read.
    case unreadable(path: String, reason: String)
    /// A factor file holds something that no factor can be; `line` counts from 1.
    case badFactor(path: String, line: Int, column: String, reason: String)
    /// No factor names this region; `near` lists regions with similar names.
    case unknownRegion(String, near: [String])
    /// No facility has this PUE.
    case implausiblePUE(Double)
    /// No site has this value of what is named, of which the last text says what it is.
    case implausible(String, Double, ClosedRange<Double>, String)
    /// No run in the ledgers has this name.
    case unknownRun(String)
    /// Several runs' names begin with this text.
    case ambiguousRun(String, [String])

    package var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path): \(reason)"
        case .badFactor(let path, let line, let column, let reason):
            "\(path): line \(line), \(column): \(reason)"
        case .unknownRegion(let region, let near):
            "no factor for region '\(region)'"
                + (near.isEmpty
                    ? "; use a country (FR, FRA, France) or a cloud region (aws:eu-west-1)"
                    : "; did you mean \(near.joined(separator: ", "))?")
        case .implausiblePUE(let value):
            "PUE \(value) is not within \(Plausible.pue.lowerBound) to \(Plausible.pue.upperBound); "
                + "it is facility energy divided by IT energy"
        case .implausible(let name, let value, let range, let what):
            "\(name) \(value) is not within \(Figure.number(range.lowerBound)) to "
                + "\(Figure.number(range.upperBound)); it is \(what)"
        case .unknownRun(let name):
            "no run named '\(name)' here"
        case .ambiguousRun(let name, let runs):
            "'\(name)' begins the names of several runs: \(runs.joined(separator: ", "))"
        }
    }
}
