import JouleFile
import JouleQuantities
import JouleSystem

/// Reads what configurations mean, on several threads.
final class LeafReaders {
    private let vocabulary: RunVocabulary
    /// Those that no thread uses: what one knows already serves the next program.
    private let idle = Lock<[LeafReader]>([])

    init(_ vocabulary: RunVocabulary) { self.vocabulary = vocabulary }

    /// Reads the runs of one program.
    func read(_ runs: [AuditedRun]) -> ProgramReading {
        var reader = idle.withLock { $0.popLast() } ?? LeafReader(vocabulary)
        defer { idle.withLock { $0.append(reader) } }
        return reader.read(runs)
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
    /// By path how the line of a leaf begins; empty where that is not yet known.
    private var heads: [[UInt8]]
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
        heads = Array(repeating: [], count: vocabulary.paths.all.count)
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
        if !isUnread, let number = addNumber(bytes, at: pathPlace, to: &reading) {
            meanings[place] = (program, .leaf(number))
            return .leaf(number)
        }
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
        line = LeafTable.line(of: leaf)
        return reading.found.add(line, LeafTable.Entry(leaf, hash: .line(line)), at: path)
    }

    /// Adds a leaf whose value is a number, without its text in between; nil for any other, and where
    /// it takes more to tell what it means.
    private mutating func addNumber(
        _ spelling: ArraySlice<UInt8>,
        at path: ConfigurationPaths.Place,
        to reading: inout ProgramReading
    ) -> Int? {
        guard let number = Spelling.number(of: spelling), vocabulary.roles.rules.defaults.isEmpty,
            vocabulary.paths[path].role == .semantic
        else { return nil }
        line.removeAll(keepingCapacity: true)
        line += head(at: path)
        let start = line.count
        CanonicalValue.write(number, to: &line)
        guard CanonicalValue.isPlain(line[start...]),
            let value = CanonicalValue.exactNumber(line[start...])
        else { return nil }
        line.append(UInt8(ascii: "]"))
        return reading.found.add(line, LeafTable.Entry(value, hash: .line(line)), at: path)
    }

    /// What stands before the value.
    private mutating func head(at path: ConfigurationPaths.Place) -> [UInt8] {
        let place = Int(path)
        if heads[place].isEmpty {
            let text = "config." + vocabulary.paths[path].text
            let whole = CanonicalConfiguration.line(text, .null)
            heads[place] = Array(whole.dropLast("null]".utf8.count))
        }
        return heads[place]
    }
}
