import CJouleSystem
package import JouleFile
package import JouleQuantities
package import JouleRedundancy
import JouleSystem

/// What the ledgers of a directory, and who holds claims there, say of a question.
package struct DirectoryAnswer<Answer> {
    package let answer: Answer
    /// Files that could not be read.
    package let problems: [LedgerDirectory.Problem]
    /// Whether there is a run of the question's project; true where it names none.
    package let knowsProject: Bool
    /// Rules that match no key of any run.
    package let idleRules: [String]
}

extension PreflightQuestion {
    /// The answer from the ledgers at `path`, from their catalog where there is one.
    package func answer(
        at path: String,
        rules: KeyRules,
        progress: ((LedgerDirectory.Progress) -> Void)? = nil
    ) throws(LedgerError) -> DirectoryAnswer<PreflightAnswer> {
        try ask(path, rules, progress, about: [run]) { catalog, claims in
            catalog.check(self, starting: claims.starting, liveness: claims.liveness)
        } ofLedgers: { runs, claims in
            Preflight.check(self, against: runs, rules: rules, liveness: claims.liveness)
        }
    }

    /// What remains of a search that holds `configurations`, from where `answer` is.
    package func plan(
        _ configurations: [JSONObject],
        at path: String,
        rules: KeyRules,
        progress: ((LedgerDirectory.Progress) -> Void)? = nil
    ) throws(LedgerError) -> DirectoryAnswer<SweepPlan> {
        try ask(path, rules, progress, about: asked(configurations)) { catalog, claims in
            catalog.plan(
                configurations,
                asking: self,
                starting: claims.starting,
                liveness: claims.liveness
            )
        } ofLedgers: { runs, claims in
            SweepPlan(
                configurations,
                asking: self,
                against: runs,
                rules: rules,
                liveness: claims.liveness
            )
        }
    }

    private func asked(_ configurations: [JSONObject]) -> [RunRecord] {
        configurations.map { configuration in
            var run = run
            run.config = configuration
            return run
        }
    }

    /// Asks the catalog, or else all runs, of which some may have no ledger yet.
    private func ask<Answer>(
        _ path: String,
        _ rules: KeyRules,
        _ progress: ((LedgerDirectory.Progress) -> Void)?,
        about asked: [RunRecord],
        ofCatalog ask: (RunCatalog, Claims) -> Answer?,
        ofLedgers askAll: ([RunRecord], Claims) -> Answer
    ) throws(LedgerError) -> DirectoryAnswer<Answer> {
        let catalog = OpenCatalogs.catalog(of: path, rules: rules) { done, total in
            progress?(.reading(done: done, of: total))
        }
        let holders = ClaimFolder(ledgerDirectory: path).holders()
        if let catalog, let known = catalog.known(holders.map(\.id)),
            let answer = ask(catalog, Claims(holders, known: known))
        {
            return DirectoryAnswer(
                answer: answer,
                problems: catalog.problems,
                knowsProject: run.project.map(catalog.knows) ?? true,
                idleRules: catalog.idleRules(with: asked) ?? []
            )
        }
        let directory = try LedgerDirectory(reading: path, progress: progress)
        let claims = Claims(holders, known: Set(directory.runs.map(\.id)))
        var use = RuleUse(rules)
        for run in directory.runs + asked { use.take(run) }
        return DirectoryAnswer(
            answer: askAll(directory.runs + claims.starting, claims),
            problems: directory.problems,
            knowsProject: run.project.map { name in
                directory.runs.contains { $0.project == name }
            } ?? true,
            idleRules: use.idle
        )
    }
}

/// Who holds claims in a ledger directory at this moment.
private struct Claims {
    private let alive: Set<RunID>
    /// Those that have no ledger yet.
    let starting: [RunRecord]

    init(_ holders: [RunRecord], known: Set<RunID>) {
        alive = Set(holders.map(\.id))
        starting = holders.filter { !known.contains($0.id) }
    }

    func liveness(_ run: RunRecord) -> Liveness { alive.contains(run.id) ? .alive : Liveness(run) }
}

/// Catalogs that this process has open, so that the second question is answered at once.
enum OpenCatalogs {
    private struct Name: Hashable {
        let path: String
        let rules: KeyRules
    }

    private struct Entry {
        let catalog: RunCatalog
        /// A forked child must not touch what its parent has open.
        let generation: UInt32
    }

    private static let openMax = 8
    private static let known = Lock<[Name: Entry]>([:])
    /// What a forked child has from its parent is neither used nor closed there.
    private static let abandoned = Lock<[RunCatalog]>([])

    /// The catalog of the ledgers at `path`, up to date; nil where there is none.
    static func catalog(
        of path: String,
        rules: KeyRules,
        bounds: RunCatalog.Bounds = .none,
        progress: RunCatalog.Progress? = nil
    ) -> RunCatalog? {
        let name = Name(path: resolvedPath(path), rules: rules)
        let generation = joule_fork_generation()
        let entry = known.withLockSoon { $0[name] } ?? nil
        if let entry, entry.generation == generation,
            entry.catalog.refresh(bounds, progress: progress)
        {
            return entry.catalog
        }
        if let entry, entry.generation != generation {
            _ = abandoned.withLockSoon { $0.append(entry.catalog) }
        }
        let made = RunCatalog(of: path, rules: rules, bounds: bounds, progress: progress)
        _ = known.withLockSoon { known in
            if known.count >= openMax { known = [:] }
            known[name] = made.map { Entry(catalog: $0, generation: generation) }
        }
        return made
    }
}

extension DirectoryAnswer {
    /// What is wrong with ledgers and with the rules, which stand in the file at `rulesPath`.
    package func problems(rulesPath: String) -> [LedgerDirectory.Problem] {
        problems + [LedgerDirectory.Problem].ofRules(idleRules, at: rulesPath)
    }
}

extension [LedgerDirectory.Problem] {
    /// That rules match nothing, if any.
    package static func ofRules(_ idle: [String], at path: String) -> Self {
        KeyRules.complaint(ofIdle: idle).map { [.init(path: path, message: $0)] } ?? []
    }

    /// As JSON lists them.
    package var json: JSON {
        .array(map { ["path": .string($0.path), "message": .string($0.message)] })
    }
}

extension JSON {
    /// The object with what could not be read beside what it says.
    package func listing(_ problems: [LedgerDirectory.Problem]) -> JSON {
        var object = object ?? JSONObject()
        object["problems"] = problems.json
        return .object(object)
    }
}
