package import JouleFile

/// Sends ledgers to an object store, each in the version that there is now.
///
/// A version is an object of its own name. An earlier one is removed when the later one is there whole
/// and begins with it. Where the store has a later version that begins with this one, it is left alone.
/// Versions that do not begin with each other are all kept.
package struct LedgerPush {
    private let store: S3Store
    private let prefix: String
    private let drafts: String
    private let isDry: Bool
    private var stored: StoredVersions
    private let uploads: [String: [S3Store.Upload]]

    /// Sent at once; what is larger goes in parts of at least that size.
    static let partSize: UInt64 = 8 << 20

    /// Asks what is there of `files`; `drafts` is a folder with room for copies of ledgers that were not
    /// closed.
    package init(
        _ files: [LedgerDirectory.CopiedFile],
        to store: S3Store,
        below prefix: String,
        draftsIn drafts: String,
        isDry: Bool
    ) throws(ObjectStoreError) {
        self.store = store
        self.prefix = prefix
        self.drafts = drafts
        self.isDry = isDry
        let only = files.count == 1 ? try? LedgerSnapshot.fileID(of: files[0].path) : nil
        stored = try StoredVersions(in: store, below: prefix, fileID: only)
        let folder = only.map { LedgerObject.folder(of: $0, below: prefix) }
        let begun = try store.uploads(below: folder ?? (prefix.isEmpty ? "" : prefix + "/"))
        uploads = Dictionary(grouping: begun) { upload in
            LedgerObject(key: upload.key, sizeBytes: 0)?.version.fileID ?? ""
        }
    }

    /// Sends one; what goes wrong with it alone is its outcome.
    ///
    /// Throws when nothing more can be sent.
    package mutating func push(
        _ file: LedgerDirectory.CopiedFile,
        progress: (_ bytes: UInt64) -> Void
    ) throws(ObjectStoreError) -> LedgerTransfer {
        var transfer = LedgerTransfer(path: file.path, fileID: "", outcome: .failed)
        do throws(TransferFailure) {
            try push(file, &transfer, progress)
        } catch {
            if case .store(let error) = error, error.isGeneral { throw error }
            transfer.outcome = .failed
            transfer.message = error.message
        }
        return transfer
    }

    private mutating func push(
        _ file: LedgerDirectory.CopiedFile,
        _ transfer: inout LedgerTransfer,
        _ progress: (_ bytes: UInt64) -> Void
    ) throws(TransferFailure) {
        let fileID = try onLedger { () throws(LedgerError) in
            try LedgerSnapshot.fileID(of: file.path)
        }
        transfer.fileID = fileID
        let others = stored.objects[fileID] ?? []
        let begun = (uploads[fileID] ?? []).compactMap { LedgerObject(key: $0.key, sizeBytes: 0) }
        let counts = Set((others + begun).map(\.version.blocks))
        let snapshot = try onLedger { () throws(LedgerError) in
            try LedgerSnapshot(of: file.path, rootsAt: counts, draftsIn: drafts)
        }
        transfer.version = snapshot.version
        transfer.sizeBytes = snapshot.sizeBytes
        transfer.isLive = snapshot.isLive
        let relation = try VersionRelation(of: snapshot, to: others) {
            other throws(TransferFailure) in
            try continues(other, snapshot)
        }
        let object = LedgerObject(snapshot.version, below: prefix, sizeBytes: snapshot.sizeBytes)
        if relation.hasLater {
            transfer.outcome = .longer
        } else if let same = relation.same, same.sizeBytes >= snapshot.sizeBytes {
            transfer.outcome = .present
        } else {
            if !isDry { try send(snapshot, as: object, file.name, progress) }
            transfer.outcome = .transferred
        }
        if !isDry, !relation.hasLater {
            stored.add(object)
            try clear(behind: snapshot, relation.earlier)
            transfer.removed = relation.earlier.count
        }
        guard !relation.forks.isEmpty else { return }
        let keys = relation.forks.map { "\(store.name)/\($0.key)" }.joined(separator: ", ")
        transfer.outcome = .forked
        transfer.message =
            "\(file.path): it and \(keys) have the same beginning and do not continue each other;"
            + " all are kept; joulebook verify tells which is whole"
    }

    /// Whether a longer object begins with the bytes that are here.
    private func continues(_ object: LedgerObject, _ snapshot: LedgerSnapshot)
        throws(TransferFailure) -> Bool
    {
        guard object.sizeBytes >= snapshot.sizeBytes else { return false }
        var offset: UInt64 = 0
        while offset < snapshot.sizeBytes {
            let count = Int(min(Self.partSize, snapshot.sizeBytes - offset))
            let here = try read(snapshot, at: offset, count: count)
            let there = try onStore { () throws(ObjectStoreError) in
                try store.read(object.key, at: offset, count: count)
            }
            guard here == there else { return false }
            offset += UInt64(count)
        }
        return true
    }

    /// Removes what a version that is there now has, too.
    private mutating func clear(
        behind snapshot: LedgerSnapshot,
        _ earlier: [LedgerObject]
    ) throws(TransferFailure) {
        let store = store
        for object in earlier {
            try onStore { () throws(ObjectStoreError) in try store.remove(object.key) }
            stored.remove(object)
        }
        for upload in uploads[snapshot.version.fileID] ?? [] {
            guard let begun = LedgerObject(key: upload.key, sizeBytes: 0),
                snapshot.begins(with: begun.version)
            else { continue }
            try onStore { () throws(ObjectStoreError) in try store.abort(upload) }
        }
    }

    // MARK: Sending

    private func send(
        _ snapshot: LedgerSnapshot,
        as object: LedgerObject,
        _ name: String,
        _ progress: (_ bytes: UInt64) -> Void
    ) throws(TransferFailure) {
        let notes = LedgerName.notes(of: name)
        if snapshot.sizeBytes <= Self.partSize {
            let content = try read(snapshot, at: 0, count: Int(snapshot.sizeBytes))
            try onStore { () throws(ObjectStoreError) in
                try store.put(content, as: object.key, notes: notes)
            }
        } else {
            try sendParts(of: snapshot, as: object, notes, progress)
        }
        let facts = try onStore { () throws(ObjectStoreError) in try store.facts(of: object.key) }
        guard facts?.sizeBytes == snapshot.sizeBytes else {
            let there = facts.map { "has \($0.sizeBytes)" } ?? "has none"
            throw .other(
                "\(store.name)/\(object.key): the store \(there) of \(snapshot.sizeBytes) bytes that were"
                    + " sent; push again"
            )
        }
        progress(snapshot.sizeBytes)
    }

    /// Goes on with what an earlier push has sent: equal versions have equal bytes.
    private func sendParts(
        of snapshot: LedgerSnapshot,
        as object: LedgerObject,
        _ notes: [String: String],
        _ progress: (_ bytes: UInt64) -> Void
    ) throws(TransferFailure) {
        let begun = uploads[snapshot.version.fileID]?.first { $0.key == object.key }
        let size = Self.partSize(of: snapshot.sizeBytes)
        do throws(TransferFailure) {
            let (upload, arrived) = try onStore { () throws(ObjectStoreError) in
                if let begun { return (begun, try store.parts(of: begun)) }
                return (try store.begin(object.key, notes: notes), [:])
            }
            var parts = arrived
            let count = Int((snapshot.sizeBytes + size - 1) / size)
            for number in 1...count {
                let offset = UInt64(number - 1) * size
                let length = min(size, snapshot.sizeBytes - offset)
                if parts[number]?.sizeBytes != length {
                    let content = try read(snapshot, at: offset, count: Int(length))
                    parts[number] = try onStore { () throws(ObjectStoreError) in
                        try store.put(content, asPart: number, of: upload)
                    }
                }
                progress(offset + length)
            }
            let whole = parts.filter { $0.key <= count }
            try onStore { () throws(ObjectStoreError) in try store.complete(upload, of: whole) }
        } catch {
            // It may have been completed by a request whose answer was lost, or by another push.
            guard case .store(.missing) = error else { throw error }
        }
    }

    static func partSize(of size: UInt64) -> UInt64 {
        let least = (size + S3Store.partsMax - 1) / S3Store.partsMax
        let mebibyte: UInt64 = 1 << 20
        return max(partSize, (least + mebibyte - 1) / mebibyte * mebibyte)
    }

    private func read(_ snapshot: LedgerSnapshot, at offset: UInt64, count: Int)
        throws(TransferFailure) -> [UInt8]
    {
        try onLedger { () throws(LedgerError) in try snapshot.read(at: offset, count: count) }
    }
}

func onLedger<Result: ~Copyable>(
    _ body: () throws(LedgerError) -> Result
) throws(TransferFailure) -> Result {
    do throws(LedgerError) { return try body() } catch { throw .ledger(error) }
}

func onStore<Result>(
    _ body: () throws(ObjectStoreError) -> Result
) throws(TransferFailure) -> Result {
    do throws(ObjectStoreError) { return try body() } catch { throw .store(error) }
}
