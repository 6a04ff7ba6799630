import Glibc

/// Why a ledger cannot be read or written.
///
/// The description is one line: what, where, what to do.
package enum LedgerError: Error, Equatable, Sendable, CustomStringConvertible {
    case notALedger(path: String)
    /// A directory, a pipe or a device.
    case notAFile(path: String)
    case damagedHeader(path: String, reason: String)
    case newerVersion(path: String, found: UInt16, supported: UInt16)
    case unknownFeature(path: String, flags: UInt32)
    /// A block that a reader must understand, and this one does not.
    case unknownCriticalBlock(path: String, offset: UInt64, type: UInt8)
    /// Another process is writing it.
    case busy(path: String)
    /// Bytes before the end are not what was written.
    case damaged(path: String, offset: UInt64, reason: String)
    /// An ordinary ledger where a pack is asked for.
    case notAPack(path: String)
    /// A pack where an ordinary ledger is asked for.
    case isPack(path: String)
    /// No record has anything at the paths that were named.
    case nothingToRedact(path: String)
    /// What was named cannot go without changing what was measured, or a record would be none.
    case redactionTooDeep(path: String, reason: String)
    /// No ledger, and no directory of any.
    case nothingToPack(path: String)
    /// A directory in which another process packs.
    case beingPacked(path: String)
    /// A pack that is a member of a pack.
    case packWithinPack(path: String)
    /// A system call failed.
    case system(path: String, operation: String, errno: Int32)
    /// The file unpacks to more than a reader allows itself, or has it read the same bytes again and
    /// again.
    case overBudget(path: String, offset: UInt64)
    /// It became another while it was worked on.
    case changed(path: String)
    /// A key or a proof that is not what it should be.
    case unusable(path: String, reason: String)
    /// Over a limit of the format.
    case limitExceeded(path: String, reason: String)

    package var description: String { "\(path): \(message)" }

    /// The file, or the ledger in a pack, that it is about.
    package var path: String {
        switch self {
        case .notALedger(let path), .notAFile(let path), .damagedHeader(let path, _),
            .newerVersion(let path, _, _), .unknownFeature(let path, _),
            .unknownCriticalBlock(let path, _, _), .busy(let path), .damaged(let path, _, _),
            .notAPack(let path), .isPack(let path), .nothingToRedact(let path),
            .redactionTooDeep(let path, _), .nothingToPack(let path), .beingPacked(let path),
            .packWithinPack(let path),
            .system(let path, _, _), .overBudget(let path, _), .changed(let path),
            .unusable(let path, _), .limitExceeded(let path, _):
            path
        }
    }

    /// What is wrong and what to do, without the path.
    package var message: String {
        switch self {
        case .notALedger:
            "not a ledger (a .joule file begins with the bytes 89 4A 42 4B)"
        case .notAFile: "not a regular file; name a .joule file"
        case .damagedHeader(_, let reason):
            "the file header is damaged (\(reason)); nothing after it can be trusted"
        case .newerVersion(_, let found, let supported):
            "written in format \(found), this program reads up to \(supported); update it"
        case .unknownFeature(_, let flags):
            "needs features 0x\(String(flags, radix: 16)) that this program lacks; update it"
        case .unknownCriticalBlock(_, let offset, let type):
            "block of type \(type) at byte \(offset) must be understood; update the program"
        case .busy: "another process is writing this ledger; wait for its end"
        case .damaged(_, let offset, let reason):
            "damaged at byte \(offset) (\(reason)); joulebook recover -o saves the rest"
        case .notAPack: "a ledger, not a pack; nothing is to be extracted"
        case .isPack:
            "a pack; extract it, redact the ledger, and pack again"
        case .nothingToRedact:
            "nothing is at the paths or of the names given; joulebook show lists what is"
        case .redactionTooDeep(_, let reason):
            "without what was named its runs could not be read as they were (\(reason)); name the"
                + " whole object or list that it is in, or less"
        case .nothingToPack:
            "nothing to pack: no ledger is there; name one, or a directory with .joule files"
        case .beingPacked: "another process packs its ledgers; nothing was done here"
        case .packWithinPack:
            "a pack within a pack, which holds nothing that is read; extract it"
        case .system(_, let operation, let errno):
            "cannot \(operation): \(Self.text(errno))"
        case .overBudget(_, let offset):
            "takes more work than any honest ledger, up to byte \(offset)"
        case .changed: "was written to meanwhile; try again"
        case .unusable(_, let reason), .limitExceeded(_, let reason): reason
        }
    }

    /// What the system calls an error number.
    static func text(_ errno: Int32) -> String {
        // SAFETY: strerror answers a NUL-terminated string that lives until its next call here.
        unsafe String(cString: strerror(errno))
    }
}
