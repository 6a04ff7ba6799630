import JouleFile
import JouleQuantities

/// What identifies the work of a run; `Schemas/redundancy-keys.md` says how each part is computed.
///
/// A few words a run: what runs of one program share is kept once.
struct RunKeys {
    private let shared: SharedConfiguration
    private let draws: SharedSeed
    let setting: SharedContext
    /// Whether anything at all is known of what configured the run.
    let isConfigured: Bool

    init(
        _ configuration: SharedConfiguration,
        _ seed: SharedSeed,
        _ setting: SharedContext,
        isConfigured: Bool
    ) {
        shared = configuration
        draws = seed
        self.setting = setting
        self.isConfigured = isConfigured
    }

    /// The same run with another configuration.
    func with(_ configuration: SharedConfiguration) -> RunKeys {
        RunKeys(configuration, draws, setting, isConfigured: isConfigured)
    }

    /// Configuration alone, seeds aside.
    var configuration: IndexSum { shared.sum }
    /// What is added for seeds.
    var seedSum: IndexSum { draws.sum }
    var seed: SeedKey { draws.key }
    /// The semantic leaves of the configuration, by their places in the table of `KeyMaker`, in order.
    var leaves: SharedConfiguration { shared }
    var context: RecipeContext { setting.context }
    /// What is added for code, data, framework and inputs.
    var contextSum: IndexSum { setting.sum }
    /// RECIPE: configuration and context.
    var recipe: IndexSum { configuration + contextSum }
    /// EXACT: recipe and seeds.
    var exact: IndexSum { recipe + seedSum }

    /// Whether both are of one recipe; the sums find candidates, the leaves decide.
    func isOneRecipe(with other: RunKeys) -> Bool {
        leaves == other.leaves
            && (setting === other.setting || context.leaves == other.context.leaves)
    }

    /// Whether both draw the same.
    func isOneSeed(with other: RunKeys) -> Bool { draws === other.draws || seed == other.seed }
}

/// The seeds of runs, with what they add to their keys.
final class SharedSeed {
    let key: SeedKey
    let sum: IndexSum

    init(_ key: SeedKey) {
        self.key = key
        sum = key.index
    }
}

/// The context of runs of one setting, with what it adds to their keys.
final class SharedContext {
    let context: RecipeContext
    let sum: IndexSum
    /// What the program, its command line aside, adds to a key.
    let entry: IndexSum

    init(_ context: RecipeContext, _ sum: IndexSum) {
        self.context = context
        self.sum = sum
        entry = context.leaves["entry"].map { .leaf(path: "entry", value: $0) } ?? IndexSum()
    }
}

/// Computes the keys of runs that may be compared with each other.
struct KeyMaker {
    private(set) var vocabulary: RunVocabulary
    private(set) var table = LeafTable()
    /// Contexts by setting.
    private var contexts: [Int32: SharedContext] = [:]
    /// Leaves of one configuration are kept once, of the program at hand.
    private var shared = SharedConfigurations()
    private var seedKeys = SharedSeeds()
    /// By spelling what it means in the program at hand, where `meaningPrograms` says that it is known.
    private var meanings: [Meaning] = []
    private var meaningPrograms: [Int32] = []
    private var seeds: [CanonicalConfiguration.Leaf] = []
    private var program: Int32?

    private enum Meaning {
        case leaf(LeafTable.ID)
        /// A place among the seeds of the program.
        case seed(Int32)
        /// What the program takes where the key is absent.
        case nothing
    }

    var roles: KeyRoles { vocabulary.roles }

    /// Takes a vocabulary that has learnt all runs.
    init(_ vocabulary: RunVocabulary) { self.vocabulary = vocabulary }

    /// Learns the kinds of all keys; `asOneProgram` when the runs are known to belong together.
    init(
        learning runs: some Sequence<RunRecord>,
        roles: KeyRoles = .shipped,
        asOneProgram: Bool = false
    ) {
        vocabulary = RunVocabulary(roles, asOneProgram: asOneProgram)
        for run in runs { _ = vocabulary.learn(run) }
    }

    /// Keys that the program is known never to have read, which therefore changed nothing.
    static func unread(of run: RunRecord) -> Set<String> {
        guard let paths = run.extra["config_unread"]?.array else { return [] }
        return Set(paths.compactMap(\.string))
    }

    /// Has `body` bring leaves of another table into this one.
    mutating func withTable<Result>(_ body: (inout LeafTable) -> Result) -> Result { body(&table) }

    // MARK: Keys

