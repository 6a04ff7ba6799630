import JouleExchange
import JouleFile
import JouleQuantities
import JouleRedundancy
import Joulebook

/// Several runs side by side (`Schemas/page-compare.schema.json`).
struct ComparePage {
    private let documents: [JSON]
    private let told: [JSON]
    private let explanation: JSON?

    /// Nil unless there is every one of them.
    init?(_ ids: [RunID], in view: LedgerStore.View, below path: String) throws(CommandFailure) {
        var records: [RunRecord] = []
        var documents: [JSON] = []
        var told: [JSON] = []
        for id in ids {
            guard let page = RunPageDocument(of: id, in: view) else { return nil }
            records.append(page.run)
            documents.append(page.document)
            told.append(page.told)
        }
        self.documents = documents
        self.told = told
        guard records.count == 2 else {
            explanation = nil
            return
        }
        do throws(KeyRulesError) {
            explanation =
                RunComparison(
                    records[0],
                    records[1],
                    among: [],
                    rules: try .beside(path)
                ).json
        } catch {
            throw .badData("\(KeyRules.path(beside: path)): \(error)")
        }
    }

    var json: JSON {
        [
            "schema": "joulebook.page.compare/1",
            "runs": .array(told),
            "explain": explanation ?? .null,
            "charts": [
                "curves": Charts.curves(of: documents),
                "efficiency": Charts.efficiency(of: documents),
            ],
        ]
    }
}
