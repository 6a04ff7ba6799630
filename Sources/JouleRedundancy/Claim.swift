import JouleFile
import JouleQuantities

/// A finding in the words that labels use.
struct Claim {
    /// Classes whose runs compute what another one computed.
    static let sameWork: Set<String> = [
        "record_copy", "re_evaluation", "resume", "failed_retry", "exact_rerun", "grid_overlap",
        "config_equivalent", "code_equivalent", "prefix_extension", "seed_inert", "dead_knob",
    ]

    let `class`: String
    /// `review` where an avoidable repetition has a statistical proof, which no central sum holds.
    let line: String
    let run: String
    let evidence: String
    let amount: PlantedTruth.Amount

    init(_ finding: Finding) {
        `class` = finding.class.rawValue
        let isWeak = finding.proof == .statistical && finding.line == .avoidable
        line = isWeak ? "review" : finding.line.rawValue
        run = finding.run.description
        evidence = finding.evidence.description
        amount = .init(joules: finding.wasteJoules, seconds: finding.wasteSeconds)
    }
}
