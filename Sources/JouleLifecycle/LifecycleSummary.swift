package import JouleFile
package import JouleQuantities
import JouleSystem

/// Energy and carbon of runs, stage by stage, with every factor named.
package struct LifecycleSummary: Sendable {
    package let options: LifecycleOptions
    /// The ledgers that the runs are from; nil for runs that are from none.
    package let inputs: LedgerInputs?
    /// Runs in the ledgers, before the options left any out.
    package let runsAvailable: Int
    package let model: RunID?
    private let impacts: SelectedImpacts
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

    /// The runs of the summary, in the order of their names.
    package var runs: [RunImpact] { impacts.all }

    /// Summarises runs.
    ///
    /// `duplicates` is what a redundancy audit found avoidable, by run, the energy nil where it is not
    /// known; nil without an audit. Runs that `options` leave out are left out here too.
    /// Throws for a region, PUE or model in `options` that does not exist.
    package init(
        _ all: LifecycleRuns,
        options: LifecycleOptions = LifecycleOptions(),
        factors: FactorSet = .shipped,
        duplicates: [RunID: Energy?]? = nil,
        inputs: LedgerInputs? = nil
    ) throws(LifecycleError) {
        let selection = try Self.selection(all, options, factors)
        let impacts = SelectedImpacts(selection, options, factors)
        let shares = Allocation(among: selection.all).shares(of: selection.model)
        let part = SummaryPart.all(selection, shares, options, factors)
        self.options = options
        self.inputs = inputs
        self.impacts = impacts
        runsAvailable = selection.all.count
        model = selection.model
        let stages = part.stagesWithRuns
        self.stages = stages
        let totals = part.totals
        self.totals = totals
        beside = try options.beside.map { alternative throws(LifecycleError) in
            let changed = alternative.applied(to: options)
            let part = SummaryPart.totals(
                try Self.selection(all, changed, factors),
                changed,
                factors
            )
            return AlternativeTotals(part, alternative, changed)
        }
        lineage = Lineage(of: part, hasModel: selection.model != nil)
        overhead = Overhead(
            of: part.overhead,
            total: totals.it?.point,
            duplicates: duplicates.map { known in
                known.isEmpty
                    ? [] : selection.places.compactMap { known[selection.all[$0].id] }
            }
        )
        efficiency = options.goal.map { MetricEfficiency($0, of: impacts.all) }
        let own = lineage.own?.it?.point
        inUse = selection.model.flatMap { model in
            var maker = ImpactMaker(options, factors)
            return ModelInUse(
                of: model,
                among: selection.all,
                making: totals.it?.point,
                own: own,
                impact: { maker.impact(of: $0) }
            )
        }
        score = options.unit.map { SoftwareScore($0, of: totals) }
        sensitivity = options.life.flatMap { MakingSensitivity(of: totals.embodied, at: $0) }
        factorSet = (factors.name, factors.version)
        factorsUsed = part.factorsUsed.union(inUse?.serving.factorsUsed ?? []).sorted()
        shared = SharedRuns(all.sharing, among: selection.places.lazy.map { selection.all[$0].id })
        anomalies = Self.anomalies(selection, part, shared)
        notMeasured =
            selection.gaps + Self.uncounted(selection, inUse)
            + (duplicates == nil ? [Self.notAudited] : [])
            + Gaps(
                part.gaps,
                of: totals,
                stages: stages.map(\.stage),
                isMatched: part.timed.isMatched,
                shared: shared,
                options: options
            ).remarks + Gaps.ofTime(part.timed.uncovered, totals) + Gaps.ofTime(beside)
    }

    private static func selection(
        _ runs: LifecycleRuns,
        _ options: LifecycleOptions,
        _ factors: FactorSet
    ) throws(LifecycleError) -> Selection {
        if let region = options.region, factors.grid(for: region, year: nil) == nil {
            throw .unknownRegion(region, near: factors.regions(near: region))
        }
        if let pue = options.pue, PUE(pue) == nil { throw .implausiblePUE(pue) }
        return try Selection(of: runs, options: options)
    }

    private static let notAudited = Remark(
        "overhead",
        at: "duplicates",
        "runs that repeat others were not looked for (--duplicates)"
    )

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
        _ part: SummaryPart,
        _ shared: SharedRuns
    ) -> [Remark] {
        var remarks = selection.remarks + part.remarks
        for (run, energy) in shared.items {
            guard let part = energy.contradiction else { continue }
            let message =
                "what it and others read of one meter at the same time differs by "
                + "\(Figure.percent(part)) of its energy"
            remarks.append(Remark("meter_contradiction", at: "run \(run)", message))
        }
        for (stage, impact) in part.stagesWithRuns where impact.runsWithEnergy == 0 {
            let message = "none of \(impact.runs) runs has energy"
            remarks.append(Remark("stage_without_energy", at: stage.rawValue, message))
        }
        if part.bases.isSuperset(of: ["life_cycle", "combustion"]) {
            let message = "life-cycle and combustion-only intensities stand in one sum"
            remarks.append(Remark("mixed_factor_basis", at: "factors", message))
        }
        return Array(Set(remarks)).sorted()
    }
}

/// The runs of a summary one by one, made when they are first asked for.
private final class SelectedImpacts: Sendable {
    private let selection: Selection
    private let options: LifecycleOptions
    private let factors: FactorSet
    private let made = Lock<[RunImpact]?>(nil)

    init(_ selection: Selection, _ options: LifecycleOptions, _ factors: FactorSet) {
        self.selection = selection
        self.options = options
        self.factors = factors
    }

    var all: [RunImpact] {
        made.withLock { made in
            if let made { return made }
            var maker = ImpactMaker(options, factors)
            let all = selection.places.map { selection.all[$0] }.sorted { $0.id < $1.id }
                .map { maker.impact(of: $0) }
            made = all
            return all
        }
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
