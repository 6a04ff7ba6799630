import ArgumentParser
import Glibc
import JouleExchange
import JouleFile
import JouleLifecycle
import JouleQuantities
import JouleRedundancy
import Joulebook

struct LifecycleCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "lifecycle",
        abstract: "Energy and carbon of a model's life, stage by stage.",
        usage: """
            joulebook lifecycle <path> [--model <run>] [--region <region>]
                                [--pue <pue>] [--factors <file>]
                                [--series <file>]
                                [--wue <litres>] [--ewif <litres>] [--land <area>]
                                [--tariff <price>] [--contract <contract> ...]
                                [--residual <grams>]
                                [--lifetime <years>] [--utilisation <share>]
                                [--functional-unit <unit>]
                                [--metric <metric> (--higher | --lower)]
                                [--target <value>] [--beside <changes> ...]
                                [--project <project>] [--user <user>]
                                [--account <account>]
                                [--since <date>] [--until <date>]
                                [--format <format>] [--field <name=value> ...]
                                [--duplicates | --no-duplicates]
                                [--json] [--strict]
            """,
        discussion: """
            Carbon is computed when read, from a named and versioned factor set: every factor that \
            was used is listed with its year and source, and 'joulebook factors --explain' says \
            why it is that one. What is not known is a dash, never a zero. What several runs \
            measured by one meter is divided among them, and so counted once. Duplicates are the \
            runs that 'joulebook audit' finds avoidable by equal results or inputs; among more than \
            100,000 runs they are looked for where --duplicates says so. Ledgers that \
            could not be read, or not fully, are told on standard error and in the JSON's \
            problems. With --metric, the runs that no other one beats in both energy and metric \
            are listed, with what each point more took, and with --target, what it took to reach it. \
            Formats of other programs (Schemas/exports.md) say on standard error what they cannot say.

            Examples:
              joulebook lifecycle joulebook
              joulebook lifecycle joulebook --region FR --pue 1.2
              joulebook lifecycle joulebook --wue 0.2 --ewif 3.1 --tariff 0.25EUR
              joulebook lifecycle joulebook --series fr-2026.csv --beside hour=best
              joulebook lifecycle joulebook --contract 0.6@11 --residual 420
              joulebook lifecycle joulebook --lifetime 4 --functional-unit requests=1.2e6
              joulebook lifecycle joulebook --model 1f3a    one run and its ancestors
              joulebook lifecycle joulebook --model 1f3a --beside model=77c0
              joulebook lifecycle joulebook --beside region=SE,pue=1.1
              joulebook lifecycle joulebook --beside "hardware=NVIDIA L4,precision=fp16"
              joulebook lifecycle joulebook --until 2026-07-01 --beside since=2026-07-01
              joulebook lifecycle joulebook --metric accuracy --higher --target 0.9
              joulebook lifecycle joulebook --format markdown > CARBON.md
              joulebook lifecycle joulebook --region FR --pue 1.2 --format hf
              joulebook lifecycle joulebook --strict --json | jq .anomalies

            Exit status: 0; 1 with --strict when something cannot be right or could not be read; 64 \
            wrong usage; 65 not a ledger or not a factor file; 74 not readable.
            """
    )

    @Argument(help: "A directory of ledgers, or one ledger.", completion: .file()) var path: String
    @Option(help: ArgumentHelp("Only this run and its ancestors.", valueName: "run"))
    var model: String?
    @Option(help: "Country (FR) or cloud region (aws:eu-west-1); else what runs recorded.")
    var region: String?
    @Option(help: "Power usage effectiveness of the site; else what runs recorded.")
    var pue: Double?
    @OptionGroup var factors: FactorsOption
    @OptionGroup var series: SeriesOption
    @OptionGroup var site: SiteOptions
    @OptionGroup var hardware: HardwareOptions
    @Option(help: "The metric that tells how good a run is.") var metric: String?
    @Flag(help: "Which of its values are better.") var goal: SelectCommand.Goal?
    @Option(help: ArgumentHelp("What the metric was to reach.", valueName: "value"))
    var target: Double?
    @Option(
        help: ArgumentHelp(
            """
            Totals with other options: region, pue, hour, hardware, model, project, user, account, since \
            or until.
            """,
            valueName: "changes"
        ),
        transform: AlternativeArgument.init(argument:)
    ) var beside: [AlternativeArgument] = []
    @Option(help: "Only runs of this project.") var project: String?
    @Option(help: "Only runs of this user.") var user: String?
    @Option(help: "Only runs in jobs that Slurm charges this account for.") var account: String?
    @Option(
        help: ArgumentHelp("Only runs from this date on (2026-03-02).", valueName: "date"),
        transform: CalendarDate.init(argument:)
    ) var since: CalendarDate?
    @Option(
        help: ArgumentHelp("Only runs before this date.", valueName: "date"),
        transform: CalendarDate.init(argument:)
    ) var until: CalendarDate?
    @Option(help: "The layout; else table.") var format: LifecycleLayout?
    @Option(
        help: ArgumentHelp("What a format requires and no ledger knows.", valueName: "name=value")
    )
    var field: [String] = []
    @Flag(
        inversion: .prefixedNo,
        help: "Look for duplicates; else where there are at most 100,000 runs."
    ) var duplicates: Bool?
    @OptionGroup var rules: RulesOption
    @OptionGroup var facts: FactsOption
    @Flag(help: "The same as --format json (Schemas/lifecycle.schema.json).") var json = false
    @Flag(help: "Exit with 1 when an anomaly was found or a ledger not read.") var strict = false

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        let format = try layout()
        let fields = try fields(of: format)
        if case .other(let format) = format, format.isBinary, isatty(STDOUT_FILENO) == 1 {
            throw .usage(
                "\(format.rawValue) is no text for a terminal; write it to a file or a pipe"
            )
        }
        guard model != "" else {
            throw .usage("--model is empty; give the beginning of a run's id")
        }
        let efficiency = try efficiencyGoal()
        if series.series == nil, beside.contains(where: \.alternative.movesStart) {
            throw .usage("--beside hour= needs the hours of the grid; give --series as well")
        }
        let (summary, problems) = try summary(efficiency, for: format, on: console)
        if summary.totals.runs == 0, summary.runsAvailable > 0 {
            console.complain(
                "\(path): none of \(summary.runsAvailable) runs matches \(selection); 'joulebook ls'"
                    + " lists them"
            )
        }
        switch format {
        case .table:
            let look = console.look
            let text = summary.tableText(width: look.width) { look.painted($0, $1.paint) }
            try console.print(lines: text)
        case .markdown: try console.print(lines: summary.markdown)
        case .json: try console.print(summary.json.listing(problems).bytes)
        case .other(let format):
            try export(summary, as: format, stating: fields, on: console)
        }
        let isDoubtful = summary.strictExit || !problems.isEmpty
        return strict && isDoubtful ? 1 : 0
    }

    private func efficiencyGoal() throws(CommandFailure) -> MetricGoal? {
        guard let metric else {
            if target != nil { throw .usage("--target is of a metric; give --metric as well") }
            if goal != nil { throw .usage("--higher and --lower are of a metric; give --metric") }
            return nil
        }
        guard let goal else {
            throw .usage("say which values of '\(metric)' are better: --higher or --lower")
        }
        if let target, !target.isFinite { throw .usage("--target \(target) is no number") }
        return MetricGoal(metric, goal == .higher ? .higher : .lower, target: target)
    }

    /// What `--field` states, once for each name.
    private func fields(of layout: LifecycleLayout) throws(CommandFailure) -> [String: String] {
        var fields: [String: String] = [:]
        for text in field {
            guard case .other(let format) = layout, let sign = text.firstIndex(of: "=") else {
                throw .usage("--field \(text): write name=value, with --format of another program")
            }
            let name = String(text[..<sign])
            let value = String(text[text.index(after: sign)...])
            if let reason = format.refusal(of: name, value) {
                throw .usage("--field \(text): \(reason)")
            }
            guard fields.updateValue(value, forKey: name) == nil else {
                throw .usage("--field \(name) is given twice; give it once")
            }
        }
        return fields
    }

    private func export(
        _ summary: LifecycleSummary,
        as format: LifecycleExport.Format,
        stating fields: [String: String],
        on console: Console
    ) throws(CommandFailure) {
        let export: LifecycleExport
        do throws(ExportRefusal) {
            export = try LifecycleExport(
                format,
                of: summary,
                version: joulebookVersion,
                now: .now(),
                fields: fields
            )
        } catch {
            throw error.isUsage ? .usage(error.description) : .badData("\(path): \(error)")
        }
        try console.write(export.bytes)
        try console.flush()
        for line in export.losses.lines { console.complain(line) }
    }

    private func layout() throws(CommandFailure) -> LifecycleLayout {
        if json, let format, format != .json {
            throw .usage(
                "--json and --format \(format.rawValue) contradict each other; give one of them"
            )
        }
        return json ? .json : format ?? .table
    }

    /// The options that leave runs out, as they are written.
    private var selection: String {
        let options = [
            ("model", model), ("project", project), ("user", user), ("account", account),
            ("since", since.map { Units.date(unixSeconds: $0.start.unixSeconds) }),
            ("until", until.map { Units.date(unixSeconds: $0.start.unixSeconds) }),
        ]
        return options.compactMap { name, value in value.map { "--\(name) \($0)" } }
            .joined(separator: " ")
    }

    private func summary(
        _ efficiency: MetricGoal?,
        for layout: LifecycleLayout,
        on console: Console
    ) throws(CommandFailure) -> (LifecycleSummary, [LedgerDirectory.Problem]) {
        let rules = try rules.read(beside: path)
        let set = try series.added(to: factors.read())
        let options = try options(efficiency)
        // A series meets epochs at their own times.
        let needsRecords = options.needsRecords || layout.needsRecords || series.series != nil
        let read = try read(rules, records: needsRecords, on: console)
        read.runs.keepUntilTheEnd()
        do throws(LifecycleError) {
            let summary = try LifecycleSummary(
                read.runs,
                options: options,
                factors: set,
                duplicates: read.duplicates,
                inputs: read.inputs
            )
            return (summary, read.problems)
        } catch {
            throw CommandFailure(error)
        }
    }

    private func options(_ efficiency: MetricGoal?) throws(CommandFailure) -> LifecycleOptions {
        var options = LifecycleOptions()
        options.region = region
        options.pue = pue
        options.model = model
        options.since = since?.start
        options.until = until?.start
        options.user = user
        options.account = account
        options.project = project
        options.goal = efficiency
        options.beside = beside.map(\.alternative)
        options.unit = hardware.functionalUnit?.unit
        do throws(LifecycleError) {
            options.site = try site.statement()
            options.life = try hardware.life()
        } catch {
            throw CommandFailure(error)
        }
        return options
    }

    // MARK: Reading

    /// What ledgers hold, and which of their runs repeat others where that was looked for.
    private struct Read {
        let runs: LifecycleRuns
        let inputs: LedgerInputs
        let problems: [LedgerDirectory.Problem]
        let duplicates: [RunID: Energy?]?
    }

    /// So many runs are looked through for duplicates where nobody says anything.
    static let auditedMax = 100_000

    private func isAudited(_ count: Int) -> Bool { duplicates ?? (count <= Self.auditedMax) }

    /// The evidence for a repetition may lie outside of what is summarised.
    private func read(_ rules: KeyRules, records: Bool, on console: Console)
        throws(CommandFailure) -> Read
    {
        if records {
            guard !facts.isGiven else {
                throw .usage(
                    "--lifecycle-facts are not enough for options that look at whole records"
                )
            }
            let store = try RunStore.open(path, on: console)
            let runs = store.reconciled()
            return Read(
                runs: LifecycleRuns(runs),
                inputs: store.inputs,
                problems: store.problems,
                duplicates: isAudited(runs.runs.count)
                    ? Audit(runs, rules: rules).totals.avoidableByRun : nil
            )
        }
        try Input.require(path, as: .fileOrDirectory)
        do throws(LedgerError) {
            let feed = try facts.summaries(of: path, on: console)
            for line in feed.problems.linesByFile { console.complain(line) }
            var duplicates: [RunID: Energy?]?
            if isAudited(feed.runs.count) {
                let runs = try facts.runs(of: path, rules: rules, on: console)
                let audit = Audit(runs) { console.progress("comparing", $0, of: $1, unit: "steps") }
                duplicates = audit.totals.avoidableByRun
            }
            return Read(
                runs: LifecycleRuns(feed),
                inputs: feed.inputs,
                problems: feed.problems,
                duplicates: duplicates
            )
        } catch {
            throw CommandFailure(error)
        }
    }
}

extension LifecycleSummary.LineRole {
    /// How the line is painted.
    fileprivate var paint: Paint {
        switch self {
        case .titles: .faint
        case .heading: .strong
        case .anomaly: .doubtful
        }
    }
}
