import JouleFile
import JouleQuantities
import JouleSystem

/// Who bears the energy of runs that others build on: those that use a run bear it in equal parts.
///
/// What a run used flows to the runs that name it as a parent, and from these on, until it comes to a
/// model. An evaluation's flows to the model that it evaluates. What served a model bears nothing of it. What comes to a run that failed, or to
/// a search or to data that nobody used, is borne by nobody, and so is what goes round in a ring of
/// parents.
struct Allocation {
    private let runs: [RunFacts]
    /// By place of a run that others use their places, each once, in the order of their names.
    private let users: [Int: [Int]]

    /// `runs` are all that there are, each once.
    init(among runs: [RunFacts]) {
        self.runs = runs
        var users: [Int: Set<Int>] = [:]
        let children = Workers.all.places(in: runs) { !$0.parents.isEmpty }
        let places: [RunID: Int] =
            children.isEmpty
            ? [:] : Dictionary(zip(runs.map(\.id), 0...), uniquingKeysWith: { first, _ in first })
        for place in children {
            let run = runs[place]
            for parent in run.parents {
                guard let other = places[parent.id], other != place,
                    !run.isUse(of: parent)
                else { continue }
                if parent.relation == "evaluates" {
                    users[place, default: []].insert(other)
                } else {
                    users[other, default: []].insert(place)
                }
            }
        }
        self.users = users.mapValues { $0.sorted { runs[$0].id < runs[$1].id } }
    }

    /// By place the part of a run's energy that `model` bears; of all models together where it is nil.
    func shares(of model: RunID? = nil) -> Shares {
        let target = model.flatMap { model in runs.firstIndex { $0.id == model } }
        var known: [Int: Double] = [:]
        var open: Set<Int> = []
        // By name, so that what is a ring is cut at the same place wherever its runs lie.
        for start in users.keys.sorted(by: { runs[$0].id < runs[$1].id }) {
            // A list of its own instead of the stack, so that depth cannot exhaust it.
            var waiting = [start]
            while let place = waiting.last {
                if known[place] == nil {
                    let next = users[place] ?? []
                    if place == target || next.isEmpty {
                        known[place] =
                            place == target || (model == nil && runs[place].isModel) ? 1 : 0
                    } else if open.insert(place).inserted {
                        waiting += next.filter { known[$0] == nil && !open.contains($0) }
                        continue
                    } else {
                        // One that is open is in a ring with this one.
                        let shares = next.compactMap { known[$0] }
                        known[place] = min(1, shares.reduce(0, +) / Double(next.count))
                        open.remove(place)
                    }
                }
                waiting.removeLast()
            }
        }
        return Shares(hasModel: model != nil, target: target, known: known)
    }

    /// What a model bears of each run, or all models together.
    struct Shares: Sendable {
        fileprivate let hasModel: Bool
        fileprivate let target: Int?
        /// Of runs that others use, and of these.
        fileprivate let known: [Int: Double]

        /// Whether what a run bears is told by its stage and status alone.
        func isOfItself(_ place: Int) -> Bool {
            !hasModel && (known.isEmpty || known[place] == nil)
        }

        /// Of the run at a place, 0 to 1; of any that is of itself where `place` is nil.
        func share(of run: RunFacts, at place: Int?) -> Double {
            if let place, !known.isEmpty, let share = known[place] { return share }
            return hasModel ? (place == target ? 1 : 0) : run.isModel ? 1 : 0
        }
    }
}

extension RunFacts {
    /// Whether something came of it that is used by itself, where no other run uses it.
    fileprivate var isModel: Bool {
        guard status == .finished || status == .running else { return false }
        switch stage {
        case .search, .evaluation, .dataCollection, .dataPreparation: return false
        default: return true
        }
    }
}

/// Parts of what runs used and caused.
package struct Portion: Sendable {
    /// Runs of which it holds a part.
    package private(set) var runs = 0
    package private(set) var runsWithEnergy = 0
    package private(set) var it: Estimate<EnergyIT>?
    package private(set) var facility: Estimate<EnergyFacility>?
    package private(set) var carbon: Estimate<CarbonMass<LocationAverage>>?

    init() {}

    /// Adds a part of a run, or of each of several, 0 to 1.
    mutating func add(_ impact: RunImpact, share: Double = 1) {
        guard share > 0 else { return }
        runs += impact.tally.runs
        runsWithEnergy += impact.hasEnergy ? impact.tally.runs : 0
        Estimate.add(impact.it?.map { $0.scaled(by: share) }, to: &it)
        Estimate.add(impact.facility?.map { $0.scaled(by: share) }, to: &facility)
        Estimate.add(impact.carbon?.map { $0.scaled(by: share) }, to: &carbon)
    }

    /// Adds parts of other runs.
    mutating func add(_ other: Portion) {
        runs += other.runs
        runsWithEnergy += other.runsWithEnergy
        Estimate.add(other.it, to: &it)
        Estimate.add(other.facility, to: &facility)
        Estimate.add(other.carbon, to: &carbon)
    }
}
