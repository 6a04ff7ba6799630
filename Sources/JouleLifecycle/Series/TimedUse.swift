import JouleFile
import JouleQuantities

/// What a run's energy caused by the times at which it was used, where a series tells that.
struct TimedUse: Sendable {
    /// F3 with what no row holds for at the grid's yearly factor; nil where there is none for that.
    let carbon: Estimate<CarbonMass<LocationAverage>>?
    /// F4 by the hour; nil where what was not matched has no intensity.
    let market: MatchedUse?
    /// The part of the energy, 0 to 1, for which no row holds.
    let uncovered: Double
    /// By how much later it was computed than the run was.
    let shiftSeconds: Double
    /// The series, where a row of it holds for any of the energy.
    let factor: Factor?

    /// Nil where no series is of the run's region; `annual` is its carbon without any series.
    init?(
        of run: RunRecord,
        _ facility: Estimate<EnergyFacility>,
        annual: Estimate<CarbonMass<LocationAverage>>?,
        options: LifecycleOptions,
        factors: FactorSet
    ) {
        guard let region = RunSite.region(of: run, options),
            let series = factors.series?.series(for: region)
        else { return nil }
        guard let course = EnergyCourse(of: run) else {
            carbon = annual
            market = nil
            uncovered = 1
            shiftSeconds = 0
            factor = nil
            return
        }
        let (shift, pieces) = (options.start ?? .later(hours: 0)).pieces(of: course, in: series)
        shiftSeconds = shift
        let uncovered = min(1, pieces.reduce(0) { $0 + ($1.row == nil ? $1.share : 0) })
        self.uncovered = uncovered
        factor = uncovered < 1 ? factors.series?.facts(of: region) : nil
        let covered = facility.map { energy in
            pieces.reduce(CarbonMass<LocationAverage>.zero) { sum, piece in
                guard let row = piece.row else { return sum }
                return sum + energy.scaled(by: piece.share).carbon(at: row.intensity)
            }
        }
        if uncovered == 0 {
            carbon = covered
        } else {
            carbon = annual.map { covered + $0.map { $0.scaled(by: uncovered) } }
        }
        market = MatchedUse(of: facility, pieces, residual: options.site.purchase?.residual)
    }
}
