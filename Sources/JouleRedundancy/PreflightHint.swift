import JouleFile
import JouleQuantities

extension PreflightAnswer {
    /// A finished run whose result this one will have, unless what has changed nothing so far does now.
    package struct Hint: Sendable {
        /// Keys in which the two differ, `seed` for their seeds.
        package let keys: [String]
        package let evidence: Evidence

        /// For a person, behind the answer.
        var text: String {
            let names = Explanation.list(keys.map { "`\($0)`" })
            let results = evidence.metrics.prefix(3)
                .map { "\($0.name) \(Explanation.rounded($0.value))" }
            let reached = results.isEmpty ? "" : ", which reached \(Explanation.list(results))"
            return
                "But it differs from \(evidence.run.name)\(reached), only in \(names), and that has "
                + "not changed a result so far, bit for bit."
        }
    }

    /// The same with a hint for whom nothing better is known.
    func hinting(_ hint: Hint?) -> PreflightAnswer {
        guard verdict == .new, let hint else { return self }
        var answer = self
        answer.hint = hint
        answer.explanation += " " + hint.text
        return answer
    }
}

extension PreflightIndex {
    /// Two finished runs with other seeds came to one result, and none to another.
    func inertSeed(
        _ question: PreflightQuestion,
        _ matches: [RecipeMatch]
    ) -> PreflightAnswer.Hint? {
        let others = matches.filter { $0.seeds == .different && $0.run?.status == .finished }
        let bound = CoincidenceBound(runs: count)
        guard others.count > 1, let best = others.first, let first = best.run,
            others.allSatisfy({ $0.run.map { bound.proves(first, $0) } ?? false })
        else { return nil }
        let evidence = PreflightAnswer.Evidence(
            question.run,
            best,
            roles,
            changed: ["seed"]
        )
        return evidence.map { .init(keys: ["seed"], evidence: $0) }
    }

    /// A finished run that differs from `question` in one key which has never changed a result; looks only at
    /// runs that close.
    mutating func inertKey(
        _ question: PreflightQuestion,
        _ keys: RunKeys
    ) -> PreflightAnswer.Hint? {
        let close = Set(closePaths(to: keys))
        guard !close.isEmpty else { return nil }
        let dead = inertPaths(among: close)
        guard let evidence = inertEvidence(for: question, without: dead) else { return nil }
        let changed = evidence.differences.filter { $0.kind == .value }.map(\.path)
        return .init(keys: changed, evidence: evidence)
    }
}
