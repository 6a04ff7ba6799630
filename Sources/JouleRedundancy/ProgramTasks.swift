import JouleFile
import JouleQuantities

/// Numbers what runs do: one program on one data set, whose results can be compared.
struct ProgramTasks {
    /// One program of one project.
    struct Program: Hashable {
        let project: String?
        let entry: String?

        init(_ run: KeyedRun) {
            project = run.run.setting.facts.project
            entry = run.run.setting.facts.entry
        }
    }

    private struct Task: Hashable {
        let program: Program
        let data: JSON?
        let stage: JSON?
    }

    private(set) var count = 0
    /// By number of a setting; below 0 where no run has it.
    private var numbers: [Int32] = []

    init(_ runs: [KeyedRun]) {
        var known: [Task: Int32] = [:]
        for run in runs {
            let setting = Int(run.run.setting.number)
            if setting >= numbers.count {
                numbers += repeatElement(-1, count: setting + 1 - numbers.count)
            }
            guard numbers[setting] < 0 else { continue }
            let leaves = run.keys.context.leaves
            let task = Task(
                program: Program(run),
                data: leaves["data.fingerprint"] ?? leaves["data.name"],
                stage: leaves["stage"]
            )
            let number = known[task] ?? Int32(known.count)
            known[task] = number
            numbers[setting] = number
        }
        count = known.count
    }

    subscript(run: KeyedRun) -> Int { Int(numbers[Int(run.run.setting.number)]) }

    /// The recipes of each task.
    func recipes(_ shards: [RecipeRuns]) -> ByTask {
        var byTask = ByTask(shards, count: count)
        for (shard, recipes) in shards.enumerated() {
            for number in 0..<recipes.count {
                let first = recipes.runs[recipes.range(number).lowerBound]
                byTask.add(self[first], rank: first.run.nameRank, shard, number)
            }
        }
        return byTask
    }

    /// Where the recipes of each task are.
    struct ByTask {
        private struct Place {
            let rank: Int32
            let shard: Int32
            let number: Int32
        }

        private let shards: [RecipeRuns]
        private var places: [[Place]]

        fileprivate init(_ shards: [RecipeRuns], count: Int) {
            self.shards = shards
            places = Array(repeating: [], count: count)
        }

        fileprivate mutating func add(_ task: Int, rank: Int32, _ shard: Int, _ number: Int) {
            places[task].append(
                Place(rank: rank, shard: Int32(shard), number: Int32(number))
            )
        }

        /// The recipes of a task by the names of their first runs.
        func ordered(_ task: Int) -> RecipeRuns {
            var ordered = RecipeRuns()
            for place in places[task].sorted(by: { $0.rank < $1.rank }) {
                let shard = shards[Int(place.shard)]
                ordered.take(shard.runs[shard.range(Int(place.number))])
            }
            return ordered
        }
    }
}

/// Runs by recipe: one after the other, because most recipes have one.
struct RecipeRuns {
    private(set) var runs: [KeyedRun] = []
    private var ends: [Int32] = []

    var count: Int { ends.count }

    func range(_ number: Int) -> Range<Int> {
        (number == 0 ? 0 : Int(ends[number - 1]))..<Int(ends[number])
    }

    mutating func take(_ run: KeyedRun) {
        runs.append(run)
        ends.append(Int32(runs.count))
    }

    /// Takes a recipe, unless it has no run.
    mutating func take(_ recipe: some Collection<KeyedRun>) {
        guard !recipe.isEmpty else { return }
        runs += recipe
        ends.append(Int32(runs.count))
    }

    /// Calls one of both with each recipe.
    func forEach(alone: (KeyedRun) -> Void, several: ([KeyedRun]) -> Void) {
        for number in 0..<count {
            let range = range(number)
            if range.count == 1 {
                alone(runs[range.lowerBound])
            } else {
                several(Array(runs[range]))
            }
        }
    }
}
