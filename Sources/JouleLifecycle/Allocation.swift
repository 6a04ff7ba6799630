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
    private let names: [RunID]
    /// By place whether a run is a model, where no other run uses it.
    private let isModel: [Bool]
    /// By place the places of the runs that use a run, each once.
    private let users: [[Int]]

    /// `runs` are all that there are, in the order of their names.
    init(among runs: [RunFacts]) {
        names = runs.map(\.id)
        var isModel: [Bool] = []
        isModel.reserveCapacity(runs.count)
        var users = [Set<Int>](repeating: [], count: runs.count)
        for (place, run) in runs.enumerated() {
            isModel.append(run.isModel)
            for parent in run.parents {
                guard let other = runs.place(of: parent.id), other != place,
                    !run.isUse(of: parent)
                else { continue }
                if parent.relation == "evaluates" {
                    users[place].insert(other)
                } else {
                    users[other].insert(place)
                }
            }
        }
        self.isModel = isModel
        self.users = users.map { $0.sorted() }
    }

    /// By place the part of a run's energy that `model` bears; of all models together where it is nil.
    func shares(of model: RunID? = nil) -> [Double] {
        var shares = [Double](repeating: 0, count: names.count)
        var states = [State](repeating: .new, count: names.count)
        for start in names.indices {
            // A list of its own instead of the stack, so that depth cannot exhaust it.
            var open = [start]
            while let place = open.last {
                let isTarget = model.map { $0 == names[place] } ?? users[place].isEmpty
                switch states[place] {
                case .new where isTarget:
                    shares[place] = model != nil || isModel[place] ? 1 : 0
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
        return shares
    }

    private enum State { case new, open, done }
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

    /// Adds a part of a run, 0 to 1.
    mutating func add(_ impact: RunImpact, share: Double = 1) {
        guard share > 0 else { return }
        runs += 1
        runsWithEnergy += impact.hasEnergy ? 1 : 0
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

extension [RunFacts] {
    /// Where a run is among those that are in the order of their names; nil where it is not.
    fileprivate func place(of id: RunID) -> Int? {
        var range = indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if self[middle].id == id { return middle }
            range = self[middle].id < id ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return nil
    }
}
