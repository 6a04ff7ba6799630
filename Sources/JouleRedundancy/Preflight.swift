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
        var index = PreflightIndex(runs, asked: [question], rules: rules, liveness: liveness)
        let history = index.history(of: question)
        return index.answer(question, history)
    }
}

/// Earlier runs in a form in which many questions about one program are answered quickly.
struct PreflightIndex {
    private(set) var maker: KeyMaker
    private let runs: [EarlierRun]
    /// How many runs there are, of which `runs` may be a part.
    private let population: Int
    private let byConfiguration: [IndexSum: [Int]]
    let lessons: PreflightLessons
    /// Runs by what is left of their configuration without what is taken to change nothing.
    private var byAssumption: [IndexSum: [Int]]?
    private var byRest: [IndexSum: [Int]] = [:]
    /// Keys that do nothing, where they were looked for before.
    private var knownDead: Set<Int32>?

    /// Keeps of `runs` what may be of the program that all of `asked` are about.
    ///
    /// Where they are a part of the `population`, `lessons` hold what the others would teach of kinds of
    /// keys and of code; nothing is compared with them. What results have shown of keys is learnt from
    /// them, or known to `teacher`.
    init(
        _ runs: [RunRecord],
        asked: [PreflightQuestion],
        rules: KeyRules,
        roles: KeyRoles? = nil,
        lessons: [RunRecord] = [],
        population: Int = 0,
        teacher: PreflightIndex? = nil,
        liveness: (RunRecord) -> Liveness
    ) {
        let names = Set(asked.map(\.run.id))
        let candidates = runs.filter { run in
            !names.contains(run.id) && (asked.first.map { Self.mayMatch($0.run, run) } ?? false)
        }
        var maker = KeyMaker(
            learning: asked.map(\.run) + candidates + lessons,
            roles: roles ?? KeyRoles(rules),
            asOneProgram: true
        )
        var earlier = candidates.compactMap { record -> EarlierRun? in
            let (inputs, keys) = maker.inputsAndKeys(of: record)
            guard keys.isConfigured else { return nil }
            return EarlierRun(
                record: record,
                inputs: inputs,
                keys: keys,
                liveness: liveness(record)
            )
        }
        self.population = max(population, earlier.count)
        if let teacher {
            self.lessons = PreflightLessons(
                teacher.lessons,
                of: teacher.maker.table,
                &earlier,
                &maker
            )
        } else {
            let bound = CoincidenceBound(runs: self.population)
            self.lessons = PreflightLessons(&earlier, &maker, bound: bound)
        }
        self.runs = earlier
        self.maker = maker
        byConfiguration = Dictionary(grouping: earlier.indices) { earlier[$0].keys.configuration }
    }

    /// Cheap reasons why two runs cannot be of one recipe.
    private static func mayMatch(_ asked: RunRecord, _ run: RunRecord) -> Bool {
        func differ(_ left: String?, _ right: String?) -> Bool {
            if let left, let right { left != right } else { false }
        }
        let isOneTree = asked.code?.tree != nil && asked.code?.tree == run.code?.tree
        return isOneTree || !differ(asked.project, run.project)
    }

    /// The keys of a run with what is known of its program.
    mutating func keys(of run: RunRecord) -> RunKeys { reading(of: run).keys }

    /// The keys of a run, and those that it has where it is of another program than the first.
    ///
    /// Who names no entry point may mean any program that is known.
    private mutating func reading(of run: RunRecord) -> PreflightReading {
        let plain = maker.keys(of: run)
        guard run.code?.entry == nil else {
            let rules = lessons.programs[ProgramName(run)]?.rules
            return PreflightReading(keys: rules.map { maker.keys(plain, with: $0) } ?? plain)
        }
        var taught: [ProgramName: RunKeys] = [:]
        for (name, rules) in lessons.taught
        where run.project == nil || name.project == nil || run.project == name.project {
            taught[name] = maker.keys(plain, with: rules)
        }
        return PreflightReading(keys: plain, taught: taught)
    }

