import JouleFile
import JouleQuantities
import JouleSystem

/// What runs come to together, before it is put into words; the parts of neighbouring runs add up.
struct SummaryPart: Sendable {
    private var stages: [Stage: Impact] = [:]
    private(set) var own = Portion()
    private(set) var inherited = Portion()
    private(set) var allocated = Portion()
    private(set) var unallocated = Portion()
    private(set) var overhead = OverheadSums()
    private(set) var gaps = GapCounts()
    private(set) var factorsUsed: Set<UsedFactor> = []
    private(set) var timed = TimedSums()
    /// Why a run that cannot be thought of on other hardware cannot, the first in the order of words.
    private(set) var refusal: HardwareRefusal?
    /// Bases of the grid intensities that energies were multiplied by.
    private(set) var bases: Set<String> = []
    /// What cannot be right of a run.
    private(set) var remarks: [Remark] = []

    /// In the order of `Stage.allCases`; stages without runs do not occur.
    var stagesWithRuns: [(stage: Stage, impact: Impact)] {
        Stage.allCases.compactMap { stage in stages[stage].map { (stage: stage, impact: $0) } }
    }

    /// The sum over the stages.
    var totals: Impact { Impact(of: stagesWithRuns.map(\.impact)) }

    /// So many runs are summed by themselves, whoever does it: the order of sums is always the same.
    private static let stretch = 1 << 18

    /// Of the selected runs, of which `shares` tells what a model bears.
    static func all(
        _ selection: Selection,
        _ shares: Allocation.Shares,
        _ options: LifecycleOptions,
        _ factors: FactorSet
    ) -> SummaryPart {
        let groups = RunGroups(tellingSites: true)
        return sum(selection, options, factors, groups, shares.isOfItself) { part, place, impact in
            if let model = selection.model {
                if impact.run.id == model {
                    part.own.add(impact)
                } else {
                    part.inherited.add(impact)
                }
            }
            let share = shares.share(of: impact.run, at: place)
            part.allocated.add(impact, share: share)
            part.unallocated.add(impact, share: 1 - share)
            part.overhead.add(impact)
            part.gaps.add(impact)
            part.remarks += impact.remarks
            if impact.hasEnergy, let basis = impact.site.grid?.basis { part.bases.insert(basis) }
        }
    }

    /// The same without all that is not a sum over stages, and without a word.
    static func totals(
        _ selection: Selection,
        _ options: LifecycleOptions,
        _ factors: FactorSet
    ) -> SummaryPart {
        let groups = RunGroups(tellingSites: false)
        return sum(selection, options, factors, groups, { _ in true }, { _, _, _ in })
    }

    /// `more` is told of each run, or of several alike without a place; these are put together in
    /// `groups`, of runs for which `isGrouped` holds.
    private static func sum(
        _ selection: Selection,
        _ options: LifecycleOptions,
        _ factors: FactorSet,
        _ groups: RunGroups,
        _ isGrouped: (_ place: Int) -> Bool,
        _ more: (inout SummaryPart, _ place: Int?, RunImpact) -> Void
    ) -> SummaryPart {
        let places = selection.places
        let parts = Workers.all.map(
            (places.count + stretch - 1) / stretch,
            with: { ImpactMaker(options, factors) },
            { number, maker in
                var part = SummaryPart()
                var groups = groups
                func add(_ run: RunFacts, _ place: Int?, _ tally: RunTally?) {
                    let (impact, newFactors) = maker.told(run, tally)
                    part.stages[impact.stage, default: Impact()].add(impact)
                    part.timed.add(impact)
                    part.note(impact.refusal)
                    if let newFactors { part.factorsUsed.formUnion(newFactors) }
                    more(&part, place, impact)
                }
                let end = min((number + 1) * stretch, places.count)
                for place in places[number * stretch..<end] {
                    let run = selection.all[place]
                    if maker.addsUp, isGrouped(place), groups.take(run, { maker.view($0) }) {
                        continue
                    }
                    add(run, place, nil)
                }
                groups.forEach { add($0, nil, $1) }
                return part
            }
        )
        return parts.reduce(into: SummaryPart()) { $0.add($1) }
    }

    private mutating func note(_ other: HardwareRefusal?) {
        refusal = [refusal, other].compactMap(\.self).min { $0.reason < $1.reason }
    }

    private mutating func add(_ other: SummaryPart) {
        for (stage, impact) in other.stages { stages[stage, default: Impact()].add(impact) }
        own.add(other.own)
        inherited.add(other.inherited)
        allocated.add(other.allocated)
        unallocated.add(other.unallocated)
        overhead.add(other.overhead)
        gaps.add(other.gaps)
        timed.add(other.timed)
        note(other.refusal)
        factorsUsed.formUnion(other.factorsUsed)
        bases.formUnion(other.bases)
        remarks += other.remarks
    }
}
