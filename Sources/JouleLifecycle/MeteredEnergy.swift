import JouleFile
import JouleQuantities

/// What a run's meters saw, each joule once.
struct MeteredEnergy {
    private(set) var parts: [RunEnergy.Part] = []
    /// Least share of the run's time that one of the counted meters observed, 0…1.
    private(set) var coverage = 0.0
    private(set) var remarks: [Remark] = []

    init(of run: RunFacts, _ view: FrameView) {
        guard !run.deviceEnergy.isEmpty else { return }
        let values = usable(run)
        parts.reserveCapacity(values.count)
        for index in view.counted({ values[$0] != nil }) {
            guard let value = values[index] else { continue }
            let observed = min(1, value.coverage)
            coverage = parts.isEmpty ? observed : min(coverage, observed)
            var part = view.parts[index]
            part.joules = value.energy.joules
            part.uncertaintyRelative = value.uncertaintyRelative
            parts.append(part)
        }
    }

    /// By meter, what can be counted.
    private mutating func usable(_ run: RunFacts) -> [MeasuredEnergy?] {
        var values = [MeasuredEnergy?](repeating: nil, count: run.meters.count)
        for energy in run.deviceEnergy where values.indices.contains(energy.meter) {
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
}
