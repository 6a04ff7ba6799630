package import JouleQuantities

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
    /// Energy by the kind of evidence, in joules.
    package private(set) var joules: [Provenance: Double] = [:]
    private var uncertainty = CombinedUncertainty()
    private var seconds: Double? = 0
    private var secondsObserved = 0.0
    private var coverageSum = 0.0

    init() {}

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

    /// Joules by evidence: read from sensors, computed by a model, stated by somebody.
    package var evidence: (measured: Double, model: Double, declared: Double) {
        let measured = [Provenance.counter, .integratedPower, .external]
            .reduce(0) { $0 + (joules[$1] ?? 0) }
        return (measured, joules[.model] ?? 0, joules[.declared] ?? 0)
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

    private mutating func add(_ run: RunImpact) {
        runs += 1
        runsWithEnergy += run.hasEnergy ? 1 : 0
        it = Estimate.sum([it, run.it])
        facility = Estimate.sum([facility, run.facility])
        carbon = Estimate.sum([carbon, run.carbon])
        embodied = Estimate.sum([embodied, run.making?.carbon])
        matched.add(run)
        for part in run.energy.outermost {
            joules[part.provenance, default: 0] += part.joules
            uncertainty.add(
                joules: part.joules,
                relative: part.uncertaintyRelative,
                source: part.source
            )
        }
        let duration = run.run.seconds
        seconds = seconds.flatMap { total in duration.map { total + $0 } }
        secondsObserved += (duration ?? 0) * run.energy.coverage
        coverageSum += run.energy.coverage
    }

    /// Adds the impact of other runs.
    mutating func add(_ other: Impact) {
        runs += other.runs
        runsWithEnergy += other.runsWithEnergy
        it = Estimate.sum([it, other.it])
        facility = Estimate.sum([facility, other.facility])
        carbon = Estimate.sum([carbon, other.carbon])
        embodied = Estimate.sum([embodied, other.embodied])
        matched.add(other.matched)
        joules.merge(other.joules, uniquingKeysWith: +)
        uncertainty.add(other.uncertainty)
        seconds = seconds.flatMap { total in other.seconds.map { total + $0 } }
        secondsObserved += other.secondsObserved
        coverageSum += other.coverageSum
    }
}
