public import JouleQuantities
import JouleRedundancy

/// A run whose epochs are, bit for bit, those of an earlier run of its project.
public struct Replay: Sendable {
    /// The run that is repeated.
    public let of: RunID
    /// The epoch, as the program counts, from which on the metrics say too much for a coincidence.
    public let epoch: Int
    /// The last epoch that was equal; nil until one differs.
    public internal(set) var until: Int?
    /// What the run did about it.
    public internal(set) var action: Action
    /// The earlier run, what it came to and what stopping saves, for a person.
    public let explanation: String

    fileprivate let earlier: JSONObject

    /// What a run does about a replay.
    public enum Action: String, Sendable, CaseIterable {
        /// Nothing: it is tagged `verify` and meant to come to the same, or the start has named the run.
        case none
        /// A line on standard error.
        case warn
        /// The same, and `Run.shouldStop` becomes true; the training loop ends by itself.
        case stop
        /// The program was told, and decides.
        case call
    }

    /// `joulebook.replay/1` (`Schemas/replay.schema.json`).
    public var json: JSON {
        var object: JSONObject = earlier
        object["epoch"] = .integer(Int64(epoch))
        object["until"] = until.map { .integer(Int64($0)) } ?? .null
        object["action"] = .string(action.rawValue)
        object["explanation"] = .string(explanation)
        return .object(object)
    }
}

/// Something that was done before, as `RunOptions.mayGoOn` is asked about it.
public enum Repetition: Sendable {
    /// Before the run begins: a finished or running run of the same recipe and seed.
    case known(PreflightReport)
    /// While it goes on: its epochs so far are those of an earlier run.
    case replay(Replay)
}

extension Replay {
    init(
        _ run: ReplayTable.Earlier,
        epoch: Int,
        _ action: Action,
        goesOn: Bool
    ) {
        of = run.run
        self.epoch = epoch
        self.action = action
        explanation = run.explanation(epoch: epoch, goesOn: goesOn)
        earlier = run.json
    }

    /// As the record keeps it.
    var kept: JSON {
        var object = JSONObject()
        object["of"] = .string(of.description)
        object["epoch"] = .integer(Int64(epoch))
        if let until { object["until"] = .integer(Int64(until)) }
        return .object(object)
    }
}
