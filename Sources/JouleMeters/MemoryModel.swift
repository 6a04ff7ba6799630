import JouleQuantities

/// Energy of the memory that this process may use, modelled as constant power.
///
/// 0.3725 W per GB are 3 W per 8 GB, the figure of CodeCarbon and of Green Algorithms (Lannelongue
/// et al., Advanced Science 2021). Large modules of today draw a third of it, hence the interval.
final class MemoryModelMeter: EnergyMeter {
    static let source = "model:ram"
    private static let wattsPerGB = 0.3725

    let description: MeterDescription
    let uncertaintyRelative: Double? = 0.7
    let powerMax: Power? = nil
    let refreshNS: Int64 = 0

    private let watts: Double

    /// Nil when the memory's size is not known.
    init?(roots: SystemRoots, limits: ProcessLimits) {
        guard let bytes = limits.memoryBytes, bytes > 0 else { return nil }
        watts = Double(bytes) * 1e-9 * Self.wattsPerGB
        var description = MeterDescription(
            device: DeviceID("ram"),
            source: Self.source,
            provenance: .model,
            boundary: .device,
            identity: roots.bootID.map { boot in
                // What two groups may use is not one memory.
                "\(boot):\(Self.source)" + (limits.memoryGroup.map { ":group \($0)" } ?? "")
            }
        )
        description.extra["memory_bytes"] = Int64(exactly: bytes).map(JSON.integer)
        description.extra["basis"] = .string("0.3725 W per GB")
        description.extra["power_w"] = .double(watts)
        description.extra["uncertainty_rel"] = .double(0.7)
        self.description = description
    }

    func read(at now: Instant) throws(MeterError) -> EnergyReading {
        .cumulative(Energy(joules: watts * Double(now.nanoseconds) * 1e-9))
    }
}
