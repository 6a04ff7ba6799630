import JouleFile
import JouleQuantities

/// What many runs share, kept once: settings, paths and values of configurations, names.
///
/// Runs that are compared with each other come from one vocabulary.
struct RunVocabulary {
    let roles: KeyRoles
    /// Leaves of configurations as they were spelt: the place of the path, then the value.
    private(set) var spellings = ByteTable()
    var paths: ConfigurationPaths
    /// What kinds of value each key takes, by program.
    private(set) var kinds: [KeyKinds] = []
    private(set) var codes = CodeClasses()
    var metricNames = MetricHashes()

    /// One program of one project.
    private struct Program: Hashable {
        var project: String?
        var entry: String?
    }

    private let isOneProgram: Bool
    private var programs: [Program: Int32] = [:]
    /// By hash of their facts.
    private var settings: [Int: [RunSetting]] = [:]
    private var origins: [[String?]: RunOrigin] = [:]
    private var settingsLearnt: [Bool] = []
    /// By program and place of a path the kinds that were learnt.
    private var seenKinds: [[KeyKinds.Kinds]] = []
    private var texts: [String: String] = [:]
    private var selections: [PrimaryMetric.Selection: SelectedMetric] = [:]
    private var nameLists: [[String]: MetricNames] = [:]
    /// Reused for each leaf.
    private var scratch: [UInt8] = []
    private var open: [(place: ConfigurationPaths.Place, value: JSON)] = []

    /// With `asOneProgram` the runs are known to belong together.
    init(_ roles: KeyRoles = .shipped, asOneProgram: Bool = false) {
        self.roles = roles
        isOneProgram = asOneProgram
        paths = ConfigurationPaths(roles)
    }

    // MARK: Runs

    /// What went into a run; its kinds of values and its code are learnt.
    mutating func learn(_ run: RunRecord) -> RunInputs {
        let inputs = inputs(of: run)
        learn(inputs)
        return inputs
    }

    /// Learns the kinds of values and the code of a run.
    private mutating func learn(_ inputs: RunInputs) {
        learnCode(of: inputs.setting)
        for leaf in inputs.leaves {
            let spelling = spellings[leaf]
            guard let kind = KeyKinds.Kinds(spelling) else { continue }
            learn(kind, at: Spelling.path(of: spelling), of: inputs.setting.program)
        }
    }

    mutating func learnCode(of setting: RunSetting) {
        guard !settingsLearnt[Int(setting.number)] else { return }
        settingsLearnt[Int(setting.number)] = true
        codes.learn(setting.facts)
    }

    /// Learns that values at a path may be of these kinds in a program.
    mutating func learn(
        _ kind: KeyKinds.Kinds,
        at path: ConfigurationPaths.Place,
        of program: Int32
    ) {
        let (program, place) = (Int(program), Int(path))
        if seenKinds[program].count <= place {
            let more = paths.all.count - seenKinds[program].count
            seenKinds[program] += repeatElement([], count: more)
        }
        guard !seenKinds[program][place].contains(kind) else { return }
        seenKinds[program][place].formUnion(kind)
        kinds[program].learn(kind, at: paths.all[place].kind)
    }

    /// What went into a run.
    mutating func inputs(of run: RunRecord) -> RunInputs {
        let inputs = RunInputs(
            setting: setting(of: run),
            seed: run.seed,
            unread: unread(of: run),
            isConfigured: !(run.config?.isEmpty ?? true)
        )
        if let config = run.config { takeLeaves(of: config, into: inputs) }
        return inputs
    }

    mutating func setting(of run: RunRecord) -> RunSetting { setting(RunSetting.Facts(run)) }

