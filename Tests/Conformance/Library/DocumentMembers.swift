import JouleFile
import JouleFormat
import JouleQuantities

/// What a document says of the ledgers in a pack.
enum DocumentMembers {
    /// The parts of one of them, as far as they follow each other.
    private struct Member {
        let number: UInt32
        let size: UInt64
        var bytes: [UInt8]
        var isAwaited = true

        var isComplete: Bool { UInt64(bytes.count) == size }

        var json: JSON {
            [
                "member": .count(number), "size": .count(size),
                "sha256": .string(Digest(of: bytes).hex), "complete": .bool(isComplete),
            ]
        }
    }

    /// Each begins with a part of offset 0 and ends where another block stands between.
    static func json(of blocks: [LedgerBlock]) -> JSON {
        var members: [Member] = []
        for block in blocks {
            guard block.header.type == BlockType.member else {
                if !members.isEmpty { members[members.count - 1].isAwaited = false }
                continue
            }
            guard let part = try? PayloadDecoder.member(block.payload, header: block.header) else {
                continue
            }
            if part.offset == 0 {
                members.append(Member(number: part.member, size: part.size, bytes: []))
            }
            let last = members.count - 1
            guard last >= 0, members[last].isAwaited, members[last].number == part.member,
                members[last].size == part.size, UInt64(members[last].bytes.count) == part.offset
            else {
                if last >= 0 { members[last].isAwaited = false }
                continue
            }
            members[last].bytes += part.bytes
        }
        return .array(members.map(\.json))
    }
}
