import JouleMeters
import JouleQuantities

/// A meter of known truth: it draws `watts`, always, and counts every joule.
struct FakeMeter: EnergyMeter {
    let watts: Double
    let description: MeterDescription
    let uncertaintyRelative: Double? = 0.01
    let refreshNS: Int64 = 0
    let powerMax: Power? = nil
    let doubt: MeterDoubt?

    init(_ device: String, watts: Double, enclosedBy: String? = nil, doubt: MeterDoubt? = nil) {
        self.watts = watts
        self.doubt = doubt
        description = MeterDescription(
            device: DeviceID(device),
            source: "fake",
            provenance: .counter,
            boundary: .device,
            enclosedBy: enclosedBy.map { DeviceID($0) }
        )
    }

    func read(at now: Instant) throws(MeterError) -> EnergyReading {
        .cumulative(Energy(joules: watts * Double(now.nanoseconds) * 1e-9))
    }
}

extension MeterInventory {
    /// A package of 100 W that encloses a core of 40 W, and 20 W of memory beside it.
    static let fake = MeterInventory(
        meters: [
            FakeMeter("cpu:0/package", watts: 100),
            FakeMeter("cpu:0/core", watts: 40, enclosedBy: "cpu:0/package"),
            FakeMeter("cpu:0/dram", watts: 20),
        ],
        absent: [AbsentMeter(source: "nvml", reason: "no driver", remedy: nil)]
    )

    static let none = MeterInventory(meters: [], absent: [])
}