    /// The same setting, kept once.
    mutating func setting(_ facts: RunSetting.Facts) -> RunSetting {
        let hash = facts.hashValue
        if let known = settings[hash]?.first(where: { $0.facts == facts }) { return known }
        let name =
            isOneProgram ? Program() : Program(project: facts.project, entry: facts.entry)
        let program = programs[name] ?? Int32(kinds.count)
        if Int(program) == kinds.count {
            programs[name] = program
            kinds.append(KeyKinds())
            seenKinds.append([])
        }
        let setting = RunSetting(facts, program: program, number: Int32(settingsLearnt.count))
        settingsLearnt.append(false)
        settings[hash, default: []].append(setting)
        return setting
    }

    private mutating func unread(of run: RunRecord) -> [ConfigurationPaths.Place] {
        guard run.extra["config_unread"] != nil else { return [] }
        return KeyMaker.unread(of: run).map { paths.place(text: $0, kind: $0) }
    }

    /// Who ran it, and where, kept once.
    mutating func origin(of run: RunRecord) -> RunOrigin { shared(RunOrigin(run)) }

    /// The same origin, kept once.
    mutating func shared(_ origin: RunOrigin) -> RunOrigin {
        let name = [origin.user, origin.host]
        if let known = origins[name] { return known }
        origins[name] = origin
        return origin
    }

    /// The same text, kept once.
    mutating func shared(_ text: String) -> String {
        if let known = texts[text] { return known }
        texts[text] = text
        return text
    }

    /// The same selection, kept once.
    mutating func shared(_ selection: PrimaryMetric.Selection) -> SelectedMetric {
        if let known = selections[selection] { return known }
        let kept = SelectedMetric(selection)
        selections[selection] = kept
        return kept
    }

    mutating func names(_ names: [String]) -> MetricNames {
        if let known = nameLists[names] { return known }
        let list = MetricNames(names)
        nameLists[names] = list
        return list
    }

    // MARK: Configurations

    /// Takes each leaf, none of which is a container that has elements (`RawLeaves`).
    private mutating func takeLeaves(of configuration: JSONObject, into inputs: RunInputs) {
        guard !configuration.hasAmbiguousNames else {
            for leaf in RawLeaves(configuration).leaves {
                let path = paths.place(text: leaf.path, kind: leaf.kindPath)
                take(leaf.value, at: path, into: inputs)
            }
            return
        }
        open.append((ConfigurationPaths.root, .object(configuration)))
        // A list of its own instead of the stack, so that depth cannot exhaust it.
        while let (place, value) = open.popLast() {
            switch value {
            case .object(let object) where !object.isEmpty:
                for member in object.members {
                    open.append((paths.place(of: member.name, in: place), member.value))
                }
            case .array(let elements) where !elements.isEmpty:
                for (number, element) in elements.enumerated() {
                    open.append((paths.place(of: number, in: place), element))
                }
            default:
                if place != ConfigurationPaths.root { take(value, at: place, into: inputs) }
            }
        }
    }

    /// The places of leaves as they were spelt, one behind the other, each to where `ends` says.
    mutating func spellingPlaces(_ bytes: [UInt8], _ ends: [Int]) -> [UInt32] {
        spellings.places(of: bytes, ends)
    }

    /// The place of a leaf as it was spelt, new or not.
    mutating func spellingPlace(_ spelling: [UInt8]) -> UInt32 {
        spellings.place(of: spelling).place
    }

    private mutating func take(
        _ value: JSON,
        at place: ConfigurationPaths.Place,
        into inputs: RunInputs
    ) {
        scratch.removeAll(keepingCapacity: true)
        Spelling.write(value, at: place, to: &scratch)
        if paths[place].role == .ignored {
            inputs.ignored.append(scratch)
        } else {
            inputs.leaves.append(spellingPlace(scratch))
        }
    }
}

/// What went into a run, until keys are made of it.
final class RunInputs {
    let setting: RunSetting
    /// As it was spelt.
    let seed: JSON?
    /// Leaves that say what is computed, and seeds: places of spellings in the vocabulary.
    var leaves: [UInt32] = []
    /// Leaves that say only where and how it ran, as they were spelt.
    var ignored: [[UInt8]] = []
    /// Keys that the program is known never to have read.
    let unread: [ConfigurationPaths.Place]
    /// Whether there is a configuration.
    let isConfigured: Bool

