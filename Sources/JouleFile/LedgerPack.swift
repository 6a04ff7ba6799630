import Glibc
import JouleFormat
import JouleQuantities

/// What packing ledgers into one file did.
package struct LedgerPack: Sendable {
    /// Ledgers that the pack holds, equal ones counted once.
    package internal(set) var ledgers = 0
    package internal(set) var runs = 0
    /// Names of ledgers whose bytes another name has brought already.
    package internal(set) var copies: [String] = []
    /// Ledgers of which the pack holds a copy with the rows of a left-over ring in blocks.
    package internal(set) var drained: [String] = []
    /// Ledgers that are still being written: packed as far as they were whole.
    package internal(set) var live: [String] = []
    /// What is packed, byte for byte, although it is damaged or no ledger, and why.
    package internal(set) var damaged: [LedgerDirectory.Problem] = []
    /// What is not packed, and why.
    package internal(set) var leftOut: [LedgerDirectory.Problem] = []
    /// Of the pack.
    package internal(set) var sizeBytes: UInt64 = 0

    /// Writes the ledgers below `path`, or the one at it, into a new pack at `target`.
    ///
    /// The segments of a ledger are a member each, its runs are listed once. Members of packs become
    /// members of the new one. The pack appears as a whole or not at all;
    /// `progress` is told how many bytes of how many are packed.
    ///
    /// Throws when there is nothing to pack, when `target` exists, and when something cannot be
    /// read or written.
    package static func write(
        _ path: String,
        to target: String,
        progress: ((_ done: UInt64, _ of: UInt64) -> Void)? = nil
    ) throws(LedgerError) -> LedgerPack {
        guard unsafe access(target, F_OK) != 0 else {
            throw .system(path: target, operation: "create", errno: EEXIST)
        }
        let files = try LedgerDirectory.copied(path)
        let total = files.reduce(0) { $0 + fileSize($1.path) }
        var writer = try PackWriter(target)
        var done: UInt64 = 0
        for file in files {
            try writer.add(file.path, as: file.name) { progress?(done + $0, total) }
            done += fileSize(file.path)
        }
        guard writer.hasLedger, writer.result.ledgers > 0 else { throw .nothingToPack(path: path) }
        return try writer.close()
    }

    private static func fileSize(_ path: String) -> UInt64 {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return 0 }
        return UInt64(clamping: status.st_size)
    }
}
