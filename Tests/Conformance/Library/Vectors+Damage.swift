import JouleFile
import JouleFormat
import JouleQuantities

/// What disks, transfers and people do to a ledger.
extension Vector {
    static let files: [Vector] = [
        forged("text", "a text file of that name", .unreadable("not_a_ledger")) { _ in
            Array(
                "Steps, losses and joules, but no ledger at all: sixty-four bytes of text.\n".utf8
            )
        },
        forged("nothing", "a file without any byte", .unreadable("not_a_ledger")) { _ in [] },
        forged("cut-magic", "the first five bytes", .unreadable("header")) { name in
            Array(try Pieces.small(name).bytes.prefix(5))
        },
        forged("cut-header", "the first 40 bytes", .unreadable("header")) { name in
            Array(try Pieces.small(name).bytes.prefix(40))
        },
        forged("line-endings", "CR LF became LF in a transfer", .unreadable("not_a_ledger")) {
            name in
            var bytes = try Pieces.small(name).bytes
            bytes.remove(at: 4)
            return bytes
        },
        forged("newer-major", "major version 2", .unreadable("version")) { name in
            try headed(name) { $0[8] = 2 }
        },
        forged("unknown-feature", "an incompatible feature bit", .unreadable("feature")) { name in
            try headed(name) { $0[12] = 4 }
        },
        forged("header-size", "a file header that says 72 bytes", .unreadable("header")) { name in
            try headed(name) { $0[20] = 72 }
        },
        forged("header-checksum", "a flipped bit in the file header", .unreadable("header")) {
            name in
            try flipped(name, bit: 8 * 45)
        },
    ]

    private static func headed(_ name: String, _ change: (inout [UInt8]) -> Void) throws -> [UInt8]
    {
        var pieces = try Pieces.small(name)
        change(&pieces.header)
        pieces.header = Forgery.sealed(pieces.header)
        return pieces.bytes
    }

    private static func flipped(_ name: String, bit: Int) throws -> [UInt8] {
        var bytes = try Pieces.small(name).bytes
        bytes[bit / 8] ^= 1 << UInt8(bit % 8)
        return bytes
    }

    // MARK: Ends

    static let tails: [Vector] = [
        cut("cut-between-blocks", "cut behind the second DATA block") { $0.offset(of: 4) },
        cut("cut-in-block-header", "cut in the header of a block") { $0.offset(of: 3) + 20 },
        cut("cut-in-payload", "cut in a payload") { $0.offset(of: 3) + 60 },
        cut("cut-in-padding", "cut in the padding of a block") { $0.offset(of: 1) - 1 },
        cut("cut-in-trailer", "cut in the trailer") { $0.offset(of: 7) - 1 },
        forged("zero-tail", "zeros behind the trailer: room that was never used", .torn) { name in
            try Pieces.small(name).bytes + [UInt8](repeating: 0, count: 200)
        },
        forged("stale-tail", "blocks of another ledger behind the trailer", .torn) { name in
            try Pieces.small(name).bytes + Pieces.small("another").parts[1...3].joined()
        },
        forged("odd-tail", "three bytes behind the trailer", .torn) { name in
            try Pieces.small(name).bytes + [1, 2, 3]
        },
        forged(
            "own-tail",
            "a block of this ledger once more behind the trailer",
            .damaged([.repeated])
        ) { name in
            let pieces = try Pieces.small(name)
            return pieces.bytes + pieces.parts[3]
        },
    ]

    private static func cut(
        _ name: String,
        _ about: String,
        at place: @escaping @Sendable (Pieces) -> Int
    ) -> Vector {
        forged(name, about, .torn) { name in
            let pieces = try Pieces.small(name)
            return Array(pieces.bytes.prefix(place(pieces)))
        }
    }

    // MARK: Bits

