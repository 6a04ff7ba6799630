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
    /// The whole answer, as `joulebook check --json` prints it.
    public let json: JSON

    init(_ answer: PreflightAnswer) {
        verdict = Verdict(rawValue: answer.verdict.rawValue) ?? .new
        duplicate = answer.evidence.first?.run
        explanation = answer.explanation
        json = answer.json
    }
}

/// Looks for a run among its project's ledgers, within bounds, before it starts.
struct PreflightCheck {
    /// Reading earlier ledgers stops here; a start must stay quick in a folder of thousands.
    static let limitNS: Int64 = 1_000_000_000
    static let filesMax = 2000
    static let sizeBytesMax = 64 << 20

    /// The answer, or nil and a warning when the folder cannot be read.
    ///
    /// The newest ledgers are read first: what was run last is what is run again.
    static func report(on record: RunRecord, folder: String) -> PreflightReport {
        let deadlineNS = MonotonicClock.nowNS() &+ limitNS
        var parts: [RunID: [RunRecord]] = [:]
        for path in ledgers(in: folder) {
            guard MonotonicClock.nowNS() < deadlineNS else { break }
            for run in KnownLedgers.runs(in: path, sizeBytesMax: sizeBytesMax)
            where run.id != record.id {
                parts[run.id, default: []].append(run)
            }
        }
        let runs = parts.values.map(RankMerge.merged)
        return PreflightReport(Preflight.check(PreflightQuestion(record), against: runs))
    }

    /// Paths of the ledgers in a folder, the newest first; names begin with their date.
    private static func ledgers(in folder: String) -> [String] {
        let names = directoryEntries(folder).filter { $0.hasSuffix(".joule") }
        return names.sorted(by: >).prefix(filesMax).map { "\(folder)/\($0)" }
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
