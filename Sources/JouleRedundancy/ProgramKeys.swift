import JouleFile
import JouleQuantities
import JouleSystem

extension KeyMaker {
    /// Makes the keys of all runs, and has those of each program know what its results have shown.
    ///
    /// `programs` are places of the runs of each, in the order of their starts. Runs of which nothing is
    /// known that configured them are left out: nothing can be said to repeat what they did.
    mutating func makeKeys(
        of runs: [AuditedRun],
        _ programs: [[Int32]],
        bound: CoincidenceBound,
        on workers: Workers
    ) -> (programs: [ProgramRuns], tasks: ProgramTasks) {
        var tasks = ProgramTasks()
        var keyed: [ProgramRuns] = []
        keyed.reserveCapacity(programs.count)
        while keyed.count < programs.count {
            var end = keyed.count
            var count = 0
            while end < programs.count, count < Self.runsAtOnce || end < keyed.count + workers.count
            {
                count += programs[end].count
                end += 1
            }
            keyed += makeKeys(
                of: runs,
                programs[keyed.count..<end],
                &tasks,
                bound: bound,
                on: workers
            )
        }
        return (keyed, tasks)
    }

    /// Of so many runs what was read is held in memory before it is in the table.
    private static let runsAtOnce = 100_000

    private mutating func makeKeys(
        of runs: [AuditedRun],
        _ programs: ArraySlice<[Int32]>,
        _ tasks: inout ProgramTasks,
        bound: CoincidenceBound,
        on workers: Workers
    ) -> [ProgramRuns] {
        let vocabulary = vocabulary
        let first = programs.startIndex
        let readings = workers.map(programs.count, with: { LeafReader(vocabulary) }) {
            number,
            reader in
            ReadingBox(reader.read(programs[first + number].map { runs[Int($0)] }))
        }
        // Places in the table come from the order of the programs, not from who was first.
        let known = readings.map { box in
            let contexts = box.reading.settings.map { context(of: $0) }
            for (setting, context) in zip(box.reading.settings, contexts) {
                tasks.add(setting, context.context)
            }
            return (places: take(&box.reading), contexts: contexts)
        }
        let table = table
        let roles = roles
        let families = BudgetFamilies(table, bound: bound, vocabulary)
        return workers.map(programs.count) { [tasks] number in
            let reading = readings[number].take()
            var shared = SharedConfigurations()
            var runs = reading.keyed(
                known[number].places,
                known[number].contexts,
                table,
                &shared
            )
            let rules = LearnedRules(runs, table, bound: bound, roles: roles)
            if !rules.isEmpty {
                let application = LearnedRules.Application(rules, table)
                runs = runs.map { run in
                    let leaves = application.applied(to: run.keys.leaves)
                    return KeyedRun(
                        run: run.run,
                        keys: run.keys.with(shared.shared(leaves, table))
                    )
                }
            }
            return ProgramRuns(runs, tasks, families)
        }
    }

    /// Adds the leaves of a program to the table; their places there.
    private mutating func take(_ reading: inout ProgramReading) -> [LeafTable.ID] {
        let leaves = reading.takeLeaves()
        var places: [LeafTable.ID] = []
        places.reserveCapacity(leaves.entries.count)
        var line: [UInt8] = []
        var start = 0
        for (number, entry) in leaves.entries.enumerated() {
            line.removeAll(keepingCapacity: true)
            line += leaves.lines[start..<leaves.ends[number]]
            start = leaves.ends[number]
            places.append(add(line, entry, at: leaves.paths[number]))
        }
        return places
    }
}

/// Hands something over once, so that it goes when it was used.
private final class ReadingBox {
    var reading: ProgramReading

    init(_ reading: ProgramReading) { self.reading = reading }

    func take() -> ProgramReading {
        defer { reading = ProgramReading() }
        return reading
    }
}

/// Configurations of one program, each kept once.
struct SharedConfigurations {
    private var known: [IndexSum: SharedConfiguration] = [:]

