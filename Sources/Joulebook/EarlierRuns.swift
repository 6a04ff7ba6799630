import JouleFile
import JouleMeters
import JouleRedundancy
import JouleSystem

/// The runs that one which is about to start is compared with.
struct EarlierRuns {
    let question: PreflightQuestion
    let place: LedgerPlace
    let rules: KeyRules
    let isEvidence: (RunRecord) -> Bool
    /// Who is starting the same at this moment.
    let holder: RunRecord?

    /// What is found within the bounds of `PreflightCheck`.
    struct Found {
        let answer: PreflightAnswer
        let replays: ReplayTable
        let problems: [LedgerDirectory.Problem]
        /// Rules that match no key of any run; nil where not all runs were looked at.
        let idleRules: [String]?
    }

    func answer() -> Found {
        if let known = answerFromCatalog() { return known }
        let (all, problems, isComplete) = read()
        var runs = all.filter(isEvidence)
        runs += starting.filter { holder in !runs.contains { $0.id == holder.id } }
        var use = RuleUse(rules)
        for run in all + [question.run] { use.take(run) }
        return Found(
            answer: Preflight.check(question, against: runs, rules: rules, liveness: liveness),
            replays: ReplayTable(
                runs.filter { $0.project == question.run.project },
                asked: question.run,
                rules: rules
            ),
            problems: problems,
            idleRules: isComplete ? use.idle : nil
        )
    }

    private func answerFromCatalog() -> Found? {
        let bounds = RunCatalog.Bounds.soon(
            Double(PreflightCheck.limitNS) * 1e-9,
            fileBytesMax: Int64(PreflightCheck.sizeBytesMax),
            first: resolvedPath(place.folder)
        )
        let catalog = OpenCatalogs.catalog(of: place.root, rules: rules, bounds: bounds)
        guard let catalog,
            let answer = catalog.check(
                question,
                starting: starting,
                isEvidence: isEvidence,
                liveness: liveness
            ),
            let replays = catalog.replays(of: question.run)
        else { return nil }
        return Found(
            answer: answer,
            replays: replays,
            problems: catalog.problems,
            idleRules: catalog.idleRules(with: [question.run])
        )
    }

    private var starting: [RunRecord] { holder.map { [$0] } ?? [] }

    private func liveness(_ run: RunRecord) -> Liveness {
        run.id == holder?.id ? .alive : Liveness(run)
    }

    /// Ledgers of the project first, the newest before others: what was run last is what is run again.
    private func read() -> (
        runs: [RunRecord], problems: [LedgerDirectory.Problem], isComplete: Bool
    ) {
        let deadlineNS = MonotonicClock.nowNS() &+ PreflightCheck.limitNS
        var parts: [RunID: [RunRecord]] = [:]
        var problems: [LedgerDirectory.Problem] = []
        let (paths, isWhole) = ledgers()
        var isComplete = isWhole
        for path in paths {
            guard MonotonicClock.nowNS() < deadlineNS else {
                isComplete = false
                break
            }
            switch KnownLedgers.ledger(at: path, sizeBytesMax: PreflightCheck.sizeBytesMax) {
            case .runs(let runs, let found):
                for run in runs { parts[run.id, default: []].append(run) }
                problems += found
            case .tooLarge: isComplete = false
            }
        }
        return (parts.values.map(RankMerge.merged), problems, isComplete)
    }

    /// Paths of the ledgers of the directory, and whether these are all; names begin with their date.
    private func ledgers() -> (paths: [String], isWhole: Bool) {
        var own: [String] = []
        var others: [(name: String, path: String)] = []
        var pending = FoldersToList(below: place.root)
        while own.count + others.count <= PreflightCheck.filesMax, let folder = pending.next() {
            guard let contents = folder.contents() else { continue }
            for ledger in contents.ledgers {
                let path = folder.path(of: ledger.name)
                if folder.path == place.folder {
                    own.append(path)
                } else {
                    others.append((ledger.name, path))
                }
            }
            pending.add(contents.folders)
        }
        let paths = own.sorted(by: >) + others.sorted { $0.name > $1.name }.map(\.path)
        let most = PreflightCheck.filesMax
        return (Array(paths.prefix(most)), pending.isEmpty && paths.count <= most)
    }
}

/// Closed ledgers that this process has read, so that a search of a thousand trials reads each once.
private enum KnownLedgers {
    private static let known = Lock<[String: Entry]>([:])

    private struct Entry {
        let version: FileVersion
        let runs: [RunRecord]
    }

    enum Reading {
        case runs([RunRecord], [LedgerDirectory.Problem])
        /// Nobody waits for it before training starts.
        case tooLarge
    }

    /// An unreadable ledger is no evidence, and no reason not to train.
    static func ledger(at path: String, sizeBytesMax: Int) -> Reading {
        guard let version = FileVersion(of: path) else { return .runs([], []) }
        guard version.size <= sizeBytesMax else { return .tooLarge }
        if let entry = known.withLockSoon({ $0[path] }), let entry, entry.version == version {
            return .runs(entry.runs, [])
        }
        let ledger: Ledger
        do throws(LedgerError) { ledger = try Ledger(reading: path) } catch {
            return .runs([], [LedgerDirectory.Problem(error)])
        }
        if ledger.integrity.state == .clean {
            let entry = Entry(version: version, runs: ledger.runs)
            _ = known.withLockSoon { known in
                if known.count >= PreflightCheck.filesMax { known = [:] }
                known[path] = entry
            }
        }
        let isDamaged = ledger.integrity.state == .damaged
        let problems = isDamaged ? ledger.integrity.problems : []
        return .runs(ledger.runs, problems.map { .init(path: path, message: $0.line) })
    }
}
