package import JouleFile
import JouleQuantities

/// Where a run's energy came from: the factors of one run, or that nobody stated them.
package struct RunSite: Sendable {
    /// Nil when the region is not known.
    var grid: Factor?
    var pue: PUERange
    /// The row that `pue` stands on, nil when it was stated as a number or not at all.
    var pueFactor: Factor?
    /// Whether anything at all was stated about the PUE.
    var pueIsStated: Bool
    var remarks: [Remark] = []

    /// `options.region` and `options.pue` must have been checked.
    init(of run: RunRecord, energy: RunEnergy, options: LifecycleOptions, factors: FactorSet) {
        let recorded = Self.recordedRegion(of: run)
        let region = Self.region(of: run, options)
        let year = run.started?.year
        grid = region.flatMap { factors.grid(for: $0, year: year) }
        pue = PUERange(point: nil, low: .lowest, high: .lowest)
        pueIsStated = true
        let stated = statedPUE(run, energy: energy, options: options)
        if let stated {
            pue = PUERange(point: stated, low: stated, high: stated)
        } else if let mean = region.flatMap({ factors.providerPUE(for: $0, year: year) }) {
            pueFactor = mean
            pue = PUERange(
                point: PUE(mean.value),
                low: PUE(mean.low ?? mean.value) ?? .lowest,
                high: PUE(mean.high ?? mean.value) ?? .highest
            )
        } else {
            pueIsStated = false
            pueFactor = factors.highestPUE
            pue.high = pueFactor.flatMap { PUE($0.high ?? $0.value) } ?? .highest
        }
        if let region, grid == nil {
            remark("unknown_region", run, "no factor for its region '\(region)'")
        }
        if let region = options.region, let recorded,
            region.lowercased() != recorded.lowercased()
        {
            remark("region_overridden", run, "recorded in \(recorded), computed for \(region)")
        }
    }

    /// What a summary takes as the region of a run; nil where nobody states any.
    static func region(of run: RunRecord, _ options: LifecycleOptions) -> String? {
        options.region ?? recordedRegion(of: run)
    }

    private static func recordedRegion(of run: RunRecord) -> String? {
        let recorded = run.env?["JOULEBOOK_REGION"]?.string ?? run.env?["region"]?.string
        return recorded.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Kilograms of CO2e of a kilowatt-hour that a run's devices take, as a summary of its life counts
    /// them; nil without a known region.
    ///
    /// Where nothing is known of the PUE it is as if there were none.
    package static func kgPerKWh(of run: RunRecord, factors: FactorSet = .shipped) -> Double? {
        let energy = RunEnergy(of: run)
        let site = RunSite(of: run, energy: energy, options: LifecycleOptions(), factors: factors)
        return site.grid.map { $0.value / 1000 * (site.pue.point?.value ?? 1) }
    }

    private mutating func statedPUE(
        _ run: RunRecord,
        energy: RunEnergy,
        options: LifecycleOptions
    ) -> PUE? {
        if let stated = options.pue.flatMap({ PUE($0) }) { return stated }
        let recorded = (run.env?["JOULEBOOK_PUE"] ?? run.env?["pue"]).flatMap { value in
            value.double ?? value.string.flatMap { Double($0) }
        }
        if let recorded {
            if let stated = PUE(recorded) { return stated }
            remark("bad_pue", run, "recorded a PUE of \(recorded)")
        }
        return energy.statedPUE
    }

    private mutating func remark(_ kind: String, _ run: RunRecord, _ message: String) {
        remarks.append(Remark(kind, at: "run \(run.id)", message))
    }
}

/// What is known about a site's PUE.
struct PUERange: Sendable {
    var point: PUE?
    var low: PUE
    var high: PUE
}

extension WallTime {
    /// Year in UTC, by the days of the Gregorian calendar's 400-year cycle.
    var year: Int {
        let days = Int((unixSeconds / 86400).rounded(.down)) + 719_468
        let cycle = (days >= 0 ? days : days - 146_096) / 146_097
        let day = days - cycle * 146_097
        let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365
        let dayOfYear = day - (365 * year + year / 4 - year / 100)
        return year + cycle * 400 + (dayOfYear >= 306 ? 1 : 0)
    }
}