    mutating func shared(_ leaves: [LeafTable.ID], _ table: LeafTable) -> SharedConfiguration {
        let sum = table.sum(of: leaves)
        if let known = known[sum], known.leaves == leaves { return known }
        let configuration = SharedConfiguration(leaves, sum)
        known[sum] = configuration
        return configuration
    }
}

/// The configurations of the runs of one program, before their leaves are in a table.
private struct ProgramReading {
    /// Leaves as their lines one after the other, with where each ends.
    struct Leaves {
        var lines: [UInt8] = []
        var ends: [Int] = []
        var entries: [LeafTable.Entry] = []
        var paths: [ConfigurationPaths.Place] = []
    }

    var found = Leaves()
    var settings: [RunSetting] = []
    var runs: [AuditedRun] = []
    /// By run its leaves, one run's after the other's, with where each ends.
    var leaves: [Int32] = []
    var ends: [Int] = []
    var seeds: [SharedSeed] = []
    /// By run the place of its setting.
    var places: [Int32] = []
    var areConfigured: [Bool] = []

    /// What was found, which is then no longer kept here.
    mutating func takeLeaves() -> Leaves {
        defer { found = Leaves() }
        return found
    }

    /// The runs with their keys; `places` are those of the leaves in the table.
    func keyed(
        _ places: [LeafTable.ID],
        _ contexts: [SharedContext],
        _ table: LeafTable,
        _ shared: inout SharedConfigurations
    ) -> [KeyedRun] {
        var keyed: [KeyedRun] = []
        keyed.reserveCapacity(runs.count)
        var start = 0
        var leaves: [LeafTable.ID] = []
        for (number, run) in runs.enumerated() {
            defer { start = ends[number] }
            let context = contexts[Int(self.places[number])]
            guard areConfigured[number] || context.context.leaves["argv"] != nil else { continue }
            leaves.removeAll(keepingCapacity: true)
            for leaf in self.leaves[start..<ends[number]] { leaves.append(places[Int(leaf)]) }
            leaves.sort()
            let keys = RunKeys(
                shared.shared(leaves, table),
                seeds[number],
                context,
                isConfigured: true
            )
            keyed.append(KeyedRun(run: run, keys: keys))
        }
        return keyed
    }
}

/// Reads what configurations mean, program after program.
private struct LeafReader {
    private let vocabulary: RunVocabulary
    private var inputs = StoredInputs()
    private var seedKeys = SharedSeeds()
    /// By spelling what it means in a program.
    private var meanings: [(program: Int32, meaning: Meaning)]
    /// Seeds of the program.
    private var seeds: [CanonicalConfiguration.Leaf] = []
    /// By path how the line of a leaf begins.
    private var heads: [ConfigurationPaths.Place: [UInt8]] = [:]
    private var plainSeeds: [JSON?: SharedSeed] = [:]
    /// Reused for each leaf.
    private var line: [UInt8] = []

    /// In four bytes: the number of a leaf, that of a seed below zero, or nothing.
    private struct Meaning {
        private let code: Int32

        static let nothing = Meaning(code: .max)
        static func leaf(_ number: Int) -> Meaning { Meaning(code: Int32(number)) }
        static func seed(_ number: Int) -> Meaning { Meaning(code: -1 - Int32(number)) }

        private init(code: Int32) { self.code = code }

        var leaf: Int32? { code >= 0 && code != .max ? code : nil }
        var seed: Int? { code < 0 ? -1 - Int(code) : nil }
    }

    private static let seedsMax = 10_000

    init(_ vocabulary: RunVocabulary) {
        self.vocabulary = vocabulary
        meanings = Array(repeating: (-1, .nothing), count: vocabulary.spellings.count)
    }

