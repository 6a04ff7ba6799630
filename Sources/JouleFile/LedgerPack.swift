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
        let isDirectory = LedgerDirectory.isDirectory(path)
        let segments = try? SegmentChain(of: path).segments.map(\.path)
        let files = isDirectory ? try LedgerDirectory.ledgers(below: path) : segments ?? [path]
        let total = files.reduce(0) { $0 + fileSize($1) }
        var writer = try PackWriter(target)
        var done: UInt64 = 0
        for file in files {
            let name = isDirectory ? relative(file, to: path) : lastComponent(file)
            try writer.add(file, as: name) { progress?(done + $0, total) }
            done += fileSize(file)
        }
        guard writer.hasLedger, writer.result.ledgers > 0 else { throw .nothingToPack(path: path) }
        return try writer.close()
    }

    private static func fileSize(_ path: String) -> UInt64 {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return 0 }
        return UInt64(clamping: status.st_size)
    }

    private static func relative(_ file: String, to directory: String) -> String {
        let prefix = directory.hasSuffix("/") ? directory : directory + "/"
        return String(file.dropFirst(prefix.count))
    }

    private static func lastComponent(_ path: String) -> String {
        path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
    }
}
