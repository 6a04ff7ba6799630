import ArgumentParser
import JouleFile
import JouleLifecycle

struct ReportCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "The same page as one file that needs nothing else, or one chart.",
        usage: """
            joulebook report <path> -o <file.html> [--title <title>]
            joulebook report <path> -o <file> --chart <chart> [--run <run> ...]
                             [--metric <metric>] [--format svg|png|vega-lite]
            """,
        discussion: """
            The file holds tables and charts of all runs and, of the newest as many as fit into \
            about two megabytes, every detail; how many that are is said on standard error. It \
            opens without a network, and prints.

            Charts: 'course', 'power' and 'phases' of one run, the newest unless --run names it; \
            'curves' and 'efficiency' of several; 'weeks', 'stages' and 'frontier' of all, the last \
            with --metric. SVG and PNG are drawn by Python's package vl-convert-python, which is \
            looked for with 'python3' or what JOULEBOOK_PYTHON names; 'vega-lite' is the \
            specification itself, which needs nothing.

            Examples:
              joulebook report joulebook -o report.html
              joulebook report joulebook -o power.svg --chart power --run 1f3a
              joulebook report joulebook -o front.png --chart frontier --metric accuracy
              joulebook report joulebook -o weeks.json --chart weeks --format vega-lite

            Exit status: 0; 64 wrong usage; 65 not a ledger, no such run, or nothing to draw; 74 not \
            readable or not writable, or nothing there that draws.
            """
    )

    @Argument(help: "A directory of ledgers, or one ledger.") var path: String
    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("The file to write.", valueName: "file")
    ) var output: String
    @Option(help: "What the report is called; else the directory's name.") var title: String?
    @Option(help: "Write this chart instead.") var chart: PageChart?
    @Option(help: "What a chart is written as; else by the file's name.") var format: PictureFormat?
    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("The run whose id begins with this.", valueName: "run")
    ) var prefixes: [String] = []
    @Option(help: "The metric of the frontier.") var metric: String?
    @Flag(help: "Which of its values are better; else by its name.") var better: SelectCommand.Goal?

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        try Input.require(path, as: .fileOrDirectory)
        if let chart {
            guard title == nil else { throw .usage("--title is of the whole report") }
            let spec = try chart.specification(
                below: path,
                prefixes,
                metric,
                better.flatMap { .init(rawValue: $0.rawValue) },
                on: console
            )
            let format = try wantedFormat()
            try Picture.write(spec, as: format, to: output)
            return 0
        }
        guard format == nil, prefixes.isEmpty, metric == nil, better == nil else {
            throw .usage(
                "--format, --run, --metric, --higher and --lower are of one chart; give --chart as well"
            )
        }
        return try writeReport(on: console)
    }

    private func wantedFormat() throws(CommandFailure) -> PictureFormat {
        if let format { return format }
        return try PictureFormat(ofFile: output)
    }

    private func writeReport(on console: Console) throws(CommandFailure) -> Int32 {
        let report = try ReportFile(path, title: title)
        for line in report.problems.linesByFile { console.complain(line) }
        let file = try OutputFile(output)
        try report.write { piece throws(CommandFailure) in try file.write(piece) }
        try file.finish()
        if report.runsLeftOut > 0 {
            console.complain(
                "\(output): of \(report.runsLeftOut) older runs it holds the row of the table, not "
                    + "the details; 'joulebook serve' shows these"
            )
        }
        return 0
    }
}