    mutating func keys(of run: RunRecord) -> RunKeys { inputsAndKeys(of: run).keys }

    mutating func inputsAndKeys(of run: RunRecord) -> (inputs: RunInputs, keys: RunKeys) {
        let inputs = vocabulary.inputs(of: run)
        return (inputs, keys(of: inputs))
    }

    mutating func keys(of run: RunInputs) -> RunKeys {
        let (leaves, seeds) = canonical(run)
        let context = context(of: run.setting)
        return RunKeys(
            shared.shared(leaves, table),
            seedKeys.shared(SeedKey(run.seed, seeds)),
            context,
            isConfigured: run.isConfigured || context.context.leaves["argv"] != nil
        )
    }

    /// Adds leaves that were made ready elsewhere; their places.
    mutating func add(
        _ lines: [UInt8],
        _ ends: [Int],
        _ entries: [LeafTable.Entry],
        at paths: [ConfigurationPaths.Place]
    ) -> [LeafTable.ID] {
        let all = vocabulary.paths
        return table.ids(of: lines, ends, entries) { all[paths[$0]].text }
    }

    /// The keys with what `rules` know.
    mutating func keys(_ keys: RunKeys, with rules: LearnedRules) -> RunKeys {
        rules.applied(to: keys.leaves, table).map { keys.with(shared.shared($0, table)) } ?? keys
    }

    mutating func context(of setting: RunSetting) -> SharedContext {
        if let known = contexts[setting.number] { return known }
        let context = RecipeContext(
            setting.facts,
            tree: vocabulary.codes.name(of: setting.facts)
        )
        let sum = context.leaves.reduce(IndexSum()) { sum, leaf in
            sum + table.hash(context: leaf.key, leaf.value)
        }
        let found = SharedContext(context, sum)
        contexts[setting.number] = found
        return found
    }

    // MARK: Configurations

    private mutating func canonical(_ run: RunInputs)
        -> (leaves: [LeafTable.ID], seeds: [CanonicalConfiguration.Leaf])
    {
        if program != run.setting.program {
            program = run.setting.program
            shared = SharedConfigurations()
        }
        var leaves: [LeafTable.ID] = []
        leaves.reserveCapacity(run.leaves.count)
        var own: [CanonicalConfiguration.Leaf] = []
        for spelling in run.leaves {
            switch meaning(of: spelling, in: run) {
            case .leaf(let id): leaves.append(id)
            case .seed(let place): own.append(seeds[Int(place)])
            case .nothing: break
            }
        }
        leaves.sort()
        if own.count > 1 {
            own.sort { $0.path.utf16.lexicographicallyPrecedes($1.path.utf16) }
        }
        return (leaves, own)
    }

    private mutating func meaning(of spelling: UInt32, in run: RunInputs) -> Meaning {
        let isUnread =
            !run.unread.isEmpty
            && run.unread.contains(Spelling.path(of: vocabulary.spellings[spelling]))
        let place = Int(spelling)
        if place >= meanings.count {
            let more = vocabulary.spellings.count - meanings.count
            meanings += repeatElement(.nothing, count: more)
            meaningPrograms += repeatElement(-1, count: more)
        }
        if !isUnread, meaningPrograms[place] == run.setting.program { return meanings[place] }
        let bytes = vocabulary.spellings[spelling]
        let path = vocabulary.paths[Spelling.path(of: bytes)]
        let leaf = RawLeaves.Leaf(
            path: path.text,
            kindPath: path.kind,
            value: Spelling.value(of: bytes)
        )
        let kinds = vocabulary.kinds[Int(run.setting.program)]
        let meaning: Meaning
        switch CanonicalConfiguration.meaning(of: leaf, path.role, kinds, roles, isUnread) {
        case .semantic(let leaf): meaning = .leaf(table.id(of: leaf))
        case .seed(let leaf):
            meaning = .seed(Int32(seeds.count))
            seeds.append(leaf)
        case nil: meaning = .nothing
        }
        if !isUnread {
            meanings[place] = meaning
            meaningPrograms[place] = run.setting.program
        }
        return meaning
    }

    /// The authoritative identity of a recipe: SHA-256 over the canonical JSON of its leaves, in
    /// 64 hexadecimal digits.
    func recipeIdentity(of keys: RunKeys) -> String {
        var lines = keys.leaves.map { String(decoding: table.line(of: $0), as: UTF8.self) }
        lines += keys.context.leaves.map {
            String(decoding: CanonicalConfiguration.line($0.key, $0.value), as: UTF8.self)
        }
        return CanonicalConfiguration.identity(of: lines)
    }
}
