import JouleFile
public import JouleQuantities
import JouleRedundancy
import JouleSystem

/// What was found out about a run before it began.
public struct PreflightReport: Sendable {
    /// Whether the run is worth its energy.
    public enum Verdict: String, Sendable, Hashable, CaseIterable {
        /// No finished or running run of this recipe and seed is known.
        case new
        /// A finished run of this recipe and seed exists.
        case alreadyRun = "already_run"
        /// Another process is running this recipe and seed.
        case runningNow = "running_now"
    }

    /// Whether the run is worth its energy.
    public let verdict: Verdict
    /// The run that was found, if any.
    public let duplicate: RunID?
    /// The evidence and what it cost, for a person.
    public let explanation: String
    /// Whether a new run is known to differ from a finished one only in what has changed nothing so far.
    let hasHint: Bool
    /// The whole answer, as `joulebook check --json` prints it.
    public let json: JSON

    init(_ answer: PreflightAnswer, _ claim: ClaimFolder.Outcome?) {
        verdict = Verdict(rawValue: answer.verdict.rawValue) ?? .new
        duplicate = answer.evidence.first?.run
        explanation = answer.explanation
        hasHint = answer.hint != nil
        var object = answer.json.object ?? JSONObject()
        object["claim"] = .orNull(claim?.word)
        json = .object(object)
    }
}

/// Looks for a run among its project's ledgers, within bounds, before it starts.
struct PreflightCheck {
    /// Reading earlier ledgers stops here; a start must stay quick in a folder of thousands.
    static let limitNS: Int64 = 1_000_000_000
    static let filesMax = 2000
    static let sizeBytesMax = 64 << 20

    /// Claims the run, and then looks who else has done it or does it.
    ///
    /// In this order: of two that start at one moment, each looking first would find nothing. A run that
    /// began after the claim was told of it, and is not held against this one. `replays` are the runs
    /// that this one may turn out to repeat.
    static func report(
        on record: RunRecord,
        in place: LedgerPlace
    ) -> (report: PreflightReport, claim: Claim?, replays: ReplayTable) {
        let (rules, complaint) = rules(of: place)
        let outcome = claim(record, rules, in: place)
        let since = outcome?.since
        let holder = outcome?.otherHolder
        let isEvidence = { (run: RunRecord) in
            guard run.id != record.id else { return false }
            guard let since, run.status == .running, let started = run.started else { return true }
            return started < since
        }
        let earlier = EarlierRuns(
            question: PreflightQuestion(record),
            place: place,
            rules: rules,
            isEvidence: isEvidence,
            holder: holder
        )
        var (answer, replays) = earlier.answer()
        if let complaint { answer = answer.noting(complaint) }
        if let holder { answer = answer.claimed(by: holder, asked: record, rules: rules) }
        if case .unavailable(let reason)? = outcome {
            answer = answer.noting(
                "It could not be claimed (\(reason)): another start at the same moment is not seen."
            )
        }
        let report = PreflightReport(answer, outcome)
        if case .taken(let claim)? = outcome { return (report, claim, replays) }
        return (report, nil, replays)
    }

    /// The rules beside the ledgers; ones that cannot be used stop no training.
    private static func rules(of place: LedgerPlace) -> (rules: KeyRules, complaint: String?) {
        do throws(KeyRulesError) { return (try .beside(place.root), nil) } catch {
            return (.none, "\(KeyRules.fileName) is not used: \(error).")
        }
    }

    /// Nil for a run of which nothing says what it does.
    private static func claim(
        _ record: RunRecord,
        _ rules: KeyRules,
        in place: LedgerPlace
    ) -> ClaimFolder.Outcome? {
        guard let identity = ClaimIdentity(record, rules: rules) else { return nil }
        do throws(LedgerPlaceError) {
            return try place.prepareClaims().take(identity, for: record)
        } catch {
            return .unavailable(errorText(error.errno))
        }
    }
}

