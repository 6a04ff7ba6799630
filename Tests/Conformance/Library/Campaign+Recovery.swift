import Glibc
import JouleFile
import JouleFormat
import JouleQuantities

/// What rows and documents say, whatever blocks they are in.
struct Sayings: Sendable {
    private(set) var rows: [String: Int] = [:]
    private(set) var documents: Set<String> = []

    init(_ reading: Reading) {
        for block in reading.blocks { add(block.content) }
    }

    private mutating func add(_ content: Reading.Content) {
        for document in content.documents { documents.insert(document) }
        guard let data = content.rows else { return }
        let columns = data.columns.sorted { $0.key < $1.key }
        for row in 0..<data.rows {
            var cells = ""
            for (number, values) in columns where values.present?[row] ?? true {
                let value =
                    values.strings.isEmpty
                    ? String(values.words[row], radix: 16) : "\"\(values.strings[row])\""
                cells += "\(number)=\(value) "
            }
            rows[cells, default: 0] += 1
        }
    }

    /// Whether all of this is in `other`, no row more often.
    func isWithin(_ other: Sayings) -> Bool {
        rows.allSatisfy { $0.value <= other.rows[$0.key] ?? 0 }
            && documents.allSatisfy { other.documents.contains($0) || $0.contains("recovered") }
    }
}

extension Verdict {
    /// Recovers the ledger cut at every `step`th byte and with every `step`th bit flipped.
    ///
    /// The new ledger must be clean, hold all that a reader finds in the old one and nothing else, and
    /// give the same when it is recovered itself; what cannot be read leaves no new ledger.
    package static func recoveries(
        of ledger: [UInt8],
        _ name: String,
        in place: CasePlace,
        step: Int
    ) throws -> Verdict {
        if Vector.packs.contains(where: { $0.name == name }) {
            return try recoveries(ofPack: ledger, name, in: place, step: step)
        }
        var verdict = Verdict()
        let original = Sayings(try Reading(ledger, in: place))
        for size in stride(from: 0, through: ledger.count, by: step) {
            try verdict.recover(
                Array(ledger.prefix(size)),
                "\(name) cut at \(size)",
                original,
                in: place
            )
        }
        var bytes = ledger
        for bit in stride(from: 0, to: ledger.count * 8, by: step * 8 + 3) {
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            try verdict.recover(bytes, "\(name) bit \(bit)", original, in: place)
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        }
        return verdict
    }

    private mutating func recover(
        _ bytes: [UInt8],
        _ name: String,
        _ original: Sayings,
        in place: CasePlace
    ) throws {
        let before = try Reading(bytes, in: place)
        let (target, again) = (place.path + ".recovered.joule", place.path + ".again.joule")
        defer { for path in [target, again] { unsafe unlink(path) } }
        guard (try? LedgerRecovery.write(place.path, to: target)) != nil else {
            let isGone = unsafe access(target, F_OK) != 0
            let isUnreadable = if case .unreadable = before.outcome { true } else { false }
            count(name, isDetected: isUnreadable, isRight: isGone, lostBlocks: 0, mayLose: 0)
            return
        }
        let old = try Vector.bytes(place.path)
        let saved = try Reading(at: target)
        _ = try LedgerRecovery.write(target, to: again)
        let twice = try Reading(at: again)
        let (found, kept) = (Sayings(before), Sayings(saved))
        count(
            name,
            isDetected: saved.outcome == .clean && twice.outcome == .clean && old == bytes,
            isRight: kept.isWithin(original) && Sayings(twice).rows == kept.rows,
            lostBlocks: found.isWithin(kept) ? 0 : 1,
            mayLose: 0
        )
    }
}

/// A writer that goes on behind a dead one and is killed itself while it writes.
package struct KilledReopening {
    /// What a child that is to be killed runs: goes on in the ledger at `path`; the system kills it as
    /// soon as it writes behind byte `limit` of any file.
    package static func child(_ path: String, limit: UInt) throws {
        var limits = rlimit(rlim_cur: limit, rlim_max: limit)
        // Threads that start others may hold signals back.
        signal(SIGXFSZ, SIG_DFL)
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe sigaddset(&signals, SIGXFSZ)
        unsafe sigprocmask(SIG_UNBLOCK, &signals, nil)
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limits)
        try ReopenedLedger.opening(path).close()
    }

    /// Kills the re-opening of a ledger at every byte that it would write, and goes on each time.
    ///
    /// `program` is this program, which runs `child`. No row may be lost or doubled, and in the end
    /// the ledger is clean.
    package static func verdict(
        of ledger: [UInt8],
        ring: [UInt8]?,
        _ name: String,
        in place: CasePlace,
        program: String,
        step: Int
    ) throws -> Verdict {
        var verdict = Verdict()
        func layDown() throws {
            _ = try Reading(ledger, in: place)
            if let ring { try ring.write(to: place.path + ".ring") }
        }
        defer { unsafe unlink(place.path + ".ring") }
        try layDown()
        try ReopenedLedger.opening(place.path).close()
        let whole = Sayings(try Reading(at: place.path))
        let size = try Vector.bytes(place.path).count
        for limit in stride(from: ledger.count / 2, to: size, by: step) {
            try layDown()
            let isKilled = try spawn(program, place.path, limit)
            let between = Sayings(try Reading(at: place.path))
            try ReopenedLedger.opening(place.path).close()
            let after = try Reading(at: place.path)
            verdict.count(
                "\(name) killed at \(limit)",
                isDetected: after.outcome == .clean && (isKilled || limit < ledger.count),
                isRight: Sayings(after).rows == whole.rows && between.isWithin(whole),
                lostBlocks: 0,
                mayLose: 0
            )
        }
        return verdict
    }

    /// Whether the child was killed by the system.
    private static func spawn(_ program: String, _ path: String, _ limit: Int) throws -> Bool {
        let words = [program, "reopen", path, String(limit)]
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) }
        unsafe arguments.append(nil)
        defer { unsafe arguments.forEach { unsafe free($0) } }
        var child: pid_t = 0
        guard unsafe posix_spawn(&child, program, nil, nil, arguments, environ) == 0 else {
            throw LedgerError.system(path: program, operation: "start", errno: errno)
        }
        var status: Int32 = 0
        unsafe waitpid(child, &status, 0)
        return status & 0x7F == SIGXFSZ
    }
}
