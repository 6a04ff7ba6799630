import JouleFile
import JouleQuantities

/// Judges executions, class after class in the order of the taxonomy.
struct Detection {
    private(set) var verdicts = Verdicts()
    private(set) var replications: [Replication] = []
    private(set) var effects: [KeyEffect] = []
    private(set) var lessons: [Lesson] = []
    private(set) var sweeps: [SweepSummary] = []

    private var maker: KeyMaker
    private let bound: CoincidenceBound
    /// Runs that repeat no other with the same seed, by recipe.
    private var recipes: [[KeyedRun]] = []
    /// Numbers of tasks, by number of a setting.
    private var tasks: [Int32] = []

    /// Those that equal inputs, seed included, led to different results.
    private var randomPrograms: Set<Program> = []

    /// One program of one project.
    private struct Program: Hashable {
        let project: String?
        let entry: String?
    }

    /// One program on one data set, whose results can be compared.
    private struct Task: Hashable {
        let program: Program
        let data: JSON?
        let stage: JSON?
    }

    init(_ runs: [AuditedRun], bound: CoincidenceBound, _ vocabulary: RunVocabulary) {
        maker = KeyMaker(vocabulary)
        self.bound = bound
        var keyed: [KeyedRun] = []
        keyed.reserveCapacity(runs.count)
        // What spellings of one program mean is looked up anew for the next one.
        for program in Self.programs(RunOrder.byStart(runs), \.self) {
            for run in program {
                let keys = maker.keys(of: run.inputs)
                run.keys = keys
                // Nothing is known of what such a run did, so nothing can be said to repeat it.
                if keys.isConfigured { keyed.append(KeyedRun(run: run, keys: keys)) }
            }
        }
        judgeRepetitions(relearnt(keyed))
        let originals = recipes.flatMap(\.self)
        judgeAssumptions(originals)
        BudgetFamilies(originals, maker.table, bound: bound, vocabulary)
            .judge(maker.table, into: &verdicts)
        numberTasks(keyed)
        let noise = judgeSeeds()
        judgeKeys(originals, noise)
        judgeContexts(originals)
        lessons = programs(originals).flatMap { Lesson.all(of: $0, maker.table) }
        sweeps = Self.sweeps(keyed)
    }

    /// The runs with keys that know what their program's results have shown.
    private mutating func relearnt(_ runs: [KeyedRun]) -> [KeyedRun] {
        programs(runs).flatMap { program in
            guard maker.learn(from: program, bound: bound) else { return program }
            return program.map {
                KeyedRun(
                    run: $0.run,
                    keys: maker.relearnt($0.keys, of: $0.run.setting.program)
                )
            }
        }
    }

    // MARK: Recipes

    private mutating func judgeRepetitions(_ runs: [KeyedRun]) {
        for candidates in Dictionary(grouping: runs, by: \.keys.recipe).values {
            // The index finds candidates; the leaves decide.
            let isOne = candidates.allSatisfy { $0.keys.isOneRecipe(with: candidates[0].keys) }
            let confirmed =
                isOne
                ? [candidates]
                : Array(
                    Dictionary(grouping: candidates) { maker.recipeIdentity(of: $0.keys) }.values
                )
            for members in confirmed {
                var originals: [KeyedRun] = []
                for same in groups(members) {
                    // What nothing came before repeats nothing.
                    if same.count == 1 {
                        originals.append(same[0])
                        continue
                    }
                    let group = ExactGroup(
                        same.map(\.run),
                        keys: same[0].keys,
                        bound: bound,
                        maker.vocabulary
                    )
                    verdicts.take(group)
                    if same.cameToDifferentResults(bound) {
                        randomPrograms.insert(program(of: same[0]))
                    }
                    let names = Set(group.originals.map(\.id))
                    originals += same.filter { names.contains($0.run.id) }
                }
                if !originals.isEmpty { recipes.append(originals) }
            }
        }
    }

    /// Runs of one recipe by their seed.
    private func groups(_ runs: [KeyedRun]) -> [[KeyedRun]] {
        runs.count == 1 ? [runs] : Array(Dictionary(grouping: runs, by: \.keys.seed).values)
    }

