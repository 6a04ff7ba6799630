import ArgumentParser
import JouleFile
import JouleQuantities

struct ListCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "ls",
        abstract: "The runs in a directory, one a line.",
        discussion: """
            Keys of --where: project, stage, status, sweep, user, account, tag, host, id, and any path \
            into the configuration such as config.lr. Keys of --sort: started, ended, duration, epochs, \
            energy, project, status, or a metric; a leading - turns the order round. Energy is what \
            each run measured; where several ran at once on one machine, the same joules are in each \
            of theirs, which is told below the list. Where a terminal is wide, the course of the metric \
            over the epochs is drawn; where it is narrow, stage, epochs, duration and then more are \
            left out. $COLUMNS sets the width, also in a pipe.

            Examples:
              joulebook ls joulebook
              joulebook ls joulebook --where status=failed --where project=digits
              joulebook ls joulebook --where config.lr=0.1 --sort -energy
              joulebook ls joulebook --json | jq '.runs[].energy_j'

            Exit status: 0; 64 wrong usage; 65 not a ledger; 74 not readable.
            """
    )

    @Argument(help: "A directory of ledgers, or one ledger.", completion: .file()) var path: String
    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("Only runs with this value; may be repeated.", valueName: "key=value")
    ) var conditions: [String] = []
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The order; -key turns it round.", valueName: "key")
    )
    var sort = "started"
    @Flag(help: "Print JSON (Schemas/runs.schema.json).") var json = false

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        var filters: [RunFilter] = []
        for condition in conditions { filters.append(try RunFilter(condition)) }
        let order = try RunOrder(sort)
        let store = try RunStore.open(path, .summaries, on: console)
        try order.check(against: store.runs)
        let kept = store.runs.filter { run in filters.allSatisfy { $0.keeps(run) } }
        let runs = order.sorted(kept)
        // Who shared a meter is told by the records; how it is divided, only by ledgers read in full.
        let sharing = ReconciledRuns(store.runs).sharing.filter { !$0.value.reasons.isEmpty }
        if json {
            try console.print(document(of: runs, sharing, in: store).bytes)
        } else {
            try printTable(of: runs, sharing, in: store, on: console)
        }
        return 0
    }

    private func document(
        of runs: [RunRecord],
        _ sharing: [RunID: SharedEnergy],
        in store: RunStore
    ) -> JSON {
        [
            "schema": "joulebook.runs/1",
            "runs": .array(
                runs.map { item(for: $0, sharing[$0.id], at: store.place(of: $0)) }
            ),
            "problems": store.problemList,
        ]
    }

    private func item(for run: RunRecord, _ shared: SharedEnergy?, at place: LedgerDirectory.Place?)
        -> JSON
    {
        let metric = Metrics.main(of: run)
        let provenance = EnergyMark(run).weakest?.rawValue
        return [
            "run_id": .string(run.id.description),
            "project": .orNull(run.project),
            "stage": .orNull(run.stage?.rawValue),
            "status": .string(run.status.rawValue),
            "started": .orNull(run.started?.unixSeconds),
            "ended": .orNull(run.ended?.unixSeconds),
            "duration_s": .orNull(run.durationSeconds),
            "epochs": .integer(Int64(run.epochCount)),
            "energy_j": .orNull(run.energy?.joules),
            "shared": shared.map { .object($0.occasion) } ?? .null,
            "provenance": .orNull(provenance),
            "metric": metric.map { ["name": .string($0.name), "value": .double($0.value)] }
                ?? .null,
            "tags": .array(run.tags.map(JSON.string)),
            "path": .orNull(place?.path),
            "member": .orNull(place?.member),
        ]
    }

    private func none(in store: RunStore) -> String {
        guard store.runs.isEmpty else { return "no runs that match" }
        return store.problems.isEmpty ? "no runs" : "no run that can be read"
    }

    private func printTable(
        of runs: [RunRecord],
        _ sharing: [RunID: SharedEnergy],
        in store: RunStore,
        on console: Console
    )
        throws(CommandFailure)
    {
        guard !runs.isEmpty else {
            return try console.print("\(none(in: store)) in \(path.visible)")
        }
        let year = commonYear(of: runs)
        var table = Table([
            .init(title: "run"), .init(title: "project", mayShrink: true, cutsInside: true),
            .init(title: "stage", mayShrink: true, mayGo: 1), .init(title: "status", mayGo: 5),
            .init(title: year.map { "\($0) (UTC)" } ?? "started (UTC)", mayGo: 4),
            .init(title: "took", isRight: true, hasUnits: true, mayGo: 3),
            .init(title: "ep.", isRight: true, mayGo: 2),
            .init(title: "energy", isRight: true, hasUnits: true),
            .init(title: "metric", mayShrink: true, cutsInside: true),
            .init(title: "course", mayGo: 0),
        ])
        let drawsCourses = console.look.width >= Self.courseFrom
        for run in runs { table.append(row(for: run, year: year, drawsCourse: drawsCourses)) }
        for line in table.lines(look: console.look) { try console.print(line) }
        if runs.contains(where: { !EnergyMark($0).sign.isEmpty && Self.joules(of: $0) != nil }) {
            for line in EnergyMark.legend(console.look) { try console.print(line) }
        }
        let divided = runs.count { sharing[$0.id]?.reasons.contains(.divided) == true }
        guard let words = SharedRuns.sentence(of: divided, among: runs.count) else { return }
        let note = "\(words); lifecycle and audit count each joule once"
        for line in note.wrapped(to: console.look.width) {
            try console.print(console.look.painted(line, .faint))
        }
    }

    /// Columns of a terminal from which there is room for courses, and how many one takes.
    private static let courseFrom = 100
    private static let courseWidth = 12

    private func row(for run: RunRecord, year: String?, drawsCourse: Bool) -> [Table.Cell] {
        let mark = EnergyMark(run)
        let date = Units.date(unixSeconds: run.started?.unixSeconds)
        let main = Metrics.main(of: run)
        let metric = main.map { metric in
            "\(Units.significant(metric.value, digits: 4)) \(metric.name)"
        }
        let course = drawsCourse ? main.map { Metrics.course(of: $0.name, in: run) } : nil
        return [
            .init(run.id.short), .init(run.project ?? Units.unknown),
            .init(run.stage?.rawValue ?? Units.unknown),
            .init(run.status.rawValue, run.status.paint),
            .init(year == nil || date == Units.unknown ? date : String(date.dropFirst(5))),
            .init(Units.duration(seconds: run.durationSeconds)),
            .init("\(run.epochCount)"),
            .init(mark.text(joules: Self.joules(of: run)), mark.paint), .init(metric ?? ""),
            .init(course.map { Sparkline.text($0, width: Self.courseWidth) } ?? ""),
        ]
    }

    private static func joules(of run: RunRecord) -> Double? {
        run.energy?.joules ?? run.declared?.energy?.joules
    }

    /// The year in which all runs began, which then needs saying only once.
    private func commonYear(of runs: [RunRecord]) -> String? {
        let years = Set(
            runs.compactMap { run in
                run.started.map { Units.date(unixSeconds: $0.unixSeconds).prefix { $0 != "-" } }
            }
        )
        guard let year = years.first, years.count == 1, year.count == 4 else { return nil }
        return String(year)
    }
}
