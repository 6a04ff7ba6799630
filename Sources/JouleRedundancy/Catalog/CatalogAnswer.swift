package import JouleFile
package import JouleQuantities

extension RunCatalog {
    /// What `Preflight.check` says of all runs; nil where the catalog cannot tell.
    ///
    /// `starting` are runs that have no ledger yet, and `isEvidence` leaves out what does not count.
    package func check(
        _ question: PreflightQuestion,
        starting: [RunRecord] = [],
        isEvidence: (RunRecord) -> Bool = { _ in true },
        liveness: (RunRecord) -> Liveness = { Liveness($0) }
    ) -> PreflightAnswer? {
        read { database, memory throws(CatalogFailure) in
            try memory.keep(upTo: database)
            let asked = question.run
            let projects = try self.projects(for: asked, database)
            let program = try memory.program(of: question, projects) { () throws(CatalogFailure) in
                try prepare(question, projects, database)
            }
            var runs = try sameWork(as: asked, database)
            runs += try similarWork(to: asked, program.habits, database)
            runs = runs.filter(isEvidence)
            let named = Set(runs.map(\.id))
            runs += starting.filter { !named.contains($0.id) }
            let links = try codeLinks(of: ([asked] + runs).compactMap(\.code), projects, database)
            var index = PreflightIndex(
                runs,
                asked: [question],
                rules: roles.rules,
                roles: roles,
                lessons: program.lessons + links,
                population: program.population + starting.count,
                teacher: program.index,
                liveness: liveness
            )
            return index.answer(question, program.history, others: program.index)
        }
    }

    /// What does not depend on the configuration that is asked about.
    private func prepare(
        _ question: PreflightQuestion,
        _ projects: [Int64]?,
        _ database: Database
    ) throws(CatalogFailure) -> CatalogMemory.Program {
        var program = question
        program.run.config = nil
        program.run.seed = nil
        let newest = try newest(for: question, projects, database)
        let names = Set(newest.map(\.id))
        let runs =
            newest + (try teachers(for: question.run, database)).filter { !names.contains($0.id) }
        let lessons = try kinds(of: projects, database)
        let population = try self.population(of: projects, database)
        var index = PreflightIndex(
            runs,
            asked: [program],
            rules: roles.rules,
            roles: roles,
            lessons: try lessons + codeLinks(of: runs.compactMap(\.code), projects, database),
            population: population,
            liveness: { _ in .unknown }
        )
        let history = index.history(of: program, among: names)
        index.prepareHints()
        return .init(
            index: index,
            habits: index.habits,
            history: history,
            lessons: lessons,
            population: population
        )
    }

    /// The finished runs of the project of `asked` that it may turn out to repeat.
    package func replays(of asked: RunRecord) -> ReplayTable? {
        read { database, _ throws(CatalogFailure) in
            var runs: [(course: RunCourse, kept: [UInt8])] = []
            let names = try database.allNames().map(NameSource.list) ?? .database(database)
            try database.run(
                """
                SELECT course, kept FROM courses JOIN runs ON runs.id = courses.run
                WHERE project = (SELECT id FROM projects WHERE name IS ?) AND runs.name <> ?
                ORDER BY courses.ended DESC LIMIT \(ReplayTable.runsMax)
                """,
                [.optional(asked.project), .integer(CatalogWriter.name(of: asked.id))]
            ) { row in
                guard let course = RunCourse(decoding: row.bytes(0)) else { return }
                runs.append((course, row.bytes(1)))
            }
            return try ReplayTable(runs, names, asked: asked, rules: roles.rules)
        }
    }

    /// Which of some runs have a ledger.
    package func known(_ ids: [RunID]) -> Set<RunID>? {
        read { database, _ throws(CatalogFailure) in
            var found: Set<RunID> = []
            for id in ids {
                try database.run(
                    "SELECT kept FROM runs WHERE name = ?",
                    [.integer(CatalogWriter.name(of: id))]
                ) { row throws(CatalogFailure) in
                    let run = try KeptRun.decode(row.bytes(0), .database(database))
                    if run.id == id { found.insert(id) }
                }
            }
            return found
        }
    }
}

/// What a process that asks again and again about a program keeps of it, until the catalog changes.
struct CatalogMemory {
    struct Program {
        /// Over the newest runs.
        let index: PreflightIndex
        let habits: ProgramHabits
        let history: ProgramHistory?
        let lessons: [RunRecord]
        let population: Int
    }

    /// What tells programs apart that are asked about.
    private struct Name: Hashable {
        let task: RunTask
        let project: String?
        let projects: [Int64]?
        let isPartial: Bool
    }

    private static let programsMax = 16
    private var programs: [Name: Program] = [:]
    private var version: Int64?

    /// Forgets everything where another process has changed the catalog.
    mutating func keep(upTo database: Database) throws(CatalogFailure) {
        let now = try database.integer("PRAGMA data_version")
        if now != version { programs = [:] }
        version = now
    }

    /// Forgets everything because this process has.
    mutating func forget() { programs = [:] }

    fileprivate mutating func program(
        of question: PreflightQuestion,
        _ projects: [Int64]?,
        _ make: () throws(CatalogFailure) -> Program
    ) throws(CatalogFailure) -> Program {
        let name = Name(
            task: RunTask(question.run, project: 0),
            project: question.run.project,
            projects: projects,
            isPartial: question.isPartial
        )
        if let known = programs[name] { return known }
        let made = try make()
        if programs.count >= Self.programsMax { programs = [:] }
        programs[name] = made
        return made
    }
}
