import JouleFile
import JouleQuantities

/// Devices on which the same work is thought to be done, and how exactly it computes.
package struct OtherHardware: Sendable, Hashable {
    package enum Precision: String, Sendable, Hashable, CaseIterable {
        /// Without matrix units.
        case fp32
        case tf32
        /// FP16 or BF16.
        case fp16

        var kind: Factor.Kind {
            switch self {
            case .fp32: .peakFP32
            case .tf32: .peakTF32
            case .fp16: .peakFP16
            }
        }
    }

    package let device: String
    package let precision: Precision

    package init(_ device: String, _ precision: Precision) {
        self.device = device
        self.precision = precision
    }

    /// What numbers on it stand on, for a person.
    package var assumption: String {
        "a model (F16): as many devices do the same work at the same share of their peak at "
            + "\(precision.rawValue) and of their TDP; a factor of "
            + "\(Figure.number(DeviceRating.spread)) either way"
    }
}

/// The rating of a device and the rows that it is from.
private struct RatedDevice {
    let rating: DeviceRating
    let rows: [UsedFactor]

    /// Nil where either half is not known.
    init?(_ name: String, _ precision: OtherHardware.Precision, _ factors: FactorSet) {
        guard let power = factors.factor(.tdp, for: name, year: nil),
            let peak = factors.factor(precision.kind, for: name, year: nil)
        else { return nil }
        rating = DeviceRating(power: Power(watts: power.value), teraflops: peak.value)
        rows = [power, peak].map { UsedFactor(factor: $0, role: .point) }
    }
}

/// Why a run's work cannot be moved to other hardware, as the end of a sentence.
struct HardwareRefusal: Error, Hashable {
    let reason: String
}

/// One run's work on other hardware.
struct MovedWork: Sendable {
    let device: String
    private let energyRatio: Double
    /// How long it takes with as many devices, over how long it took.
    let timeRatio: Double
    let factorsUsed: [UsedFactor]

    /// Throws where the run's own devices, what they used, or the other device is not known.
    init(
        of run: RunFacts,
        _ energy: RunEnergy,
        to other: OtherHardware,
        _ view: FrameView
    ) throws(HardwareRefusal) {
        let names = Set(view.devices.filter { $0.kind == "gpu" }.map(\.name))
        guard names.count == 1, let name = names.first ?? nil else {
            let found = names.isEmpty ? "names no GPU" : "has GPUs of no name or of several"
            throw HardwareRefusal(reason: "run \(run.id) \(found)")
        }
        func rated(_ name: String) throws(HardwareRefusal) -> RatedDevice {
            if let found = RatedDevice(name, other.precision, view.factors) { return found }
            let kinds = "tdp and \(other.precision.kind.rawValue)"
            throw HardwareRefusal(
                reason: "\(kinds) of '\(name)' are not known; 'joulebook factors "
                    + "\(other.precision.kind.rawValue)' lists what is (--factors)"
            )
        }
        let (own, target) = (try rated(name), try rated(other.device))
        guard
            energy.parts.isEmpty
                || energy.parts.allSatisfy({ $0.boundary == .device && $0.device != nil })
                    && energy.parts.contains(where: \.isGPU)
        else {
            throw HardwareRefusal(reason: "no meter of its own saw the GPUs of run \(run.id)")
        }
        device = other.device
        energyRatio = own.rating.energyRatio(to: target.rating)
        timeRatio = own.rating.timeRatio(to: target.rating)
        factorsUsed = own.rows + target.rows
    }

    /// That of GPUs by their ratings, that of the rest by the time; a model, whatever it was.
    func energy(_ energy: RunEnergy) -> RunEnergy {
        var moved = energy
        for index in moved.parts.indices {
            let part = moved.parts[index]
            moved.parts[index] = RunEnergy.Part(
                joules: part.joules * (part.isGPU ? energyRatio : timeRatio),
                uncertaintyRelative: nil,
                source: EnergySource(
                    .model,
                    part.boundary,
                    error: "other hardware",
                    device: part.device
                )
            )
        }
        return moved
    }
}

extension RunEnergy.Part {
    fileprivate var isGPU: Bool { device?.component == .gpu }
}

extension Estimate {
    /// With limits that are further apart by a factor on either side.
    func spread(by factor: Double) -> Self {
        Self(point: point, low: low.scaled(by: 1 / factor), high: high.scaled(by: factor))
    }
}
