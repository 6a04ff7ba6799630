import JouleFile
public import JouleQuantities
import JouleRedundancy

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
    /// Whether all that went into the run that was found is known and equal.
    public let isProven: Bool
    /// The runs that `explanation` stands on.
    let named: Set<RunID>
    /// Whether a new run differs from a finished one only in what has changed nothing so far, or was begun
    /// before and did not finish.
    let hasHint: Bool
    /// The whole answer, as `joulebook check --json` prints it.
    public let json: JSON

    init(_ answer: PreflightAnswer, _ claim: ClaimFolder.Outcome?) {
        verdict = Verdict(rawValue: answer.verdict.rawValue) ?? .new
        duplicate = answer.evidence.first?.run
        explanation = answer.explanation
        isProven = answer.evidence.first?.proof == .config
        named = Set(answer.evidence.map(\.run))
        hasHint = answer.hint != nil || !answer.unfinished.isEmpty
        var object = answer.json.object ?? JSONObject()
        object["claim"] = .orNull(claim?.word)
        json = .object(object)
    }
}

/// Looks for a run among the ledgers of its directory, within bounds, before it starts.
struct PreflightCheck {
    let report: PreflightReport
    let claim: Claim?
    /// The runs that this one may turn out to repeat.
    let replays: ReplayTable
    /// What is wrong with ledgers and rules, a line for each.
    let complaints: [String]

    /// Reading earlier ledgers stops here; a start must stay quick in a folder of thousands.
    static let limitNS: Int64 = 1_000_000_000
    static let filesMax = 2000
    static let sizeBytesMax = 64 << 20

    /// Claims the run, and then looks who else has done it or does it.
    ///
    /// In this order: of two that start at one moment, each looking first would find nothing. A run that
    /// began after the claim was told of it, and is not held against this one.
    init(of record: RunRecord, in place: LedgerPlace) {
        let (rules, complaint) = Self.rules(of: place)
        let outcome = Self.claim(record, rules, in: place)
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
        let found = earlier.answer()
        var answer = found.answer
        if let holder { answer = answer.claimed(by: holder, asked: record, rules: rules) }
        if case .unavailable(let reason)? = outcome {
            answer = answer.noting(
                "It could not be claimed (\(reason)): another start at the same moment is not seen."
            )
        }
        report = PreflightReport(answer, outcome)
        claim = if case .taken(let claim)? = outcome { claim } else { nil }
        replays = found.replays
        let path = KeyRules.path(beside: place.root)
        let idle = found.idleRules.flatMap { KeyRules.complaint(ofIdle: $0) }
        complaints =
            found.problems.linesByFile
            + [complaint, idle].compactMap(\.self).map { "\(path): \($0)" }
    }

    /// The rules beside the ledgers; ones that cannot be used stop no training.
    private static func rules(of place: LedgerPlace) -> (rules: KeyRules, complaint: String?) {
        do throws(KeyRulesError) { return (try .beside(place.root), nil) } catch {
            return (.none, "not used: \(error)")
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
