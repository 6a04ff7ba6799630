import JouleFile
import JouleQuantities

/// One program of one project, as an audit tells programs apart.
struct ProgramName: Hashable {
    let project: String?
    let entry: String?

    init(_ run: RunRecord) {
        project = run.project
        entry = run.code?.entry
    }

    /// Whether a run of this program and one of `other` may be of one recipe.
    func mayMeet(_ other: ProgramName) -> Bool {
        func bare(_ entry: String) -> Substring { entry.dropFirst(entry.hasPrefix("./") ? 2 : 0) }
        guard let entry, let its = other.entry else { return true }
        return bare(entry) == bare(its)
    }
}

/// What the finished runs of programs have shown of their keys, as an audit learns it from them.
struct PreflightLessons {
    struct Program {
        let rules: LearnedRules
        let assumptions: Assumptions
    }

    private(set) var programs: [ProgramName: Program] = [:]

    /// Learns from runs, whose keys know then what was learnt.
    init(_ runs: inout [EarlierRun], _ maker: inout KeyMaker, bound: CoincidenceBound) {
        for (name, places) in Dictionary(grouping: runs.indices, by: { [runs] in runs[$0].program })
        {
            let all = places.map { KeyedRun(run: runs[$0].run, keys: runs[$0].keys) }
                .sorted { AuditedRun.startsBefore($0.run, $1.run) }
            let rules = LearnedRules(all, maker.table, bound: bound, roles: maker.roles)
            let known =
                rules.isEmpty
                ? all : all.map { KeyedRun(run: $0.run, keys: maker.keys($0.keys, with: rules)) }
            programs[name] = Program(
                rules: rules,
                assumptions: Assumptions(known, maker.table, bound: bound, maker.vocabulary)
            )
        }
        apply(to: &runs, &maker)
    }

    /// What is known already of runs of other tables, for the leaves of `maker`.
    init(
        _ known: PreflightLessons,
        of other: LeafTable,
        _ runs: inout [EarlierRun],
        _ maker: inout KeyMaker
    ) {
        programs = known.programs.mapValues { program in
            maker.withTable { table in
                Program(
                    rules: program.rules.moved(from: other, to: &table),
                    assumptions: program.assumptions.moved(from: other, to: &table)
                )
            }
        }
        apply(to: &runs, &maker)
    }

    private func apply(to runs: inout [EarlierRun], _ maker: inout KeyMaker) {
        for place in runs.indices {
            guard let rules = programs[runs[place].program]?.rules, !rules.isEmpty else { continue }
            runs[place].keys = maker.keys(runs[place].keys, with: rules)
        }
    }

    /// Programs of whose keys results have shown something.
    var taught: [(name: ProgramName, rules: LearnedRules)] {
        programs.filter { !$0.value.rules.isEmpty }.map { ($0.key, $0.value.rules) }
    }

    func hasRules(_ name: ProgramName) -> Bool { !(programs[name]?.rules.isEmpty ?? true) }
}

/// The keys of a program that are taken to change nothing (`AssumedEquals`), and what runs that differ
/// in them have shown.
struct Assumptions {
    /// Keys with one value in all runs that hold them, with the number of those.
    private var constants: [Int32: (leaf: LeafTable.ID, count: Int)] = [:]
    private let trials: [Set<String>: AssumedEquals.Trial]
    private let isRandom: Bool

    /// `runs` are those of one program, in the order of their starts.
    init(
        _ runs: [KeyedRun],
        _ table: LeafTable,
        bound: CoincidenceBound,
        _ vocabulary: RunVocabulary
    ) {
        var seen: Set<IndexSum> = []
        let originals = runs.filter { !$0.keys.seed.isKnown || seen.insert($0.keys.exact).inserted }
        var varying: Set<Int32> = []
        for run in originals {
            for leaf in run.keys.leaves {
                let path = table.path(of: leaf)
                let known = constants[path] ?? (leaf, 0)
                if known.leaf != leaf { varying.insert(path) }
                constants[path] = (known.leaf, known.count + 1)
            }
        }
        for path in constants.keys
        where varying.contains(path) || vocabulary.roles.isProtected(table.paths[Int(path)]) {
            constants[path] = nil
        }
        let equals = AssumedEquals(table, bound: bound, vocabulary, isRandom: false)
        let optional = constants.filter { 2..<max(2, originals.count) ~= $0.value.count }.keys
        trials = equals.trials(of: equals.suspected(among: originals, Set(optional)))
        let works = Dictionary(grouping: runs.filter(\.keys.seed.isKnown), by: \.keys.exact)
        isRandom = works.values.contains { same in
            let curves = same.filter { $0.isProof(bound) }.map(\.run.curve)
            return curves.contains { $0 != curves[0] }
        }
    }

    private init(
        constants: [Int32: (leaf: LeafTable.ID, count: Int)],
        trials: [Set<String>: AssumedEquals.Trial],
        isRandom: Bool
    ) {
        self.constants = constants
        self.trials = trials
        self.isRandom = isRandom
    }

    /// The same for the leaves of another table.
    func moved(from table: LeafTable, to other: inout LeafTable) -> Assumptions {
        var moved: [Int32: (leaf: LeafTable.ID, count: Int)] = [:]
        for (path, known) in constants {
            moved[other.place(of: path, in: table)] =
                (other.id(of: known.leaf, in: table), known.count)
        }
        return Assumptions(constants: moved, trials: trials, isRandom: isRandom)
    }

    /// Leaves that a run may hold or not.
    var optional: [LeafTable.ID] { constants.values.map(\.leaf) }

    /// The configuration of a run without what is taken to change nothing.
    func rest(of keys: RunKeys, _ table: LeafTable, _ roles: KeyRoles) -> IndexSum {
        let idle = SwitchedOff(keys.leaves, table)
        return keys.leaves.reduce(keys.configuration) { sum, leaf in
            isIdle(leaf, 2, idle, table, roles) ? sum - table.hash(of: leaf) : sum
        }
    }

    /// The same of a run that is one more: with it, a value that one run holds is held by two.
    func rests(ofNew keys: RunKeys, _ table: LeafTable, _ roles: KeyRoles) -> Set<IndexSum> {
        let idle = SwitchedOff(keys.leaves, table)
        var (rest, single) = (keys.configuration, keys.configuration)
        for leaf in keys.leaves where isIdle(leaf, 1, idle, table, roles) {
            let hash = table.hash(of: leaf)
            single = single - hash
            if isIdle(leaf, 2, idle, table, roles) { rest = rest - hash }
        }
        return [rest, single]
    }

    private func isIdle(
        _ leaf: LeafTable.ID,
        _ least: Int,
        _ idle: SwitchedOff,
        _ table: LeafTable,
        _ roles: KeyRoles
    ) -> Bool {
        let path = table.path(of: leaf)
        if let constant = constants[path], constant.leaf == leaf, constant.count >= least {
            return true
        }
        return idle.contains(path) && !roles.isProtected(table.paths[Int(path)])
    }

    /// Whether runs that differ in `paths` are taken to be equal; whether results have shown it.
    func areEqual(without paths: Set<String>) -> (isTaken: Bool, isShown: Bool) {
        let trial = trials[paths] ?? AssumedEquals.Trial()
        let isTaken = trial.hasEqualResults || !trial.hasOtherResults || isRandom
        return (isTaken, trial.hasEqualResults)
    }
}
