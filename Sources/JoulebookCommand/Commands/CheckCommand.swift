import ArgumentParser
import JouleFile
import JouleQuantities
import JouleRedundancy
import Joulebook

struct CheckCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Before training: was this already run, or is it running?",
        usage: """
            joulebook check --against <dir> --config <file> [--project <project>]
                            [--entry <entry>] [--seed <seed>] [--code <tree>]
                            [--data <fingerprint>] [--rules <file>] [--json]
            """,
        discussion: """
            Compares a configuration (a JSON file, a pipe, or - for standard input) with the runs of \
            a directory and with those that are starting now. A fact that is not given weakens \
            the proof and is named.

            Examples:
              joulebook check --against joulebook --config config.json
              joulebook check --against joulebook --config config.json --project digits \\
                --entry train.py --seed 0 --data sha256:6f1c...
              joulebook check --against joulebook --config c.json && python train.py

            Exit status: 0 new; 3 already run; 4 running now; 64 wrong usage; 65 the configuration \
            is not a JSON object, or not a ledger; 74 not readable.
            """
    )

    @Option(help: ArgumentHelp("A directory of ledgers.", valueName: "dir"), completion: .directory)
    var against: String
    @Option(
        help: ArgumentHelp("The configuration, a JSON object.", valueName: "file"),
        completion: .file()
    )
    var config: String
    @Option(help: "Only runs of this project.") var project: String?
    @Option(help: "The program, as runs record it.") var entry: String?
    @Option(help: "The seed, where the configuration does not hold it.") var seed: String?
    @Option(help: ArgumentHelp("The hash of the source tree.", valueName: "tree")) var code: String?
    @Option(help: ArgumentHelp("The data's fingerprint.", valueName: "fingerprint"))
    var data: String?
    @OptionGroup var rules: RulesOption
    @Flag(help: "Print JSON (Schemas/check.schema.json).") var json = false

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        let question = PreflightQuestion(
            project: project,
            entry: entry,
            config: try configuration(),
            seed: seed.map { (try? JSON(parsing: $0)) ?? .string($0) },
            codeTree: code,
            dataFingerprint: data
        )
        if let contradiction = question.seedContradiction {
            throw .usage("--seed \(contradiction); give one of them")
        }
        let rulesPath = rules.path(beside: against)
        let rules = try rules.read(beside: against)
        let (answer, problems) = try console.answer(
            from: against,
            ofProject: project,
            rulesPath: rulesPath
        ) {
            () throws(LedgerError) in
            try question.answer(at: against, rules: rules, progress: console.showReading)
        }
        if json {
            try console.print(answer.json.listing(problems).bytes)
        } else {
            for line in answer.explanation.split(separator: "\n") {
                for part in String(line).visible.wrapped(to: console.look.width) {
                    try console.print(part)
                }
            }
            for line in EnergyMark.legend(below: answer.explanation, console.look) {
                try console.print(line)
            }
        }
        return answer.verdict.exitCode
    }

    private func configuration() throws(CommandFailure) -> JSONObject {
        let name = config == "-" ? "standard input" : config
        let parsed: JSON
        do {
            parsed = try JSON(parsing: try Input.text(of: config))
        } catch let error as CommandFailure {
            throw error
        } catch {
            throw .badData("\(name): not JSON: \(error); give a JSON object")
        }
        guard let object = parsed.object else {
            throw .badData("\(name): holds no JSON object; write it as {\"lr\": 0.1}")
        }
        return object
    }
}
