import JouleQuantities

/// Runs of one recipe with different seeds: replicates, unless the seed changed nothing.
struct SeedGroup {
    private let runs: [KeyedRun]
    /// Tells the identity of the recipe, which takes a while to compute.
    private let recipe: () -> String
    private let bound: CoincidenceBound
    private let vocabulary: RunVocabulary

    /// `runs` are the originals of one recipe.
    init(
        _ runs: [KeyedRun],
        recipe: @escaping () -> String,
        bound: CoincidenceBound,
        _ vocabulary: RunVocabulary
    ) {
        self.runs = runs.sorted { AuditedRun.startsBefore($0.run, $1.run) }
        self.recipe = recipe
        self.bound = bound
        self.vocabulary = vocabulary
    }

    /// Reports seeds that changed nothing, and returns the others in the order of their starts.
    func judge(into verdicts: inout Verdicts) -> [KeyedRun] {
        let withResult = runs.filter {
            $0.run.status == .finished && $0.keys.seed.isKnown && $0.run.curve != nil
                && $0.run.informationBits >= bound.bits
        }
        var isInert: Set<RunID> = []
        for same in Dictionary(grouping: withResult, by: \.run.curve).values where same.count > 1 {
            guard Set(same.map(\.keys.seed)).count > 1 else { continue }
            let ordered = same.sorted { AuditedRun.startsBefore($0.run, $1.run) }
            judgeInert(ordered, into: &verdicts)
            isInert.formUnion(ordered.dropFirst().map(\.run.id))
            verdicts.take(.init(class: .seedInert, runs: ordered.map(\.run.id), recipe: recipe()))
        }
        return runs.filter { !isInert.contains($0.run.id) }
    }

    /// The second run discovers that the seed changes nothing; from the third on it was known.
    private func judgeInert(_ runs: [KeyedRun], into verdicts: inout Verdicts) {
        // The two runs that ended first are all that a later one could have known.
        var first: [KeyedRun] = []
        for run in runs {
            if !first.isEmpty, !verdicts.hasJudged(run.run) {
                let before = first.map { $0.run.precedence(over: run.run) }
                let line: Finding.Line
                if run.run.isVerification {
                    line = .notWaste
                } else if before.count(where: { $0 == .finished }) > 1 {
                    line = .avoidable
                } else if before.contains(.unknown) {
                    line = .undetermined
                } else {
                    line = first.count == 1 ? .hindsight : .concurrent
                }
                report(run, first[0], line, into: &verdicts)
            }
            first.append(run)
            first.sort { left, right in
                switch (left.run.execution.ended, right.run.execution.ended) {
                case (let a?, let b?): a < b
                case (let a, let b): a != nil && b == nil
                }
            }
            if first.count > 2 { first.removeLast() }
        }
    }

    private func report(
        _ run: KeyedRun,
        _ evidence: KeyedRun,
        _ line: Finding.Line,
        into verdicts: inout Verdicts
    ) {
        let comparison = Comparison(
            run.run,
            evidence.run,
            changed: ["seed"],
            vocabulary
        )
        verdicts.take(.seedInert, .bit, line, run, evidence, differences: comparison.differences)
    }
}
