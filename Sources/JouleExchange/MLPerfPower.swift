import Glibc
import JouleFile
import JouleQuantities

extension RunRecord {
    /// Adds the energy of the nodes and switches whose power logs lie beside a result of MLPerf.
    ///
    /// Those of `DIR/result_0.txt` are `DIR/power/result_0/node_*.txt` and `sw_*.txt`. Where there
    /// are none, it is that of the `hosts` that the result itself tells of.
    mutating func takePower(
        ofResult path: String,
        _ hosts: MLPerfHosts,
        fromNS: Int64,
        toNS: Int64
    ) throws(ExchangeError) {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? ""
        let file = slash.map { path[path.index(after: $0)...] } ?? path[...]
        let name = file.prefix { $0 != "." }
        let place = "\(folder)power/\(name)"
        let logs = try MLPerfPower.logs(in: place)
        guard logs.isEmpty || hosts.logs.isEmpty else {
            let reason = "holds power, and so does \(place); leave one of them out"
            throw .unreadable(path: path, reason: reason)
        }
        for name in logs {
            let log = try MLPerfPower(reading: "\(place)/\(name)", fromNS: fromNS, toNS: toNS)
            try take(
                log,
                of: String(name.dropLast(".txt".utf8.count)),
                in: "\(place)/\(name)",
                toNS - fromNS
            )
        }
        for (host, log) in hosts.logs.sorted(by: { $0.key < $1.key }) {
            try take(log, of: host, in: path, toNS - fromNS)
        }
        energy = meters.total(of: deviceEnergy.map(\.measured))?.energy
    }

    private mutating func take(
        _ log: MLPerfPower,
        of host: String,
        in path: String,
        _ windowNS: Int64
    ) throws(ExchangeError) {
        guard let (meter, energy) = log.reading(of: host, windowNS: windowNS) else {
            throw .unreadable(path: path, reason: "holds no power of this run")
        }
        deviceEnergy.append(DeviceEnergy(meter: meters.count, measured: energy))
        meters.append(meter)
    }
}

/// Power that a result itself tells of, by the host in the events' metadata.
struct MLPerfHosts {
    private(set) var logs: [String: MLPerfPower] = [:]

    private static let hostsMax = 65_536

    /// Whether the event was one of power, of a host.
    mutating func take(_ event: MLPerfEvent, from started: MLPerfEvent?) throws(ExchangeError)
        -> Bool
    {
        guard MLPerfPower.keys.contains(event.key), let host = event.metadata["host"]?.string,
            1...256 ~= host.utf8.count
        else { return false }
        var log = logs.removeValue(forKey: host) ?? MLPerfPower()
        // Before the start nothing is of the run.
        try log.add(event, fromNS: started?.timeNS ?? .max, toNS: .max)
        guard logs.count < Self.hostsMax else {
            throw event.failure("more than \(Self.hostsMax) hosts")
        }
        logs[host] = log
        return true
    }

    /// Throws where a reading lies behind the end of the run.
    func check(before stop: MLPerfEvent) throws(ExchangeError) {
        for log in logs.values where log.lastNS.map({ $0 > stop.timeNS }) ?? false {
            throw stop.failure("before a reading of power that stands before it")
        }
    }
}

/// One power log of MLPerf, of a node or of a switch.
struct MLPerfPower {
    static let keys: Set<String> = ["conversion_eff", "power_reading", "interconnect_power_est"]

    private var trace = PowerTrace()
    /// What a switch is estimated to draw all the time.
    private var estimate: Double?
    /// Of what is measured behind the power supplies, what they take; applies to all readings.
    private var conversion = 1.0
    private var hasReadings = false
    /// Of the event that tells of the conversion.
    private var origin = JSONObject()

    private static let filesMax = 65_536
    private static let wattsMax = 1e9

    /// Of the last reading.
    var lastNS: Int64? { trace.lastNS }

    /// Nothing yet.
    init() {}

    init(reading path: String, fromNS: Int64, toNS: Int64) throws(ExchangeError) {
        try MLPerfEvent.read(path) { (event, _) throws(ExchangeError) in
            try add(event, fromNS: fromNS, toNS: toNS)
        }
    }

    mutating func add(_ event: MLPerfEvent, fromNS: Int64, toNS: Int64)
        throws(ExchangeError)
    {
        switch event.key {
        case "conversion_eff":
            guard !hasReadings else { throw event.failure("behind the first reading") }
            conversion = try event.amount(upTo: 100)
            guard conversion > 0 else { throw event.failure("expected more than 0") }
            origin = event.metadata
        case "power_reading":
            hasReadings = true
            let watts = try event.amount(upTo: Self.wattsMax) * conversion
            guard fromNS...toNS ~= event.timeNS else { return }
            if let last = trace.lastNS, last >= event.timeNS {
                throw event.failure("at or before the time of the reading before it")
            }
            trace.add(watts, atNS: event.timeNS)
        case "interconnect_power_est":
            hasReadings = true
            let watts = try event.amount(upTo: Self.wattsMax) * conversion
            // The rules take the first one.
            estimate = estimate ?? watts
        default: break
        }
    }

    /// What it says of the run; nil where it says nothing.
    func reading(of host: String, windowNS: Int64) -> (MeterDescription, MeasuredEnergy)? {
        // `lifecycle --format mlperf` says both; the rules have nodes measured, and whole.
        let provenance = origin["provenance"]?.string.flatMap(Provenance.init(rawValue:))
        let boundary = origin["boundary"]?.string.flatMap(Boundary.init(rawValue:))
        var meter = MeterDescription(
            device: DeviceID(host),
            source: "mlperf:power_reading",
            provenance: provenance ?? .integratedPower,
            boundary: boundary ?? .it
        )
        meter.extra["conversion_eff"] = .double(conversion)
        meter.extra["measurement_type"] = origin["measurement_type"]
        if let estimate {
            meter.source = "mlperf:interconnect_power_est"
            meter.provenance = .model
            let joules = estimate * Double(windowNS) / 1e9
            return (
                meter,
                MeasuredEnergy(
                    energy: Energy(joules: joules),
                    coverage: 1,
                    uncertaintyRelative: nil
                )
            )
        }
        meter.extra["readings"] = .integer(Int64(trace.readings))
        meter.extra["interval_s"] = trace.intervalNS.map { .double(Double($0) / 1e9) }
        return trace.measured(
            windowNS: windowNS,
            renewalNS: trace.intervalNS ?? 0,
            uncertaintyRelative: nil
        ).map { (meter, $0) }
    }

    /// The names of the logs in a folder, in order; none where there is no folder.
    static func logs(in folder: String) throws(ExchangeError) -> [String] {
        guard unsafe access(folder, F_OK) == 0 else { return [] }
        let names = directoryEntries(folder, max: filesMax).filter { name in
            name.hasSuffix(".txt") && (name.hasPrefix("node_") || name.hasPrefix("sw_"))
        }
        guard !names.isEmpty else {
            throw .unreadable(path: folder, reason: "holds no power logs node_*.txt or sw_*.txt")
        }
        return names.sorted()
    }
}
