public import JouleQuantities

/// What a run refuses, or could not keep.
///
/// Nothing between start and finish throws: trouble there becomes a warning and a count.
public enum RunError: Error, Equatable, Sendable, CustomStringConvertible {
    /// `config` must be an object of names and values.
    case configurationNotAnObject
    /// An argument of a start means nothing; `reason` says what it may be.
    case argumentInvalid(name: String, reason: String)
    /// The run was already done, or is running now, and `onDuplicate` is `.raise` or `mayGoOn` said no.
    ///
    /// No ledger was made. `explanation` lists the evidence, one piece a line; `answer` is the same for
    /// programs, as `joulebook check --json` prints it.
    case duplicateRun(of: RunID, explanation: String, answer: JSON)
    /// The run is closed, but its ledger misses something that was logged.
    case ledgerIncomplete(path: String, reason: String)

    /// One or more lines for a person: what, where, and what to do.
    public var description: String {
        switch self {
        case .configurationNotAnObject:
            "a run's configuration must be an object, such as [\"lr\": 0.1]"
        case .argumentInvalid(let name, let reason): "\(name) \(reason)"
        case .duplicateRun(_, let explanation, _): explanation
        case .ledgerIncomplete(let path, let reason):
            "\(path): \(reason); `joulebook show` lists what was kept"
        }
    }
}
