import JouleFile
import JouleQuantities

/// What a run's energy caused by the times at which it was used, where a series tells that.
///
/// A class, so that runs without one take no room for it.
final class TimedUse: Sendable {
    /// F3 with what no row holds for at the grid's yearly factor; nil where there is none for that.
    let carbon: Estimate<CarbonMass<LocationAverage>>?
    /// F4 by the hour; nil where what was not matched has no intensity.
    let market: MatchedUse?
    /// The part of the energy, 0 to 1, for which no row holds.
    let uncovered: Double
    /// The series, where a row of it holds for any of the energy.
    let factor: Factor?

    /// Nil where no series is of the run's region; `annual` is its carbon without any series.
    init?(
        of run: RunFacts,
        at site: RunSite,
        _ facility: Estimate<EnergyFacility>,
        annual: Estimate<CarbonMass<LocationAverage>>?,
        options: LifecycleOptions,
        factors: FactorSet
    ) {
        guard let region = site.region, let regional = factors.series?[region] else {
            return nil
        }
        guard let course = EnergyCourse(of: run) else {
            carbon = annual
            market = nil
            uncovered = 1
            factor = nil
            return
        }
        let later = options.start?.seconds(of: course, in: regional.series) ?? 0
        var one = OneKilowattHour(residual: options.site.purchase?.residual)
        course.forEachPiece(in: regional.series, laterBy: later) { one.add($0, at: $1) }
        let uncovered = min(1, one.uncovered)
        self.uncovered = uncovered
        factor = uncovered < 1 ? regional.facts : nil
        let covered = facility.map { one.location.scaled(by: $0.kilowattHours) }
        carbon =
            uncovered == 0
            ? covered : annual.map { covered + $0.map { $0.scaled(by: uncovered) } }
        market = one.market.flatMap { MatchedUse(of: facility, $0) }
    }
}

/// What one kWh of facility energy causes that is spread over time as all of a run's.
struct OneKilowattHour {
    /// The part for which no row holds.
    private(set) var uncovered = 0.0
    /// F3, of the part for which rows hold.
    private(set) var location = CarbonMass<LocationAverage>.zero
    /// F4 by the hour; nil once something has no intensity of what is not matched.
    private(set) var market: Market? = Market()
    private let residual: GridIntensity<MarketBased>?

    /// Where rows do not say what is not matched, `residual` does.
    init(residual: GridIntensity<MarketBased>?) {
        self.residual = residual
    }

    struct Market {
        /// Of hours of which it is known what was bought, what was not matched.
        fileprivate(set) var hourly = CarbonMass<MarketBased>.zero
        /// Of all hours, as if nothing had been bought.
        fileprivate(set) var unmatched = CarbonMass<MarketBased>.zero
        /// Of hours of which it is not known what was bought.
        fileprivate(set) var unknown = CarbonMass<MarketBased>.zero
        fileprivate(set) var carbonFree = EnergyFacility.zero
        fileprivate(set) var hasKnown = false
        fileprivate(set) var hasUnknown = false
    }

    mutating func add(_ share: Double, at row: IntensitySeries<LocationAverage>.Row?) {
        let used = EnergyFacility(kilowattHours: share)
        if let row {
            location = location + used.carbon(at: row.intensity)
        } else {
            uncovered += share
        }
        guard var market else { return }
        guard let residual = row?.residual ?? residual else {
            self.market = nil
            return
        }
        let all = used.carbon(at: residual)
        market.unmatched = market.unmatched + all
        if let carbonFree = row?.carbonFree.map(used.scaled) {
            let hour = MatchedHour(used: used, carbonFree: carbonFree, residual: residual)
            market.hourly = market.hourly + .hourly(CollectionOfOne(hour))
            market.carbonFree = market.carbonFree + carbonFree
            market.hasKnown = true
        } else {
            market.unknown = market.unknown + all
            market.hasUnknown = true
        }
        self.market = market
    }
}
