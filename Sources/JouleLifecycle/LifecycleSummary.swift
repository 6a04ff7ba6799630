package import JouleFile
package import JouleQuantities

/// Energy and carbon of runs, stage by stage, with every factor named.
package struct LifecycleSummary: Sendable {
    package let options: LifecycleOptions
    /// The ledgers that the runs are from; nil for runs that are from none.
    package let inputs: LedgerInputs?
    /// Runs in the ledgers, before the options left any out.
    package let runsAvailable: Int
    package let model: RunID?
    /// In the order of their names.
    package let runs: [RunImpact]
    /// In the order of `Stage.allCases`; stages without runs do not occur.
    package let stages: [(stage: Stage, impact: Impact)]
    /// The sum over `stages`.
    package let totals: Impact
    /// What was set beside it, in the order in which it was asked for.
    package let beside: [AlternativeTotals]
    package let lineage: Lineage
    package let overhead: Overhead
    /// Nil without `options.goal`.
    package let efficiency: MetricEfficiency?
    /// Nil where no model is named, or nothing is known of its uses.
    package let inUse: ModelInUse?
    /// Nil without `options.unit`.
    package let score: SoftwareScore?
    /// Nil without `options.life`, and where no making is known.
    let sensitivity: MakingSensitivity?
    package let factorSet: (name: String, version: String)
    package let factorsUsed: [UsedFactor]
    /// Runs that shared a meter with others, and are counted with a part of what they measured.
    package let shared: SharedRuns
    /// What cannot be right.
    package let anomalies: [Remark]
    /// What the numbers leave out, or stand on in place of a measurement.
    package let notMeasured: [Remark]

    /// Whether `--strict` must end with a failing status.
    package var strictExit: Bool { !anomalies.isEmpty }

    /// Summarises runs, in any order.
    ///
    /// `duplicates` is what a redundancy audit found avoidable, by run, the energy nil where it is not
    /// known; nil without an audit. Runs that `options` leave out are left out here too.
    /// Throws for a region, PUE or model in `options` that does not exist.
    package init(
        _ reconciled: ReconciledRuns,
        options: LifecycleOptions = LifecycleOptions(),
        factors: FactorSet = .shipped,
        duplicates: [RunID: Energy?]? = nil,
        inputs: LedgerInputs? = nil
    ) throws(LifecycleError) {
        let (selection, impacts) = try Self.impacts(reconciled.runs, options, factors)
        self.options = options
        self.inputs = inputs
        runsAvailable = selection.all.count
        model = selection.model
        runs = impacts
        let byStage = Dictionary(grouping: impacts, by: \.stage)
        let stages = Stage.allCases.compactMap { stage in
            byStage[stage].map { (stage: stage, impact: Impact(of: $0)) }
        }
        self.stages = stages
        totals = stages.reduce(into: Impact()) { $0.add($1.impact) }
        beside = try options.beside.map { alternative throws(LifecycleError) in
            let changed = alternative.applied(to: options)
            let (_, impacts) = try Self.impacts(reconciled.runs, changed, factors)
            return AlternativeTotals(
                name: alternative.name,
                impact: Impact(of: impacts),
                site: options.site,
                factorsUsed: Set(impacts.flatMap(\.factorsUsed)).sorted(),
                uncovered: changed.start == nil ? 0 : impacts.uncovered,
                isBest: changed.start == .bestWithinDay
            )
        }
        lineage = Lineage(of: selection.model, impacts, among: selection.all)
        overhead = Overhead(of: impacts, duplicates: duplicates)
        efficiency = options.goal.map { MetricEfficiency($0, of: impacts) }
        let totals = self.totals
        let own = lineage.own?.it?.point
        inUse = selection.model.flatMap { model in
            ModelInUse(
                of: model,
                among: selection.all,
                making: totals.it?.point,
                own: own,
                impact: { RunImpact(of: $0, options: options, factors: factors) }
            )
        }
        score = options.unit.map { SoftwareScore($0, of: totals) }
        sensitivity = options.life.flatMap { MakingSensitivity(of: totals.embodied, at: $0) }
        factorSet = (factors.name, factors.version)
        factorsUsed = Set(
            impacts.flatMap(\.factorsUsed) + (inUse?.serving.factorsUsed ?? [])
        ).sorted()
        shared = SharedRuns(reconciled, among: selection.runs.map(\.id))
        anomalies = Self.anomalies(selection, impacts, stages, shared)
        notMeasured =
            selection.gaps + Self.uncounted(selection, inUse)
            + Gaps(
                impacts,
                stages: stages.map(\.stage),
                shared: shared,
                options: options
            ).remarks + Gaps.ofTime(impacts, totals, factors) + Gaps.ofTime(beside)
    }

    private static func impacts(
        _ runs: [RunRecord],
        _ options: LifecycleOptions,
        _ factors: FactorSet
    ) throws(LifecycleError) -> (selection: Selection, impacts: [RunImpact]) {
        if let region = options.region, factors.grid(for: region, year: nil) == nil {
            throw .unknownRegion(region, near: factors.regions(near: region))
        }
        if let pue = options.pue, PUE(pue) == nil { throw .implausiblePUE(pue) }
        let selection = try Selection(of: runs, options: options)
        return (
            selection,
            selection.runs.map { RunImpact(of: $0, options: options, factors: factors) }
        )
    }

    /// Runs that served the model and cannot be counted.
    private static func uncounted(_ selection: Selection, _ inUse: ModelInUse?) -> [Remark] {
        guard let model = selection.model else { return [] }
        let all = selection.all.count { $0.serves(model) }
        let left = all - (inUse?.serving.runs ?? 0)
        guard left > 0 else { return [] }
        let message =
            "\(left) of \(all) runs that served the model are left out: their requests, tokens or "
            + "energy are not known"
        return [Remark("inference", at: "runs", message)]
    }

    private static func anomalies(
        _ selection: Selection,
        _ impacts: [RunImpact],
        _ stages: [(stage: Stage, impact: Impact)],
        _ shared: SharedRuns
    ) -> [Remark] {
        var remarks = selection.remarks
        for (run, energy) in shared.items {
            guard let part = energy.contradiction else { continue }
            let message =
                "what it and others read of one meter at the same time differs by "
                + "\(Figure.percent(part)) of its energy"
            remarks.append(Remark("meter_contradiction", at: "run \(run)", message))
        }
        remarks += impacts.flatMap { $0.energy.remarks + $0.site.remarks }
        for (stage, impact) in stages where impact.runsWithEnergy == 0 {
            let message = "none of \(impact.runs) runs has energy"
            remarks.append(Remark("stage_without_energy", at: stage.rawValue, message))
        }
        let bases = Set(impacts.compactMap { $0.hasEnergy ? $0.site.grid?.basis : nil })
        if bases.isSuperset(of: ["life_cycle", "combustion"]) {
            let message = "life-cycle and combustion-only intensities stand in one sum"
            remarks.append(Remark("mixed_factor_basis", at: "factors", message))
        }
        return Array(Set(remarks)).sorted()
    }
}

