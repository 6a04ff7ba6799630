import ArgumentParser
import JouleFile
import JouleQuantities

struct ShowCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "One run: what it was, what it used, how it went.",
        usage: """
            joulebook show <path> [--run <run>] [--metric <metric> --higher|--lower]
                           [--attachment <name> | --json]
            """,
        discussion: """
            A live, killed or damaged ledger shows everything that can still be read. Energy that \
            was modelled or declared, not measured, is marked ≈. Artifacts that the run brought \
            along, such as the changes of its source tree (code.diff) and what was installed \
            (packages.txt), are listed; --attachment writes the bytes of one.

            What a gain of a metric cost, and whether the last epochs gained anything, is shown for \
            the metric by which the run was selected, or for --metric with --higher or --lower; \
            which values are better is never guessed.

            Examples:
              joulebook show joulebook/digits/20260302T101500Z-1f3a9c00.joule
              joulebook show joulebook              the newest run in a directory
              joulebook show joulebook --run 1f3a   the run whose id begins so
              joulebook show joulebook --json | jq .totals
              joulebook show run.joule --metric accuracy --higher
              joulebook show run.joule --attachment code.diff | git apply

            Exit status: 0; 64 wrong usage, or no such metric; 65 not a ledger, or no such attachment that is complete; \
            74 not readable.
            """
    )

    @Argument(help: "A ledger, or a directory of ledgers.", completion: .file()) var path: String
    @Option(name: .customLong("run"), help: "The run whose id begins with this.") var prefix:
        String?
    @Option(help: ArgumentHelp("Write the bytes of an artifact.", valueName: "name"))
    var attachment: String?
    @Option(help: "Show what gains of this metric cost.") var metric: String?
    @Flag(help: "Which of its values are better.") var goal: SelectCommand.Goal?
    @Flag(help: "Print JSON (Schemas/run.schema.json).") var json = false

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        guard attachment == nil || !json else {
            throw .usage("--attachment writes bytes as they are; leave out --json")
        }
        guard prefix != "" else {
            throw .usage("--run is empty; give the beginning of an id; 'joulebook ls' lists them")
        }
        guard (metric == nil) == (goal == nil) else {
            throw .usage("--metric needs --higher or --lower, and the other way round")
        }
        let store = try RunStore.open(path, wanted: true, on: console)
        let run = try pick(from: store, on: console)
        let integrity = try store.integrity(of: run)
        let progress = try progress(of: run)
        let attachments = store.attachments(of: run)
        if let attachment {
            try ListedAttachments.write(attachment, from: attachments, on: console)
        } else if json {
            let document = RunDocument.json(
                run,
                attachments,
                shared: store.sharing(of: run),
                integrity: integrity,
                progress: progress
            )
            try console.print(document.bytes)
        } else {
            let page = RunPage(
                run: run,
                attachments: attachments,
                shared: store.sharing(of: run),
                integrity: integrity,
                look: console.look,
                progress: progress
            )
            for line in page.lines() { try console.print(line) }
        }
        return 0
    }

    private func progress(of run: RunRecord) throws(CommandFailure) -> Progress? {
        if let metric, let goal {
            guard let progress = Progress(of: run, metric: metric, goal: goal) else {
                throw .usage(
                    "no epoch of run \(run.id.short) has a metric '\(metric)'; leave --metric out to "
                        + "see which there are"
                )
            }
            return progress
        }
        return Progress(ofSelected: run)
    }

    private func pick(
        from store: RunStore,
        on console: Console
    ) throws(CommandFailure) -> RunRecord {
        guard let prefix else {
            if store.runs.count > 1 {
                console.complain(
                    "\(path) holds \(store.runs.count) runs; this is the newest, --run ID shows another"
                )
            }
            // There is one, since one was wanted.
            return store.runs[store.runs.count - 1]
        }
        return try store.runs.only(\.id, beginningWith: prefix, in: path)
    }
}
