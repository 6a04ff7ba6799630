import JouleQuantities

/// F4 by the hour: what was used in each, beside what was bought for it.
struct MatchedUse: Sendable {
    /// From nothing to all of what was used in hours for which it is not known is taken as matched.
    let hourly: Estimate<CarbonMass<MarketBased>>
    /// As if nothing had been bought.
    let unmatched: Estimate<CarbonMass<MarketBased>>
    /// What was bought, whenever it came; nil where it is not known for some hour.
    let carbonFree: Estimate<EnergyFacility>?

    /// Nil where no hour has a share, or some hour no intensity for what is not matched.
    init?(
        of facility: Estimate<EnergyFacility>,
        _ pieces: [IntensitySeries<LocationAverage>.Piece],
        residual stated: GridIntensity<MarketBased>?
    ) {
        var known: [Hour] = []
        var unknown: [Hour] = []
        for (share, row) in pieces {
            guard let residual = row?.residual ?? stated else { return nil }
            if let carbonFree = row?.carbonFree {
                known.append(Hour(share: share, carbonFree: carbonFree, residual: residual))
            } else {
                unknown.append(Hour(share: share, carbonFree: 0, residual: residual))
            }
        }
        guard !known.isEmpty else { return nil }
        hourly = Estimate(
            point: unknown.isEmpty ? facility.point.map { Self.carbon(of: $0, known) } : nil,
            low: Self.carbon(of: facility.low, known),
            high: Self.carbon(of: facility.high, known + unknown)
        )
        let all = (known + unknown).map {
            Hour(share: $0.share, carbonFree: 0, residual: $0.residual)
        }
        unmatched = facility.map { Self.carbon(of: $0, all) }
        let bought = known.reduce(0) { $0 + $1.share * $1.carbonFree }
        carbonFree = unknown.isEmpty ? facility.map { $0.scaled(by: bought) } : nil
    }

    /// A part of the energy, and what was bought for it over what was used.
    private struct Hour {
        var share: Double
        var carbonFree: Double
        var residual: GridIntensity<MarketBased>
    }

    private static func carbon(
        of energy: EnergyFacility,
        _ hours: [Hour]
    ) -> CarbonMass<MarketBased> {
        .hourly(
            hours.lazy.map { hour in
                let used = energy.scaled(by: hour.share)
                return MatchedHour(
                    used: used,
                    carbonFree: used.scaled(by: hour.carbonFree),
                    residual: hour.residual
                )
            }
        )
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
