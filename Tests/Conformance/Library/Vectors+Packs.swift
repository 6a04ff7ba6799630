import JouleFile
import JouleFormat
import JouleQuantities

extension Vector {
    /// Ledgers that hold others.
    static let packs: [Vector] = [
        Vector("pack", "three members, one of them empty, with the rows that name them") {
            var writer = try VectorWriter($0) { $0.compatibleFlags = 1 }
            let members = [header, Array("no ledger".utf8), []]
            for (number, bytes) in members.enumerated() {
                try writer.member(UInt32(number), bytes)
            }
            try writer.rows(
                TableID.members,
                members.enumerated().map { number, bytes in
                    [
                        .int(0, Int64(number)), .text(1, "runs/\(number).joule"),
                        .int(2, Int64(bytes.count)), .int(3, 64), .int(4, 1),
                        .text(5, number == 0 ? "torn" : "unreadable"),
                        .text(6, number == 0 ? Digest(of: []).hex : ""),
                        .text(7, number == 0 ? "00" : ""),
                    ]
                }
            )
            try writer.meta([
                ["run": 0, "member": 0, "set": Self.facts, "totals": ["epochs": 0]]
            ])
            try writer.close()
        },
        Vector("pack-empty", "a pack of nothing") {
            var writer = try VectorWriter($0) { $0.compatibleFlags = 1 }
            try writer.close()
        },
    ]

    /// Members that are not where they belong.
    static let brokenPacks: [Vector] = [
        Vector("bad/member-out-of-order", "member 1 before member 0", .damaged([.member])) {
            var writer = try VectorWriter($0) { $0.compatibleFlags = 1 }
            try writer.member(1, header)
            try writer.close()
        },
        Vector("bad/member-headless", "the second part of a member alone", .damaged([.member])) {
            var writer = try VectorWriter($0) { $0.compatibleFlags = 1 }
            try writer.member(0, [7], size: (1 << 20) + 1, offset: 1 << 20)
            try writer.close()
        },
        Vector("bad/member-beyond", "a member of number 2²⁰", .damaged([.payload])) {
            var writer = try VectorWriter($0) { $0.compatibleFlags = 1 }
            try writer.member(1 << 20, header)
            try writer.close()
        },
        Vector("bad/member-in-no-pack", "a member in an ordinary ledger", .damaged([.member])) {
            var writer = try VectorWriter($0)
            try writer.member(0, header)
            try writer.close()
        },
    ]

    private static let facts = VectorWriter.facts

    /// A ledger without blocks.
    private static var header: [UInt8] {
        BlockEncoder.encode(VectorPath.header(of: "member"))
    }
}

extension VectorWriter {
    /// Appends one part of a member, all of it unless more is said.
    mutating func member(_ number: UInt32, _ bytes: [UInt8], size: Int? = nil, offset: UInt64 = 0)
        throws
    {
        try part(
            MemberPayload(
                member: number,
                offset: offset,
                size: UInt64(size ?? bytes.count),
                bytes: bytes[...]
            )
        )
    }
}
