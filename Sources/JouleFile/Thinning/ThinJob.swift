import Glibc
import JouleFormat
package import JouleQuantities

/// Thins the readings of meters in ledgers whose runs ended long ago.
///
/// Others may write and read there at any time, and a job may be killed at any moment: each ledger is as
/// it was or thinned, and the next job goes on with those that are not.
package struct ThinJob: Sendable {
    /// Why a ledger stays as it is.
    package enum Reason: String, Sendable, CaseIterable {
        /// A run in it ended later, or nothing tells when it did.
        case young
        case live
        /// It has signatures, which would not hold for what it became, and was not named itself.
        case sealed
        /// It goes on in other files.
        case segments
        /// Packs hold ledgers byte for byte.
        case packed
        /// A link, or this process may not put a file in its place that has the same owner.
        case foreign
    }

    package private(set) var thinned: [LedgerThinning] = []
    /// How many ledgers stay as they are; those with nothing to thin are not counted.
    package private(set) var stayed: [Reason: Int] = [:]
    /// Ledgers that could not be thinned, and why.
    package private(set) var problems: [LedgerDirectory.Problem] = []
    /// Whether a disk was full or failed at any of them, so that somebody has to see to it.
    package private(set) var hasDiskProblem = false

    private let endedBefore: WallTime
    private let intervalSeconds: Int

    /// Thins the ledgers below `path`, or the one in that file, whose runs ended before `moment`.
    ///
    /// Of each meter and interval one reading stays. With `isDry` the old ledgers stay, and what is told
    /// is what would be. `progress` is told of ledgers. Throws when `path` cannot be read, or is a
    /// file that cannot be thinned; a bad ledger in a directory is a problem.
    package init(
        at path: String,
        endedBefore moment: WallTime,
        intervalSeconds: Int,
        isDry: Bool = false,
        progress: ((_ done: Int, _ of: Int) -> Void)? = nil
    ) throws(LedgerError) {
        precondition(intervalSeconds > 0, "an interval has a length")
        endedBefore = moment
        self.intervalSeconds = intervalSeconds
        let isDirectory = LedgerDirectory.isDirectory(path)
        let files = isDirectory ? try LedgerDirectory.ledgers(below: path) : [path]
        var rule: LedgerThinning.Rule?
        for (number, file) in files.enumerated() {
            progress?(number, files.count)
            do throws(LedgerError) {
                guard try isToThin(file) else { continue }
                // All ledgers are read for it, which is not worth it where none is thinned.
                if rule == nil {
                    rule = LedgerThinning.Rule(
                        intervalSeconds: intervalSeconds,
                        moments: AskedMoments(of: try LedgerDirectory(reading: path).runs),
                        now: WallTime(unixNanoseconds: LedgerWriter.wallClockNS()),
                        takesSealed: !isDirectory,
                        isDry: isDry
                    )
                }
                guard let rule else { continue }
                if !isDry { try ReopenedLedger.closing(file) }
                take(try LedgerThinning.thin(file, by: rule))
            } catch {
                guard isDirectory else { throw error }
                leave(file, because: error)
            }
        }
    }

    private static let ofDisks: Set = [ENOSPC, EDQUOT, EFBIG, EIO, EROFS]

    /// Takes note of a ledger of a directory that stays as it is.
    ///
    /// What others have done with it since it was listed is no problem.
    private mutating func leave(_ path: String, because error: LedgerError) {
        if Self.isPacked(path) {
            stayed[.packed, default: 0] += 1
        } else if case .busy = error {
            stayed[.live, default: 0] += 1
        } else if case .notALedger = error, isYoung(path) {
            // A writer makes its file before it has put anything into it.
            stayed[.young, default: 0] += 1
        } else {
            problems.append(.init(error))
            if case .system(_, _, let code) = error, Self.ofDisks.contains(code) {
                hasDiskProblem = true
            }
        }
    }

    private func isYoung(_ path: String) -> Bool {
        FileState(of: path).map { $0.changedNS >= endedBefore.unixNanoseconds } ?? false
    }

    private mutating func take(_ outcome: LedgerThinning.Outcome) {
        switch outcome {
        case .thinned(let ledger): thinned.append(ledger)
        case .unchanged: break
        case .sealed: stayed[.sealed, default: 0] += 1
        }
    }

    /// Whether a ledger ended long ago and may have readings that would go.
    private mutating func isToThin(_ path: String) throws(LedgerError) -> Bool {
        if let reason = try reasonToStay(path) {
            stayed[reason, default: 0] += 1
            return false
        }
        let ledger = try LedgerQuery(opening: path)
        // Who reads all of a damaged one will say what is wrong.
        if ledger.problems.isEmpty {
            guard !isThinned(ledger) else { return false }
            var readings = try ledger.rows(of: .telemetry, columns: [0])
            guard try readings.next() != nil else { return false }
        }
        guard isOver(ledger) else {
            stayed[.young, default: 0] += 1
            return false
        }
        return true
    }

    /// Whether a job that packs has taken it meanwhile.
    private static func isPacked(_ path: String) -> Bool {
        unsafe access(path, F_OK) != 0 && LedgerDirectory.hasMoved(path)
    }

    private func reasonToStay(_ path: String) throws(LedgerError) -> Reason? {
        guard !Self.isPacked(path) else { return .packed }
        let source = try LedgerSource(file: path)
        guard try !BlockScanner.header(of: source).isPack else { return .packed }
        guard !source.isLive() else { return .live }
        guard try SegmentChain.ofSeveral(path) == nil else { return .segments }
        guard let status = SystemFile.replaceable(path),
            status.st_uid == geteuid() || geteuid() == 0
        else { return .foreign }
        return nil
    }

    /// Whether all its runs were thinned so that no reading would go now.
    private func isThinned(_ ledger: LedgerQuery) -> Bool {
        ledger.runs.values.allSatisfy { run in
            ThinningNote(run).map { $0.intervalSeconds % Int64(intervalSeconds) == 0 } ?? false
        }
    }

    /// Whether all its runs ended long ago; that of a killed writer did when it was last written to.
    private func isOver(_ ledger: LedgerQuery) -> Bool {
        guard let written = FileState(of: ledger.path)?.changedNS else { return false }
        return ledger.runs.values.allSatisfy { run in
            let window = run.windowNS
            let endNS = window.end > window.start ? window.end : written
            return endNS < endedBefore.unixNanoseconds
        }
    }
}