/// The runs that one which is about to start is compared with.
private struct EarlierRuns {
    let question: PreflightQuestion
    let place: LedgerPlace
    let rules: KeyRules
    let isEvidence: (RunRecord) -> Bool
    /// Who is starting the same at this moment.
    let holder: RunRecord?

    /// The answer, and what the run may turn out to repeat; reads within the bounds of `PreflightCheck`.
    func answer() -> (PreflightAnswer, ReplayTable) {
        if let known = answerFromCatalog() { return known }
        var runs = runs(in: place.folder).filter(isEvidence)
        runs += starting.filter { holder in !runs.contains { $0.id == holder.id } }
        let answer = Preflight.check(question, against: runs, rules: rules, liveness: liveness)
        return (answer, ReplayTable(runs, asked: question.run, rules: rules))
    }

    private func answerFromCatalog() -> (PreflightAnswer, ReplayTable)? {
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
                isWithinProject: true,
                isEvidence: isEvidence,
                liveness: liveness
            ),
            let replays = catalog.replays(of: question.run)
        else { return nil }
        return (answer, replays)
    }

    private var starting: [RunRecord] { holder.map { [$0] } ?? [] }

    private func liveness(_ run: RunRecord) -> Liveness {
        run.id == holder?.id ? .alive : Liveness(run)
    }

    /// The newest ledgers are read first: what was run last is what is run again.
    private func runs(in folder: String) -> [RunRecord] {
        let deadlineNS = MonotonicClock.nowNS() &+ PreflightCheck.limitNS
        var parts: [RunID: [RunRecord]] = [:]
        for path in Self.ledgers(in: folder) {
            guard MonotonicClock.nowNS() < deadlineNS else { break }
            for run in KnownLedgers.runs(in: path, sizeBytesMax: PreflightCheck.sizeBytesMax) {
                parts[run.id, default: []].append(run)
            }
        }
        return parts.values.map(RankMerge.merged)
    }

    /// Paths of the ledgers in a folder, the newest first; names begin with their date.
    private static func ledgers(in folder: String) -> [String] {
        let names = directoryEntries(folder).filter { $0.hasSuffix(".joule") }
        return names.sorted(by: >).prefix(PreflightCheck.filesMax).map { "\(folder)/\($0)" }
    }
}

extension ClaimFolder.Outcome {
    /// What `Schemas/check.schema.json` calls it.
    fileprivate var word: String {
        switch self {
        case .taken, .shared: "taken"
        case .held: "held"
        case .unavailable: "unavailable"
        }
    }

    /// From when on the run has its claim.
    fileprivate var since: WallTime? {
        switch self {
        case .taken(let claim): claim.since
        case .shared(let holder): holder.started
        case .held, .unavailable: nil
        }
    }

    fileprivate var otherHolder: RunRecord? {
        if case .held(let holder) = self { holder } else { nil }
    }
}

/// Closed ledgers that this process has read, so that a search of a thousand trials reads each once.
private enum KnownLedgers {
    private static let known = Lock<[String: Entry]>([:])

    private struct Entry {
        let version: FileVersion
        let runs: [RunRecord]
    }

    /// The runs of one ledger; none when it cannot be read or is too large to be read at a start.
    ///
    /// An unreadable ledger is no evidence, and no reason not to train.
    static func runs(in path: String, sizeBytesMax: Int) -> [RunRecord] {
        guard let version = FileVersion(of: path), version.size <= sizeBytesMax else { return [] }
        if let entry = known.withLockSoon({ $0[path] }), let entry, entry.version == version {
            return entry.runs
        }
        guard let ledger = try? Ledger(reading: path) else { return [] }
        if ledger.integrity.state == .clean {
            let entry = Entry(version: version, runs: ledger.runs)
            _ = known.withLockSoon { known in
                if known.count >= PreflightCheck.filesMax { known = [:] }
                known[path] = entry
            }
        }
        return ledger.runs
    }
}