    /// What finished runs cost and came to, the earliest first.
    var finished: [KeyedRun] {
        runs.filter { $0.record.status == .finished }
            .map { KeyedRun(run: $0.outcome, keys: $0.keys) }
            .sorted { AuditedRun.startsBefore($0.run, $1.run) }
    }

    /// `history` tells what is expected of a recipe that nobody has run, and `others` hold the runs that
    /// show which keys do nothing, if not these.
    mutating func answer(
        _ question: PreflightQuestion,
        _ history: ProgramHistory? = nil,
        others: PreflightIndex? = nil
    ) -> PreflightAnswer {
        let asked = question.run
        let reading = reading(of: asked)
        let keys = reading.keys
        guard keys.isConfigured else {
            return PreflightAnswer(asked, matches: [], history, roles: maker.roles)
        }
        let matches = reading.all.flatMap { keys in
            (byConfiguration[keys.configuration] ?? []).compactMap { place -> RecipeMatch? in
                let candidate = runs[place]
                // The index finds candidates; the leaves decide.
                guard candidate.keys.leaves == reading.keys(for: candidate.program).leaves,
                    candidate.keys.leaves == keys.leaves,
                    let match = RecipeMatch(keys, candidate.keys, isPartial: question.isPartial)
                else { return nil }
                return match.with(candidate)
            }
        }
        let ordered = matches.sorted(by: RecipeMatch.comesFirst)
        let answer = PreflightAnswer(asked, matches: ordered, history, roles: maker.roles)
        guard answer.verdict == .new else { return answer }
        if let equal = assumedEqual(question, reading) { return answer.assuming(equal) }
        if let seed = inertSeed(question, ordered) { return answer.hinting(seed) }
        guard var others else { return answer.hinting(inertKey(question, keys)) }
        return answer.hinting(others.inertKey(question, others.keys(of: asked)))
    }

    var count: Int { population }
    var roles: KeyRoles { maker.roles }

    /// Keys in which alone some finished run differs from one with `keys`.
    func closePaths(to keys: RunKeys) -> [Int32] {
        let table = maker.table
        return runs.compactMap { other in
            guard other.record.status == .finished, other.keys.seed == keys.seed,
                abs(other.keys.leaves.count - keys.leaves.count) <= 1
            else { return nil }
            var different: [LeafTable.ID] = []
            keys.leaves.forEachDifference(from: other.keys.leaves) { different.append($0) }
            guard let first = different.first, different.count <= 2 else { return nil }
            let path = table.path(of: first)
            return different.allSatisfy { table.path(of: $0) == path } ? path : nil
        }
    }

    // MARK: Keys that are taken to do nothing

    /// A finished run that differs from `question` only in keys that are taken to change nothing.
    private mutating func assumedEqual(_ question: PreflightQuestion, _ reading: PreflightReading)
        -> PreflightAnswer.Evidence?
    {
        let index = byAssumption ?? assumptionIndex()
        byAssumption = index
        let table = maker.table
        var matches: [RecipeMatch] = []
        let own = ProgramName(question.run)
        for (name, program) in lessons.programs where own.mayMeet(name) {
            let keys = reading.keys(for: name)
            let rests = program.assumptions.rests(ofNew: keys, table, maker.roles)
            for place in rests.flatMap({ index[$0] ?? [] }) {
                let candidate = runs[place]
                guard candidate.program == name, candidate.keys.leaves != keys.leaves,
                    var match = RecipeMatch(keys, candidate.keys, isPartial: question.isPartial),
                    match.seeds == .same
                else { continue }
                let paths = keys.changedPaths(from: candidate.keys, table)
                let equality = program.assumptions.areEqual(without: paths)
                guard equality.isTaken else { continue }
                match.assumed = (paths, equality.isShown)
                matches.append(match.with(candidate))
            }
        }
        guard let first = matches.min(by: RecipeMatch.comesFirst) else { return nil }
        return PreflightAnswer.Evidence(question.run, first, maker.roles)
    }

