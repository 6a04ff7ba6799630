import JouleFile
import JouleQuantities

/// What a run's meters saw, each joule once.
struct MeteredEnergy {
    var parts: [RunEnergy.Part] = []
    var coverage = 0.0
    var remarks: [Remark] = []

    private struct Reading {
        var place: Int
        var meter: MeterDescription
        var measured: MeasuredEnergy
    }

    init(of run: RunRecord) {
        let readings = oncePerIdentity(usable(run))
        let outermost = outermost(readings)
        // Boundaries enclose each other, so their energies never add: IT stands for its devices.
        let facility = outermost.filter { $0.meter.boundary == .facility }
        let it = outermost.filter { $0.meter.boundary == .it }
        let devices = outermost.filter { $0.meter.boundary == .device }
        let counted = facility + (it.isEmpty ? devices : it)
        parts = counted.map(Self.part)
        guard !counted.isEmpty else { return }
        let sum = counted.reduce(0) { $0 + min(1, max(0, $1.measured.coverage)) }
        coverage = sum / Double(counted.count)
    }

    private static func part(_ reading: Reading) -> RunEnergy.Part {
        let meter = reading.meter
        let isModel = meter.provenance == .model
        return RunEnergy.Part(
            joules: reading.measured.energy.joules,
            provenance: meter.provenance,
            boundary: meter.boundary,
            uncertaintyRelative: reading.measured.uncertaintyRelative,
            // A model errs in the same way wherever it is used; a sensor in its own way.
            source: isModel ? meter.source : "\(meter.source) \(meter.identity ?? "")"
        )
    }

    /// Readings of the whole run, or summed over its epochs when nobody closed the run.
    private mutating func usable(_ run: RunRecord) -> [Reading] {
        let energies = run.deviceEnergy.isEmpty ? Self.overEpochs(run) : run.deviceEnergy
        var readings: [Reading] = []
        for energy in energies where run.meters.indices.contains(energy.meter) {
            let joules = energy.measured.energy.joules
            let meter = run.meters[energy.meter]
            guard joules.isFinite, joules >= 0 else {
                remarks.append(
                    Remark(
                        "implausible_energy",
                        at: "run \(run.id)",
                        "meter \(meter.device) reports \(joules) J; it is left out"
                    )
                )
                continue
            }
            if energy.measured.coverage > 0 {
                readings.append(
                    Reading(place: readings.count, meter: meter, measured: energy.measured)
                )
            }
        }
        return readings
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
                sum.observed += duration * energy.measured.coverage
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

    /// Ranks of one machine read the same meters: of equal identities the largest reading counts.
    private func oncePerIdentity(_ readings: [Reading]) -> [Reading] {
        var best: [String: Reading] = [:]
        for reading in readings {
            guard let identity = reading.meter.identity else { continue }
            let known = best[identity]?.measured.energy.joules ?? -1
            if reading.measured.energy.joules > known { best[identity] = reading }
        }
        return readings.filter { reading in
            reading.meter.identity.map { best[$0]?.place == reading.place } ?? true
        }
    }

    /// Readings that no other reading already contains.
    private func outermost(_ readings: [Reading]) -> [Reading] {
        var places: [DeviceID: Int] = [:]
        for (place, reading) in readings.enumerated() where places[reading.meter.device] == nil {
            places[reading.meter.device] = place
        }
        return readings.enumerated().filter { start, reading in
            guard let first = reading.meter.enclosedBy, let encloser = places[first] else {
                return true
            }
            // A ring of meters has no outermost one; its first stands for it.
            var ring = [start]
            var place = encloser
            while !ring.contains(place) {
                ring.append(place)
                guard let next = readings[place].meter.enclosedBy, let up = places[next] else {
                    return false
                }
                place = up
            }
            return place == start && ring.min() == start
        }.map(\.element)
    }
}
