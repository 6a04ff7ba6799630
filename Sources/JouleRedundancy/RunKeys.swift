import JouleFile
import JouleQuantities

/// What identifies the work of a run; `Schemas/redundancy-keys.md` says how each part is computed.
struct RunKeys: Sendable {
    /// Configuration alone, seeds aside.
    let configuration: IndexSum
    /// RECIPE: configuration and context.
    let recipe: IndexSum
    /// EXACT: recipe and seeds.
    let exact: IndexSum
    let seed: SeedKey
    let context: RecipeContext
    /// Whether anything at all is known of what configured the run.
    let isConfigured: Bool
    /// The semantic leaves of the configuration, by their places in the table of `KeyMaker`.
    let leaves: [LeafTable.ID]
    /// What is added for code, data, framework and inputs.
    let contextSum: IndexSum
}

/// Computes the keys of runs that may be compared with each other.
struct KeyMaker {
    /// One program of one project: keys of one program mean the same in all its runs.
    private struct Program: Hashable {
        var project: String?
        var entry: String?
    }

    private var kinds: [Program: KeyKinds] = [:]
    private var learned: [Program: LearnedRules] = [:]
    private var codes = CodeClasses()
    private(set) var table = LeafTable()
    let roles: KeyRoles
    private let isShared: Bool

    /// Learns the kinds of all keys; `asOneProgram` when the runs are known to belong together.
    init(
        learning runs: some Sequence<RunRecord>,
        roles: KeyRoles = .shipped,
        asOneProgram: Bool = false
    ) {
        self.roles = roles
        isShared = asOneProgram
        for run in runs {
            codes.learn(run.code)
            guard let config = run.config else { continue }
            kinds[program(of: run), default: KeyKinds()].learn(RawLeaves(config))
        }
    }

    private func program(of run: RunRecord) -> Program {
        isShared ? Program() : Program(project: run.project, entry: run.code?.entry)
    }

    func configuration(of run: RunRecord) -> CanonicalConfiguration {
        let program = program(of: run)
        var configuration = CanonicalConfiguration(
            RawLeaves(run.config ?? JSONObject()),
            kinds: kinds[program] ?? KeyKinds(),
            roles: roles,
            unread: Self.unread(of: run)
        )
        if let rules = learned[program] { configuration.apply(rules) }
        return configuration
    }

    /// Code, data, framework and inputs, equivalent code under one name.
    func context(of run: RunRecord) -> RecipeContext {
        RecipeContext(run, tree: codes.name(of: run.code))
    }

    /// Learns from the results of runs what their keys do; keys made before are then out of date.
    ///
    /// `runs` are those of one program, in the order of their starts. Returns whether anything was
    /// learnt.
    mutating func learn(from runs: [KeyedRun], bound: CoincidenceBound) -> Bool {
        guard let first = runs.first else { return false }
        let rules = LearnedRules(runs, table, bound: bound, roles: roles)
        guard !rules.isEmpty else { return false }
        learned[program(of: first.run.run)] = rules
        return true
    }

    /// Keys that the program is known never to have read, which therefore changed nothing.
    static func unread(of run: RunRecord) -> Set<String> {
        guard let paths = run.extra["config_unread"]?.array else { return [] }
        return Set(paths.compactMap(\.string))
    }

    mutating func keys(of run: RunRecord) -> RunKeys {
        let configuration = configuration(of: run)
        let context = context(of: run)
        let seed = SeedKey(run, configuration: configuration)
        let leaves = configuration.semantic.map { table.id(of: $0) }
        let configurationSum = leaves.reduce(IndexSum()) { $0 + table.entries[Int($1)].hash }
        let contextSum = context.leaves.reduce(IndexSum()) { sum, leaf in
            sum + table.hash(context: leaf.key, leaf.value)
        }
        let recipe = configurationSum + contextSum
        return RunKeys(
            configuration: configurationSum,
            recipe: recipe,
            exact: recipe + seed.index,
            seed: seed,
            context: context,
            isConfigured: !(run.config?.isEmpty ?? true) || context.leaves["argv"] != nil,
            leaves: leaves,
            contextSum: contextSum
        )
    }

    /// The authoritative identity of a recipe: SHA-256 over the canonical JSON of its leaves, in
    /// 64 hexadecimal digits.
    func recipeIdentity(of run: RunRecord) -> String {
        let config = configuration(of: run).semantic.map { leaf in
            ("config." + leaf.path, leaf.value.json)
        }
        let context = context(of: run).leaves.map { ($0.key, $0.value) }
        let lines = (config + context).map { path, value in
            JSON.array([.string(path), value]).canonicalText
        }
        // Every line is canonical by itself, so the sorted list is the canonical array.
        let sorted = lines.sorted { $0.utf16.lexicographicallyPrecedes($1.utf16) }
        return ContentHash.sha256Hex("[" + sorted.joined(separator: ",") + "]")
    }
}