    /// Looks for runs that are equal but for keys that are taken to change nothing.
    private mutating func judgeAssumptions(_ originals: [KeyedRun]) {
        for runs in programs(originals) {
            let isRandom = randomPrograms.contains(program(of: runs[0]))
            AssumedEquals(maker.table, bound: bound, maker.vocabulary, isRandom: isRandom)
                .judge(runs, into: &verdicts)
        }
    }

    // MARK: Seeds

    /// Reports seeds that changed nothing and groups of replicates; returns the noise between seeds.
    private mutating func judgeSeeds() -> [Int32: Replication] {
        var tasks: [Int32: [[KeyedRun]]] = [:]
        for recipe in recipes {
            let identity = { [maker] in maker.recipeIdentity(of: recipe[0].keys) }
            var seeds = recipe
            if recipe.count > 1 {
                seeds = SeedGroup(recipe, recipe: identity, bound: bound, maker.vocabulary)
                    .judge(into: &verdicts)
            }
            seeds.removeAll { $0.run.status != .finished && $0.run.status != .running }
            guard let first = seeds.first else { continue }
            if seeds.count > 1, Set(seeds.map(\.keys.seed)).count > 1 || !first.keys.seed.isKnown {
                verdicts.take(
                    .init(class: .seedReplicate, runs: seeds.map(\.run.id), recipe: identity())
                )
            }
            tasks[task(of: first), default: []].append(seeds)
        }
        var noise: [Int32: Replication] = [:]
        for (task, unordered) in tasks {
            // Sums depend on order in their last bits, so the order is fixed.
            let recipes = unordered.sorted { $0[0].run.id < $1[0].run.id }
            let all = recipes.flatMap(\.self)
            guard let metric = PrimaryMetric(all) else { continue }
            let values = recipes.map { $0.compactMap { metric.value(of: $0.run) } }
                .filter { !$0.isEmpty }
            guard let found = Replication(values, metric: metric, of: all[0]) else { continue }
            noise[task] = found
            for recipe in recipes { judgeExcess(recipe, found) }
        }
        replications = noise.values.sorted { left, right in
            (left.project ?? "", left.entry ?? "", left.data ?? "", left.metric)
                < (right.project ?? "", right.entry ?? "", right.data ?? "", right.metric)
        }
        return noise
    }

    /// Seeds that started when enough of their recipe had ended are worth a look.
    private mutating func judgeExcess(_ seeds: [KeyedRun], _ replication: Replication) {
        guard let enough = replication.enough, seeds.count > enough else { return }
        for run in seeds[enough...] where !verdicts.hasJudged(run.run) && !run.run.isVerification {
            let before = seeds.prefix(enough)
            guard before.allSatisfy({ $0.run.precedence(over: run.run) == .finished }),
                let evidence = before.last
            else { continue }
            var finding = Finding(
                .excessReplicate,
                .statistical,
                .review,
                run.run,
                evidence.run,
                cost: run.run.cost,
                differences: Comparison(
                    run.run,
                    evidence.run,
                    changed: ["seed"],
                    maker.vocabulary
                )
                .differences,
                missing: run.keys.missing
            )
            finding.explanation = Explanation.excess(finding, replication)
            verdicts.take(finding, of: run.run, cost: run.run.cost)
        }
    }

    /// The number of the task of a run.
    private func task(of run: KeyedRun) -> Int32 { tasks[Int(run.run.setting.number)] }

    private mutating func numberTasks(_ runs: [KeyedRun]) {
        var numbers: [Task: Int32] = [:]
        for run in runs {
            let setting = Int(run.run.setting.number)
            if setting >= tasks.count {
                tasks += repeatElement(-1, count: setting + 1 - tasks.count)
            }
            guard tasks[setting] < 0 else { continue }
            let leaves = run.keys.context.leaves
            let task = Task(
                program: program(of: run),
                data: leaves["data.fingerprint"] ?? leaves["data.name"],
                stage: leaves["stage"]
            )
            let number = numbers[task] ?? Int32(numbers.count)
            numbers[task] = number
            tasks[setting] = number
        }
    }

    private func program(of run: KeyedRun) -> Program {
        Program(project: run.run.setting.facts.project, entry: run.run.setting.facts.entry)
    }

