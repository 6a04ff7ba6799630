import JouleFile
import JouleQuantities

/// What a run's meters saw, each joule once.
struct MeteredEnergy {
    private(set) var parts: [RunEnergy.Part] = []
    /// Least share of the run's time that one of the counted meters observed, 0…1.
    private(set) var coverage = 0.0
    private(set) var remarks: [Remark] = []

    init(of run: RunRecord) {
        let values = usable(run)
        let meters = run.meters
        // Facility energy holds the IT energy and stands beside it, with the PUE between them.
        let facility = meters.additive {
            values[$0] != nil && meters[$0].boundary == .facility
        }
        let inside = meters.additive { values[$0] != nil && meters[$0].boundary != .facility }
        for index in facility + inside {
            guard let value = values[index] else { continue }
            let observed = min(1, value.coverage)
            coverage = parts.isEmpty ? observed : min(coverage, observed)
            parts.append(Self.part(meters[index], value, host: run.hardware?.host))
        }
    }

    private static func part(
        _ meter: MeterDescription,
        _ value: MeasuredEnergy,
        host: String?
    ) -> RunEnergy.Part {
        RunEnergy.Part(
            joules: value.energy.joules,
            provenance: meter.provenance,
            boundary: meter.boundary,
            uncertaintyRelative: value.uncertaintyRelative,
            // A model errs in the same way wherever it is used, sensors of a kind on one machine.
            source: meter.provenance == .model
                ? meter.source : "\(meter.source) on \(host ?? "one host")",
            device: meter.device
        )
    }

    /// By meter: energy of the whole run, or summed over its epochs when nobody closed the run.
    private mutating func usable(_ run: RunRecord) -> [Int: MeasuredEnergy] {
        let energies = run.deviceEnergy.isEmpty ? Self.overEpochs(run) : run.deviceEnergy
        var values: [Int: MeasuredEnergy] = [:]
        for energy in energies where run.meters.indices.contains(energy.meter) {
            let joules = energy.measured.energy.joules
            if !joules.isFinite || joules < 0 {
                let device = run.meters[energy.meter].device
                let message = "meter \(device) reports \(joules) J; it is left out"
                remarks.append(Remark("implausible_energy", at: "run \(run.id)", message))
            } else if energy.measured.coverage > 0, values[energy.meter] == nil {
                values[energy.meter] = energy.measured
            }
        }
        return values
    }

    private static func overEpochs(_ run: RunRecord) -> [DeviceEnergy] {
        var sums: [Int: (joules: Double, observed: Double, error: Double?)] = [:]
        var seconds = 0.0
        for epoch in run.epochs {
            let duration = max(0, epoch.durationSeconds ?? 0)
            seconds += duration
            for energy in epoch.deviceEnergy {
                let joules = energy.measured.energy.joules
                var sum = sums[energy.meter] ?? (0, 0, 0)
                sum.joules += joules
                sum.observed += duration * min(1, energy.measured.coverage)
                // Readings of one meter share its error: linear (F13).
                sum.error = sum.error.flatMap { error in
                    energy.measured.uncertaintyRelative.map { error + $0 * joules }
                }
                sums[energy.meter] = sum
            }
        }
        let whole = max(run.durationSeconds ?? 0, seconds)
        return sums.keys.sorted().compactMap { meter in
            guard let sum = sums[meter] else { return nil }
            let measured = MeasuredEnergy(
                energy: Energy(joules: sum.joules),
                coverage: whole > 0 ? sum.observed / whole : 1,
                uncertaintyRelative: sum.joules > 0 ? sum.error.map { $0 / sum.joules } : nil
            )
            return DeviceEnergy(meter: meter, measured: measured)
        }
    }
}
