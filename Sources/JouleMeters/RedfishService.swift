import JouleQuantities

/// What a management controller tells over Redfish (DMTF DSP0266, schemas DSP0268).
///
/// A chassis' energy is read where it has a counter in joules (EnvironmentMetrics), else its power
/// (EnvironmentMetrics, or PowerControl of the older Power), else its counter in kilowatt-hours, whose steps
/// are coarse.
struct RedfishService {
    static let root = "/redfish/v1/"

    /// What to read from then on, and of what.
    struct Reading {
        let request: HTTPRequest
        let field: [String]
        let unit: ExternalAddress.Unit
        /// The chassis by its last name, and by a number that no other has.
        let chassis: String
        let identity: String?
        /// Its maker and model.
        let name: String?
    }

    let request: HTTPRequest
    let connection: HTTPSConnection

    /// Chassis that are looked at, at most.
    private static let chassisMax = 32
    /// How long one answer and all of them are waited for: controllers are slow, above all to begin with.
    private static let secondsMax = 5.0
    private static let secondsMaxOfAll = 20.0

    /// Looks for the reading of the chassis of this name; nil for the only one that tells any.
    func find(chassis name: String?) throws(MeterError) -> Reading {
        let deadlineNS = MonotonicClock.nowNS() &+ Int64(Self.secondsMaxOfAll * 1e9)
        let root = try document(Self.root, until: deadlineNS)
        guard let list = Self.link(root["Chassis"]) else { throw failure("it lists no chassis") }
        let members = try document(list, until: deadlineNS)["Members"]?.array ?? []
        let paths = members.compactMap(Self.link).filter { name == nil || Self.name($0) == name }
        guard !paths.isEmpty else {
            let known = members.compactMap(Self.link).prefix(8).map(Self.name).joined(
                separator: ", "
            )
            throw failure(
                name.map { "it has no chassis \"\($0)\", but \(known)" } ?? "it lists no chassis"
            )
        }
        var found: (path: String, chassis: JSON, reading: (String, [String], ExternalAddress.Unit))?
        var refusal: MeterError?
        for path in paths.prefix(Self.chassisMax) {
            let chassis: JSON
            do throws(MeterError) {
                chassis = try document(path, until: deadlineNS)
            } catch {
                // One that cannot be read says nothing of the others.
                refusal = refusal ?? error
                continue
            }
            guard let reading = reading(of: chassis, until: deadlineNS) else { continue }
            if let first = found {
                let names = "\(Self.name(first.path)) and \(Self.name(path))"
                throw failure(
                    "chassis \(names) both tell of power; name one, as in redfish://HOST/CHASSIS"
                )
            }
            found = (path, chassis, reading)
        }
        guard let found else {
            throw refusal ?? failure("no chassis tells of its energy or power")
        }
        let (path, field, unit) = found.reading
        return Reading(
            request: request(for: path),
            field: field,
            unit: unit,
            chassis: Self.name(found.path),
            identity: identity(of: found.chassis, until: deadlineNS),
            name: Self.words([found.chassis["Manufacturer"], found.chassis["Model"]])
        )
    }

    // MARK: One chassis

    private func reading(
        of chassis: JSON,
        until deadlineNS: Int64
    ) -> (String, [String], ExternalAddress.Unit)? {
        let metrics = Self.link(chassis["EnvironmentMetrics"])
        let environment = metrics.flatMap { try? document($0, until: deadlineNS) }
        let has = { (name: String) in environment?[name]?["Reading"]?.double != nil }
        if let metrics {
            if has("EnergyJoules") { return (metrics, ["EnergyJoules", "Reading"], .joules) }
            if has("PowerWatts") { return (metrics, ["PowerWatts", "Reading"], .watts) }
        }
        if let path = Self.link(chassis["Power"]),
            let power = try? document(path, until: deadlineNS),
            power["PowerControl"]?.array?.first?["PowerConsumedWatts"]?.double != nil
        {
            return (path, ["PowerControl", "0", "PowerConsumedWatts"], .watts)
        }
        guard let metrics, has("EnergykWh") else { return nil }
        return (metrics, ["EnergykWh", "Reading"], .kilowattHours)
    }

    /// That of the only system in the chassis, which IPMI tells as well, else the chassis' own.
    private func identity(of chassis: JSON, until deadlineNS: Int64) -> String? {
        let systems = chassis["Links"]?["ComputerSystems"]?.array ?? []
        if systems.count == 1, let path = Self.link(systems[0]),
            let system = try? document(path, until: deadlineNS),
            let uuid = system["UUID"]?.string.flatMap({ SystemUUID($0) })
        {
            return "bmc:\(uuid)"
        }
        if let uuid = chassis["UUID"]?.string.flatMap({ SystemUUID($0) }) {
            return "chassis:\(uuid)"
        }
        guard Self.words([chassis["SerialNumber"]]) != nil else { return nil }
        return Self.words([chassis["Manufacturer"], chassis["SerialNumber"]]).map {
            "chassis:\($0)"
        }
    }

    // MARK: Documents

    private func document(_ path: String, until deadlineNS: Int64) throws(MeterError) -> JSON {
        let left = Double(deadlineNS &- MonotonicClock.nowNS()) * 1e-9
        guard left > 0 else { throw failure("it takes too long to answer") }
        let request = request(for: path)
        let body = try connection.body(of: request, secondsMax: min(left, Self.secondsMax))
        guard let document = try? JSON(parsing: body), document.object != nil else {
            throw failure("\(path) is no object of JSON")
        }
        return document
    }

    private func request(for path: String) -> HTTPRequest {
        HTTPRequest(
            host: request.host,
            port: request.port,
            isSecure: true,
            path: path,
            credentials: request.credentials
        )
    }

    /// A place on the same server; anything else that a document may say is none.
    private static func link(_ value: JSON?) -> String? {
        guard let path = value?["@odata.id"]?.string, path.hasPrefix("/redfish/"),
            path.utf8.count <= 1024, path.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        return path
    }

    private static func name(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// Texts that are there, on one line; nil when there is none.
    private static func words(_ values: [JSON?]) -> String? {
        let texts = values.compactMap { $0?.string?.trimmed }.filter { !$0.isEmpty }
        return texts.isEmpty ? nil : String(texts.joined(separator: " ").prefix(128))
    }

    private func failure(_ reason: String) -> MeterError {
        .refused(call: request.origin, reason: reason)
    }
}
