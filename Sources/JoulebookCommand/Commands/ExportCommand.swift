import ArgumentParser
import Glibc
import JouleExchange
import JouleFile
import JouleQuantities

struct ExportCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract:
            "Writes a table of runs, epochs, steps, telemetry, energy, phases or step ranges.",
        usage: """
            joulebook export <path> --format <format> [--table <table>]
                             [--output <file>] [--since <date>] [--until <date>]
                             [--columns <a,b>] [--where <condition> ...] [--run <id>]
            """,
        discussion: """
            One table over all runs of a ledger or a directory, as CSV (RFC 4180), JSON lines or an \
            Arrow IPC stream, to standard output or a file. Rows stream through, so that memory does \
            not grow with their number. Schemas/tables.md describes every column. Metrics are \
            columns of epochs and steps, those of all runs together; what a run does not have is \
            empty in CSV, null in JSON and Arrow. Numbers keep their bits in Arrow; CSV and JSON \
            spell the shortest that reads back to the same number, and NaN, Infinity and -Infinity. \
            Texts are exported as they are: a spreadsheet may take one that begins with = for a \
            formula.

            Conditions of --where: a column, one of = != < <= > >=, a value; all must hold, and \
            blanks around them do not count. A time is written as 2026-03-02T10:15:00Z, or as \
            nanoseconds since 1970. loss=NaN is every row whose loss is not a number, loss!=NaN every \
            one whose loss is; a row without a loss fulfils neither. Of a run_id the beginning will \
            do, if no other run's begins so.

            Examples:
              joulebook export joulebook --format csv -o epochs.csv
              joulebook export joulebook --format arrow --table steps -o steps.arrows
              joulebook export run.joule --format jsonl --table telemetry --since 2026-03-02T10:15:00Z
              joulebook export joulebook --format csv --columns run_id,epoch,loss --where 'loss<0.1'
              joulebook export joulebook --format arrow | python -c \
            'import sys, pyarrow as pa; print(pa.ipc.open_stream(sys.stdin.buffer).read_pandas())'

            Exit status: 0 every row; 1 a damaged or unreadable ledger gave less than all, standard \
            error says which; 64 wrong usage; 65 not a ledger; 74 not readable or not writable.
            """
    )

    @Argument(help: "A ledger, or a directory of ledgers.", completion: .file()) var path: String
    @Option(
        help: ArgumentHelp("csv, jsonl or arrow.", valueName: "format"),
        completion: .list(["csv", "jsonl", "arrow"])
    ) var format: String
    @Option(
        help: ArgumentHelp(
            "runs, epochs, steps, telemetry, energy, phases or step_ranges.",
            valueName: "table"
        )
    ) var table = "epochs"
    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("The file to write, replaced when all is well.", valueName: "file"),
        completion: .file()
    ) var output: String?
    @Option(
        help: ArgumentHelp("Only rows of this time or later.", valueName: "date"),
        transform: CalendarDate.init(argument:)
    ) var since: CalendarDate?
    @Option(
        help: ArgumentHelp("Only rows before this time.", valueName: "date"),
        transform: CalendarDate.init(argument:)
    ) var until: CalendarDate?
    @Option(help: ArgumentHelp("Only these columns, in this order.", valueName: "a,b"))
    var columns: String?
    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("Only rows with this; may be repeated.", valueName: "condition")
    ) var conditions: [String] = []
    @Option(
        name: .customLong("run"),
        help: ArgumentHelp("Only runs whose id begins with this.", valueName: "id")
    ) var prefix: String?

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        guard let format = TableFormat(rawValue: format) else {
            throw .usage("--format '\(format)' is unknown; use csv, jsonl or arrow")
        }
        let request = try request()
        guard output != "" else { throw .usage("-o names no file") }
        guard format != .arrow || output != nil || isatty(STDOUT_FILENO) == 0 else {
            throw .usage("an Arrow stream is no text for a terminal; give -o FILE or a pipe")
        }
        try Input.require(path, as: .fileOrDirectory)
        var export = try Self.answer(of: path) { () throws(ExportError) in
            try TableExport(of: path, request) { done, total in
                console.progress("reading ledgers", done, of: total)
            }
        }
        if let output {
            let file = try OutputFile(output)
            try write(&export, format, on: console) { bytes throws(CommandFailure) in
                try file.write(bytes)
            }
            try file.finish()
        } else {
            try write(&export, format, on: console) { bytes throws(CommandFailure) in
                try console.write(bytes)
            }
            try console.flush()
        }
        for line in export.problems.linesByFile { console.complain(line) }
        return export.problems.isEmpty ? 0 : 1
    }

    private func write(
        _ export: inout TableExport,
        _ format: TableFormat,
        on console: Console,
        to sink: ([UInt8]) throws(CommandFailure) -> Void
    ) throws(CommandFailure) {
        let spelling = TableSpelling(format, columns: export.columns)
        try sink(spelling.head)
        while true {
            let batch = try Self.answer(of: path) { () throws(ExportError) in try export.next() }
            guard let batch else { break }
            try sink(spelling.bytes(of: batch))
            console.progress("exporting", export.rowCount, of: nil, unit: "rows")
        }
        try sink(spelling.tail)
    }

    private static func answer<Answer>(
        of path: String,
        _ body: () throws(ExportError) -> Answer
    ) throws(CommandFailure) -> Answer {
        do throws(ExportError) { return try body() } catch {
            switch error {
            case .ledger(let error): throw CommandFailure(error)
            case .noRun: throw .badData("\(path): \(error)")
            default: throw .usage(error.description)
            }
        }
    }

    private func request() throws(CommandFailure) -> ExportRequest {
        guard let table = ExportTable(rawValue: table) else {
            let known = ExportTable.allCases.map(\.rawValue).joined(separator: ", ")
            throw .usage("--table '\(table)' is unknown; use \(known)")
        }
        guard prefix != "" else {
            throw .usage("--run is empty; give the beginning of an id; 'joulebook ls' lists them")
        }
        var request = ExportRequest(table)
        request.runPrefix = prefix
        request.since = since?.start.unixNanoseconds
        request.until = until?.start.unixNanoseconds
        if let columns {
            let names = columns.split(separator: ",", omittingEmptySubsequences: false)
            guard !names.contains("") else {
                throw .usage("--columns '\(columns)' has an empty name; write for example a,b")
            }
            request.columns = names.map(\.withoutOuterBlanks)
        }
        request.conditions = try Self.answer(of: path) { () throws(ExportError) in
            try conditions.map(ExportRequest.Condition.init(parsing:))
        }
        return request
    }
}
