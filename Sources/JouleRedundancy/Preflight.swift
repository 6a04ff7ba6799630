package import JouleFile
import JouleQuantities

/// The check before training starts, whether this has been done or is being done.
package enum Preflight {
    /// Compares the run that is about to start with `runs`, which nobody has to have ordered.
    ///
    /// A fact that one side lacks is taken to be equal; the answer's proof is weaker for it and
    /// names it. Never throws and never traps, whatever the records hold.
    package static func check(
        _ question: PreflightQuestion,
        against runs: [RunRecord],
        rules: KeyRules = .none,
        liveness: (RunRecord) -> Liveness = { Liveness($0) }
    ) -> PreflightAnswer {
        let asked = question.run
        let candidates = runs.filter { $0.id != asked.id && mayMatch(asked, $0) }
        var maker = KeyMaker(
            learning: [asked] + candidates,
            roles: KeyRoles(rules),
            asOneProgram: true
        )
        let keys = maker.keys(of: asked)
        guard keys.isConfigured else {
            return PreflightAnswer(asked, matches: [], roles: maker.roles)
        }
        let matches = candidates.compactMap { run -> RecipeMatch? in
            let other = maker.keys(of: run)
            guard other.isConfigured, other.configuration == keys.configuration,
                maker.configuration(of: run).isSame(as: maker.configuration(of: asked)),
                let match = RecipeMatch(keys, other, isPartial: question.isPartial)
            else { return nil }
            return match.with(AuditedRun(run, liveness: liveness), liveness: liveness(run))
        }
        return PreflightAnswer(
            asked,
            matches: matches.sorted(by: RecipeMatch.comesFirst),
            roles: maker.roles
        )
    }

    /// Cheap reasons why two runs cannot be of one recipe.
    private static func mayMatch(_ asked: RunRecord, _ run: RunRecord) -> Bool {
        func differ(_ left: String?, _ right: String?) -> Bool {
            if let left, let right { left != right } else { false }
        }
        let isOneTree = asked.code?.tree != nil && asked.code?.tree == run.code?.tree
        return isOneTree || !differ(asked.project, run.project)
    }
}

extension CanonicalConfiguration {
    /// Compares the leaves themselves, which confirms what the index found.
    func isSame(as other: CanonicalConfiguration) -> Bool {
        semantic.count == other.semantic.count && Set(semantic) == Set(other.semantic)
    }
}

/// An earlier run of the same recipe, and what is not known about the likeness.
struct RecipeMatch {
    enum Seeds {
        case same
        case different
        /// One of the runs states no seed.
        case unknown
        /// Neither does: equal if the program has no randomness or a fixed seed of its own.
        case unstated
    }

    let seeds: Seeds
    /// Facts that one side or both lack.
    let missing: Set<RecipeContext.Fact>
    private(set) var run: AuditedRun?
    private(set) var liveness: Liveness = .unknown

    /// Nil when a fact that both sides know differs.
    ///
    /// In a question from a few facts, `isPartial`, what is not stated is not known; otherwise a
    /// stage or a world size that is not stated is the ordinary one.
    init?(_ asked: RunKeys, _ other: RunKeys, isPartial: Bool) {
        var missing = asked.context.missing.union(other.context.missing)
        let a = asked.context.leaves
        let b = other.context.leaves
        for name in Set(a.keys).union(b.keys) where a[name] != b[name] {
            let isKnownToBoth = a[name] != nil && b[name] != nil
            let isOpen = isPartial && a[name] == nil || Self.mayBeLeftOut(name)
            guard !isKnownToBoth, isOpen else { return nil }
            if let fact = RecipeContext.Fact(leaf: name) { missing.insert(fact) }
        }
        if asked.seed.main == nil || other.seed.main == nil {
            missing.insert(.seed)
            let isUnstated = asked.seed.main == nil && other.seed.main == nil
            seeds = isUnstated ? .unstated : .unknown
        } else {
            seeds = asked.seed == other.seed ? .same : .different
        }
        self.missing = missing
    }

    private static func mayBeLeftOut(_ name: String) -> Bool {
        name != "stage" && name != "world_size" && name != "argv"
    }

    func with(_ run: AuditedRun, liveness: Liveness) -> RecipeMatch {
        var match = self
        match.run = run
        match.liveness = liveness
        return match
    }

    /// Same seed first, then finished, then the better known, then the earliest.
    static func comesFirst(_ left: RecipeMatch, _ right: RecipeMatch) -> Bool {
        if left.rank != right.rank { return left.rank.lexicographicallyPrecedes(right.rank) }
        guard let a = left.run, let b = right.run else { return false }
        return AuditedRun.startsBefore(a, b)
    }

    private var rank: [Int] {
        let seed = seeds == .same ? 0 : seeds == .different ? 2 : 1
        return [seed, run?.status == .finished ? 0 : 1, missing.count]
    }
}
