import JouleFile
import JouleQuantities

/// Who bears the energy of runs that others build on: those that use a run bear it in equal parts.
///
/// What a run used flows to the runs that name it as a parent, and from these on, until it comes to a
/// model. An evaluation's flows to the model that it evaluates. What served a model bears nothing of it. What comes to a run that failed, or to
/// a search or to data that nobody used, is borne by nobody, and so is what goes round in a ring of
/// parents.
struct Allocation {
    /// In the order of their names, so that the order of files never changes a digit.
    private let runs: [RunRecord]
    /// By place the places of the runs that use a run, each once.
    private let users: [[Int]]

    /// `runs` are all that there are, in the order of their names.
    init(among runs: [RunRecord]) {
        self.runs = runs
        let places = Dictionary(uniqueKeysWithValues: runs.enumerated().map { ($1.id, $0) })
        var users = [Set<Int>](repeating: [], count: runs.count)
        for (place, run) in runs.enumerated() {
            for parent in run.parents {
                guard let other = places[parent.id], other != place, !run.isUse(of: parent)
                else { continue }
                if parent.relation == "evaluates" {
                    users[place].insert(other)
                } else {
                    users[other].insert(place)
                }
            }
        }
        self.users = users.map { $0.sorted() }
    }

    /// The part of each run's energy that `model` bears; of all models together where it is nil.
    func shares(of model: RunID? = nil) -> [RunID: Double] {
        var shares = [Double](repeating: 0, count: runs.count)
        var states = [State](repeating: .new, count: runs.count)
        for start in runs.indices {
            // A list of its own instead of the stack, so that depth cannot exhaust it.
            var open = [start]
            while let place = open.last {
                let run = runs[place]
                let isTarget = model.map { $0 == run.id } ?? users[place].isEmpty
                switch states[place] {
                case .new where isTarget:
                    shares[place] = model != nil || run.isModel ? 1 : 0
                    states[place] = .done
                case .new:
                    states[place] = .open
                    open += users[place].filter { states[$0] == .new }
                    continue
                case .open:
                    // One that is open is in a ring with this one.
                    let known = users[place].filter { states[$0] == .done }
                    let sum = known.reduce(0) { $0 + shares[$1] }
                    shares[place] = known.isEmpty ? 0 : min(1, sum / Double(users[place].count))
                    states[place] = .done
                case .done: break
                }
                open.removeLast()
            }
        }
        return Dictionary(uniqueKeysWithValues: zip(runs.map(\.id), shares))
    }

    private enum State { case new, open, done }
}

extension RunRecord {
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

    /// `share` is the part of a run, 0 to 1.
    init(of impacts: [RunImpact], share: (RunID) -> Double = { _ in 1 }) {
        for impact in impacts {
            let share = share(impact.run.id)
            guard share > 0 else { continue }
            runs += 1
            runsWithEnergy += impact.hasEnergy ? 1 : 0
            it = Estimate.sum([it, impact.it?.map { $0.scaled(by: share) }])
            facility = Estimate.sum([facility, impact.facility?.map { $0.scaled(by: share) }])
            carbon = Estimate.sum([carbon, impact.carbon?.map { $0.scaled(by: share) }])
        }
    }
}
