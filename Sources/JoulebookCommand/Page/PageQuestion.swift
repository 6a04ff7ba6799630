import JouleLifecycle
import JouleQuantities

/// What the page asks the server for: the names under `/api/`.
enum PageQuestion: Hashable, Sendable {
    case version
    /// Nothing but the version where it still is that.
    case runs(since: Int64?)
    case run(RunID)
    case telemetry(RunID, TelemetryWindow)
    case compare([RunID])
    case duplicates
    case lifecycle
    /// Nil for what the server thinks best.
    case frontier(metric: String?, better: Efficiency.Direction?)

    /// So many runs are compared at once.
    static let comparedMax = 12

    /// What `path` behind `/api/` and the query ask for; nil for nothing that there is.
    init?(path: Substring, query: Substring) {
        let parts = path.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let values = query.queryValues
        let rest = parts.count > 1 ? parts[1] : nil
        switch (parts[0], rest) {
        case ("version", nil): self = .version
        case ("runs", nil): self = .runs(since: values["since"].flatMap { Int64($0) })
        case ("duplicates", nil): self = .duplicates
        case ("lifecycle", nil): self = .lifecycle
        case ("frontier", nil):
            let better: Efficiency.Direction?
            switch values["better"] {
            case "higher": better = .higher
            case "lower": better = .lower
            case nil: better = nil
            default: return nil
            }
            self = .frontier(metric: values["metric"], better: better)
        case ("run", let name?):
            guard let id = name.percentDecoded.flatMap({ RunID($0) }) else { return nil }
            self = .run(id)
        case ("telemetry", let name?):
            guard let id = name.percentDecoded.flatMap({ RunID($0) }),
                let window = TelemetryWindow(values)
            else { return nil }
            self = .telemetry(id, window)
        case ("compare", let names?):
            let ids = names.split(separator: ",").map { $0.percentDecoded.flatMap { RunID($0) } }
            guard (1...Self.comparedMax).contains(ids.count), !ids.contains(nil) else { return nil }
            self = .compare(ids.compactMap { $0 })
        default: return nil
        }
    }

    /// Whether it goes through everything that there is, which may take long.
    var isHeavy: Bool {
        switch self {
        case .version, .runs, .run, .telemetry: false
        case .compare, .duplicates, .lifecycle, .frontier: true
        }
    }
}

/// Which part of a run's readings is wanted, and how finely.
struct TelemetryWindow: Hashable, Sendable {
    /// How many stretches of time.
    let points: Int
    /// Unix seconds; nil for the beginning and the end of the run.
    let from: Double?
    let to: Double?

    /// Nil for what is no number.
    init?(_ values: [String: String]) {
        points = min(max(values["points"].flatMap { Int($0) } ?? 600, 10), 4000)
        from = values["from"].flatMap { Double($0) }
        to = values["to"].flatMap { Double($0) }
        guard (values["from"] == nil) == (from == nil), (values["to"] == nil) == (to == nil),
            from?.isFinite ?? true, to?.isFinite ?? true
        else { return nil }
    }

    init(points: Int) {
        self.points = points
        from = nil
        to = nil
    }
}

extension Substring {
    /// With `%41` as the byte that it stands for; nil where that is no text.
    var percentDecoded: String? {
        var bytes: [UInt8] = []
        var rest = utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst(), let low = rest.popFirst(),
                let value = UInt8(String(decoding: [high, low], as: UTF8.self), radix: 16),
                high != UInt8(ascii: "+"), high != UInt8(ascii: "-")
            else { return nil }
            bytes.append(value)
        }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The values of a query by their names, the first of each.
    var queryValues: [String: String] {
        var values: [String: String] = [:]
        for pair in split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let name = parts[0].percentDecoded,
                let value = parts[1].percentDecoded, values[name] == nil
            else { continue }
            values[name] = value
        }
        return values
    }
}
