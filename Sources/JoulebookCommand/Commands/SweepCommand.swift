import ArgumentParser
import JouleFile
import JouleQuantities
import JouleRedundancy
import Joulebook

struct SweepCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Before a search: what of it was run already?",
        usage: """
            joulebook sweep <trials> --against <dir> [--project <project>]
                            [--entry <entry>] [--code <tree>] [--data <fingerprint>]
                            [--rules <file>] [--remaining <file>] [--json]
            """,
        discussion: """
            Takes from a search what the runs of a directory have done: trials that are known, \
            that run now, that differ from a known one only in a key which has never changed a \
            result, and that the search holds twice. The trials are JSON: a list of \
            configurations, one configuration a line, or a grid \
            {"base": {...}, "grid": {"lr": [0.1, 0.01], "seed": [0, 1, 2]}}; - is standard input.

            Examples:
              joulebook sweep grid.json --against joulebook
              joulebook sweep grid.json --against joulebook --remaining todo.jsonl
              joulebook sweep grid.json --against joulebook --json | jq .saved_kwh

            Exit status: 0 all of it remains; 3 some of it was run, runs now, or is there twice; \
            64 wrong usage; 65 the trials are not JSON, or not a ledger; 74 not readable.
            """
    )

    @Argument(help: "The trials: a file, a pipe, or - for standard input.", completion: .file())
    var trials: String
    @Option(help: ArgumentHelp("A directory of ledgers.", valueName: "dir"), completion: .directory)
    var against: String
    @Option(help: "Only runs of this project.") var project: String?
    @Option(help: "The program, as runs record it.") var entry: String?
    @Option(help: ArgumentHelp("The hash of the source tree.", valueName: "tree")) var code: String?
    @Option(help: ArgumentHelp("The data's fingerprint.", valueName: "fingerprint"))
    var data: String?
    @OptionGroup var rules: RulesOption
    @Option(
        help: ArgumentHelp(
            "Write what remains there, one configuration a line.",
            valueName: "file"
        ),
        completion: .file()
    )
    var remaining: String?
    @Flag(help: "Print JSON (Schemas/sweep.schema.json).") var json = false

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        let name = trials == "-" ? "standard input" : trials
        let search: SweepTrials
        let bytes = try Input.text(of: trials, bytesMax: 1 << 28)
        do { search = try SweepTrials(parsing: bytes) } catch {
            throw .badData("\(name): \(error)")
        }
        let (plan, problems) = try plan(search.configurations, on: console)
        if let remaining { try write(plan.remaining, to: remaining) }
        if json {
            try console.print(plan.json.listing(problems).bytes)
        } else {
            for line in lines(plan, console.look) { try console.print(line) }
        }
        return plan.remaining.count == plan.trials.count ? 0 : 3
    }

    private func plan(_ configurations: [JSONObject], on console: Console) throws(CommandFailure)
        -> (answer: SweepPlan, problems: [LedgerDirectory.Problem])
    {
        let question = PreflightQuestion(
            project: project,
            entry: entry,
            config: JSONObject(),
            codeTree: code,
            dataFingerprint: data
        )
        let rulesPath = rules.path(beside: against)
        let rules = try rules.read(beside: against)
        return try console.answer(from: against, ofProject: project, rulesPath: rulesPath) {
            () throws(LedgerError) in
            try question.plan(
                configurations,
                at: against,
                rules: rules,
                progress: console.showReading
            )
        }
    }

    private func write(_ trials: [SweepPlan.Trial], to path: String) throws(CommandFailure) {
        let file = try OutputFile(path)
        for trial in trials {
            try file.write(JSON.object(trial.config).bytes + [UInt8(ascii: "\n")])
        }
        try file.finish()
    }

    private func lines(_ plan: SweepPlan, _ look: Console.Look) -> [String] {
        var table = Table([
            .init(title: "trials", isRight: true), .init(title: ""),
            .init(title: "", mayShrink: true),
        ])
        for verdict in SweepPlan.Verdict.allCases {
            let found = plan.trials.filter { $0.verdict == verdict }
            guard !found.isEmpty else { continue }
            let example = found.first?.run.map { "such as \($0.short.visible)" } ?? ""
            table.append([.init("\(found.count)"), .init(verdict.words), .init(example)])
        }
        guard !plan.trials.isEmpty else { return ["no trials"] }
        var lines = table.lines(look: look)
        let sign = plan.energyIsModelled ? "≈" : ""
        if let saved = plan.savedJoules, saved > 0 {
            lines += ["", "not to be spent again: \(sign)\(Units.energy(joules: saved))"]
        }
        if let rest = plan.remainingJoules, !plan.remaining.isEmpty {
            let mean = Units.energy(joules: plan.joulesPerRun)
            lines.append(
                "the rest will take about \(sign)\(Units.energy(joules: rest)), \(sign)\(mean) a run"
            )
        }
        if !plan.inertKeys.isEmpty {
            let keys = plan.inertKeys.map(\.visible).joined(separator: ", ")
            lines += "keys that have never changed a result: \(keys)".wrapped(to: look.width)
        }
        return lines + EnergyMark.legend(below: lines.joined(), look)
    }
}

extension SweepPlan.Verdict {
    /// In words.
    fileprivate var words: String {
        switch self {
        case .known: "were run already"
        case .runningNow: "are running now"
        case .inert: "differ from a finished run only in a key that does nothing"
        case .repeated: "are in the search before"
        case .new: "remain"
        }
    }
}
