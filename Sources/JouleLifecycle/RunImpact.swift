package import JouleFile
package import JouleQuantities

/// F1 to F4 for one run: its own energy, its own PUE, its own grid; F5 where a life is stated.
///
/// A class, because a summary looks at the same runs in many ways.
package final class RunImpact: Sendable {
    package let run: RunRecord
    let energy: RunEnergy
    let site: RunSite
    /// All three are nil together, when the run's energy is not known.
    package let it: Estimate<EnergyIT>?
    package let facility: Estimate<EnergyFacility>?
    package let carbon: Estimate<CarbonMass<LocationAverage>>?
    /// Nil where no life of the hardware is stated.
    let making: RunMaking?
    /// What a series says of it; nil where none is of its region, or its energy is not known.
    let timed: TimedUse?
    /// Rows that entered the numbers, and as what.
    let factorsUsed: [UsedFactor]

    package var stage: Stage { run.stage ?? .other }
    package var hasEnergy: Bool { it != nil }
    /// Of the electricity; nil when the region is not known.
    package var grid: Factor? { site.grid }

    init(of run: RunRecord, options: LifecycleOptions, factors: FactorSet) {
        self.run = run
        let energy = RunEnergy(of: run)
        self.energy = energy
        let site = RunSite(of: run, energy: energy, options: options, factors: factors)
        self.site = site
        let making = options.life.map { RunMaking(of: run, life: $0, factors: factors) }
        self.making = making
        let sides = energy.parts.isEmpty ? nil : Sides(of: energy, at: site)
        it = sides?.it
        facility = sides?.facility
        let grid = sides.flatMap { GridCarbon(of: $0.facility, at: site, factors) }
        let timed = sides.flatMap {
            TimedUse(
                of: run,
                $0.facility,
                annual: grid?.carbon,
                options: options,
                factors: factors
            )
        }
        self.timed = timed
        carbon = timed.map(\.carbon) ?? grid?.carbon
        let gridRows = timed?.uncovered == 0 ? [] : grid?.factorsUsed ?? []
        let seriesRows = (timed?.factor).map { [UsedFactor(factor: $0, role: .point)] } ?? []
        factorsUsed =
            (sides?.factorsUsed ?? []) + gridRows + seriesRows + (making?.factorsUsed ?? [])
    }
}

/// F1: the only step between IT and facility energy; a facility's energy already contains it.
private struct Sides {
    let it: Estimate<EnergyIT>
    let facility: Estimate<EnergyFacility>
    private(set) var factorsUsed: [UsedFactor] = []

    init(of energy: RunEnergy, at site: RunSite) {
        let itParts = energy.parts.filter { $0.boundary != .facility }.map(\.joules)
        let facilityParts = energy.parts.filter { $0.boundary == .facility }.map(\.joules)
        let metered = EnergyIT(joules: itParts.reduce(0, +))
        guard !facilityParts.isEmpty else {
            it = Estimate(metered)
            facility = Estimate(
                point: site.pue.point.map { metered.facility(pue: $0) },
                low: metered.facility(pue: site.pue.low),
                high: metered.facility(pue: site.pue.high)
            )
            if let row = site.pueFactor {
                factorsUsed = [UsedFactor(factor: row, role: site.pueIsStated ? .point : .high)]
            }
            return
        }
        let sum = EnergyFacility(joules: facilityParts.reduce(0, +))
        facility = Estimate(sum)
        if !itParts.isEmpty {
            it = Estimate(metered)
        } else if let stated = energy.statedPUE {
            it = Estimate(sum.it(pue: stated))
        } else {
            it = Estimate(
                point: site.pue.point.map { sum.it(pue: $0) },
                low: sum.it(pue: site.pue.high),
                high: sum.it(pue: site.pue.low)
            )
        }
    }
}

/// F3, with a range over the countries of the factor set where nobody stated a region.
private struct GridCarbon {
    let carbon: Estimate<CarbonMass<LocationAverage>>
    let factorsUsed: [UsedFactor]

    /// Nil without any factor of a country.
    init?(of facility: Estimate<EnergyFacility>, at site: RunSite, _ factors: FactorSet) {
        if let grid = site.grid {
            carbon = Estimate(
                point: facility.point.map { $0.carbon(at: Self.intensity(grid.value)) },
                low: facility.low.carbon(at: Self.intensity(grid.low ?? grid.value)),
                high: facility.high.carbon(at: Self.intensity(grid.high ?? grid.value))
            )
            factorsUsed = [UsedFactor(factor: grid, role: .point)]
        } else if let limits = factors.countryLimits {
            carbon = Estimate(
                point: nil,
                low: facility.low.carbon(at: Self.intensity(limits.low.value)),
                high: facility.high.carbon(at: Self.intensity(limits.high.value))
            )
            factorsUsed = [
                UsedFactor(factor: limits.low, role: .low),
                UsedFactor(factor: limits.high, role: .high),
            ]
        } else {
            return nil
        }
    }

    private static func intensity(_ grams: Double) -> GridIntensity<LocationAverage> {
        GridIntensity(gramsPerKilowattHour: grams)
    }
}

/// A factor that entered a summary.
package struct UsedFactor: Sendable, Hashable {
    package enum Role: String, Sendable, Hashable {
        /// Multiplies the numbers themselves.
        case point
        /// Sets the lower or upper end of a range, because the real one is not known.
        case low
        case high
    }

    package let factor: Factor
    package let role: Role
}
