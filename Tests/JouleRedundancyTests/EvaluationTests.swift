import JouleFile
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleRedundancy

/// The gates of the design on runs of other people, whose labels come from provenance, bits and
/// wall time.
@Suite(
    "Evaluation on labelled runs",
    .disabled(if: SharedRuns.isAbsent, "no labelled runs: set JOULEBOOK_SHARED")
)
struct EvaluationTests {
    @Test("Exact re-runs are found and no copy or replicate is waste", arguments: SharedRuns.sets)
    func gates(name: String) throws {
        let scored = try ScoredAudit(name)
        print(scored.figures)
        for label in ["record_copy", "record_copy_reserialised"] {
            for pair in scored.labels[label] ?? [] where scored.isRepetition(pair) {
                Issue.record("\(label) counted as a repetition: \(pair)")
            }
        }
        for group in scored.labels["replicate_group"] ?? [] {
            for finding in scored.waste(within: group) {
                Issue.record("replicates counted as waste: \(finding.json.text())")
            }
        }
        #expect(scored.recall("exact_rerun_bit_identical") >= 0.98)
        #expect(scored.recall("record_copy") >= 0.98)
        #expect(scored.recall("dead_knob_pair") == 1)
        #expect(scored.recall("seed_inert_group") >= 0.95)
    }

    @Test("Rewritten configurations keep their recipe and never merge with another's")
    func perturbed() throws {
        let runs = try SharedRuns.records("tabular")
        var generator = SplitMix(seed: 11)
        let rewritten = runs.map { Perturbation.rewrite($0, using: &generator) }
        var maker = KeyMaker(learning: runs + rewritten)
        var recipes: [IndexSum: IndexSum] = [:]
        var kept = 0
        for (original, other) in zip(runs, rewritten) {
            let keys = (maker.keys(of: original), maker.keys(of: other))
            kept += keys.0.exact == keys.1.exact ? 1 : 0
            let known = recipes[keys.1.exact] ?? keys.0.exact
            #expect(known == keys.0.exact, "merged: \(original.id)")
            recipes[keys.1.exact] = keys.0.exact
        }
        print("rewritten configurations recognised: \(kept) of \(runs.count)")
        #expect(Double(kept) >= 0.999 * Double(runs.count))
    }
}

/// An audit beside the labels of its runs.
private struct ScoredAudit {
    let name: String
    let audit: Audit
    let labels: [String: [[String]]]
    private let repetitions: [Finding]
    private var roots: [String: String] = [:]

    init(_ name: String) throws {
        self.name = name
        audit = Audit(ReconciledRuns(try SharedRuns.records(name)), liveness: { _ in .unknown })
        labels = try SharedRuns.labels(name)
        repetitions = audit.findings.filter { $0.class != .recordCopy && $0.line != .lostWork }
        for finding in audit.findings {
            roots[root(finding.run.description)] = root(finding.evidence.description)
        }
    }

    private func root(_ name: String) -> String {
        var name = name
        while let next = roots[name], next != name { name = next }
        return name
    }

    /// Findings within `group` that claim an amount of waste.
    func waste(within group: [String]) -> [Finding] {
        let members = Set(group)
        return repetitions.filter {
            members.contains($0.run.description) && members.contains($0.evidence.description)
                && ($0.wasteJoules ?? 0) > 0
        }
    }

    func isRepetition(_ pair: [String]) -> Bool {
        repetitions.contains { Set([$0.run.description, $0.evidence.description]) == Set(pair) }
    }

    /// The share of the label's pairs that findings connect; 1 when there are none.
    func recall(_ label: String) -> Double {
        guard let groups = labels[label], !groups.isEmpty else { return 1 }
        // A pair of a dead knob names its key and values behind the two runs.
        let runs = groups.map { label == "dead_knob_pair" ? Array($0.prefix(2)) : $0 }
        return Double(runs.count { Set($0.map(root)).count == 1 }) / Double(groups.count)
    }

    /// The share of replicate groups that one group of the audit contains.
    private var replicateRecall: Double {
        let found = audit.groups.map { Set($0.runs.map { root($0.description) }) }
        let groups = labels["replicate_group"] ?? []
        let whole = groups.count { group in
            found.contains { $0.isSuperset(of: group.map(root)) }
        }
        return Double(whole) / Double(max(1, groups.count))
    }

    var figures: String {
        let kinds = Dictionary(grouping: audit.findings) { "\($0.class) \($0.proof) \($0.line)" }
        let counts = kinds.map { "  \($0.value.count) × \($0.key)" }.sorted()
        let recalls = labels.keys.sorted().filter { !$0.contains("group") && !$0.contains("knob") }
            .map { "  \($0): \(recall($0))" }
        return
            ([
                "\(name): \(audit.recordCount) records, \(audit.executionCount) executions",
                "  replicate_group: \(replicateRecall)",
            ] + recalls + counts).joined(separator: "\n")
    }
}
