import JouleQuantities

/// Where a meter outside this machine is read, as `JOULEBOOK_METERS` names it.
///
/// An entry is `[NAME=]ADDRESS`; entries are separated by white space. The addresses:
///
/// | address | what is read |
/// |---|---|
/// | `shelly://HOST[/CHANNEL]` | power of a Shelly plug of the second generation or later |
/// | `shelly1://HOST[/CHANNEL]` | the same of the first generation |
/// | `tasmota://HOST` | power of a plug with Tasmota |
/// | `http://HOST/PATH#FIELD[:UNIT]` | a number of a JSON document; `FIELD` such as `outlets.3.power` |
/// | `https://HOST/PATH#FIELD[:UNIT]` | the same over TLS |
/// | `redfish://HOST[/CHASSIS]` | what a management controller tells of a chassis, over TLS |
/// | `prometheus://HOST/QUERY[:UNIT]` | the first value of an instant query, percent-encoded |
/// | `prometheus+https://HOST/QUERY[:UNIT]` | the same over TLS |
/// | `csv:PATH#COLUMN[:UNIT]` | the last line of a growing table, by the column's name or number |
/// | `pipe:PATH[:UNIT]` | the last line of a named pipe |
///
/// Units are mW, W (when none is given), kW, J, Wh and kWh; those of energy make a counter.
struct ExternalAddress: Sendable, Hashable {
    enum Source: Sendable, Hashable {
        case json(HTTPRequest, field: [String])
        /// What there is to read is found by asking for it.
        case redfish(HTTPRequest, chassis: String?)
        case table(path: String, column: String)
        case pipe(path: String)

        /// Of what is asked over a network.
        var request: HTTPRequest? {
            switch self {
            case .json(let request, _), .redfish(let request, _): request
            case .table, .pipe: nil
            }
        }
    }

    enum Unit: String, Sendable, CaseIterable {
        case milliwatts = "mW", watts = "W", kilowatts = "kW"
        case joules = "J", wattHours = "Wh", kilowattHours = "kWh"

        /// Watts or joules of one.
        var size: Double {
            switch self {
            case .milliwatts: 1e-3
            case .watts, .joules: 1
            case .kilowatts: 1e3
            case .wattHours: 3600
            case .kilowattHours: 3.6e6
            }
        }

        var isEnergy: Bool {
            switch self {
            case .milliwatts, .watts, .kilowatts: false
            case .joules, .wattHours, .kilowattHours: true
            }
        }
    }

    /// Why an entry is none.
    struct Mistake: Error {
        let reason: String
    }

    /// Unique within a run: the name that was given, else the place.
    let name: String
    /// The address without credentials, and without the query of an `http` or `https` one.
    let place: String
    /// Whether the place is another one on every machine.
    let isLocal: Bool
    /// `shelly`, `http`, `csv` and so on.
    let kind: String
    let source: Source
    let unit: Unit

    init(_ entry: String) throws(Mistake) {
        let (given, address) = Self.named(entry)
        guard let colon = address.firstIndex(of: ":") else {
            throw Mistake(reason: "\"\(entry)\" is no address; see Schemas/meters.md")
        }
        kind = String(address[..<colon])
        var rest = String(address[address.index(after: colon)...])
        unit = Self.unit(endOf: &rest) ?? .watts
        switch kind {
        case "csv":
            let (path, column) = Self.split(rest, at: "#")
            guard let column, !path.isEmpty, !column.isEmpty else {
                throw Mistake(
                    reason: "csv: needs a path and a column, as in csv:/var/log/power.csv#watts"
                )
            }
            source = .table(path: path, column: column)
        case "pipe":
            guard !rest.isEmpty else { throw Mistake(reason: "pipe: needs a path") }
            source = .pipe(path: rest)
        default:
            guard rest.hasPrefix("//") else {
                throw Mistake(reason: "\(kind): is followed by //HOST")
            }
            source = try Self.request(kind, String(rest.dropFirst(2)))
        }
        place = Self.shown(kind, source)
        name = given ?? place
        isLocal =
            if let request = source.request {
                request.host == "localhost" || request.host.hasPrefix("127.")
                    || request.host == "::1"
            } else {
                true
            }
    }

