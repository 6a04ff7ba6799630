import JouleFile
import JouleQuantities
import JouleSystem

/// Judges executions, class after class in the order of the taxonomy.
///
/// Each class looks at groups of runs that share none: of one key, or of one program. All threads take
/// such groups, and what they find is put together in the order of the groups.
struct Detection {
    private(set) var verdicts = Verdicts()
    private(set) var replications: [Replication] = []
    private(set) var effects: [KeyEffect] = []
    private(set) var lessons: [Lesson] = []
    private(set) var sweeps: [SweepSummary] = []

    /// How often somebody is told that something is done.
    static let steps = 8

    private var maker: KeyMaker
    private let bound: CoincidenceBound
    private let workers: Workers
    private let tasks: ProgramTasks

    private var table: LeafTable { maker.table }
    private var vocabulary: RunVocabulary { maker.vocabulary }

    init(
        _ copies: RecordCopies,
        bound: CoincidenceBound,
        _ vocabulary: RunVocabulary,
        on workers: Workers,
        stepDone: () -> Void
    ) {
        self.bound = bound
        self.workers = workers
        maker = KeyMaker(vocabulary)
        var programs: [ProgramRuns]
        (programs, tasks) = maker.makeKeys(
            of: copies.merged,
            copies.programs,
            bound: bound,
            on: workers
        )
        stepDone()
        let (recipes, randomPrograms) = judgeRepetitions(&programs)
        stepDone()
        let originals = workers.map(programs.count) { [programs] in programs[$0].originals }
            .filter { !$0.isEmpty }
            .sorted { $0[0].run.nameRank < $1[0].run.nameRank }
        judgeAssumptions(originals, randomPrograms)
        stepDone()
        judgeBudgets(programs)
        stepDone()
        let noise = judgeSeeds(recipes, programs)
        stepDone()
        judgeKeys(originals, noise)
        stepDone()
        judgeContexts(programs)
        stepDone()
        lessons = learnLessons(originals)
        sweeps = SweepSummary.all(programs.map(\.runs), on: workers)
        stepDone()
        // As much as the runs themselves, and what is said of them is said.
        _ = workers.map(programs.count) { [programs] number in
            for run in programs[number].runs { run.run.keys = nil }
        }
    }

    // MARK: Recipes

    /// What was found of runs that have a recipe.
    private struct Recipes {
        var verdicts = Verdicts()
        /// Runs that are alone with theirs.
        var alone: [KeyShards.Place] = []
        /// Originals that share theirs.
        var several: [[KeyedRun]] = []
        var repeats: [KeyShards.Place] = []
        /// Programs that by themselves came to different results.
        var random: Set<ProgramTasks.Program> = []
    }

    /// Judges runs of one recipe and one seed; returns what repeats no other with the same seed by
    /// recipe, and programs that by themselves came to different results.
    private mutating func judgeRepetitions(_ programs: inout [ProgramRuns])
        -> (recipes: [Recipes], random: Set<ProgramTasks.Program>)
    {
        let found = KeyShards(programs, on: workers, by: \.recipe).map { [self] shard in
            var recipes = Recipes()
            shard.forEach {
                // What nothing came before repeats nothing.
                recipes.alone.append($0)
            } several: { candidates, places in
                // The index finds candidates; the leaves decide.
                let isOne = candidates.allSatisfy { $0.keys.isOneRecipe(with: candidates[0].keys) }
                let confirmed =
                    isOne
                    ? [candidates] : candidates.divided { maker.recipeIdentity(of: $0.keys) }
                var originals: Set<Int32> = []
                for members in confirmed {
                    let found = self.originals(among: members, &recipes)
                    for run in found { originals.insert(run.run.nameRank) }
                    if !found.isEmpty { recipes.several.append(found) }
                }
                for (run, place) in zip(candidates, places)
                where !originals.contains(run.run.nameRank) {
                    recipes.repeats.append(place)
                }
            }
            return recipes
        }
        verdicts.take(found.map(\.verdicts))
        for place in found.flatMap(\.repeats) {
            programs[Int(place.program)].noteRepeat(Int(place.number))
        }
        return (found, found.reduce(into: []) { $0.formUnion($1.random) })
    }