    static let flips: [Vector] = [
        flip("flip-sync", "in the sync of a block", part: 2, byte: 0),
        flip("flip-type", "in the type of a block", part: 2, byte: 8),
        flip("flip-header-checksum", "in the header checksum of a block", part: 2, byte: 45),
        flip("flip-data", "in rows", part: 2, byte: 60),
        flip("flip-meta", "in the record of a run", part: 0, byte: 70),
        flip(
            "flip-schema",
            "in the names of columns, which the SUMMARY gives back",
            part: 1,
            byte: 60
        ),
        flip("flip-padding", "in the padding of a block", part: 1, byte: -1),
        flip("flip-summary", "in the SUMMARY", part: 5, byte: 60, [.damaged, .trailer]),
        forged("flip-trailer", "a flipped bit in the trailer", .torn) { name in
            try flipped(name, bit: 8 * (Pieces.small(name).offset(of: 6) + 30) + 4)
        },
    ]

    private static func flip(
        _ name: String,
        _ about: String,
        part: Int,
        byte: Int,
        _ problems: [Integrity.Problem.Kind] = [.damaged, .missing, .trailer]
    ) -> Vector {
        forged(name, "a flipped bit " + about, .damaged(problems)) { name in
            var pieces = try Pieces.small(name)
            let place = byte < 0 ? pieces.parts[part].count + byte : byte
            pieces.parts[part][place] ^= 0x10
            return pieces.bytes
        }
    }

    // MARK: Order

    static let orders: [Vector] = [
        moved("repeated-block", "a block twice", [.repeated, .trailer]) { pieces in
            pieces.parts.insert(pieces.parts[2], at: 3)
        },
        moved("missing-block", "a block that is not there", [.missing, .trailer]) { pieces in
            pieces.parts.remove(at: 2)
        },
        moved("missing-first", "the first block is not there", [.missing, .trailer]) { pieces in
            pieces.parts.remove(at: 0)
        },
        moved(
            "swapped-blocks",
            "two blocks in the place of each other",
            [.missing, .repeated, .trailer]
        ) {
            pieces in
            pieces.parts.swapAt(2, 3)
        },
        moved(
            "spliced",
            "a block of another ledger in the place of one",
            [.damaged, .missing, .trailer]
        ) { pieces in
            pieces.parts[3] = try Pieces.small("another").parts[3]
        },
        moved(
            "forged-block",
            "a block of the same ledger as it was written another time",
            [.foreign, .trailer]
        ) { pieces in
            pieces.parts[2] = try Pieces.small("forged-block", rows: 4).parts[2]
        },
        moved("embedded", "another ledger between two blocks", [.damaged, .trailer]) { pieces in
            pieces.parts.insert(try Pieces.small("another").bytes, at: 3)
        },
        moved("garbage", "eight bytes between two blocks", [.damaged, .trailer]) { pieces in
            pieces.parts.insert(Array("garbage!".utf8), at: 3)
        },
        moved(
            "zeros-between",
            "a page of zeros in the place of rows",
            [.damaged, .missing, .trailer]
        ) {
            pieces in
            pieces.parts[2] = [UInt8](repeating: 0, count: 512)
        },
        moved(
            "shifted",
            "a byte too many, so that a block is at no multiple of 8",
            [.damaged, .missing, .trailer]
        ) { pieces in
            pieces.parts.insert([0], at: 2)
            pieces.parts.insert([UInt8](repeating: 0, count: 7), at: 4)
        },
        moved("trailer-only", "a trailer and nothing before it", [.trailer]) { pieces in
            pieces.parts.removeFirst(6)
        },
    ]

    private static func moved(
        _ name: String,
        _ about: String,
        _ problems: [Integrity.Problem.Kind],
        _ change: @escaping @Sendable (inout Pieces) throws -> Void
    ) -> Vector {
        forged(name, about, .damaged(problems)) { name in
            var pieces = try Pieces.small(name)
            try change(&pieces)
            return pieces.bytes
        }
    }
}
