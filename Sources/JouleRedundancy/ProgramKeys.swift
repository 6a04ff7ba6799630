import JouleFile
import JouleQuantities
import JouleSystem

extension KeyMaker {
    /// Makes the keys of all runs, and has those of each program know what its results have shown.
    ///
    /// `programs` are places of the runs of each, in the order of their starts. Runs of which nothing is
    /// known that configured them are left out: nothing can be said to repeat what they did.
    mutating func makeKeys(
        of runs: [AuditedRun],
        _ programs: [[Int32]],
        bound: CoincidenceBound,
        on workers: Workers
    ) -> (programs: [ProgramRuns], tasks: ProgramTasks) {
        let groups = Self.groups(of: programs, on: workers)
        let readers = LeafReaders(vocabulary)
        var tasks = ProgramTasks()
        var keyed: [ProgramRuns] = []
        keyed.reserveCapacity(programs.count)
        var readings: [ReadingBox] = []
        for number in 0...groups.count {
            // While the table takes what was read of one group, the next one is read.
            let next = number < groups.count ? groups[number] : 0..<0
            var known: [KnownLeaves] = []
            let read = workers.map(1 + next.count) { piece -> ReadingBox? in
                guard piece > 0 else {
                    known = readings.map { take($0, &tasks) }
                    return nil
                }
                let program = programs[next.lowerBound + piece - 1]
                return ReadingBox(readers.read(program.map { runs[Int($0)] }))
            }
            keyed += programRuns(readings, known, tasks, bound: bound, on: workers)
            readings = read.compactMap(\.self)
        }
        runs.first?.forgetInputs()
        return (keyed, tasks)
    }

    /// Of so many runs what was read is held in memory before it is in the table.
    private static let runsAtOnce = 50_000

    /// Programs of so many runs, and enough of them for all threads.
    private static func groups(of programs: [[Int32]], on workers: Workers) -> [Range<Int>] {
        var groups: [Range<Int>] = []
        var start = 0
        while start < programs.count {
            var end = start
            var count = 0
            while end < programs.count, count < runsAtOnce || end < start + workers.count {
                count += programs[end].count
                end += 1
            }
            groups.append(start..<end)
            start = end
        }
        return groups
    }

    /// What the table knows of what was read of a program.
    private struct KnownLeaves {
        let places: [LeafTable.ID]
        let contexts: [SharedContext]
    }

    /// Places in the table come from the order of the programs, not from who was first.
    private mutating func take(_ box: ReadingBox, _ tasks: inout ProgramTasks) -> KnownLeaves {
        let contexts = box.reading.settings.map { context(of: $0) }
        for (setting, context) in zip(box.reading.settings, contexts) {
            tasks.add(setting, context.context)
        }
        return KnownLeaves(places: take(&box.reading), contexts: contexts)
    }

    /// The runs of some programs with their keys.
    private func programRuns(
        _ readings: [ReadingBox],
        _ known: [KnownLeaves],
        _ tasks: ProgramTasks,
        bound: CoincidenceBound,
        on workers: Workers
    ) -> [ProgramRuns] {
        let table = table
        let roles = roles
        let families = BudgetFamilies(table, bound: bound, vocabulary)
        return workers.map(readings.count) { number in
            let reading = readings[number].take()
            var shared = SharedConfigurations(capacity: reading.runs.count)
            var runs = reading.keyed(
                known[number].places,
                known[number].contexts,
                table,
                &shared
            )
            let rules = LearnedRules(runs, table, bound: bound, roles: roles)
            if !rules.isEmpty {
                let application = LearnedRules.Application(rules, table)
                runs = runs.map { run in
                    guard let leaves = application.applied(to: run.keys.leaves) else { return run }
                    return KeyedRun(
                        run: run.run,
                        keys: run.keys.with(shared.shared(leaves, table))
                    )
                }
            }
            return ProgramRuns(runs, tasks, families)
        }
    }

    /// Adds the leaves of a program to the table; their places there.
    private mutating func take(_ reading: inout ProgramReading) -> [LeafTable.ID] {
        let leaves = reading.takeLeaves()
        return add(leaves.lines, leaves.ends, leaves.entries, at: leaves.paths)
    }
}

/// Hands something over once, so that it goes when it was used.
private final class ReadingBox {
    var reading: ProgramReading

    init(_ reading: ProgramReading) { self.reading = reading }

    func take() -> ProgramReading {
        defer { reading = ProgramReading() }
        return reading
    }
}
