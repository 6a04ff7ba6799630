import JouleFile
import JouleQuantities

/// Texts that many runs have, and lists of them, each of which is held once.
struct Words {
    private(set) var texts: [String] = []
    private var numbers: [ExactName: Int32] = [:]
    private var lists: Set<[Int32]> = []

    mutating func number(of text: String) -> Int32 {
        let name = ExactName(text)
        if let known = numbers[name] { return known }
        let number = Int32(texts.count)
        numbers[name] = number
        texts.append(text)
        return number
    }

    /// A list that is equal to this one, in the memory that others have already.
    mutating func list(_ numbers: [Int32]) -> [Int32] { lists.insert(numbers).memberAfterInsert }

    mutating func number(of text: String?) -> Int32 { text.map { number(of: $0) } ?? Self.none }

    /// Stands for a text that is not known.
    static let none: Int32 = -1
}

/// What the table of runs shows of one run; texts are numbers of `Words`.
///
/// A class, because there may be a million, which several tables are made of.
final class RunRow: Sendable {
    /// A metric or a value of the configuration: a number, or a word.
    struct Value {
        /// The number; a NaN of its own for a word.
        private let bits: UInt64

        private static let wordBits: UInt64 = 0x7FFF_0000_0000_0000

        init(number: Double) { bits = (number.isNaN ? Double.nan : number).bitPattern }

        init(word: Int32) { bits = Self.wordBits | UInt64(UInt32(bitPattern: word)) }

        /// Nil for a number.
        var word: Int32? {
            bits >> 48 == Self.wordBits >> 48 ? Int32(truncatingIfNeeded: bits) : nil
        }

        /// NaN for a word.
        var number: Double { Double(bitPattern: bits) }
    }

    /// Values by their names.
    struct Cells: Sendable, RandomAccessCollection {
        fileprivate let names: ArraySlice<Int32>
        fileprivate let values: ArraySlice<Value>

        var startIndex: Int { names.startIndex }
        var endIndex: Int { names.endIndex }
        subscript(place: Int) -> (name: Int32, value: Value) { (names[place], values[place]) }

        subscript(named name: Int32) -> Value? { names.firstIndex(of: name).map { values[$0] } }
    }

    let id: RunID
    let project, stage, status, user, tags, provenance, devices: Int32
    /// Unix seconds and seconds; NaN where not known.
    let started, seconds: Double
    /// NaN where nothing was measured or declared.
    let joules: Double
    let epochs: Int32
    /// Metrics, and from `configStart` on what the configuration says; most runs have the same names.
    private let names: [Int32]
    private let values: [Value]
    private let configStart: Int
    /// Tells two readings of a run apart that differ in what is not shown.
    let fingerprint: Int
    /// Whether its process may still write.
    let isLive: Bool

    /// Whether two readings tell the same.
    ///
    /// By their hashes: numbers that are not known are equal to nothing.
    func tells(asMuchAs other: RunRow) -> Bool {
        id == other.id && fingerprint == other.fingerprint && isLive == other.isLive
    }

    var metrics: Cells {
        Cells(names: names[..<configStart], values: values[..<configStart])
    }

    var config: Cells { Cells(names: names[configStart...], values: values[configStart...]) }

    /// So many of each are kept.
    private static let metricsMax = 64
    private static let configMax = 128

    init(_ run: RunRecord, _ words: inout Words) {
        id = run.id
        project = words.number(of: run.project)
        stage = words.number(of: run.stage?.rawValue)
        status = words.number(of: run.status.rawValue)
        user = words.number(of: run.user)
        tags = words.number(of: run.tags.isEmpty ? nil : run.tags.joined(separator: ", "))
        provenance = words.number(of: EnergyMark(run).weakest?.rawValue)
        devices = words.number(of: Self.devices(of: run))
        started = run.started?.unixSeconds ?? .nan
        seconds = run.durationSeconds ?? .nan
        joules = run.energy?.joules ?? run.declared?.energy?.joules ?? .nan
        epochs = Int32(clamping: run.epochCount)
        isLive = run.status == .running
        fingerprint = run.hashValue
        var named = NamedValues()
        var known: Set<Int32> = []
        for metric in run.finalMetrics + run.statedMetrics where known.count < Self.metricsMax {
            let name = words.number(of: metric.name)
            guard known.insert(name).inserted else { continue }
            named.append(name, Value(number: metric.value))
        }
        configStart = named.names.count
        if let config = run.config {
            named.append(config, "", upTo: configStart + Self.configMax, &words)
        }
        names = words.list(named.names)
        values = named.values
    }

    /// Such as "8 × NVIDIA H100, 2 × AMD EPYC 9654".
    private static func devices(of run: RunRecord) -> String? {
        let names = (run.hardware?.devices ?? []).prefix(8).map { device in
            let name = device.name ?? device.kind
            return device.count.map { $0 == 1 ? name : "\($0) × \(name)" } ?? name
        }
        return names.isEmpty ? nil : NamedValues.cut(names.joined(separator: ", "))
    }
}

/// The values of a row, one after the other.
private struct NamedValues {
    private(set) var names: [Int32] = []
    private(set) var values: [RunRow.Value] = []

    /// A longer text is cut.
    private static let textBytesMax = 200

    mutating func append(_ name: Int32, _ value: RunRow.Value) {
        names.append(name)
        values.append(value)
    }

    /// What a configuration says, with dots between the names of nested objects.
    mutating func append(
        _ object: JSONObject,
        _ prefix: String,
        upTo most: Int,
        _ words: inout Words
    ) {
        for member in object.members where names.count < most {
            let path = prefix + member.name
            if case .object(let inner) = member.value, !inner.isEmpty {
                append(inner, path + ".", upTo: most, &words)
                continue
            }
            let name = words.number(of: path)
            switch member.value {
            case .null: break
            // Larger ones, such as seeds of 64 bits, would be another number.
            case .integer(let value) where value.magnitude <= 1 << 53:
                append(name, RunRow.Value(number: Double(value)))
            case .double(let value):
                append(name, RunRow.Value(number: value))
            default:
                let text = Self.cut(FlatConfig.spelling(of: member.value))
                append(name, RunRow.Value(word: words.number(of: text)))
            }
        }
    }

    static func cut(_ text: String) -> String {
        guard text.utf8.count > textBytesMax else { return text }
        var cut = ""
        for character in text.unicodeScalars {
            guard cut.utf8.count < textBytesMax else { break }
            cut.unicodeScalars.append(character)
        }
        return cut + "…"
    }
}
