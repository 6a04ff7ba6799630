import JouleFile
import JouleQuantities

/// Numbers what runs do: one program on one data set, whose results can be compared.
struct ProgramTasks {
    /// One program of one project.
    struct Program: Hashable {
        let project: String?
        let entry: String?

        init(_ setting: RunSetting) {
            project = setting.facts.project
            entry = setting.facts.entry
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
    private var known: [Task: Int32] = [:]

    /// Takes the setting of some runs.
    mutating func add(_ setting: RunSetting, _ context: RecipeContext) {
        let place = Int(setting.number)
        if place >= numbers.count {
            numbers += repeatElement(-1, count: place + 1 - numbers.count)
        }
        guard numbers[place] < 0 else { return }
        let task = Task(
            program: Program(setting),
            data: context.leaves["data.fingerprint"] ?? context.leaves["data.name"],
            stage: context.leaves["stage"]
        )
        let number = known[task] ?? Int32(known.count)
        known[task] = number
        numbers[place] = number
        count = known.count
    }

    subscript(run: KeyedRun) -> Int { Int(numbers[Int(run.run.setting.number)]) }
}

/// Where the recipes of each task are, whose results tell the noise between seeds.
struct TaskRecipes {
    private struct Recipe {
        let rank: Int32
        /// Below 0 for one of `several`, which are counted downwards.
        let program: Int32
        let number: Int32
    }

    private let programs: [ProgramRuns]
    private var tasks: [[Recipe]]
    private var several: [[KeyedRun]] = []

    init(_ programs: [ProgramRuns], count: Int) {
        self.programs = programs
        tasks = Array(repeating: [], count: count)
    }

    /// Takes recipes of one run each.
    mutating func take(_ places: [KeyShards.Place]) {
        for place in places {
            let card = programs[Int(place.program)].cards[Int(place.number)]
            guard card.mayTellNoise else { continue }
            tasks[Int(card.task)].append(
                Recipe(rank: card.nameRank, program: place.program, number: place.number)
            )
        }
    }

    /// Takes a recipe of several runs.
    mutating func take(_ seeds: [KeyedRun], task: Int) {
        guard let first = seeds.first else { return }
        tasks[task].append(
            Recipe(rank: first.run.nameRank, program: -1, number: Int32(several.count))
        )
        several.append(seeds)
    }

    /// The recipes of a task by the names of their first runs.
    func ordered(_ task: Int) -> RecipeRuns {
        var ordered = RecipeRuns()
        for recipe in tasks[task].sorted(by: { $0.rank < $1.rank }) {
            if recipe.program < 0 {
                ordered.take(several[Int(recipe.number)])
            } else {
                ordered.take(programs[Int(recipe.program)].runs[Int(recipe.number)])
            }
        }
        return ordered
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
