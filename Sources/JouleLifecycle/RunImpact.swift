package import JouleFile
package import JouleQuantities

/// F1 to F4 for one run, or several alike: its own energy, its own PUE, its own grid; F5 where a life is
/// stated.
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
    /// What a series says of it; nil where none is of its region, or its energy is not known.
    let timed: TimedUse?
    /// Why it cannot be told what other hardware would take, where that is asked for.
    let refusal: HardwareRefusal?
    /// Rows by which the work was moved to other hardware.
    private let hardwareRows: [UsedFactor]
    /// Kinds of components that the run had and none of its meters saw.
    let unmeteredKinds: [String]
    /// Whether the step from IT to facility energy was taken by the site's PUE.
    let usesPUE: Bool
    /// Of how many runs it is.
    let tally: RunTally

    package var stage: Stage { run.stage ?? .other }
    package var hasEnergy: Bool { it != nil }
    /// Of the electricity; nil when the region is not known.
    package var grid: Factor? { site.grid }

    /// `tally` is of the runs that `run` stands for; nil where it is one.
    init(
        of run: RunFacts,
        _ view: FrameView,
        _ options: LifecycleOptions,
        _ tally: RunTally? = nil
    ) {
        self.run = run
        var energy = RunEnergy(of: run, view)
        var moved: MovedWork?
        var refusal: HardwareRefusal?
        if let hardware = options.hardware {
            do throws(HardwareRefusal) {
                moved = try MovedWork(of: run, energy, to: hardware, view)
            } catch { refusal = error }
            energy = moved?.energy(energy) ?? RunEnergy()
        }
        self.energy = energy
        self.tally = tally ?? RunTally(of: energy, seconds: run.seconds)
        self.refusal = refusal
        hardwareRows = moved?.factorsUsed ?? []
        let site = view.site(inYearOf: run.started, statedPUE: energy.statedPUE)
        self.site = site
        making = options.life.map { RunMaking(of: run, view, life: $0, moved: moved) }
        unmeteredKinds = view.unmeteredKinds
        let sides = energy.parts.isEmpty ? nil : Sides(of: energy, at: site)
        let spread = moved == nil ? 1 : DeviceRating.spread
        it = sides?.it.spread(by: spread)
        let facility = sides?.facility.spread(by: spread)
        self.facility = facility
        usesPUE = sides?.usesPUE ?? false
        // F3.
        let annual = facility.flatMap { facility in
            site.intensity.map { intensity in
                Estimate(
                    point: facility.point.flatMap { energy in
                        intensity.point.map { energy.carbon(at: $0) }
                    },
                    low: facility.low.carbon(at: intensity.low),
                    high: facility.high.carbon(at: intensity.high)
                )
            }
        }
        let timed = facility.flatMap {
            TimedUse(of: run, at: site, $0, annual: annual, options: options, factors: view.factors)
        }
        self.timed = timed
        carbon = timed.map(\.carbon) ?? annual
    }

    /// What cannot be right of it.
    var remarks: [Remark] {
        energy.remarks.isEmpty && site.isRight ? [] : energy.remarks + site.remarks(on: run.id)
    }

    /// Rows that entered the numbers, and as what.
    var factorsUsed: [UsedFactor] {
        let isAnnual = carbon != nil && timed?.uncovered != 0
        let series = (timed?.factor).map { [UsedFactor(factor: $0, role: .point)] } ?? []
        return (usesPUE ? site.rows.facility : []) + (isAnnual ? site.rows.carbon : []) + series
            + (making?.factorsUsed ?? []) + hardwareRows
    }
}

/// F1: the only step between IT and facility energy; a facility's energy already contains it.
private struct Sides {
    let it: Estimate<EnergyIT>
    let facility: Estimate<EnergyFacility>
    let usesPUE: Bool

    init(of energy: RunEnergy, at site: RunSite) {
        let metered = EnergyIT(
            joules: energy.parts.reduce(0) { $1.boundary == .facility ? $0 : $0 + $1.joules }
        )
        usesPUE = energy.parts.allSatisfy { $0.boundary != .facility }
        guard !usesPUE else {
            it = Estimate(metered)
            facility = Estimate(
                point: site.pue.point.map { metered.facility(pue: $0) },
                low: metered.facility(pue: site.pue.low),
                high: metered.facility(pue: site.pue.high)
            )
            return
        }
        let sum = EnergyFacility(
            joules: energy.parts.reduce(0) { $1.boundary == .facility ? $0 + $1.joules : $0 }
        )
        facility = Estimate(sum)
        if energy.parts.contains(where: { $0.boundary != .facility }) {
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