    init(
        setting: RunSetting,
        seed: JSON?,
        unread: [ConfigurationPaths.Place],
        isConfigured: Bool
    ) {
        self.setting = setting
        self.seed = seed
        self.unread = unread
        self.isConfigured = isConfigured
    }
}

/// Names of metrics, in their order.
final class MetricNames: Sendable {
    let all: [String]

    init(_ all: [String]) { self.all = all }

    /// Where `name` stands for the first time.
    func place(of name: String) -> Int? { all.firstIndex(of: name) }
}

/// A leaf of a configuration in a few bytes: the place of its path, a letter, its value.
enum Spelling {
    static let headSize = 5

    static func write(
        _ value: JSON,
        at place: ConfigurationPaths.Place,
        to bytes: inout [UInt8]
    ) {
        append(UInt32(bitPattern: place), to: &bytes)
        switch value {
        case .null: bytes.append(UInt8(ascii: "n"))
        case .bool(let value): bytes.append(UInt8(ascii: value ? "t" : "f"))
        case .integer(let value):
            bytes.append(UInt8(ascii: "i"))
            append(UInt64(bitPattern: value), to: &bytes)
        case .double(let value):
            bytes.append(UInt8(ascii: "d"))
            append(value.bitPattern, to: &bytes)
        case .string(let text):
            bytes.append(UInt8(ascii: "s"))
            bytes += text.utf8
        case .array: bytes.append(UInt8(ascii: "a"))
        case .object: bytes.append(UInt8(ascii: "o"))
        }
    }

    static func path(of bytes: ArraySlice<UInt8>) -> ConfigurationPaths.Place {
        ConfigurationPaths.Place(truncatingIfNeeded: word(bytes.prefix(4)))
    }

    /// Without the path.
    static func rest(of bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> { bytes.dropFirst(4) }

    static func kind(of bytes: ArraySlice<UInt8>) -> UInt8 { bytes[bytes.startIndex + 4] }

    static func value(of bytes: ArraySlice<UInt8>) -> JSON {
        let rest = bytes.dropFirst(headSize)
        switch kind(of: bytes) {
        case UInt8(ascii: "t"): return .bool(true)
        case UInt8(ascii: "f"): return .bool(false)
        case UInt8(ascii: "i"): return .integer(Int64(bitPattern: word(rest)))
        case UInt8(ascii: "d"): return .double(Double(bitPattern: word(rest)))
        case UInt8(ascii: "s"): return .string(String(decoding: rest, as: UTF8.self))
        case UInt8(ascii: "a"): return .array([])
        case UInt8(ascii: "o"): return .object(JSONObject())
        default: return .null
        }
    }

    /// Nil for a leaf that is no number.
    static func number(of bytes: ArraySlice<UInt8>) -> CanonicalValue.SpeltNumber? {
        switch kind(of: bytes) {
        case UInt8(ascii: "i"): .whole(Int64(bitPattern: word(bytes.dropFirst(headSize))))
        case UInt8(ascii: "d"): .real(Double(bitPattern: word(bytes.dropFirst(headSize))))
        default: nil
        }
    }

    /// Little-endian.
    static func append(_ word: some FixedWidthInteger & UnsignedInteger, to bytes: inout [UInt8]) {
        var word = word
        for _ in 0..<(word.bitWidth / 8) {
            bytes.append(UInt8(truncatingIfNeeded: word))
            word >>= 8
        }
    }

    static func word(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var word: UInt64 = 0
        var place = bytes.endIndex
        while place > bytes.startIndex {
            place -= 1
            word = word << 8 | UInt64(bytes[place])
        }
        return word
    }
}
