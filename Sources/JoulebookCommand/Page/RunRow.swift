import JouleFile
import JouleQuantities

/// Texts that many runs have, each of which is held once.
struct Words {
    private(set) var texts: [String] = []
    private var numbers: [ExactName: Int32] = [:]

    mutating func number(of text: String) -> Int32 {
        let name = ExactName(text)
        if let known = numbers[name] { return known }
        let number = Int32(texts.count)
        numbers[name] = number
        texts.append(text)
        return number
    }

    mutating func number(of text: String?) -> Int32 { text.map { number(of: $0) } ?? Self.none }

    /// Stands for a text that is not known.
    static let none: Int32 = -1
}

/// What the table of runs shows of one run; texts are numbers of `Words`.
struct RunRow: Equatable {
    /// A metric or a value of the configuration.
    struct Cell {
        let name: Int32
        /// `Words.none` for a number.
        let word: Int32
        let number: Double
    }

    let id: RunID
    let project, stage, status, user, tags, provenance, devices: Int32
    /// Unix seconds and seconds; NaN where not known.
    let started, seconds: Double
    /// NaN where nothing was measured or declared.
    let joules: Double
    let epochs: Int32
    /// Metrics, and from `configStart` on what the configuration says.
    let cells: [Cell]
    let configStart: Int32
    /// Tells two readings of a run apart that differ in what is not shown.
    let fingerprint: Int
    /// Whether its process may still write.
    let isLive: Bool

    /// Whether two readings tell the same.
    ///
    /// By their hashes: numbers that are not known are equal to nothing.
    static func == (left: RunRow, right: RunRow) -> Bool {
        left.id == right.id && left.fingerprint == right.fingerprint
            && left.isLive == right.isLive
    }

    /// So many of each are kept.
    private static let metricsMax = 64
    private static let configMax = 128
    /// A longer text is cut.
    private static let textBytesMax = 200

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
        var cells: [Cell] = []
        var names: Set<Int32> = []
        for metric in run.finalMetrics + run.statedMetrics where cells.count < Self.metricsMax {
            let name = words.number(of: metric.name)
            guard names.insert(name).inserted else { continue }
            cells.append(Cell(name: name, word: Words.none, number: metric.value))
        }
        configStart = Int32(cells.count)
        let most = cells.count + Self.configMax
        if let config = run.config { Self.append(config, "", upTo: most, to: &cells, &words) }
        self.cells = cells
    }

    private static func append(
        _ object: JSONObject,
        _ prefix: String,
        upTo most: Int,
        to cells: inout [Cell],
        _ words: inout Words
    ) {
        for member in object.members where cells.count < most {
            let path = prefix + member.name
            if case .object(let inner) = member.value, !inner.isEmpty {
                append(inner, path + ".", upTo: most, to: &cells, &words)
                continue
            }
            let name = words.number(of: path)
            switch member.value {
            case .null: break
            // Larger ones, such as seeds of 64 bits, would be another number.
            case .integer(let value) where value.magnitude <= 1 << 53:
                cells.append(Cell(name: name, word: Words.none, number: Double(value)))
            case .double(let value):
                cells.append(Cell(name: name, word: Words.none, number: value))
            default:
                let text = cut(FlatConfig.spelling(of: member.value))
                cells.append(Cell(name: name, word: words.number(of: text), number: .nan))
            }
        }
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > textBytesMax else { return text }
        var cut = ""
        for character in text.unicodeScalars {
            guard cut.utf8.count < textBytesMax else { break }
            cut.unicodeScalars.append(character)
        }
        return cut + "…"
    }

    /// Such as "8 × NVIDIA H100, 2 × AMD EPYC 9654".
    private static func devices(of run: RunRecord) -> String? {
        let names = (run.hardware?.devices ?? []).prefix(8).map { device in
            let name = device.name ?? device.kind
            return device.count.map { $0 == 1 ? name : "\($0) × \(name)" } ?? name
        }
        return names.isEmpty ? nil : cut(names.joined(separator: ", "))
    }
}