    /// `members` are of one recipe.
    private func originals(
        among members: [KeyedRun],
        _ recipes: inout Recipes
    ) -> [KeyedRun] {
        var originals: [KeyedRun] = []
        for same in members.divided(by: \.keys.seed) {
            if same.count == 1 {
                originals.append(same[0])
                continue
            }
            let group = ExactGroup(
                same.map(\.run),
                keys: same[0].keys,
                bound: bound,
                vocabulary
            )
            recipes.verdicts.take(group)
            if same.cameToDifferentResults(bound) {
                recipes.random.insert(.init(same[0].run.setting))
            }
            let ranks = Set(group.originals.map(\.nameRank))
            originals += same.filter { ranks.contains($0.run.nameRank) }
        }
        return originals
    }

    /// Looks for runs that are equal but for keys that are taken to change nothing.
    private mutating func judgeAssumptions(
        _ originals: [[KeyedRun]],
        _ random: Set<ProgramTasks.Program>
    ) {
        let table = table
        let vocabulary = vocabulary
        judge(originals.count) { [bound] number, verdicts in
            let runs = originals[number]
            let isRandom = random.contains(.init(runs[0].run.setting))
            AssumedEquals(table, bound: bound, vocabulary, isRandom: isRandom)
                .judge(runs, into: &verdicts)
        }
    }

    private mutating func judgeBudgets(_ programs: [ProgramRuns]) {
        let families = BudgetFamilies(table, bound: bound, vocabulary)
        let found = KeyShards(programs, on: workers, by: \.originalFamily).map { shard in
            var verdicts = Verdicts()
            shard.forEachGroup { candidates in
                for family in candidates.divided(by: families.family) where family.count > 1 {
                    let runs = family.sorted { AuditedRun.startsBefore($0.run, $1.run) }
                    families.judge(runs, into: &verdicts)
                }
            }
            return verdicts
        }
        verdicts.take(found)
    }

    /// Has `body` judge each of `count` groups of runs, on all threads.
    private mutating func judge(_ count: Int, _ body: (Int, inout Verdicts) -> Void) {
        let found = workers.map(count) { number in
            var verdicts = Verdicts()
            body(number, &verdicts)
            return verdicts
        }
        verdicts.take(found)
    }

    // MARK: Seeds

    /// Reports seeds that changed nothing and groups of replicates; returns the noise between seeds by
    /// task.
    private mutating func judgeSeeds(_ recipes: [Recipes], _ programs: [ProgramRuns])
        -> [Replication?]
    {
        let found = workers.map(recipes.count) { [self] number in
            var verdicts = Verdicts()
            let seeds = recipes[number].several.map { judgeSeeds(of: $0, &verdicts) }
            return (seeds, verdicts)
        }
        verdicts.take(found.map(\.1))
        var byTask = TaskRecipes(programs, count: tasks.count)
        for (shard, found) in zip(recipes, found) {
            byTask.take(shard.alone)
            for seeds in found.0 where !seeds.isEmpty { byTask.take(seeds, task: tasks[seeds[0]]) }
        }
        let noise = workers.map(tasks.count) { [vocabulary, byTask] task in
            var verdicts = Verdicts()
            // Sums depend on order in their last bits, so the order is fixed.
            let recipes = byTask.ordered(task)
            let replication = Replication(of: recipes)
            if let replication {
                recipes.forEach { _ in
                } several: {
                    replication.judge($0, vocabulary, into: &verdicts)
                }
            }
            return (replication, verdicts)
        }
        verdicts.take(noise.map(\.1))
        replications = noise.compactMap(\.0).sorted { left, right in
            (left.project ?? "", left.entry ?? "", left.data ?? "", left.metric)
                < (right.project ?? "", right.entry ?? "", right.data ?? "", right.metric)
        }
        return noise.map(\.0)
    }

    /// Judges the originals of one recipe; returns those whose results tell the noise between seeds.
    private func judgeSeeds(of recipe: [KeyedRun], _ verdicts: inout Verdicts) -> [KeyedRun] {
        let identity = { maker.recipeIdentity(of: recipe[0].keys) }
        let seeds = SeedGroup(recipe, recipe: identity, bound: bound, vocabulary)
            .judge(into: &verdicts)
            .filter(\.run.mayTellNoise)
        guard let first = seeds.first else { return [] }
        if seeds.count > 1,
            seeds.contains(where: { !$0.keys.isOneSeed(with: first.keys) })
                || !first.keys.seed.isKnown
        {
            verdicts.take(
                .init(class: .seedReplicate, runs: seeds.map(\.run.id), recipe: identity())
            )
        }
        return seeds
    }