    private func assumptionIndex() -> [IndexSum: [Int]] {
        let finished = runs.indices.filter { runs[$0].record.status == .finished }
        return Dictionary(grouping: finished) { place in
            let keys = runs[place].keys
            return lessons.programs[runs[place].program]?.assumptions
                .rest(of: keys, maker.table, maker.roles) ?? keys.configuration
        }
    }

    // MARK: Keys that do nothing

    /// Keys that a pair of runs with equal rest and seed has shown to do nothing, and none to do something.
    ///
    /// Prepares `inertEvidence`. Looks at all keys, or at `paths` alone.
    mutating func inertPaths(among paths: Set<Int32>? = nil) -> InertPaths {
        let table = maker.table
        var dead = knownDead ?? deadPaths(among: paths)
        if let paths { dead.formIntersection(paths) }
        byRest = Dictionary(grouping: runs.indices) { [runs] in
            Self.rest(of: runs[$0].keys, without: dead, table)
        }
        return InertPaths(places: dead, names: dead.map { table.paths[Int($0)] }.sorted())
    }

    /// Finds all keys that do nothing once, for who asks many questions.
    mutating func prepareHints() { knownDead = deadPaths(among: nil) }

    private func deadPaths(among paths: Set<Int32>?) -> Set<Int32> {
        let bound = CoincidenceBound(runs: population)
        let table = maker.table
        let ended = runs.map { KeyedRun(run: $0.run, keys: $0.keys) }
            .filter { $0.isProof(bound) }
            .sorted { AuditedRun.startsBefore($0.run, $1.run) }
        var equal: Set<Int32> = []
        var other: Set<Int32> = []
        Neighbours(ended, LeafRows(ended), table, of: paths).forEachBucket { bucket in
            for (left, right) in zip(bucket.runs, bucket.runs.dropFirst())
            where left.leaf != right.leaf {
                if left.run.run.curve == right.run.run.curve {
                    equal.insert(bucket.path)
                } else {
                    other.insert(bucket.path)
                }
            }
        }
        return equal.subtracting(other).filter { path in
            !maker.roles.isProtected(table.paths[Int(path)])
        }
    }

    private static func rest(
        of keys: RunKeys,
        without dead: Set<Int32>,
        _ table: LeafTable
    ) -> IndexSum {
        keys.leaves.reduce(keys.configuration) { sum, leaf in
            dead.contains(table.path(of: leaf)) ? sum - table.hash(of: leaf) : sum
        }
    }

    /// A finished run that differs from `question` only in keys that do nothing.
    mutating func inertEvidence(for question: PreflightQuestion, without dead: InertPaths)
        -> PreflightAnswer.Evidence?
    {
        guard !dead.places.isEmpty else { return nil }
        let keys = self.keys(of: question.run)
        let rest = Self.rest(of: keys, without: dead.places, maker.table)
        let matches = (byRest[rest] ?? []).compactMap { place -> RecipeMatch? in
            let candidate = runs[place]
            guard candidate.record.status == .finished,
                keys.changedPaths(from: candidate.keys, maker.table).isSubset(of: dead.names),
                let match = RecipeMatch(keys, candidate.keys, isPartial: question.isPartial),
                match.seeds == .same || match.seeds == .unstated
            else { return nil }
            return match.with(candidate)
        }
        guard let best = matches.min(by: RecipeMatch.comesFirst) else { return nil }
        return PreflightAnswer.Evidence(
            question.run,
            best,
            maker.roles,
            changed: Set(dead.names)
        )
    }

    /// Whether the energy of a finished run was computed by a model or declared.
    var energyIsModelled: Bool {
        runs.contains { $0.run.status == .finished && $0.run.cost.isModelled }
    }

    /// Mean energy of finished runs whose energy is known.
    var meanJoules: Double? {
        let known = runs.filter { $0.record.status == .finished }
            .compactMap { RunCost($0.record).joules }
        // Sums depend on order in their last bits.
        return known.isEmpty ? nil : known.sorted().mean
    }
}
