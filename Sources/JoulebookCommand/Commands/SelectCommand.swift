import ArgumentParser
import JouleFile
import JouleQuantities
import Joulebook

struct SelectCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "select",
        abstract: "Says that a run was chosen, and by which metric.",
        discussion: """
            What is said is appended to the ledger, with its date; everything before stays as it \
            was, byte for byte. The last selection of a run counts. Behind damage nothing is \
            appended: then a file NAME.1.joule is begun beside it and named, which readers take for \
            the same ledger.

            Examples:
              joulebook select run.joule --metric accuracy --higher
              joulebook select 1f3a --metric loss --lower --in joulebook
              joulebook show run.joule --json | jq .selected

            Exit status: 0; 64 wrong usage, or no such metric; 65 not a ledger, no such run, or \
            still being written; 74 not readable or not writable.
            """
    )

    /// Which values of a metric are better.
    enum Goal: String, EnumerableFlag {
        case higher
        case lower
    }

    @OptionGroup var target: AnnotatedRun
    @Option(help: "The metric that decided.") var metric: String
    @Flag(help: "Which values are better.") var goal: Goal

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        let (run, place) = try target.find(on: console)
        guard run.finalValue(of: metric) != nil else {
            throw .usage(
                "run \(run.id.short) has no metric '\(metric)'; 'joulebook show' lists them"
            )
        }
        let moment = WallTime.now()
        var members = JSONObject()
        members["selected"] = [
            "metric": .string(metric), "goal": .string(goal.rawValue),
            "at": .double(moment.unixSeconds),
        ]
        let annotation = RunAnnotation(set: members)
        try target.append(annotation, to: run.id, in: place, at: moment, on: console)
        try console.print(
            "selected run \(run.id.short) by \(metric.visible), \(goal.rawValue) is better"
        )
        return 0
    }
}
