package import JouleFile
package import JouleQuantities

/// F1 to F3 for one run: its own energy, its own PUE, its own grid.
package struct RunImpact: Sendable {
    package let run: RunRecord
    let energy: RunEnergy
    let site: RunSite
    /// All three are nil together, when the run's energy is not known.
    package private(set) var it: Estimate<EnergyIT>?
    package private(set) var facility: Estimate<EnergyFacility>?
    package private(set) var carbon: Estimate<CarbonMass<LocationAverage>>?
    /// Rows that entered the numbers, and as what.
    private(set) var factorsUsed: [UsedFactor] = []

    package var stage: Stage { run.stage ?? .other }
    package var hasEnergy: Bool { it != nil }
    /// Of the electricity; nil when the region is not known.
    package var grid: Factor? { site.grid }

    init(of run: RunRecord, options: LifecycleOptions, factors: FactorSet) {
        self.run = run
        energy = RunEnergy(of: run)
        site = RunSite(of: run, energy: energy, options: options, factors: factors)
        guard !energy.parts.isEmpty else { return }
        applyPUE()
        applyGrid(factors)
    }

    /// F1: the only step from IT to facility energy; a facility's energy already contains it.
    private mutating func applyPUE() {
        let itParts = energy.parts.filter { $0.boundary != .facility }.map(\.joules)
        let facilityParts = energy.parts.filter { $0.boundary == .facility }.map(\.joules)
        if facilityParts.isEmpty {
            let sum = EnergyIT(joules: itParts.reduce(0, +))
            it = Estimate(sum)
            facility = Estimate(
                point: site.pue.point.map { sum.facility(pue: $0) },
                low: sum.facility(pue: site.pue.low),
                high: sum.facility(pue: site.pue.high)
            )
            if let row = site.pueFactor {
                factorsUsed.append(UsedFactor(factor: row, role: site.pueIsStated ? .point : .high))
            }
        } else {
            let sum = EnergyFacility(joules: facilityParts.reduce(0, +))
            facility = Estimate(sum)
            it =
                itParts.isEmpty
                ? itEnergy(in: sum)
                : Estimate(
                    EnergyIT(joules: itParts.reduce(0, +))
                )
        }
    }

    private func itEnergy(in sum: EnergyFacility) -> Estimate<EnergyIT> {
        if let stated = energy.statedPUE { return Estimate(sum.it(pue: stated)) }
        return Estimate(
            point: site.pue.point.map { sum.it(pue: $0) },
            low: sum.it(pue: site.pue.high),
            high: sum.it(pue: site.pue.low)
        )
    }

    /// F3, with a range over the countries of the factor set where nobody stated a region.
    private mutating func applyGrid(_ factors: FactorSet) {
        guard let facility else { return }
        if let grid = site.grid {
            carbon = Estimate(
                point: facility.point.map { $0.carbon(at: Self.intensity(grid.value)) },
                low: facility.low.carbon(at: Self.intensity(grid.low ?? grid.value)),
                high: facility.high.carbon(at: Self.intensity(grid.high ?? grid.value))
            )
            factorsUsed.append(UsedFactor(factor: grid, role: .point))
        } else if let limits = factors.countryLimits {
            carbon = Estimate(
                point: nil,
                low: facility.low.carbon(at: Self.intensity(limits.low.value)),
                high: facility.high.carbon(at: Self.intensity(limits.high.value))
            )
            factorsUsed.append(UsedFactor(factor: limits.low, role: .low))
            factorsUsed.append(UsedFactor(factor: limits.high, role: .high))
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
