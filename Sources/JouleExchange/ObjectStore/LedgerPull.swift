import JouleFile

/// Receives ledgers from an object store, each in its longest version.
///
/// What came is checked block by block and must have the root that its name tells before it gets a name
/// in the directory. A ledger that is there is replaced only by a version that begins with all of it.
package struct LedgerPull {
    private let store: S3Store
    private let directory: String
    private let isDry: Bool
    /// What has not been received yet, by the ids of files.
    private var pending: [String: [LedgerObject]]
    /// Where the ledgers of the directory are, by the ids of their files.
    private var places: [String: String]

    /// Bytes that are asked for at once.
    private static let pieceSize: UInt64 = 8 << 20
    /// Files in which an honest ledger goes on, and some more.
    private static let depthMax = 16
    private static let variantsMax = 1000

    /// Asks what is below a prefix, which may be the folder of one file.
    ///
    /// `places` are those of the ledgers in the directory, by the ids of their files.
    package init(
        from store: S3Store,
        below prefix: String,
        into directory: String,
        places: [String: String],
        isDry: Bool
    ) throws(ObjectStoreError) {
        self.store = store
        self.directory = directory
        self.isDry = isDry
        let parts = prefix.split(separator: "/")
        let last = parts.last.map(String.init) ?? ""
        let isOne = LedgerVersion.isFileID(last)
        let stored = try StoredVersions(
            in: store,
            below: isOne ? parts.dropLast().joined(separator: "/") : prefix,
            fileID: isOne ? last : nil
        )
        pending = stored.objects
        self.places = places
    }

    /// The ids of the files that are there, in their order.
    package var fileIDs: [String] { pending.keys.sorted() }

    /// Receives one file and those before it that it continues; none where it came with another.
    ///
    /// What goes wrong with one alone is its outcome. Throws when nothing more can be received.
    package mutating func pull(
        _ fileID: String,
        progress: (_ bytes: UInt64) -> Void
    ) throws(ObjectStoreError) -> [LedgerTransfer] {
        var transfers: [LedgerTransfer] = []
        try pull(fileID, depth: 0, into: &transfers, progress)
        return transfers
    }

    private mutating func pull(
        _ fileID: String,
        depth: Int,
        into transfers: inout [LedgerTransfer],
        _ progress: (_ bytes: UInt64) -> Void
    ) throws(ObjectStoreError) {
        guard let objects = pending.removeValue(forKey: fileID) else { return }
        let path = places[fileID]
        var transfer = LedgerTransfer(path: path ?? "", fileID: fileID, outcome: .failed)
        do throws(TransferFailure) {
            if let (wanted, here) = try wanted(of: objects, &transfer), !isDry {
                try receive(wanted, objects, here, depth: depth, &transfer, &transfers, progress)
            }
        } catch {
            if case .store(let error) = error, error.isGeneral { throw error }
            transfer.outcome = .failed
            transfer.message = error.message
        }
        transfers.append(transfer)
    }

    /// The longest version, and the one that is here; nil where that is as long, as `transfer` then tells.
    private func wanted(
        of objects: [LedgerObject],
        _ transfer: inout LedgerTransfer
    ) throws(TransferFailure) -> (LedgerObject, here: LedgerVersion?)? {
        guard let longest = objects.max(by: { Self.length(of: $0) < Self.length(of: $1) }) else {
            return nil
        }
        transfer.version = longest.version
        transfer.sizeBytes = longest.sizeBytes
        transfer.outcome = .transferred
        guard !transfer.path.isEmpty else { return (longest, nil) }
        let path = transfer.path
        let here = try onLedger { () throws(LedgerError) in
            try LedgerSnapshot(of: path, rootsAt: Set(objects.map(\.version.blocks)))
        }
        transfer.isLive = here.isLive
        if (longest.version.blocks, longest.sizeBytes) > (here.version.blocks, here.sizeBytes) {
            return (longest, here.version)
        }
        transfer.version = here.version
        transfer.sizeBytes = here.sizeBytes
        let forks = objects.filter { !here.begins(with: $0.version) }
        transfer.outcome =
            !forks.isEmpty ? .forked : longest.version == here.version ? .present : .longer
        transfer.message = message(of: forks, and: path)
        return nil
    }

    private static func length(of object: LedgerObject) -> (UInt64, UInt64) {
        (object.version.blocks, object.sizeBytes)
    }

    /// Nil where there is no fork.
    private func message(of forks: [LedgerObject], and path: String) -> String? {
        guard !forks.isEmpty else { return nil }
        let keys = forks.map { "\(store.name)/\($0.key)" }.joined(separator: ", ")
        return "\(path): it and \(keys) do not continue each other; all are kept"
    }

    // MARK: Receiving

    private mutating func receive(
        _ object: LedgerObject,
        _ objects: [LedgerObject],
        _ here: LedgerVersion?,
        depth: Int,
        _ transfer: inout LedgerTransfer,
        _ transfers: inout [LedgerTransfer],
        _ progress: (_ bytes: UInt64) -> Void
    ) throws(TransferFailure) {
        let facts = try onStore { () throws(ObjectStoreError) in
            guard let facts = try store.facts(of: object.key) else {
                throw .missing(place: "\(store.name)/\(object.key)")
            }
            return facts
        }
        let directory = directory
        try onLedger { () throws(LedgerError) in try LedgerImport.makeDirectory(directory) }
        var arrival = try onLedger { () throws(LedgerError) in
            try LedgerArrival(of: object.version, in: directory)
        }
        try fetch(object, facts.sizeBytes, into: &arrival, progress)
        let counts = Set(objects.map(\.version.blocks) + [here?.blocks ?? 0])
        guard let arrived = try verified(arrival, rootsAt: counts) else {
            arrival.remove()
            throw .other(
                "\(store.name)/\(object.key): what came is not what its name says and was not kept; remove"
                    + " it from the store, and push the ledger again"
            )
        }
        transfer.sizeBytes = arrived.sizeBytes
        if let here {
            guard try replace(transfer.path, here, with: arrived, arrival) else {
                arrival.remove()
                transfer.outcome = .forked
                transfer.message = message(of: [object], and: transfer.path)
                return
            }
        } else {
            if let before = arrived.precedingFileID, depth < Self.depthMax {
                do throws(ObjectStoreError) {
                    try pull(before, depth: depth + 1, into: &transfers, progress)
                } catch {
                    throw .store(error)
                }
            }
            transfer.path = try publish(arrival, arrived, notes: facts.notes)
        }
        places[object.version.fileID] = transfer.path
        let forks = objects.filter { $0 != object && !arrived.begins(with: $0.version) }
        guard let message = message(of: forks, and: transfer.path) else { return }
        transfer.outcome = .forked
        transfer.message = message
    }

    /// Fetches what has not come yet.
    private func fetch(
        _ object: LedgerObject,
        _ size: UInt64,
        into arrival: inout LedgerArrival,
        _ progress: (_ bytes: UInt64) -> Void
    ) throws(TransferFailure) {
        do throws(LedgerError) {
            if arrival.sizeBytes > size { try arrival.discard() }
        } catch {
            throw .ledger(error)
        }
        while arrival.sizeBytes < size {
            let offset = arrival.sizeBytes
            let count = Int(min(Self.pieceSize, size - offset))
            let piece = try onStore { () throws(ObjectStoreError) in
                try store.read(object.key, at: offset, count: count)
            }
            do throws(LedgerError) { try arrival.append(piece) } catch { throw .ledger(error) }
            progress(arrival.sizeBytes)
        }
    }

    private func verified(
        _ arrival: borrowing LedgerArrival,
        rootsAt counts: Set<UInt64>
    ) throws(TransferFailure) -> LedgerSnapshot? {
        do throws(LedgerError) { return try arrival.verified(rootsAt: counts) } catch {
            throw .ledger(error)
        }
    }

    // MARK: Places

    private func replace(
        _ path: String,
        _ here: LedgerVersion,
        with arrived: LedgerSnapshot,
        _ arrival: borrowing LedgerArrival
    ) throws(TransferFailure) -> Bool {
        do throws(LedgerError) { return try arrival.replace(path, here, with: arrived) } catch {
            throw .ledger(error)
        }
    }

    /// Gives a ledger that is new here a name, which is returned.
    ///
    /// A file that continues another stands beside that one, wherever it is.
    private func publish(
        _ arrival: borrowing LedgerArrival,
        _ arrived: LedgerSnapshot,
        notes: [String: String]
    ) throws(TransferFailure) -> String {
        let name = LedgerName.name(of: arrived.version.fileID, notes: notes)
        let before = arrived.precedingFileID.flatMap { places[$0] }
        let path =
            before.map { LedgerDirectory.path(ofSegment: arrived.segment, behind: $0) }
            ?? "\(directory)/\(name)"
        do throws(LedgerError) {
            if let slash = path.lastIndex(of: "/") {
                try LedgerImport.makeDirectory(String(path[..<slash]))
            }
            if try arrival.publish(as: path) { return path }
            for number in 2...Self.variantsMax {
                let variant = LedgerName.variant(path, number)
                if try arrival.publish(as: variant) { return variant }
            }
        } catch {
            throw .ledger(error)
        }
        throw .other("\(path): \(Self.variantsMax) other ledgers have its name; pull elsewhere")
    }
}
