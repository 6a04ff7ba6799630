import ArgumentParser
import JouleFile
import JouleQuantities
import JouleRedundancy
import Joulebook

struct AuditCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Energy that was spent on what was already known.",
        discussion: """
            Finds runs that repeat another one and says how strong the proof is: 'bit' when all \
            results are equal, 'config' when all that went in is equal, 'statistical' when a fact is \
            missing. Replicates with other seeds are legitimate and listed apart. What several runs \
            measured by one meter is divided among them. Ledgers that could \
            not be read, or not fully, are told on standard error and in the JSON's problems.

            Examples:
              joulebook audit joulebook
              joulebook audit joulebook --json | jq .avoidable_j.central
              joulebook audit joulebook --jsonl | jq -r '.explanation'

            Exit status: 0 nothing avoidable; 3 avoidable waste found; 64 wrong usage; 65 not a \
            ledger; 74 not readable.
            """
    )

    @Argument(help: "A directory of ledgers, or one ledger.", completion: .file()) var path: String
    @OptionGroup var rules: RulesOption
    @OptionGroup var facts: FactsOption
    @Flag(help: "Print JSON (Schemas/audit.schema.json).") var json = false
    @Flag(help: "Print the findings, one JSON object a line.") var jsonl = false

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        guard !(json && jsonl) else {
            throw .usage("--json and --jsonl contradict each other; give one of them")
        }
        let (feed, problems) = try RunStore.feed(path, facts, rules: rules, on: console)
        let audit = Audit(feed) { console.progress("comparing", $0, of: $1, unit: "steps") }
        feed.keepUntilTheEnd()
        audit.keepUntilTheEnd()
        if jsonl {
            for finding in audit.findings { try console.print(finding.json.bytes) }
        } else if json {
            var more = JSONObject()
            more["problems"] = problems.json
            try audit.write(with: more) { piece throws(CommandFailure) in
                try console.write(piece)
            }
            try console.print()
            try console.flush()
        } else {
            let page = AuditPage(audit: audit, look: console.look)
            for line in page.lines() { try console.print(line) }
        }
        return audit.hasAvoidableWaste ? 3 : 0
    }
}
