import JouleFile
import JouleLifecycle

/// Why a command stopped, with the exit status that scripts rely on.
package enum CommandFailure: Error, Equatable, Sendable {
    /// The command line asks for something that does not exist.
    case usage(String)
    /// A file that was read is not what it should be.
    case badData(String)
    /// The system refused to read or write.
    case inputOutput(String)
    /// The reader of standard output went away, which is no error to report.
    case closedPipe

    /// `sysexits.h` values for the first three, 128 + SIGPIPE for the last.
    package var status: Int32 {
        switch self {
        case .usage: 64
        case .badData: 65
        case .inputOutput: 74
        case .closedPipe: 141
        }
    }

    /// What to say on standard error: what, where, and what to do.
    package var line: String? {
        switch self {
        case .usage(let line), .badData(let line), .inputOutput(let line): line
        case .closedPipe: nil
        }
    }
}

extension CommandFailure {
    /// A ledger that cannot be read.
    init(_ error: LedgerError) {
        switch error {
        case .system, .beingPacked: self = .inputOutput(error.description)
        default: self = .badData(error.description)
        }
    }
}

extension CommandFailure {
    /// A factor file that cannot be read, or a summary that cannot be computed.
    init(_ error: LifecycleError) {
        switch error {
        case .unreadable, .badFactor: self = .badData(error.description)
        case .unknownRun, .ambiguousRun:
            self = .badData("\(error); 'joulebook ls' lists the runs")
        case .unknownRegion, .implausiblePUE, .implausible: self = .usage(error.description)
        }
    }
}