    mutating func read(_ runs: [AuditedRun]) -> ProgramReading {
        var reading = ProgramReading()
        seeds.removeAll(keepingCapacity: true)
        reading.runs = runs
        var own: [CanonicalConfiguration.Leaf] = []
        var settings: [Int32: Int32] = [:]
        for run in runs {
            run.read(into: &inputs)
            let setting = run.setting
            let place = settings[setting.number] ?? Int32(settings.count)
            if settings.count == Int(place) {
                settings[setting.number] = place
                reading.settings.append(setting)
            }
            reading.places.append(place)
            own.removeAll(keepingCapacity: true)
            for spelling in inputs.leaves {
                let meaning = meaning(of: spelling, setting.program, &reading)
                if let leaf = meaning.leaf {
                    reading.leaves.append(leaf)
                } else if let seed = meaning.seed {
                    own.append(seeds[seed])
                }
            }
            reading.ends.append(reading.leaves.count)
            reading.seeds.append(seed(of: run, &own))
            reading.areConfigured.append(inputs.isConfigured)
        }
        return reading
    }

    private mutating func seed(
        of run: AuditedRun,
        _ own: inout [CanonicalConfiguration.Leaf]
    ) -> SharedSeed {
        if own.isEmpty {
            if let known = plainSeeds[run.seed] { return known }
            if plainSeeds.count >= Self.seedsMax { plainSeeds.removeAll(keepingCapacity: true) }
            let found = seedKeys.shared(SeedKey(run.seed, []))
            plainSeeds[run.seed] = found
            return found
        }
        if own.count > 1 {
            own.sort { $0.path.utf16.lexicographicallyPrecedes($1.path.utf16) }
        }
        return seedKeys.shared(SeedKey(run.seed, own))
    }

    private mutating func meaning(
        of spelling: UInt32,
        _ program: Int32,
        _ reading: inout ProgramReading
    ) -> Meaning {
        let place = Int(spelling)
        let isKnown = meanings[place].program == program
        if isKnown, inputs.unread.isEmpty { return meanings[place].meaning }
        let bytes = vocabulary.spellings[spelling]
        let pathPlace = Spelling.path(of: bytes)
        let isUnread = inputs.unread.contains(pathPlace)
        if isKnown, !isUnread { return meanings[place].meaning }
        let path = vocabulary.paths[pathPlace]
        let leaf = RawLeaves.Leaf(
            path: path.text,
            kindPath: path.kind,
            value: Spelling.value(of: bytes)
        )
        let kinds = vocabulary.kinds[Int(program)]
        let meaning: Meaning
        switch CanonicalConfiguration.meaning(
            of: leaf,
            path.role,
            kinds,
            vocabulary.roles,
            isUnread
        ) {
        case .semantic(let leaf): meaning = .leaf(add(leaf, at: pathPlace, to: &reading))
        case .seed(let leaf):
            meaning = .seed(seeds.count)
            seeds.append(leaf)
        case nil: meaning = .nothing
        }
        if !isUnread { meanings[place] = (program, meaning) }
        return meaning
    }

    /// Adds a leaf; its number.
    private mutating func add(
        _ leaf: CanonicalConfiguration.Leaf,
        at path: ConfigurationPaths.Place,
        to reading: inout ProgramReading
    ) -> Int {
        if let number = leaf.value.plainNumber {
            line.removeAll(keepingCapacity: true)
            line += head(of: leaf, at: path)
            line += number.utf8
            line.append(UInt8(ascii: "]"))
        } else {
            line = LeafTable.line(of: leaf)
        }
        reading.found.lines += line
        reading.found.ends.append(reading.found.lines.count)
        reading.found.entries.append(LeafTable.Entry(leaf, hash: .line(line)))
        reading.found.paths.append(path)
        return reading.found.entries.count - 1
    }

    /// What stands before the value.
    private mutating func head(
        of leaf: CanonicalConfiguration.Leaf,
        at path: ConfigurationPaths.Place
    ) -> [UInt8] {
        if let known = heads[path] { return known }
        let whole = CanonicalConfiguration.line("config." + leaf.path, .null)
        let head = Array(whole.dropLast("null]".utf8.count))
        heads[path] = head
        return head
    }
}
