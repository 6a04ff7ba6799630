import JouleFile
import JouleQuantities
import JouleRedundancy
import Joulebook

/// The runs at a path that a user named, with the files that hold them.
struct RunStore {
    private let directory: LedgerDirectory

    /// All runs, the oldest first.
    var runs: [RunRecord] { directory.runs }

    /// The ledgers that the runs are from.
    var inputs: LedgerInputs { directory.inputs }

    /// The runs, with every joule of a meter that several read in one of them.
    func reconciled() -> ReconciledRuns { directory.reconciled() }

    /// How one run shared meters with the others; nil when it shared none.
    func sharing(of run: RunRecord) -> SharedEnergy? {
        runs.count > 1 ? directory.reconciled([run.id]).sharing[run.id] : nil
    }

    /// Opens a ledger or a directory of ledgers.
    ///
    /// In a directory, files that cannot be read are reported on standard error and skipped; a
    /// single file that cannot be read is an error.
    ///
    /// For a list of runs `.summaries` are enough, which a pack has at hand. Where a run is
    /// `wanted` and there is none, what damage took its record is the failure.
    static func open(
        _ path: String,
        _ depth: LedgerDirectory.Depth = .everything,
        wanted: Bool = false,
        on console: Console
    ) throws(CommandFailure) -> RunStore {
        try Input.require(path, as: .fileOrDirectory)
        let directory: LedgerDirectory
        do {
            directory = try LedgerDirectory(reading: path, depth, progress: console.showReading)
        } catch {
            throw CommandFailure(error)
        }
        var lines = directory.problems.linesByFile
        if wanted, directory.runs.isEmpty {
            let failure = lines.popLast() ?? "\(path): holds no run; name what training wrote"
            for line in lines { console.complain(line) }
            throw .badData(failure)
        }
        for line in lines { console.complain(line) }
        return RunStore(directory: directory)
    }

    /// The runs of a ledger or a directory of ledgers for an audit; what cannot be read is reported
    /// likewise.
    static func feed(
        _ path: String,
        _ facts: FactsOption,
        rules: RulesOption,
        on console: Console
    ) throws(CommandFailure) -> (feed: AuditFeed, problems: [LedgerDirectory.Problem]) {
        let keyRules = try rules.read(beside: path)
        try Input.require(path, as: .fileOrDirectory)
        let feed: AuditFeed
        do throws(LedgerError) {
            feed = try facts.runs(of: path, rules: keyRules, on: console)
        } catch {
            throw CommandFailure(error)
        }
        let idle = [LedgerDirectory.Problem].ofRules(
            feed.idleRules,
            at: rules.path(beside: path)
        )
        let problems = feed.problems + idle
        for line in problems.linesByFile { console.complain(line) }
        return (feed, problems)
    }

    /// The files of the directory that could not be read.
    var problems: [LedgerDirectory.Problem] { directory.problems }

    /// What could not be read, as JSON lists it.
    var problemList: JSON { problems.json }

    /// A document about the runs, which lists what could not be read beside what it says.
    func document(_ json: JSON) -> JSON {
        json.listing(problems)
    }

    /// The file that holds `run`, and in a pack the path of its ledger there.
    func place(of run: RunRecord) -> LedgerDirectory.Place? { directory.place(of: run.id) }

    /// What `run` brought along; none unless it was read in full.
    func attachments(of run: RunRecord) -> [Attachment] { directory.attachments(of: run.id) }

    /// The state of the ledger that holds `run`, which must have been read in full.
    func integrity(of run: RunRecord) throws(CommandFailure) -> Integrity {
        guard let integrity = directory.integrity(of: run.id) else {
            throw .badData("\(run.id): only its summary was read")
        }
        return integrity
    }
}

extension Console {
    /// Says how far the reading of ledgers has come.
    func showReading(_ state: LedgerDirectory.Progress) {
        switch state {
        case .looking(let folders):
            progress("looking for ledgers", folders, of: nil, unit: "folders")
        case .reading(let done, let total):
            progress("reading ledgers", done, of: total)
        }
    }

    /// What `ask` finds in the ledgers at `path`; says what could not be read, and where no run is of
    /// the project that was named.
    func answer<Answer>(
        from path: String,
        ofProject project: String?,
        rulesPath: String,
        _ ask: () throws(LedgerError) -> DirectoryAnswer<Answer>
    ) throws(CommandFailure) -> (answer: Answer, problems: [LedgerDirectory.Problem]) {
        try Input.require(path, as: .fileOrDirectory)
        let found: DirectoryAnswer<Answer>
        do throws(LedgerError) { found = try ask() } catch {
            throw CommandFailure(error)
        }
        let problems = found.problems(rulesPath: rulesPath)
        for line in problems.linesByFile { complain(line) }
        if let project, !found.knowsProject {
            complain(
                "\(path): no run of project '\(project)' to compare with; 'joulebook ls' lists them"
            )
        }
        return (found.answer, problems)
    }
}

extension JSON {
    /// The value as compact JSON in UTF-8.
    var bytes: [UInt8] {
        var out: [UInt8] = []
        write(into: &out)
        return out
    }
}