    // MARK: Parts

    /// A name is what stands before a `=`, when that is a word.
    private static func named(_ entry: String) -> (String?, String) {
        guard let equals = entry.firstIndex(of: "=") else { return (nil, entry) }
        let name = entry[..<equals]
        let isWord =
            !name.isEmpty && name.allSatisfy { $0.isLetter || $0.isNumber || "-_.".contains($0) }
        return isWord ? (String(name), String(entry[entry.index(after: equals)...])) : (nil, entry)
    }

    private static func unit(endOf text: inout String) -> Unit? {
        guard let colon = text.lastIndex(of: ":"),
            let unit = Unit(rawValue: String(text[text.index(after: colon)...]))
        else { return nil }
        text = String(text[..<colon])
        return unit
    }

    private static func split(_ text: String, at mark: Character) -> (String, String?) {
        guard let place = text.firstIndex(of: mark) else { return (text, nil) }
        return (String(text[..<place]), String(text[text.index(after: place)...]))
    }

    private static func request(_ kind: String, _ text: String) throws(Mistake) -> Source {
        let (address, field) = split(text, at: "#")
        let (authority, rest) = split(address, at: "/")
        var (credentials, place): (String?, String) = (nil, authority)
        if let at = authority.lastIndex(of: "@") {
            credentials = String(authority[..<at])
            place = String(authority[authority.index(after: at)...])
        }
        let (host, port) = hostAndPort(place)
        guard !host.isEmpty, !(host + (rest ?? "")).contains(where: \.isWhitespace) else {
            throw Mistake(reason: "\(kind)://\(place) has no host")
        }
        let isSecure = kind == "redfish" || kind.hasSuffix("https")
        let get = { (path: String) in
            HTTPRequest(
                host: host,
                port: port ?? (isSecure ? "443" : "80"),
                isSecure: isSecure,
                path: path,
                credentials: credentials
            )
        }
        let channel = rest.flatMap { $0.isEmpty ? nil : $0 } ?? "0"
        switch kind {
        case "shelly":
            return .json(get("/rpc/Switch.GetStatus?id=\(channel)"), field: ["apower"])
        case "shelly1": return .json(get("/meter/\(channel)"), field: ["power"])
        case "tasmota":
            return .json(get("/cm?cmnd=Status%208"), field: ["StatusSNS", "ENERGY", "Power"])
        case "redfish":
            return .redfish(
                get(RedfishService.root),
                chassis: rest.flatMap { $0.isEmpty ? nil : $0 }
            )
        case "prometheus", "prometheus+https":
            return .json(
                get("/api/v1/query?query=\(rest ?? "")"),
                field: ["data", "result", "0", "value", "1"]
            )
        case "http", "https":
            let path = (field ?? "").split(separator: ".").map(String.init)
            guard !path.isEmpty else {
                throw Mistake(
                    reason: "\(kind)://\(host) needs a field, as in \(kind)://HOST/PATH#power:W"
                )
            }
            return .json(get("/\(rest ?? "")"), field: path)
        default:
            throw Mistake(reason: "\"\(kind)\" is no kind of meter; see Schemas/meters.md")
        }
    }

    /// `host`, `host:port` or `[v6]:port`.
    private static func hostAndPort(_ text: String) -> (String, String?) {
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            let port = text[text.index(after: end)...].dropFirst()
            let host = text[text.index(after: text.startIndex)..<end]
            return (String(host), port.isEmpty ? nil : String(port))
        }
        return split(text, at: ":")
    }

    private static func shown(_ kind: String, _ source: Source) -> String {
        switch source {
        case .json(let request, let field):
            // A query that somebody wrote may hold a secret; those of plugs name the channel.
            let path =
                kind.hasPrefix("http") ? request.path.prefix { $0 != "?" } : request.path[...]
            return
                "\(kind)://\(request.host):\(request.port)\(path)#\(field.joined(separator: "."))"
        case .redfish(let request, let chassis):
            return "\(kind)://\(request.host):\(request.port)\(chassis.map { "/\($0)" } ?? "")"
        case .table(let path, let column): return "csv:\(path)#\(column)"
        case .pipe(let path): return "pipe:\(path)"
        }
    }
}
