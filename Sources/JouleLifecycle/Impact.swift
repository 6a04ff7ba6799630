import JouleFile
import JouleQuantities

/// What a group of runs used and caused.
package struct Impact: Sendable {
    package private(set) var runs = 0
    package private(set) var runsWithEnergy = 0
    package private(set) var it: Estimate<EnergyIT>?
    package private(set) var facility: Estimate<EnergyFacility>?
    package private(set) var carbon: Estimate<CarbonMass<LocationAverage>>?
    /// F5, of the devices whose making is known; nil when it is of none.
    package private(set) var embodied: Estimate<EmbodiedCarbon>?
    /// F4 by the hour, where series say what was bought.
    package private(set) var matched = MatchedSum()
    /// Joules by evidence: read from sensors, computed by a model, stated by somebody.
    package private(set) var evidence = (measured: 0.0, model: 0.0, declared: 0.0)
    private var uncertainty = CombinedUncertainty()
    private var seconds: Double? = 0
    private var secondsObserved = 0.0
    private var coverageSum = 0.0

    init() {}

    /// Runs of which nothing is known.
    init(unknown runs: Int) { self.runs = runs }

    /// The sum of others.
    package init(of others: some Sequence<Impact>) {
        for other in others { add(other) }
    }

    init(of runs: some Sequence<RunImpact>) {
        for run in runs { add(run) }
    }

    /// Share of the runs' time whose energy is known; of the runs, where a duration is missing.
    package var coverage: Double? {
        guard runs > 0 else { return nil }
        if let seconds, seconds > 0 { return secondsObserved / seconds }
        return coverageSum / Double(runs)
    }

    /// Half-width of the 95 % interval of the energy, relative; nil unless known for every part.
    package var uncertaintyRelative: Double? { uncertainty.relative }

    /// Location-based carbon between its limits, energy uncertainty included where it is known.
    package var carbonRange: Estimate<CarbonMass<LocationAverage>>? {
        guard let carbon else { return nil }
        let range = uncertaintyRelative.map { carbon.widened(by: $0) } ?? carbon
        return range.low < range.high ? range : nil
    }

    /// By which evidence the energy is known; nil where none is.
    package var evidenceWords: String? {
        let evidence = evidence
        let total = evidence.measured + evidence.model + evidence.declared
        guard total > 0 else { return nil }
        return "\(Figure.percent(evidence.measured / total)) measured, "
            + "\(Figure.percent(evidence.model / total)) modelled, "
            + "\(Figure.percent(evidence.declared / total)) declared"
    }

    /// Adds one run.
    mutating func add(_ run: RunImpact) {
        runs += run.tally.runs
        runsWithEnergy += run.hasEnergy ? run.tally.runs : 0
        Estimate.add(run.it, to: &it)
        Estimate.add(run.facility, to: &facility)
        Estimate.add(run.carbon, to: &carbon)
        Estimate.add(run.making?.carbon, to: &embodied)
        matched.add(run)
        for part in run.energy.outermost {
            switch part.provenance {
            case .counter, .integratedPower, .external: evidence.measured += part.joules
            case .model: evidence.model += part.joules
            case .declared: evidence.declared += part.joules
            }
            uncertainty.add(
                joules: part.joules,
                relative: part.uncertaintyRelative,
                error: part.source.error
            )
        }
        let duration = run.run.seconds
        seconds = seconds.flatMap { total in duration.map { total + $0 } }
        secondsObserved += run.tally.secondsObserved
        coverageSum += run.tally.coverage
    }

    /// Adds the impact of other runs.
    mutating func add(_ other: Impact) {
        runs += other.runs
        runsWithEnergy += other.runsWithEnergy
        Estimate.add(other.it, to: &it)
        Estimate.add(other.facility, to: &facility)
        Estimate.add(other.carbon, to: &carbon)
        Estimate.add(other.embodied, to: &embodied)
        matched.add(other.matched)
        evidence.measured += other.evidence.measured
        evidence.model += other.evidence.model
        evidence.declared += other.evidence.declared
        uncertainty.add(other.uncertainty)
        seconds = seconds.flatMap { total in other.seconds.map { total + $0 } }
        secondsObserved += other.secondsObserved
        coverageSum += other.coverageSum
    }
}
