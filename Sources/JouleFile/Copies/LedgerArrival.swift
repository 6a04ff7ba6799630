import Glibc

/// A version of a ledger on its way into a directory, until it is whole.
///
/// What came lies in a file of a name that no reader takes for a ledger. It stays where the way is cut
/// off, and the next arrival of that version goes on from there: equal versions have equal bytes.
package struct LedgerArrival: ~Copyable {
    package let version: LedgerVersion
    /// Bytes that have come.
    package private(set) var sizeBytes: UInt64
    private let file: SystemFile

    /// Throws `.busy` while another process receives the same.
    package init(of version: LedgerVersion, in directory: String) throws(LedgerError) {
        let name = "\(version.fileID)-\(version.blocks)-\(version.root).joule.part"
        let path = "\(directory)/\(name)"
        if unsafe access(path, F_OK) != 0 { try Self.create(path) }
        let file = try SystemFile.appendingAlone(path)
        sizeBytes = try file.size()
        self.file = file
        self.version = version
    }

    /// Whoever comes second finds the file of the first.
    private static func create(_ path: String) throws(LedgerError) {
        do throws(LedgerError) { _ = try SystemFile.creating(path) } catch {
            guard case .system(_, _, EEXIST) = error else { throw error }
        }
    }

    package var path: String { file.path }

    package mutating func append(_ bytes: [UInt8]) throws(LedgerError) {
        try file.write(bytes, at: sizeBytes)
        sizeBytes += UInt64(bytes.count)
    }

    /// Forgets what came, to begin again.
    package mutating func discard() throws(LedgerError) {
        try file.truncate(to: 0)
        sizeBytes = 0
    }

    /// Removes what came.
    package consuming func remove() { SystemFile.remove(file.path) }

    /// Checks every block of what came; nil where it is not the version, or more than that.
    package func verified(rootsAt counts: Set<UInt64>) throws(LedgerError) -> LedgerSnapshot? {
        let snapshot: LedgerSnapshot
        do throws(LedgerError) {
            snapshot = try LedgerSnapshot(
                file.path,
                LedgerSource(file.readingPath).prefix(sizeBytes, isLive: false),
                rootsAt: counts
            )
        } catch {
            if case .system = error { throw error }
            return nil
        }
        return snapshot.version == version && snapshot.sizeBytes == sizeBytes ? snapshot : nil
    }

    /// Gives it a name that nothing has; false where something has it.
    package func publish(as path: String) throws(LedgerError) -> Bool {
        try file.synchronize()
        guard unsafe link(file.path, path) == 0 else {
            guard errno == EEXIST else {
                throw .system(path: path, operation: "create", errno: errno)
            }
            return false
        }
        SystemFile.remove(file.path)
        SystemFile.synchronizeDirectory(of: path)
        return true
    }

    /// Takes the place of the ledger at `path`, of which `known` was found, where what arrived begins with
    /// it; false where it does not.
    ///
    /// Nobody writes there meanwhile: throws `.busy` while a process does, and `.changed` where it is
    /// another version by now. `arrived` knows its root at the number of blocks of `known`.
    package func replace(
        _ path: String,
        _ known: LedgerVersion,
        with arrived: LedgerSnapshot
    ) throws(LedgerError) -> Bool {
        let old = try SystemFile.appendingAlone(path)
        let source = try LedgerSource(path).prefix(try old.size(), isLive: false)
        guard try LedgerSnapshot(path, source, rootsAt: []).version == known else {
            throw .changed(path: path)
        }
        guard arrived.begins(with: known) else { return false }
        try file.synchronize()
        try SystemFile.rename(file.path, to: path)
        SystemFile.synchronizeDirectory(of: path)
        return true
    }
}
