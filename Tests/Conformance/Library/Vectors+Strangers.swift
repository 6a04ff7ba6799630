import JouleFile
import JouleFormat
import JouleQuantities

/// Rings that belong to another ledger, or say what no ring may.
extension Vector {
    static let strangers: [Vector] = [
        ring("ring-foreign", "a ring of another ledger, which is ignored") { $0[16] ^= 1 },
        ring("ring-magic", "a ring with another magic") { $0[1] = 0x4B },
        ring("ring-version", "a ring of version 2") { $0[8] = 2 },
        ring("ring-areas", "a ring with three areas") { $0[10] = 3 },
        ring("ring-slots", "a ring whose slots are no power of two") { $0[36] = 7 },
        ring("ring-beyond", "a ring with an area beyond the end of its file") { $0[44] = 16 },
        ring("ring-checksum", "a ring whose header fails its checksum", isSealed: false) {
            $0[40] ^= 1
        },
        Vector("bad/ring-cut", "a ring that ends before its last slot", .torn) { path in
            try recorded(path)
            var ring = try VectorRing()
            try ring.step(0)
            try ring.write(path) { $0.removeLast(64) }
        },
        Vector(
            "bad/ring-entries",
            "whole entries of unknown kinds and broken words between good ones",
            .torn
        ) {
            path in
            try recorded(path)
            var ring = try VectorRing()
            try ring.step(0)
            try ring.push([4, 0, 1, 2, 3], in: 1)
            try ring.push([1, 0, 2, 0, 1, 0, 3, 0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0xFF], in: 1)
            try ring.push([1, 0, 2, 0, 2, 0, 1, 0, 1], in: 1)
            try ring.push([], in: 1)
            try ring.step(1)
            try ring.push([2, 0, 2, 0, 3, 0, 9, 1, 0, 0, 0, 0], in: 0)
            try ring.push([3, 0] + Array("[]".utf8), in: 0)
            try ring.push([3, 0] + Array(#"{"run":0,"set":{"note":"good"}}"#.utf8), in: 0)
            try ring.write(path)
        },
        Vector("bad/ring-tail", "a tail far from every entry", .torn) { path in
            try recorded(path)
            var ring = try VectorRing()
            try ring.step(0)
            ring.memory.setTail(of: 1, to: .max - 3)
            try ring.write(path)
        },
        Vector("bad/huge-covered", "rows that say they cover every slot there will ever be", .torn)
        { path in
            try recorded(path) { writer in
                try writer.rows(TableID.steps, covered: .max, [Pieces.step(0)])
                try writer.meta([["run": 0, "set": [:]]], covered: .max)
            }
            var ring = try VectorRing()
            for step in Int64(0)..<3 { try ring.step(step) }
            try ring.push(RingEncoder.meta(Array(#"{"run":0,"set":{"a":1}}"#.utf8)), in: 0)
            try ring.write(path)
        },
    ]

    /// A ledger with the record of a run.
    private static func recorded(
        _ path: VectorPath,
        _ more: (inout VectorWriter) throws -> Void = { _ in }
    ) throws {
        var writer = try VectorWriter(path)
        try writer.record()
        writer.define(TableID.steps, [.real("loss")])
        try more(&writer)
    }

    /// A ledger with a ring whose header says something else.
    private static func ring(
        _ name: String,
        _ about: String,
        isSealed: Bool = true,
        _ change: @escaping @Sendable (inout [UInt8]) -> Void
    ) -> Vector {
        Vector("bad/" + name, about, .torn) { path in
            try recorded(path)
            var ring = try VectorRing()
            try ring.step(0)
            try ring.write(path) { bytes in
                var header = Array(bytes[..<52])
                change(&header)
                bytes.replaceSubrange(..<52, with: isSealed ? Forgery.sealed(header) : header)
            }
        }
    }
}
