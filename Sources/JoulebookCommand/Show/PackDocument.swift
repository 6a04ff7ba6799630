import JouleFile
import JouleQuantities

/// What `verify` says of the ledgers in a pack.
enum PackDocument {
    /// 2 when one is damaged, 1 when one is torn or live, or when nobody sealed it: neither the
    /// ledger nor the pack.
    static func status(_ members: [PackedLedger], isSealed: Bool) -> Int32 {
        members.map { status($0, isSealed: isSealed) }.max() ?? 0
    }

    private static func status(_ member: PackedLedger, isSealed: Bool) -> Int32 {
        guard let integrity = member.integrity else { return 2 }
        if isSealed, integrity.state == .clean { return 0 }
        return IntegrityDocument.status(integrity)
    }

    /// One line for all that are closed and intact, and one for each of the others.
    static func print(_ members: [PackedLedger], of path: String, on console: Console)
        throws(CommandFailure)
    {
        guard !members.isEmpty else { return }
        let others = members.filter { $0.integrity?.state != .clean }
        let intact = members.count - others.count
        let all = members.count.counted("ledger")
        try console.print("\(path.visible): \(all) in it, \(intact) closed and intact")
        for member in others {
            let text = sentence(member).visible
            let painted = console.look.painted(text, paint(member))
            try console.print("\(path.visible)#\(member.path.visible): \(painted)")
        }
    }

    private static func sentence(_ member: PackedLedger) -> String {
        member.integrity.map(IntegrityDocument.sentence)
            ?? member.failure?.description ?? "unreadable"
    }

    private static func paint(_ member: PackedLedger) -> Paint {
        member.integrity.map(IntegrityDocument.paint) ?? .bad
    }

    /// The `members` of a file of `verify --json`; nil when there are none.
    static func json(_ members: [PackedLedger]) -> JSON? {
        guard !members.isEmpty else { return nil }
        return .array(
            members.map { member in
                var document = JSONObject()
                document["path"] = .string(member.path)
                if let integrity = member.integrity {
                    for part in IntegrityDocument.json(integrity).object?.members ?? [] {
                        document[part.name] = part.value
                    }
                } else {
                    document["state"] = "not_a_ledger"
                }
                document["message"] = .string(sentence(member))
                return .object(document)
            }
        )
    }
}