    /// The runs of each program, in the order of their starts.
    private func programs(_ runs: [KeyedRun]) -> [[KeyedRun]] {
        Self.programs(runs, \.run)
            .map { $0.sorted { AuditedRun.startsBefore($0.run, $1.run) } }
            .sorted { $0[0].run.id < $1[0].run.id }
    }

    private static func programs<Run>(_ runs: [Run], _ run: (Run) -> AuditedRun) -> [[Run]] {
        var programs: [[Run]] = []
        for item in runs {
            let program = Int(run(item).setting.program)
            while programs.count <= program { programs.append([]) }
            programs[program].append(item)
        }
        return programs.filter { !$0.isEmpty }
    }

    // MARK: Keys

    /// Learns from runs that differ in one key what each key does, and reports those that do nothing.
    private mutating func judgeKeys(_ originals: [KeyedRun], _ noise: [Int32: Replication]) {
        let table = maker.table
        for runs in programs(originals) {
            var records: [Int32: DeadKnobs.Record] = [:]
            var pairs: [Int32: [Int32: KeyPairs]] = [:]
            var near = NearDuplicates(table, maker.vocabulary)
            Neighbours(runs, table).forEachBucket { bucket in
                let ended = bucket.runs.filter { $0.run.isProof(bound) }
                for (left, right) in zip(ended, ended.dropFirst()) where left.leaf != right.leaf {
                    records[bucket.path, default: .init()].take(left.run, right.run)
                    let task = task(of: right.run)
                    guard let metric = noise[task]?.metric else { continue }
                    let values = [left, right].map { $0.run.run.result(metric) }
                    guard let a = values[0], let b = values[1] else { continue }
                    pairs[bucket.path, default: [:]][task, default: KeyPairs()].take(
                        difference: b - a,
                        isIdentical: left.run.run.curve == right.run.run.curve
                    )
                }
                near.take(bucket) { noise[task(of: $0)] }
            }
            DeadKnobs(table, bound: bound, maker.vocabulary)
                .judge(runs, records, into: &verdicts)
            near.judge(into: &verdicts)
            for (path, tasks) in pairs {
                for (task, sum) in tasks {
                    let effect = noise[task].flatMap { replication in
                        sum.effect(
                            of: table.paths[Int(path)],
                            metric: replication.metric,
                            in: runs[0],
                            seedDeviation: replication.seedDeviation
                        )
                    }
                    if let effect { effects.append(effect) }
                }
            }
        }
        effects.sort { left, right in
            (left.project ?? "", left.entry ?? "", left.key, left.pairs, left.meanDifference)
                < (
                    right.project ?? "", right.entry ?? "", right.key, right.pairs,
                    right.meanDifference
                )
        }
    }

    // MARK: Information

    /// Groups runs of one configuration and seed that something else tells apart.
    private mutating func judgeContexts(_ originals: [KeyedRun]) {
        struct Work: Hashable {
            let configuration: IndexSum
            let seed: SeedKey
            let entry: JSON?
        }
        let works = Dictionary(grouping: originals.lazy.filter { !$0.keys.leaves.isEmpty }) { run in
            Work(
                configuration: run.keys.configuration,
                seed: run.keys.seed,
                entry: run.keys.context.leaves["entry"]
            )
        }
        for same in works.values where same.count > 1 {
            let ordered = same.sorted { AuditedRun.startsBefore($0.run, $1.run) }
            var seen: Set<IndexSum> = []
            let distinct = ordered.filter { seen.insert($0.keys.contextSum).inserted }
            guard distinct.count > 1 else { continue }
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

    private static func sweeps(_ runs: [KeyedRun]) -> [SweepSummary] {
        struct Sweep: Hashable {
            let project: String?
            let name: String
        }
        let named = runs.filter { $0.run.sweep != nil }
        let sweeps = Dictionary(grouping: named) {
            Sweep(project: $0.run.setting.facts.project, name: $0.run.sweep ?? "")
        }
        return sweeps.compactMap { SweepSummary($0.value, sweep: $0.key.name) }
            .sorted { ($0.project ?? "", $0.sweep) < ($1.project ?? "", $1.sweep) }
    }
}

extension [KeyedRun] {
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
