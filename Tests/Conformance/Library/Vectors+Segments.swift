import FoundationEssentials
import JouleFile
import JouleFormat
import JouleQuantities
import JouleTestSupport

/// Ledgers whose file failed, so that the writer went on in another one.
extension Vector {
    static let segments: [Vector] =
        chain(
            "segments",
            [
                ("the first of three segments: rows of steps 0 to 3", .torn),
                ("steps 2 and 3, a document, losses and an attachment again, then 4 to 6", .torn),
                ("step 6 again, then 7, closed", .clean),
            ]
        ) { path in
            let first = try begun(path)
            var second = try goneOn(first, at: segment(1, of: path))
            try second.rows(TableID.steps, [Pieces.step(6)])
            var third = try second.successor(at: segment(2, of: path))
            try third.rows(TableID.steps, [Pieces.step(7)])
            try third.close()
        }
        + chain(
            "segments-short",
            [
                ("a segment that has everything itself", .torn),
                ("one whose writer died before everything was written again", .torn),
            ]
        ) { path in
            let first = try begun(path)
            let next = segment(1, of: path)
            _ = try goneOn(first, at: next)
            var pieces = try Pieces(Vector.bytes(next.ledger))
            // META, SCHEMA, and two of the three that are there again.
            pieces.parts.removeSubrange(4...)
            try next.write(pieces.bytes)
        }
        + chain(
            "segments-behind",
            [
                ("a segment with blocks behind those that the next one continues", .clean),
                ("one that continues all that there was and has nothing again", .clean),
            ]
        ) { path in
            var first = try begun(path)
            try first.synchronize()
            var second = try goneOn(first, at: segment(1, of: path))
            try second.close()
            try first.rows(TableID.steps, covered: 99, [Pieces.step(9)])
            try first.meta([["run": 0, "set": ["tags": ["forged"]]]])
            try first.gap(9, of: TableID.steps, .ringFull)
            try first.attach("forged", freeze, by: 20)
            try first.close()
        }

    static let brokenSegments: [Vector] =
        chain(
            "bad/segments-root",
            [
                ("a segment with other rows than the next one continues", .torn),
                ("a segment that continues other rows", .clean),
            ]
        ) { path in
            let first = try begun(path)
            var second = try goneOn(first, at: segment(1, of: path))
            try second.close()
            try FileManager.default.removeItem(atPath: path.ledger)
            _ = try begun(path, from: 10)
        }
        + chain(
            "bad/segments-lost",
            [
                ("a segment that ends before the blocks that are continued", .torn),
                ("a segment that continues blocks that are gone", .clean),
            ]
        ) { path in
            let first = try begun(path)
            var second = try goneOn(first, at: segment(1, of: path))
            try second.close()
            var pieces = try Pieces(Vector.bytes(path.ledger))
            pieces.parts.removeSubrange(2...)
            try path.write(pieces.bytes)
        }
        + chain(
            "bad/segments-hole",
            [
                (
                    "a segment with a damaged block and others behind it",
                    .damaged([.damaged, .missing])
                ),
                ("one that continues those that were whole", .clean),
            ]
        ) { path in
            _ = try begun(path)
            var pieces = try Pieces(Vector.bytes(path.ledger))
            let behind = pieces.parts.count
            pieces.parts[2][60] ^= 1
            try path.write(pieces.bytes)
            pieces.parts.remove(at: 2)
            let tree = try Forgery(pieces, behind: behind - 1).encoder.tree
            var second = try VectorWriter(segment(1, of: path)) {
                $0.segment = 1
                $0.previousRoot = tree.root.prefix64
            }
            let continued: JSON = [
                "file": .hex(path.header.fileID), "root": .hex(tree.root.bytes),
                "blocks": .integer(Int64(tree.size)),
            ]
            try second.meta([
                ["run": 0, "set": VectorWriter.facts, "segment": 1, "continues": continued]
            ])
            try second.meta([["run": 0, "set": ["tags": ["repaired"]]]])
            try second.close()
        }
        + chain(
            "bad/segments-stranger",
            [
                ("a ledger beside which the segment of another lies", .torn),
                ("a segment of another ledger", .clean),
            ]
        ) { path in
            let other = VectorPath(ledger: path.ledger + ".other.joule", compression: .none)
            let first = try begun(other)
            var second = try goneOn(first, at: segment(1, of: path))
            try second.close()
            _ = try begun(path)
        }

    /// A run with two steps and half an attachment that are known to be on disk, and more that is
    /// not.
    private static func begun(_ path: VectorPath, from step: Int64 = 0) throws -> VectorWriter {
        var writer = try VectorWriter(path)
        try writer.record()
        writer.keepUnsynced()
        writer.define(TableID.steps, [.real("loss")])
        try writer.rows(TableID.steps, covered: 4, (step..<step + 2).map(Pieces.step))
        try writer.attach("freeze", freeze, by: 10, parts: 1)
        try writer.synchronize()
        try writer.rows(TableID.steps, covered: 8, (step + 2..<step + 4).map(Pieces.step))
        try writer.meta([["run": 0, "set": ["tags": ["again"]]]], covered: 1)
        try writer.gap(7, of: TableID.steps, .ringFull)
        try writer.attach("freeze", freeze, by: 10, from: 10)
        return writer
    }

    /// A segment behind it with two steps more, which are known to be on disk.
    private static func goneOn(_ before: borrowing VectorWriter, at path: VectorPath) throws
        -> VectorWriter
    {
        var writer = try before.successor(at: path)
        writer.define(TableID.steps, [.real("loss"), .real("rate")])
        try writer.rows(
            TableID.steps,
            covered: 12,
            (4..<6).map { Pieces.step($0) + [.real(4, 0.5)] }
        )
        // What a file refers to is in it: attachments begin again.
        try writer.attach("freeze", freeze, by: 10)
        try writer.synchronize()
        return writer
    }

    private static let freeze = Array("numpy==2.1.0".utf8)

    private static func segment(_ number: Int, of path: VectorPath) -> VectorPath {
        let stem = path.ledger.dropLast(".joule".count)
        return VectorPath(ledger: "\(stem).\(number).joule", compression: .none)
    }

    /// A vector for each file that `write` leaves of a ledger.
    private static func chain(
        _ name: String,
        _ told: [(about: String, outcome: Outcome)],
        _ write: @escaping @Sendable (VectorPath) throws -> Void
    ) -> [Vector] {
        told.enumerated().map { place, told in
            let own = place == 0 ? name : "\(name).\(place)"
            return Vector(own, told.about, told.outcome) { path in
                let directory = TemporaryDirectory()
                func file(_ name: String) -> String {
                    "\(directory.path)/\(name.split(separator: "/").last ?? "").joule"
                }
                try write(VectorPath(ledger: file(name), compression: .none))
                try path.write(Vector.bytes(file(own)))
            }
        }
    }
}