    // MARK: Keys

    /// Learns from runs that differ in one key what each key does, and reports those that do nothing.
    private mutating func judgeKeys(_ originals: [[KeyedRun]], _ noise: [Replication?]) {
        let found = workers.map(originals.count) { [self] number in
            var keys = ProgramEffects(originals[number], tasks, noise)
            let near = keys.look(table, vocabulary, bound)
            var verdicts = Verdicts()
            DeadKnobs(table, bound: bound, vocabulary)
                .judge(originals[number], keys.records, into: &verdicts)
            near.judge(into: &verdicts)
            return (keys.effects(table), verdicts)
        }
        verdicts.take(found.map(\.1))
        effects = found.flatMap(\.0).sorted { left, right in
            (left.project ?? "", left.entry ?? "", left.key, left.pairs, left.meanDifference)
                < (
                    right.project ?? "", right.entry ?? "", right.key, right.pairs,
                    right.meanDifference
                )
        }
    }

    private func learnLessons(_ originals: [[KeyedRun]]) -> [Lesson] {
        let table = table
        return workers.map(originals.count) { Lesson.all(of: originals[$0], table) }
            .flatMap(\.self)
    }

    // MARK: Information

    /// Groups runs of one configuration and seed that something else tells apart.
    private mutating func judgeContexts(_ programs: [ProgramRuns]) {
        let shards = KeyShards(programs, on: workers, by: \.originalWork)
        let found = shards.map { [self] shard in
            var verdicts = Verdicts()
            shard.forEachGroup { candidates in
                for same in candidates.divided(by: Work.init) where same.count > 1 {
                    judgeContexts(of: same, &verdicts)
                }
            }
            return verdicts
        }
        verdicts.take(found)
    }

    /// What runs have in common that differ in their context alone.
    private struct Work: Hashable {
        let configuration: IndexSum
        let seed: SeedKey
        let entry: JSON?

        init(_ run: KeyedRun) {
            configuration = run.keys.configuration
            seed = run.keys.seed
            entry = run.keys.context.leaves["entry"]
        }
    }

    /// `same` are runs of one configuration and seed.
    private func judgeContexts(of same: [KeyedRun], _ verdicts: inout Verdicts) {
        let ordered = same.sorted { AuditedRun.startsBefore($0.run, $1.run) }
        var seen: Set<IndexSum> = []
        let distinct = ordered.filter { seen.insert($0.keys.contextSum).inserted }
        guard distinct.count > 1 else { return }
        let first = distinct[0].keys.context
        var changes: [Audit.Group.Class: [RunID]] = [:]
        for run in distinct.dropFirst() {
            for change in run.keys.context.changes(from: first) {
                changes[change, default: []].append(run.run.id)
            }
        }
        let recipe = maker.recipeIdentity(of: distinct[0].keys)
        for (change, runs) in changes {
            verdicts.take(
                .init(class: change, runs: [distinct[0].run.id] + runs, recipe: recipe)
            )
        }
    }
}

extension [KeyedRun] {
    /// The runs divided by a key, in their order.
    func divided<Key: Hashable>(by key: (KeyedRun) -> Key) -> [[KeyedRun]] {
        var places: [Key: Int] = [:]
        var divided: [[KeyedRun]] = []
        for run in self {
            let key = key(run)
            let place = places[key] ?? divided.count
            if place == divided.count {
                places[key] = place
                divided.append([])
            }
            divided[place].append(run)
        }
        return divided
    }

    /// Whether two of these, which have equal inputs and a seed, came to different results.
    fileprivate func cameToDifferentResults(_ bound: CoincidenceBound) -> Bool {
        guard count > 1, self[0].keys.seed.isKnown else { return false }
        let proofs = filter { $0.isProof(bound) }
        return proofs.contains { $0.run.curve != proofs[0].run.curve }
    }
}

extension RecipeContext {
    /// In what the context of a run differs from another's.
    func changes(from other: RecipeContext) -> Set<Audit.Group.Class> {
        let names = Set(leaves.keys).union(other.leaves.keys)
            .filter { leaves[$0] != other.leaves[$0] }
        return Set(
            names.compactMap { name in
                switch name.split(separator: ".").first {
                case "data": .newData
                case "code", "project": .newCode
                case "framework", "world_size": .newEnvironment
                // Another stage or parent is other work.
                default: nil
                }
            }
        )
    }
}
