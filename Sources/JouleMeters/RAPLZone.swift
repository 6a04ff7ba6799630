import JouleQuantities

/// One zone of the kernel's powercap tree, such as a processor package.
///
/// The tree is documented in the kernel's `Documentation/power/powercap/powercap.rst`.
struct RAPLZone: Sendable, Hashable {
    enum Kind: Hashable {
        case package(socket: Int, die: Int?)
        case dram, core, uncore, psys
        case other(String)

        var isPackage: Bool {
            if case .package = self { true } else { false }
        }
    }

    /// Directory name, such as `intel-rapl:0:2`.
    let id: String
    /// Path on a running system.
    let path: String
    /// Content of `name`, such as `package-0-die-1`.
    let name: String
    let kind: Kind

    init(id: String, path: String, name: String) {
        self.id = id
        self.path = path
        self.name = name
        self.kind = Self.kind(of: name)
    }

    /// The id of the zone that this one is listed under; nil at the top.
    var parentID: String? {
        guard let last = id.lastIndex(of: ":"), id[..<last].contains(":") else { return nil }
        return String(id[..<last])
    }

    static func kind(of name: String) -> Kind {
        switch name {
        case "dram": return .dram
        case "core": return .core
        case "uncore": return .uncore
        case "psys": return .psys
        default: break
        }
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2 || (parts.count == 4 && parts[2] == "die"), parts[0] == "package",
            let socket = UInt16(parts[1])
        else { return .other(name) }
        guard parts.count == 4 else { return .package(socket: Int(socket), die: nil) }
        guard let die = UInt16(parts[3]) else { return .other(name) }
        return .package(socket: Int(socket), die: Int(die))
    }
}

/// An energy counter of a processor, read through powercap.
final class RAPLMeter: EnergyMeter {
    let description: MeterDescription
    let uncertaintyRelative: Double?
    // The counter is renewed about every millisecond (Intel SDM volume 3, "RAPL interfaces").
    let refreshNS: Int64 = 1_000_000
    let powerMax: Power?

    private let counter: KernelFile
    /// Where it is read.
    var path: String { counter.path }
    /// Highest value of the counter in microjoules; nil when the kernel does not say.
    let range: UInt64?

    init(_ zone: RAPLZone, description: MeterDescription, roots: SystemRoots, range: UInt64?) {
        self.description = description
        self.range = range
        counter = KernelFile(roots.path("\(zone.path)/energy_uj"))
        uncertaintyRelative = Self.uncertainty(of: zone.kind)
        powerMax = Self.powerMax(of: zone.kind)
    }

    func read(at now: Instant) throws(MeterError) -> EnergyReading {
        let value = try counter.number()
        if let range, value > range {
            throw .malformed(path: counter.path, content: "\(value), above its range \(range)")
        }
        return .counter(value, range: range, joulesPerUnit: 1e-6)
    }

    static func powerMax(of kind: RAPLZone.Kind) -> Power {
        kind == .psys ? Power(watts: 10_000) : Power(watts: 1500)
    }

    /// Half-widths of the 95 % interval against measurements at the supply.
    ///
    /// Makers promise nothing. Package counters of Haswell and later follow the supply closely
    /// (Khan et al., "RAPL in Action", ACM ToMPECS 2018); dram was found within 20 % (Desrochers
    /// et al., "A Validation of DRAM RAPL Power Measurements", MEMSYS 2016). The figures here are
    /// rounded up from these, because no study covers every model.
    static func uncertainty(of kind: RAPLZone.Kind) -> Double {
        switch kind {
        case .package, .core, .uncore: 0.05
        case .dram: 0.2
        case .psys, .other: 0.1
        }
    }
}
