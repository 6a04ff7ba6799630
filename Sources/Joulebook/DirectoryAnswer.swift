import CJouleSystem
package import JouleFile
package import JouleRedundancy
import JouleSystem

/// What the ledgers of a directory, and who holds claims there, say of a question.
package struct DirectoryAnswer {
    package let answer: PreflightAnswer
    /// Files that could not be read.
    package let problems: [LedgerDirectory.Problem]
    /// Whether there is a run of the question's project; true where it names none.
    package let knowsProject: Bool
}

extension PreflightQuestion {
    /// The answer from the ledgers at `path`, from their catalog where there is one.
    package func answer(
        at path: String,
        rules: KeyRules,
        progress: ((LedgerDirectory.Progress) -> Void)? = nil
    ) throws(LedgerError) -> DirectoryAnswer {
        if let found = answer(fromCatalogAt: path, rules, progress) { return found }
        let directory = try LedgerDirectory(reading: path, progress: progress)
        return DirectoryAnswer(
            answer: answer(from: directory.runs, of: path, rules: rules),
            problems: directory.problems,
            knowsProject: run.project.map { name in
                directory.runs.contains { $0.project == name }
            } ?? true
        )
    }

    private func answer(
        fromCatalogAt path: String,
        _ rules: KeyRules,
        _ progress: ((LedgerDirectory.Progress) -> Void)?
    ) -> DirectoryAnswer? {
        let catalog = OpenCatalogs.catalog(of: path, rules: rules) { done, total in
            progress?(.reading(done: done, of: total))
        }
        guard let catalog else { return nil }
        let holders = ClaimFolder(ledgerDirectory: path).holders()
        let alive = Set(holders.map(\.id))
        guard let known = catalog.known(holders.map(\.id)),
            let answer = catalog.check(
                self,
                starting: holders.filter { !known.contains($0.id) },
                liveness: { run in alive.contains(run.id) ? .alive : Liveness(run) }
            )
        else { return nil }
        return DirectoryAnswer(
            answer: answer,
            problems: catalog.problems,
            knowsProject: run.project.map(catalog.knows) ?? true
        )
    }
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
