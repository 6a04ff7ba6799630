package import JouleFile
package import JouleQuantities

/// F1 to F3 for one run: its own energy, its own PUE, its own grid; F5 where a life is stated.
///
/// A class, because a summary looks at the same runs in many ways.
package final class RunImpact: Sendable {
    package let run: RunFacts
    let energy: RunEnergy
    let site: RunSite
    /// All three are nil together, when the run's energy is not known.
    package let it: Estimate<EnergyIT>?
    package let facility: Estimate<EnergyFacility>?
    package let carbon: Estimate<CarbonMass<LocationAverage>>?
    /// Nil where no life of the hardware is stated.
    let making: RunMaking?
    /// Kinds of components that the run had and none of its meters saw.
    let unmeteredKinds: [String]
    /// Whether the step from IT to facility energy was taken by the site's PUE.
    private let usesPUE: Bool
    /// Rows that `carbon` lies between, where nobody stated a region.
    private let limits: (low: Factor, high: Factor)?

    package var stage: Stage { run.stage ?? .other }
    package var hasEnergy: Bool { it != nil }
    /// Of the electricity; nil when the region is not known.
    package var grid: Factor? { site.grid }

    init(
        of run: RunFacts,
        _ view: FrameView,
        _ options: LifecycleOptions,
        _ factors: FactorSet
    ) {
        self.run = run
        let energy = RunEnergy(of: run, view)
        self.energy = energy
        let site = view.site(inYearOf: run.started, statedPUE: energy.statedPUE)
        self.site = site
        making = options.life.map { RunMaking(of: run, view, life: $0) }
        unmeteredKinds = view.unmeteredKinds
        let sides = energy.parts.isEmpty ? nil : Sides(of: energy, at: site)
        it = sides?.it
        facility = sides?.facility
        usesPUE = sides?.usesPUE ?? false
        let grid = sides.flatMap { GridCarbon(of: $0.facility, at: site, factors) }
        carbon = grid?.carbon
        limits = grid?.limits
    }

    /// Rows that entered the numbers, and as what.
    var factorsUsed: [UsedFactor] {
        var used: [UsedFactor] = []
        if usesPUE, let row = site.pueFactor {
            used.append(UsedFactor(factor: row, role: site.pueIsStated ? .point : .high))
        }
        if carbon != nil {
            if let grid = site.grid {
                used.append(UsedFactor(factor: grid, role: .point))
            } else if let limits {
                used.append(UsedFactor(factor: limits.low, role: .low))
                used.append(UsedFactor(factor: limits.high, role: .high))
            }
        }
        return used + (making?.factorsUsed ?? [])
    }

    /// Runs of one have used the same rows.
    struct FactorUse: Hashable {
        let frame: ObjectIdentifier
        let site: ObjectIdentifier
        let usesPUE: Bool
        let hasCarbon: Bool
        let hasMaking: Bool
    }

    var factorUse: FactorUse {
        FactorUse(
            frame: ObjectIdentifier(run.frame),
            site: ObjectIdentifier(site),
            usesPUE: usesPUE,
            hasCarbon: carbon != nil,
            hasMaking: making?.carbon != nil
        )
    }
}

/// F1: the only step between IT and facility energy; a facility's energy already contains it.
private struct Sides {
    let it: Estimate<EnergyIT>
    let facility: Estimate<EnergyFacility>
    let usesPUE: Bool

    init(of energy: RunEnergy, at site: RunSite) {
        let itParts = energy.parts.filter { $0.boundary != .facility }.map(\.joules)
        let facilityParts = energy.parts.filter { $0.boundary == .facility }.map(\.joules)
        let metered = EnergyIT(joules: itParts.reduce(0, +))
        usesPUE = facilityParts.isEmpty
        guard !usesPUE else {
            it = Estimate(metered)
            facility = Estimate(
                point: site.pue.point.map { metered.facility(pue: $0) },
                low: metered.facility(pue: site.pue.low),
                high: metered.facility(pue: site.pue.high)
            )
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
    /// The rows of its ends, where nobody stated a region.
    let limits: (low: Factor, high: Factor)?

    /// Nil without any factor of a country.
    init?(of facility: Estimate<EnergyFacility>, at site: RunSite, _ factors: FactorSet) {
        if let grid = site.grid {
            carbon = Estimate(
                point: facility.point.map { $0.carbon(at: Self.intensity(grid.value)) },
                low: facility.low.carbon(at: Self.intensity(grid.low ?? grid.value)),
                high: facility.high.carbon(at: Self.intensity(grid.high ?? grid.value))
            )
            limits = nil
        } else if let limits = factors.countryLimits {
            carbon = Estimate(
                point: nil,
                low: facility.low.carbon(at: Self.intensity(limits.low.value)),
                high: facility.high.carbon(at: Self.intensity(limits.high.value))
            )
            self.limits = limits
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
