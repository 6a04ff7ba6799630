import ArgumentParser
import JouleExchange
import JouleFile
import JouleQuantities
import JouleRedundancy

struct EvaluateCommand: Subcommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "How well the audit finds what is known to be there.",
        discussion: """
            Audits run records in memory and compares the findings with labels: those that \
            Benchmarks/redundancy/generate planted, or an object that lists pairs and groups of \
            runs by label. Precision is the part of what was found that is true, recall the part \
            of the truth that was found, in joules; in seconds where no energy is known.

            Examples:
              joulebook evaluate records.jsonl --labels labels.json
              joulebook evaluate records.jsonl --labels labels.json --gate --json

            Exit status: 0; 1 with --gate when a gate does not hold; 64 wrong usage; 65 bad \
            records or labels; 74 not readable.
            """
    )

    @Argument(
        help: "Run records, JSON lines (Schemas/run-record.schema.json).",
        completion: .file()
    ) var records: String
    @Option(help: ArgumentHelp("The truth about them.", valueName: "file"), completion: .file())
    var labels: String
    @Flag(help: "Exit with 1 when a gate does not hold.") var gate = false
    @Flag(help: "Print JSON (Schemas/evaluate.schema.json).") var json = false

    /// Labels of a few million runs.
    private static let labelsSizeBytesMax = 1 << 30

    func perform(on console: Console) throws(CommandFailure) -> Int32 {
        let labels = try parsedLabels()
        try Input.require(records, as: .file)
        let runs: [RunRecord]
        do throws(ExchangeError) {
            runs = try RunRecordImport.read(path: records)
        } catch {
            throw .badData("\(error)")
        }
        let audit = Audit(ReconciledRuns(runs), liveness: { _ in .unknown })
        let page: EvaluationPage
        do throws(LabelError) {
            page = try EvaluationPage(audit, of: runs, labels: labels, look: console.look)
        } catch {
            throw .badData("\(self.labels): \(error)")
        }
        if json {
            try console.print(page.json.bytes)
        } else {
            for line in page.lines() { try console.print(line) }
        }
        return gate && !page.gates.allSatisfy(\.holds) ? 1 : 0
    }

    private func parsedLabels() throws(CommandFailure) -> JSON {
        let bytes = try Input.text(of: labels, bytesMax: Self.labelsSizeBytesMax)
        do {
            return try JSON(parsing: bytes)
        } catch {
            throw .badData("\(labels): not JSON: \(error)")
        }
    }
}
