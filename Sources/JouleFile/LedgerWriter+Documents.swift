import JouleFormat
package import JouleQuantities
import JouleSystem

extension LedgerWriter {
    /// States the run's meters; `appendEnergy` and `appendTelemetry` number them in this order.
    package func describe(meters: [MeterDescription]) {
        annotate(["meters": .array(meters.map(\.json))])
    }

    /// Sets members of the run's record, where an explicit null removes one, and then adds elements to
    /// lists of it.
    package func annotate(_ members: JSON, appending lists: JSON? = nil) {
        guard isActive else { return }
        let document = Self.document(settingUp: members, appending: lists)
        guard document.count <= PendingDocuments.documentSizeMax else {
            return countDrop(TableID.none, .refused)
        }
        guard !push(RingEncoder.meta(document), table: TableID.none) else { return }
        switch pendingMeta.withLock({ $0.add(document) }) {
        case .closed: state.noteLate()
        case .full, .tooLong: countDrop(TableID.none, .ringFull)
        case .kept: state.wake()
        }
    }

    /// A META document of run 0.
    static func document(settingUp members: JSON, appending lists: JSON? = nil) -> [UInt8] {
        var document = JSONObject()
        document["run"] = 0
        document["set"] = members == [:] ? nil : members
        document["append"] = lists
        var bytes: [UInt8] = []
        JSON.object(document).write(into: &bytes)
        return bytes
    }
}

/// Documents that wait in memory.
struct PendingDocuments: Sendable {
    private(set) var documents: [[UInt8]] = []
    private var size = 0
    private var isOpen = true

    /// Bytes of the longest document that a program may add.
    static let documentSizeMax = 1 << 20
    /// Bytes of all that may wait for a disk.
    static let sizeMax = 16 << 20

    /// Takes a document, unless the last blocks may be written already.
    mutating func add(_ document: [UInt8]) -> RingArea.Push {
        guard isOpen else { return .closed }
        guard size + document.count <= Self.sizeMax else { return .full }
        addLast(document)
        return .kept
    }

    /// Takes what the writer's thread has to say, which comes before its last block.
    mutating func addLast(_ document: [UInt8]) {
        documents.append(document)
        size += document.count
    }

    mutating func close() { isOpen = false }

    mutating func removeFirst(_ count: Int) {
        for document in documents.prefix(count) { size -= document.count }
        documents.removeFirst(count)
    }
}
