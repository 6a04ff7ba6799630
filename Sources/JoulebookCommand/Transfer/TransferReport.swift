import JouleExchange
import JouleFile
import JouleQuantities

/// What a push or a pull did, ledger by ledger.
struct TransferReport {
    /// The words of a direction.
    enum Direction: String {
        case push, pull

        fileprivate var verb: String { self == .push ? "sent" : "received" }
        fileprivate var place: String { self == .push ? "there" : "here" }
    }

    let direction: Direction
    let isDry: Bool
    private(set) var transfers: [LedgerTransfer] = []

    init(_ direction: Direction, isDry: Bool) {
        self.direction = direction
        self.isDry = isDry
    }

    mutating func add(_ transfer: LedgerTransfer) { transfers.append(transfer) }

    /// Whether every ledger is where it should be.
    private var isComplete: Bool {
        !transfers.contains { $0.outcome == .forked || $0.outcome == .failed }
    }

    /// Such as `3 sent (4096 bytes), 1 there already`.
    private var summary: String {
        var parts: [String] = []
        let moved = transfers.filter { $0.outcome == .transferred }
        // A store may tell any sizes.
        let bytes = moved.reduce(UInt64(0)) { sum, transfer in
            let (more, isOver) = sum.addingReportingOverflow(transfer.sizeBytes)
            return isOver ? .max : more
        }
        let would = isDry ? "would be " : ""
        parts.append("\(moved.count) \(would)\(direction.verb) (\(bytes.counted("byte")))")
        for (outcome, words) in [
            (LedgerTransfer.Outcome.present, "\(direction.place) already"),
            (.longer, "longer \(direction.place)"), (.forked, "forked"), (.failed, "failed"),
        ] {
            let count = transfers.count { $0.outcome == outcome }
            if count > 0 { parts.append("\(count) \(words)") }
        }
        return parts.joined(separator: ", ")
    }

    /// Prints what was done, also where an error ended it, and returns the exit status.
    func finish(
        _ address: S3Address,
        after error: ObjectStoreError?,
        asJSON: Bool,
        on console: Console
    ) throws(CommandFailure) -> Int32 {
        complain(on: console)
        if asJSON {
            try console.print(json(address))
        } else if error == nil || !transfers.isEmpty {
            try console.print("\(address): \(summary)".visible)
        }
        if let error { throw CommandFailure(error) }
        return isComplete ? 0 : 1
    }

    /// What there is to say of each ledger alone.
    private func complain(on console: Console) {
        for transfer in transfers {
            if transfer.isLive {
                console.complain("\(transfer.path): still being written; \(liveWords)")
            }
            if let message = transfer.message { console.complain(message) }
        }
    }

    private var liveWords: String {
        direction == .push ? "so far as it was whole" : "left as it is where it is longer"
    }

    private func json(_ address: S3Address) -> [UInt8] {
        let document: JSON = [
            "schema": "joulebook.transfer/1",
            "direction": .string(direction.rawValue),
            "store": .string(address.description),
            "dry_run": .bool(isDry),
            "ledgers": .array(transfers.map(Self.json)),
        ]
        return document.bytes
    }

    private static func json(_ transfer: LedgerTransfer) -> JSON {
        [
            "path": .orNull(transfer.path.isEmpty ? nil : transfer.path),
            "file": .orNull(transfer.fileID.isEmpty ? nil : transfer.fileID),
            "blocks": transfer.version.map { .integer(Int64(clamping: $0.blocks)) } ?? .null,
            "root": .orNull(transfer.version?.root),
            "size_bytes": .integer(Int64(clamping: transfer.sizeBytes)),
            "outcome": .string(transfer.outcome.rawValue),
            "live": .bool(transfer.isLive),
            "removed": .integer(Int64(transfer.removed)),
            "message": .orNull(transfer.message),
        ]
    }
}