/// Energy that a model's life spent beside its useful runs (the share known without an audit).
package struct Overhead: Sendable {
    /// IT energy of search runs; nil when none was recorded.
    package let search: EnergyIT?
    /// IT energy of failed and killed runs.
    package let failed: EnergyIT?
    /// Energy of runs that repeat a finished one, as the runs recorded it; nil without an audit, and
    /// when no such run's energy is known.
    package let duplicate: Energy?
    /// Search, failed and killed runs together, each once, over all runs; duplicates not included.
    package let share: Double?
    /// IT energy of the runs that somebody selected; nil when nobody did.
    package let selected: EnergyIT?
    /// What did not lead to a selected run, of all energy (F10); nil when nothing is selected.
    package let unselectedShare: Double?

    init(of runs: [RunImpact], duplicates: [RunID: Energy?]?) {
        let searching = runs.filter { $0.stage == .search }
        let failing = runs.filter { $0.run.status == .failed || $0.run.status == .killed }
        let either = runs.filter {
            $0.stage == .search || $0.run.status == .failed || $0.run.status == .killed
        }
        let total = Self.energy(runs)
        search = searching.isEmpty ? nil : Self.energy(searching)
        failed = failing.isEmpty && total != nil ? .zero : Self.energy(failing)
        let chosen = runs.filter { $0.run.extra["selected"]?.object != nil }
        let selected = chosen.isEmpty ? nil : Self.energy(chosen)
        self.selected = selected
        unselectedShare = selected.flatMap { selected in
            total.flatMap { Efficiency.overhead(selected: selected.joules, all: $0.joules) }
        }
        let repeats = duplicates.map { known in runs.compactMap { known[$0.run.id] } }
        duplicate = repeats.flatMap { energies in
            let known = energies.compactMap { $0 }
            guard !known.isEmpty || (energies.isEmpty && total != nil) else { return nil }
            return Energy(joules: known.reduce(0) { $0 + $1.joules })
        }
        let spent = either.isEmpty ? .zero : Self.energy(either)
        share = total.flatMap { total in
            spent.flatMap { total.joules > 0 ? $0.joules / total.joules : nil }
        }
    }

    private static func energy(_ runs: [RunImpact]) -> EnergyIT? {
        Estimate.sum(runs.map(\.it))?.point
    }
}

extension UsedFactor: Comparable {
    package static func < (left: UsedFactor, right: UsedFactor) -> Bool {
        left.order < right.order
    }

    private var order: (String, String, Int, String) {
        (factor.kind.rawValue, factor.region, factor.year ?? 0, role.rawValue)
    }
}
