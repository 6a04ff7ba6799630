package import JouleFile
package import JouleQuantities

extension RunCatalog {
    /// What `SweepPlan` says of all runs; nil where the catalog cannot tell.
    ///
    /// Of the finished runs of the projects in question the newest are looked at, and whatever their
    /// number those whose work is that of a trial. `starting` are runs that have no ledger yet.
    package func plan(
        _ configurations: [JSONObject],
        asking question: PreflightQuestion,
        starting: [RunRecord],
        liveness: (RunRecord) -> Liveness
    ) -> SweepPlan? {
        read { database, _ throws(CatalogFailure) in
            let questions = question.asking(configurations)
            let projects = try self.projects(for: question.run, database)
            var runs = Gathered()
            runs.add(try newest(of: projects, database))
            runs.add(try teachers(for: question.run, database))
            let habits = self.habits(questions, runs.all, liveness)
            for asked in questions {
                runs.add(try sameWork(as: asked.run, database))
                runs.add(try similarWork(to: asked.run, habits, database))
            }
            runs.add(starting)
            let links = try codeLinks(
                of: ([question.run] + runs.all).compactMap(\.code),
                projects,
                database
            )
            var index = PreflightIndex(
                runs.all,
                asked: questions,
                rules: roles.rules,
                roles: roles,
                lessons: try kinds(of: projects, database) + links,
                population: try population(of: projects, database) + starting.count,
                liveness: liveness
            )
            return SweepPlan(questions, &index)
        }
    }

    /// So many finished runs tell which keys do nothing, and what a run takes.
    private static let sweepRunsMax = 10_000

    private func habits(
        _ questions: [PreflightQuestion],
        _ runs: [RunRecord],
        _ liveness: (RunRecord) -> Liveness
    ) -> ProgramHabits {
        PreflightIndex(runs, asked: questions, rules: roles.rules, roles: roles, liveness: liveness)
            .habits
    }

    /// The newest finished runs of projects, whatever they are about; nil for all projects.
    private func newest(of projects: [Int64]?, _ database: Database) throws(CatalogFailure)
        -> [RunRecord]
    {
        var tasks: [Int64] = []
        try database.run("SELECT id FROM tasks WHERE \(Self.condition(projects))") { row in
            if let id = row.integer(0) { tasks.append(id) }
        }
        return try newest(ofTasks: tasks, Self.sweepRunsMax, database)
    }

    /// Runs, each once.
    private struct Gathered {
        private(set) var all: [RunRecord] = []
        private var seen: Set<RunID> = []

        mutating func add(_ runs: [RunRecord]) {
            for run in runs where seen.insert(run.id).inserted { all.append(run) }
        }
    }
}
