import JouleQuantities

/// What a person is told of a finding: a text, or the two runs of which one is made.
///
/// Texts of all findings of a large audit would take a tenth of its memory, and are shown one after the
/// other if at all.
enum FindingWords: @unchecked Sendable {
    // Unchecked: runs are asked for facts alone, which nobody changes.
    case text(String)
    case runs(AuditedRun, evidence: AuditedRun)

    func text(of finding: Finding) -> String {
        switch self {
        case .text(let text): text
        case .runs(let run, let evidence):
            Explanation(finding, run: run, evidence: evidence).text
        }
    }
}

extension Finding {
    /// Whether both say the same, whatever runs they say it of.
    package static func == (left: Finding, right: Finding) -> Bool {
        left.energyIsModelled == right.energyIsModelled && left.json == right.json
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(run)
        hasher.combine(evidence)
        hasher.combine(`class`)
    }
}
