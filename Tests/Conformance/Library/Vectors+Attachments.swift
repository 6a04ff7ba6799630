import JouleFile
import JouleFormat
import JouleQuantities

/// Artifacts that runs brought along.
extension Vector {
    static let attachments: [Vector] = [
        Vector("attachments", "contents of one part, of several, of no bytes, and one named again")
        {
            var writer = try VectorWriter($0)
            try writer.record()
            try writer.attach("code.diff", diff, by: 7)
            try writer.attach("empty", [])
            // Other blocks stand between the parts of one content.
            try writer.attach(
                "freeze",
                freeze,
                by: 10,
                behindEach: { writer in
                    try writer.rows(TableID.epochs, [epoch(run: 0, 0)])
                }
            )
            try writer.record(1, ["run_id": "another"])
            try writer.attach("same.diff", diff, of: 1, isReference: true)
            // A writer need not look for a content that is there already.
            try writer.attach("code.diff", diff, of: 1)
            try writer.close()
        },
        Vector("attachments-incomplete", "contents of which parts never came", .torn) {
            var writer = try VectorWriter($0)
            try writer.record()
            try writer.attach("left", freeze, by: 10, parts: 2)
            try writer.attach("code.diff", diff)
            try writer.attach("code.diff", freeze, by: 10, parts: 1)
        },
        Vector("attachments-zstd", "a part as a zstd frame", isCompressed: true) {
            var writer = try VectorWriter($0)
            try writer.record()
            try writer.attach("lines", Array(String(repeating: "a line\n", count: 200).utf8))
            try writer.close()
        },
    ]

    /// Parts that are not what they say.
    static let brokenAttachments: [Vector] = [
        broken("attachment-hash", "a content that has its size and another hash") { writer in
            try writer.attach("code.diff", diff, by: 7) { $0.part[0] ^= 1 }
        },
        broken("attachment-headless", "the second part of a content alone") { writer in
            try writer.attach("code.diff", diff, by: 7, from: 7)
        },
        broken("attachment-hole", "a part that begins behind the end of the one before") { writer in
            try writer.attach("code.diff", diff, by: 7, parts: 1)
            try writer.attach("code.diff", diff, by: 7, from: 8)
        },
        broken("attachment-renamed", "a part of an equal name in other code points") { writer in
            try writer.attach("\u{e9}lan", diff, by: 7, parts: 1)
            try writer.attach("e\u{301}lan", diff, by: 7, from: 7)
        },
        broken("attachment-of-nothing", "a content that is said to be there already") { writer in
            try writer.attach("code.diff", diff, isReference: true)
        },
        forged(
            "attach",
            "ATTACH: sizes, names and parts that cannot be",
            .damaged(.init(repeating: .payload, count: 7))
        ) { name in
            var forgery = Forgery.steps(name)
            let hash = [UInt8](repeating: 7, count: 32)
            let name: [UInt8] = [1, 0, 0x61]
            let payloads: [[UInt8]] = [
                joined([0], name, [0, 0], hash, [3, 0], [1, 2, 3, 4]),
                joined([0], name, [0, 0], hash, [3, 2], [1, 2]),
                joined([0], name, [0, 0], hash, [3, 1]),
                joined([0], [0, 0], [0, 0], hash, [1, 0], [1]),
                joined([0], [1, 0, 0xFF], [0, 0], hash, [1, 0], [1]),
                joined([0], name, [9, 0], hash, [1, 0], [1]),
                joined([0], name, [0, 0], Array(hash.dropLast())),
            ]
            for payload in payloads { forgery.add(BlockType.attach, payload) }
            return forgery.bytes
        },
    ]

    private static let diff = Array("-old\n+new\n".utf8)
    private static let freeze = Array("numpy==2.1.0\ntorch==2.9.0\n".utf8)

    private static func broken(
        _ name: String,
        _ about: String,
        _ body: @escaping @Sendable (inout VectorWriter) throws -> Void
    ) -> Vector {
        Vector("bad/" + name, about, .damaged([.attachment])) { path in
            var writer = try VectorWriter(path)
            try writer.record()
            try body(&writer)
            try writer.close()
        }
    }
}

extension VectorWriter {
    /// Appends a content in parts of `step` bytes, those from byte `start` on and at most `parts`.
    ///
    /// `change` may change a part, and `behindEach` write something behind it.
    mutating func attach(
        _ name: String,
        _ content: [UInt8],
        of run: UInt64 = 0,
        by step: Int = 1 << 20,
        from start: Int = 0,
        parts: Int = .max,
        isReference: Bool = false,
        changing change: (inout AttachPayload) -> Void = { _ in },
        behindEach: (inout VectorWriter) throws -> Void = { _ in }
    ) throws {
        let starts = stride(from: start, to: max(content.count, 1), by: step).prefix(parts)
        for place in starts {
            var part = AttachPayload(
                run: run,
                name: name,
                mediaType: "text/plain",
                digest: Digest(of: content),
                size: UInt64(content.count),
                offset: UInt64(place),
                part: isReference
                    ? [] : Array(content[place..<min(place + step, content.count)])
            )
            change(&part)
            try append(part)
            try behindEach(&self)
        }
    }
}
