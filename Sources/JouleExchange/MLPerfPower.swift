import Glibc
import JouleFile
import JouleQuantities

extension RunRecord {
    /// Adds the energy of the nodes and switches whose power logs lie beside a result of MLPerf.
    ///
    /// Those of `DIR/result_0.txt` are `DIR/power/result_0/node_*.txt` and `sw_*.txt`.
    mutating func takePower(ofResult path: String, fromNS: Int64, toNS: Int64)
        throws(ExchangeError)
    {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? ""
        let file = slash.map { path[path.index(after: $0)...] } ?? path[...]
        let name = file.prefix { $0 != "." }
        let place = "\(folder)power/\(name)"
        for name in try MLPerfPower.logs(in: place) {
            let log = try MLPerfPower(reading: "\(place)/\(name)", fromNS: fromNS, toNS: toNS)
            guard let (meter, energy) = log.reading(of: name, windowNS: toNS - fromNS) else {
                throw .unreadable(path: "\(place)/\(name)", reason: "holds no power of this run")
            }
            deviceEnergy.append(DeviceEnergy(meter: meters.count, measured: energy))
            meters.append(meter)
        }
        energy = meters.total(of: deviceEnergy.map(\.measured))?.energy
    }
}

/// One power log of MLPerf, of a node or of a switch.
private struct MLPerfPower {
    private var trace = PowerTrace()
    /// What a switch is estimated to draw all the time.
    private var estimate: Double?
    /// Of what is measured behind the power supplies, what they take; applies to all readings.
    private var conversion = 1.0
    private var hasReadings = false
    private var method: JSON?

    private static let filesMax = 65_536
    private static let wattsMax = 1e9

    init(reading path: String, fromNS: Int64, toNS: Int64) throws(ExchangeError) {
        try MLPerfEvent.read(path) { (event, _) throws(ExchangeError) in
            try add(event, fromNS: fromNS, toNS: toNS)
        }
    }

    private mutating func add(_ event: MLPerfEvent, fromNS: Int64, toNS: Int64)
        throws(ExchangeError)
    {
        switch event.key {
        case "conversion_eff":
            guard !hasReadings else { throw event.failure("behind the first reading") }
            conversion = try event.amount(upTo: 100)
            guard conversion > 0 else { throw event.failure("expected more than 0") }
            method = event.metadata["measurement_type"]
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
    func reading(of file: String, windowNS: Int64) -> (MeterDescription, MeasuredEnergy)? {
        let name = String(file.dropLast(".txt".utf8.count))
        var meter = MeterDescription(
            device: DeviceID(name),
            source: "mlperf:power_reading",
            provenance: .integratedPower,
            boundary: .it
        )
        meter.extra["conversion_eff"] = .double(conversion)
        meter.extra["measurement_type"] = method
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
