import JouleFile
import JouleQuantities

/// The pre-flight answer in words.
struct PreflightExplanation {
    let text: String

    init(
        missing: [String],
        verdict: PreflightAnswer.Verdict,
        evidence: PreflightAnswer.Evidence?,
        attempts: PreflightAnswer.Attempts?,
        replicates: Int,
        budget: ReplicateBudget?,
        expectation: PreflightAnswer.Expectation?
    ) {
        switch (verdict, evidence) {
        case (.alreadyRun, let evidence?): text = Self.alreadyRun(evidence)
        case (.runningNow, let evidence?): text = Self.runningNow(evidence)
        default:
            let new = Self.new(missing: missing, attempts: attempts, replicates: replicates)
            let more = [budget?.sentence, expectation?.sentence].compactMap(\.self)
            text = ([new] + more).joined(separator: " ")
        }
    }

    private static func alreadyRun(_ evidence: PreflightAnswer.Evidence) -> String {
        let date = (evidence.started ?? evidence.ended).map { " on " + CivilTime($0).text } ?? ""
        var facts: [String] = []
        if let energy = evidence.energy {
            let isModelled = evidence.energyIsModelled
            facts.append(Explanation.energyText(energy.joules, isModelled: isModelled))
        }
        if let seconds = evidence.durationSeconds {
            facts.append(Explanation.secondsText(seconds))
        }
        facts += evidence.metrics.prefix(3).map { "\($0.name) \(Explanation.rounded($0.value))" }
        let result = facts.isEmpty ? "" : ": " + facts.joined(separator: ", ")
        let isShown = evidence.proof != .statistical || !evidence.missing.isEmpty
        let isAssumed = evidence.differences.contains { $0.kind == .assumed }
        return "Already run\(date) as \(evidence.run.name)\(result). "
            + Explanation.sameness(evidence.differences, missing: evidence.missing)
            + (isAssumed && !isShown ? " No result has shown yet that they do." : "")
    }

    private static func runningNow(_ evidence: PreflightAnswer.Evidence) -> String {
        let date = evidence.started.map { " since " + CivilTime($0).text } ?? ""
        return "Running now as \(evidence.run.name)\(date). "
            + Explanation.sameness(evidence.differences, missing: evidence.missing)
    }

    private static func new(
        missing: [String],
        attempts: PreflightAnswer.Attempts?,
        replicates: Int
    ) -> String {
        let known = ["configuration"] + ["code", "data", "seed"].filter { !missing.contains($0) }
        let unknown = missing.isEmpty ? "" : " (\(Explanation.facts(missing)) not known)"
        var sentences = ["New: no finished run has this \(Explanation.list(known))\(unknown)."]
        if let attempts { sentences.append(attempts.sentence) }
        if replicates > 0 {
            let runs = replicates == 1 ? "1 run differs" : "\(replicates) runs differ"
            sentences.append("\(runs) only in the seed: this would be a further replicate.")
        }
        return sentences.joined(separator: " ")
    }
}
