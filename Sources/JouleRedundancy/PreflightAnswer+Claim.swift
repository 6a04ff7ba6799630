package import JouleFile
import JouleQuantities

extension PreflightAnswer {
    /// The same where `holder` has claimed the question, whatever the ledgers tell of it.
    ///
    /// A finished run stays the better evidence, and where the program is known to draw at random
    /// without a seed, the holder is a replicate.
    package func claimed(
        by holder: RunRecord,
        asked: RunRecord,
        rules: KeyRules = .none
    ) -> PreflightAnswer {
        guard verdict == .new, !replicates.contains(holder.id) else { return self }
        let missing = RecipeContext(asked).missing.union(RecipeContext(holder).missing)
        let found = Evidence(
            run: holder.id,
            status: .running,
            started: holder.started,
            ended: nil,
            energy: nil,
            energyIsModelled: false,
            durationSeconds: nil,
            metrics: [],
            lastEpoch: nil,
            proof: missing.isEmpty ? .config : Finding.Proof.config.weakened,
            differences: holder.config == nil
                ? [] : Comparison(asked, holder, roles: KeyRoles(rules)).differences,
            missing: missing.sorted().map(\.rawValue),
            liveness: .alive
        )
        var answer = standing(on: found, as: .runningNow)
        answer.unfinished.removeAll { $0.run == holder.id }
        return answer
    }

    /// The same where a run was found that is equal but for what is taken to change nothing.
    func assuming(_ found: Evidence) -> PreflightAnswer { standing(on: found, as: .alreadyRun) }

    private func standing(on found: Evidence, as verdict: Verdict) -> PreflightAnswer {
        var answer = self
        answer.verdict = verdict
        answer.evidence = [found]
        answer.missing = found.missing
        answer.explanation =
            PreflightExplanation(
                missing: found.missing,
                verdict: verdict,
                evidence: found,
                attempts: nil,
                replicates: replicates.count,
                budget: nil,
                expectation: nil
            ).text
        return answer
    }

    /// The same with a sentence more.
    package func noting(_ sentence: String) -> PreflightAnswer {
        var answer = self
        answer.explanation += " " + sentence
        return answer
    }
}
