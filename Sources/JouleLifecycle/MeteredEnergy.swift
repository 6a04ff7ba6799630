import JouleFile
import JouleQuantities

/// What a run's meters saw, each joule once.
struct MeteredEnergy {
    private(set) var parts: [RunEnergy.Part] = []
    /// Least share of the run's time that one of the counted meters observed, 0…1.
    private(set) var coverage = 0.0
    private(set) var remarks: [Remark] = []

    init(of run: RunFacts, _ view: FrameView) {
        let energies = run.deviceEnergy
        guard !energies.isEmpty else { return }
        let sources = view.sources
        let values = MeterValues(energies)
        let counted = view.counted { values[$0] != nil }
        parts.reserveCapacity(counted.count)
        for meter in counted {
            guard let value = values[meter] else { continue }
            let observed = min(1, value.coverage)
            coverage = parts.isEmpty ? observed : min(coverage, observed)
            parts.append(
                RunEnergy.Part(
                    joules: value.energy.joules,
                    uncertaintyRelative: value.uncertaintyRelative,
                    source: sources[meter]
                )
            )
        }
        for energy in energies where sources.indices.contains(energy.meter) {
            let joules = energy.measured.energy.joules
            guard !MeasuredEnergy.isPossible(joules) else { continue }
            let device = run.meters[energy.meter].device
            let message = "meter \(device) reports \(joules) J; it is left out"
            remarks.append(Remark("implausible_energy", at: "run \(run.id)", message))
        }
    }
}

/// By meter, the first value that can be counted.
private struct MeterValues {
    private let energies: [DeviceEnergy]
    /// Of more than a few.
    private var places: [Int: Int]?

    private static let fewMax = 64

    init(_ energies: [DeviceEnergy]) {
        self.energies = energies
        guard energies.count > Self.fewMax else { return }
        places = Dictionary(
            energies.indices.filter { energies[$0].measured.isUsable }
                .map { (energies[$0].meter, $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    subscript(meter: Int) -> MeasuredEnergy? {
        if let places { return places[meter].map { energies[$0].measured } }
        return energies.first { $0.meter == meter && $0.measured.isUsable }?.measured
    }
}

extension MeasuredEnergy {
    fileprivate static func isPossible(_ joules: Double) -> Bool { joules.isFinite && joules >= 0 }

    /// Whether it can be counted.
    var isUsable: Bool { Self.isPossible(energy.joules) && coverage > 0 }
}
