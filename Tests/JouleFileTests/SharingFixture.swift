import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile

/// Runs on machines whose power is known.
enum SharingFixture {
    static let zone = "boot/zone"

    /// Power of a meter over time, told at whole seconds; constant between them.
    struct Curve {
        let watts: [Double]

        func joules(from start: Double, to end: Double) -> Double {
            watts.indices.reduce(0) { sum, second in
                let inside = min(end, Double(second + 1)) - max(start, Double(second))
                return sum + watts[second] * max(0, inside)
            }
        }
    }

    static func meter(_ identity: String?, device: String = "cpu:0/package") -> MeterDescription {
        MeterDescription(
            device: DeviceID(device),
            source: "rapl:powercap",
            provenance: .counter,
            boundary: .device,
            identity: identity
        )
    }

    static func energy(_ joules: Double, coverage: Double = 1, uncertainty: Double? = 0.01)
        -> MeasuredEnergy
    {
        MeasuredEnergy(
            energy: Energy(joules: joules),
            coverage: coverage,
            uncertaintyRelative: uncertainty
        )
    }

    /// A run from `start` to `end`, in seconds, that saw so many joules by each meter.
    static func run(
        _ name: String,
        _ start: Double,
        _ end: Double,
        joules: [String: Double],
        inside outer: String? = nil,
        coverage: Double = 1
    ) throws -> RunRecord {
        var run = RunRecord(id: try #require(RunID(name)), status: .finished)
        run.started = WallTime(unixSeconds: start)
        run.ended = WallTime(unixSeconds: end)
        run.durationSeconds = end - start
        for (place, identity) in joules.keys.sorted().enumerated() {
            run.meters.append(meter(identity, device: "cpu:\(place)/package"))
            let measured = energy(joules[identity] ?? 0, coverage: coverage)
            run.deviceEnergy.append(DeviceEnergy(meter: place, measured: measured))
        }
        run.energy = run.meters.total(of: run.deviceEnergy)?.energy
        if let outer {
            let env: JSON = ["JOULEBOOK_PARENT_RUN": .string(outer)]
            run.env = env.object
        }
        return run
    }

    /// The same on one meter that draws `watts` all the time.
    static func run(
        _ name: String,
        _ start: Double,
        _ end: Double,
        watts: Double = 100,
        inside outer: String? = nil
    ) throws -> RunRecord {
        try run(name, start, end, joules: [zone: (end - start) * watts], inside: outer)
    }

    static func sum(_ runs: [RunRecord]) -> Double {
        runs.reduce(0) { $0 + ($1.energy?.joules ?? 0) }
    }

    static func joules(_ runs: [RunRecord]) -> [Double?] {
        runs.map { $0.energy.map { ($0.joules * 1e6).rounded() / 1e6 } }
    }

    /// Seconds in which any of the windows is open.
    static func union(_ windows: [(Double, Double)]) -> Double {
        var covered = 0.0
        var reached = -Double.infinity
        for (start, end) in windows.sorted(by: <) {
            covered += max(0, end - max(start, reached))
            reached = max(reached, end)
        }
        return covered
    }
}
