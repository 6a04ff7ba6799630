import ArgumentParser
import JouleFile
import JouleQuantities
import JouleRedundancy

struct ExplainCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "How two runs compare, key by key.",
        discussion: """
            Says whether two runs are the same experiment, replicates or different ones, and which \
            keys make them so: another value, another seed, another spelling, a key that changes \
            nothing, one that the program never read, or a fact that one run does not state. Keys \
            that are equal are left out; --all lists them.

            Examples:
              joulebook explain a.joule b.joule
              joulebook explain 1f3a 90be --in joulebook
              joulebook explain 1f3a 90be --in joulebook --json | jq .verdict

            Exit status: 0; 64 wrong usage; 65 no such run, or not a ledger; 74 not readable.
            """
    )

    @Argument(help: "A ledger, or the beginning of a run's id.", completion: .file()) var a: String
    @Argument(help: "Another one.", completion: .file()) var b: String
    @Option(
        name: .customLong("in"),
        help: ArgumentHelp("Where runs are looked for by their ids.", valueName: "dir"),
        completion: .directory
    )
    var directory: String?
    @OptionGroup var rules: RulesOption
    @Flag(help: "List keys that are equal, too.") var all = false
    @Flag(help: "Print JSON (Schemas/explain.schema.json).") var json = false

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        let known = try directory.map { path throws(CommandFailure) in
            try RunStore.open(path, wanted: true, on: console).runs
        }
        let first = try run(a, among: known, on: console)
        let second = try run(b, among: known, on: console)
        let comparison = RunComparison(
            first,
            second,
            among: known ?? [],
            rules: try rules.read(beside: directory ?? a)
        )
        if json {
            try console.print(comparison.json.bytes)
        } else {
            for line in lines(comparison, first, second, console.look) { try console.print(line) }
        }
        return 0
    }

    private func run(
        _ name: String,
        among known: [RunRecord]?,
        on console: Console
    ) throws(CommandFailure) -> RunRecord {
        guard !name.isEmpty else { throw .usage("an empty name was given; name a ledger or an id") }
        guard let known else {
            let runs = try RunStore.open(name, wanted: true, on: console).runs
            guard runs.count == 1 else {
                throw .usage("\(name): holds \(runs.count) runs; name them with --in \(name)")
            }
            return runs[0]
        }
        return try known.only(beginningWith: name, in: directory ?? "")
    }

    private func lines(
        _ comparison: RunComparison,
        _ a: RunRecord,
        _ b: RunRecord,
        _ look: Console.Look
    ) -> [String] {
        let shown = comparison.rows.filter { all || $0.relation != .same }
        var lines = comparison.explanation.visible.wrapped(to: look.width)
        if !shown.isEmpty {
            var table = Table([
                .init(title: ""), .init(title: "key"),
                .init(title: a.id.short.visible, mayShrink: true),
                .init(title: b.id.short.visible, mayShrink: true),
            ])
            for row in shown {
                table.append([
                    .init(row.relation.words, row.relation == .value ? .bad : .faint),
                    .init(row.path.visible), .init((row.a?.text() ?? "absent").visible),
                    .init((row.b?.text() ?? "absent").visible),
                ])
            }
            lines += [""] + table.lines(look: look)
        }
        let same = comparison.rows.count - shown.count
        if same > 0 { lines += ["", look.painted("\(same) more are equal", .faint)] }
        return lines
    }
}

extension RunComparison.Relation {
    /// In words.
    fileprivate var words: String {
        switch self {
        case .value: "differs"
        case .seed: "seed"
        case .unknown: "not known"
        case .spelling: "spelling"
        case .ignored: "ignored"
        case .unread: "never read"
        case .same: "equal"
        }
    }
}
