import JouleQuantities

/// F4 by the hour: what was used in each, beside what was bought for it.
struct MatchedUse: Sendable {
    /// From nothing to all of what was used in hours for which it is not known is taken as matched.
    let hourly: Estimate<CarbonMass<MarketBased>>
    /// As if nothing had been bought.
    let unmatched: Estimate<CarbonMass<MarketBased>>
    /// What was bought, whenever it came; nil where it is not known for some hour.
    let carbonFree: Estimate<EnergyFacility>?

    /// `one` is what a kWh causes; nil where of no hour it is known what was bought.
    init?(of facility: Estimate<EnergyFacility>, _ one: OneKilowattHour.Market) {
        guard one.hasKnown else { return nil }
        hourly = Estimate(
            point: one.hasUnknown
                ? nil : facility.point.map { one.hourly.scaled(by: $0.kilowattHours) },
            low: one.hourly.scaled(by: facility.low.kilowattHours),
            high: (one.hourly + one.unknown).scaled(by: facility.high.kilowattHours)
        )
        unmatched = facility.map { one.unmatched.scaled(by: $0.kilowattHours) }
        carbonFree =
            one.hasUnknown ? nil : facility.map { one.carbonFree.scaled(by: $0.kilowattHours) }
    }
}

/// F4 by the hour over runs; nothing where it is not known for all of their energy.
package struct MatchedSum: Sendable {
    private var hourly: Estimate<CarbonMass<MarketBased>>?
    private var unmatched: Estimate<CarbonMass<MarketBased>>?
    private var carbonFree: Estimate<EnergyFacility>?
    private var isPartial = false
    private var isCarbonFreePartial = false

    init() {}

    mutating func add(_ run: RunImpact) {
        guard run.hasEnergy else { return }
        guard let market = run.timed?.market else {
            isPartial = true
            return
        }
        hourly = Estimate.sum([hourly, market.hourly])
        unmatched = Estimate.sum([unmatched, market.unmatched])
        carbonFree = Estimate.sum([carbonFree, market.carbonFree])
        isCarbonFreePartial = isCarbonFreePartial || market.carbonFree == nil
    }

    mutating func add(_ other: MatchedSum) {
        hourly = Estimate.sum([hourly, other.hourly])
        unmatched = Estimate.sum([unmatched, other.unmatched])
        carbonFree = Estimate.sum([carbonFree, other.carbonFree])
        isPartial = isPartial || other.isPartial
        isCarbonFreePartial = isCarbonFreePartial || other.isCarbonFreePartial
    }

    /// Hour by hour: a surplus of one covers no other.
    package var carbon: Estimate<CarbonMass<MarketBased>>? { isPartial ? nil : hourly }

    /// By the year, the same carbon-free energy whenever it came; `facility` is of the same runs.
    func annual(of facility: Estimate<EnergyFacility>) -> Estimate<CarbonMass<MarketBased>>? {
        guard !isPartial, !isCarbonFreePartial, let unmatched, let carbonFree else { return nil }
        func annual(
            _ used: EnergyFacility,
            _ bought: EnergyFacility,
            _ all: CarbonMass<MarketBased>
        ) -> CarbonMass<MarketBased> {
            guard used > .zero else { return .zero }
            let mean = GridIntensity<MarketBased>(
                gramsPerKilowattHour: all.grams / used.kilowattHours
            )
            let contract = EnergyContract(
                energy: min(used, bought),
                intensity: GridIntensity(gramsPerKilowattHour: 0)
            )
            return .annual(used: used, contracts: [contract], residual: mean) ?? .zero
        }
        var point: CarbonMass<MarketBased>?
        if let used = facility.point, let bought = carbonFree.point, let all = unmatched.point {
            point = annual(used, bought, all)
        }
        return Estimate(
            point: point,
            low: annual(facility.low, carbonFree.low, unmatched.low),
            high: annual(facility.high, carbonFree.high, unmatched.high)
        )
    }
}
