import ArgumentParser
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
                                [--since <date>] [--until <date>]
                                [--format <format>] [--field <name=value> ...]
                                [--json] [--strict]
            """,
        discussion: """
            Carbon is computed when read, from a named and versioned factor set: every factor that \
            was used is listed with its year and source, and 'joulebook factors --explain' says \
            why it is that one. What is not known is a dash, never a zero. What several runs \
            measured by one meter is divided among them, and so counted once. Duplicates are the \
            runs that 'joulebook audit' finds avoidable by equal results or inputs. Ledgers that \
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
              joulebook lifecycle joulebook --until 2026-07-01 --beside since=2026-07-01
              joulebook lifecycle joulebook --metric accuracy --higher --target 0.9
              joulebook lifecycle joulebook --format markdown > CARBON.md
              joulebook lifecycle joulebook --region FR --pue 1.2 --format hf
              joulebook lifecycle joulebook --strict --json | jq .anomalies

            Exit status: 0; 1 with --strict when something cannot be right or could not be read; 64 \
            wrong usage; 65 not a ledger or not a factor file; 74 not readable.
            """
    )

    @Argument(help: "A directory of ledgers, or one ledger.") var path: String
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
            "Totals with other options: region, pue, hour, model, project, user, since, until.",
            valueName: "changes"
        ),
        transform: AlternativeArgument.init(argument:)
    ) var beside: [AlternativeArgument] = []
    @Option(help: "Only runs of this project.") var project: String?
    @Option(help: "Only runs of this user.") var user: String?
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
    @OptionGroup var rules: RulesOption
    @Flag(help: "The same as --format json (Schemas/lifecycle.schema.json).") var json = false
    @Flag(help: "Exit with 1 when an anomaly was found or a ledger not read.") var strict = false

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        let format = try layout()
        let fields = try fields(of: format)
        guard model != "" else {
            throw .usage("--model is empty; give the beginning of a run's id")
        }
        let efficiency = try efficiencyGoal()
        if series.series == nil, beside.contains(where: \.alternative.movesStart) {
            throw .usage("--beside hour= needs the hours of the grid; give --series as well")
        }
        let store = try RunStore.open(path, on: console)
        let summary = try summary(of: store, try rules.read(beside: path), efficiency)
        if summary.totals.runs == 0, summary.runsAvailable > 0 {
            console.complain(
                "\(path): none of \(summary.runsAvailable) runs matches \(selection); 'joulebook ls'"
                    + " lists them"
            )
        }
        switch format {
        case .table: try console.print(lines: summary.tableText(width: console.look.width))
        case .markdown: try console.print(lines: summary.markdown)
        case .json: try console.print(store.document(summary.json).bytes)
        case .other(let format):
            try export(summary, as: format, stating: fields, on: console)
        }
        let isDoubtful = summary.strictExit || !store.problems.isEmpty
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
        try console.print(lines: export.text)
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
            ("model", model), ("project", project), ("user", user),
            ("since", since.map { Units.date(unixSeconds: $0.start.unixSeconds) }),
            ("until", until.map { Units.date(unixSeconds: $0.start.unixSeconds) }),
        ]
        return options.compactMap { name, value in value.map { "--\(name) \($0)" } }
            .joined(separator: " ")
    }

    private func summary(
        of store: RunStore,
        _ rules: KeyRules,
        _ efficiency: MetricGoal?
    ) throws(CommandFailure) -> LifecycleSummary {
        var options = LifecycleOptions()
        options.region = region
        options.pue = pue
        options.model = model
        options.since = since?.start
        options.until = until?.start
        options.user = user
        options.project = project
        options.goal = efficiency
        options.beside = beside.map(\.alternative)
        let set = try series.added(to: factors.read())
        do throws(LifecycleError) {
            options.site = try site.statement()
            options.life = try hardware.life()
            options.unit = hardware.functionalUnit?.unit
            let runs = store.reconciled()
            // The evidence for a repetition may lie outside of what is summarised.
            return try LifecycleSummary(
                runs,
                options: options,
                factors: set,
                duplicates: Audit(runs, rules: rules).totals.avoidableByRun,
                inputs: store.inputs
            )
        } catch {
            throw CommandFailure(error)
        }
    }
}
