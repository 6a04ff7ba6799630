package import JouleFile
import JouleQuantities

/// Where runs of one frame and one year drew their energy: their factors, or that nobody stated them.
package final class RunSite: Sendable {
    /// As a summary takes it; nil where nobody states any.
    let region: String?
    /// Nil when the region is not known.
    let grid: Factor?
    /// Of the grid; a range over the countries of the factor set where nobody stated a region, nil
    /// without any.
    let intensity: GridRange?
    let pue: PUERange
    /// The row that `pue` stands on, nil when it was stated as a number or not at all.
    let pueFactor: Factor?
    /// Whether anything at all was stated about the PUE.
    let pueIsStated: Bool
    /// Rows that carbon is computed with, and those that make facility energy of IT energy.
    let rows: (carbon: [UsedFactor], facility: [UsedFactor])
    /// What is wrong with what the runs say of it.
    private let notes: [(kind: String, message: String)]

    /// `statedPUE` is that of what was declared; `options.region` and `options.pue` must have been
    /// checked.
    init(
        of frame: RunFrame,
        year: Int?,
        statedPUE: PUE?,
        options: LifecycleOptions,
        factors: FactorSet
    ) {
        var notes: [(kind: String, message: String)] = []
        let recorded = frame.env["JOULEBOOK_REGION"]?.string ?? frame.env["region"]?.string
        let region = options.region ?? recorded.flatMap { $0.isEmpty ? nil : $0 }
        self.region = region
        let grid = region.flatMap { factors.grid(for: $0, year: year) }
        self.grid = grid
        let limits = factors.countryLimits
        let carbonRows: [UsedFactor]
        if let grid {
            intensity = GridRange(
                point: .init(gramsPerKilowattHour: grid.value),
                low: .init(gramsPerKilowattHour: grid.low ?? grid.value),
                high: .init(gramsPerKilowattHour: grid.high ?? grid.value)
            )
            carbonRows = [UsedFactor(factor: grid, role: .point)]
        } else if let limits {
            intensity = GridRange(
                point: nil,
                low: .init(gramsPerKilowattHour: limits.low.value),
                high: .init(gramsPerKilowattHour: limits.high.value)
            )
            carbonRows = [
                UsedFactor(factor: limits.low, role: .low),
                UsedFactor(factor: limits.high, role: .high),
            ]
        } else {
            intensity = nil
            carbonRows = []
        }
        let recordedPUE = (frame.env["JOULEBOOK_PUE"] ?? frame.env["pue"]).flatMap { value in
            value.double ?? value.string.flatMap { Double($0) }
        }
        let stated: PUE?
        if let pue = options.pue.flatMap({ PUE($0) }) {
            stated = pue
        } else {
            if let recordedPUE, PUE(recordedPUE) == nil {
                notes.append(("bad_pue", "recorded a PUE of \(recordedPUE)"))
            }
            stated = recordedPUE.flatMap { PUE($0) } ?? statedPUE
        }
        let mean = region.flatMap { factors.providerPUE(for: $0, year: year) }
        if let stated {
            pue = PUERange(point: stated, low: stated, high: stated)
            (pueFactor, pueIsStated) = (nil, true)
        } else if let mean {
            pue = PUERange(
                point: PUE(mean.value),
                low: PUE(mean.low ?? mean.value) ?? .lowest,
                high: PUE(mean.high ?? mean.value) ?? .highest
            )
            (pueFactor, pueIsStated) = (mean, true)
        } else {
            let highest = factors.highestPUE.flatMap { PUE($0.high ?? $0.value) } ?? .highest
            pue = PUERange(point: nil, low: .lowest, high: highest)
            (pueFactor, pueIsStated) = (factors.highestPUE, false)
        }
        let role = pueIsStated ? UsedFactor.Role.point : .high
        rows = (carbonRows, pueFactor.map { [UsedFactor(factor: $0, role: role)] } ?? [])
        if let region, grid == nil {
            notes.append(("unknown_region", "no factor for its region '\(region)'"))
        }
        if let region = options.region, let recorded,
            region.lowercased() != recorded.lowercased()
        {
            let message = "recorded in \(recorded), computed for \(region)"
            notes.append(("region_overridden", message))
        }
        self.notes = notes
    }

    var isRight: Bool { notes.isEmpty }

    /// What is wrong with what `run` says of it.
    func remarks(on run: RunID) -> [Remark] {
        notes.map { Remark($0.kind, at: "run \(run)", $0.message) }
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
    package static func kgPerKWh(of record: RunRecord, factors: FactorSet = .shipped) -> Double? {
        var frames = RunFrames()
        var maker = ImpactMaker(LifecycleOptions(), factors)
        let run = RunFacts(of: record, &frames, keepingRecord: false)
        let site = maker.impact(of: run).site
        return site.grid.map { $0.value / 1000 * (site.pue.point?.value ?? 1) }
    }
}

/// What is known about the intensity of a site's grid.
struct GridRange: Sendable {
    var point: GridIntensity<LocationAverage>?
    var low: GridIntensity<LocationAverage>
    var high: GridIntensity<LocationAverage>
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
