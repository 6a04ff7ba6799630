/// Text to proofs; whether they hold is for others to find out.
package enum ProofDecoder {
    private static let lineFeed = UInt8(ascii: "\n")

    package static func proof(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> TreeProof {
        guard bytes.count <= 2 * Limits.noteSizeMax else {
            throw .limitExceeded(at: 0, "a proof of \(bytes.count) bytes")
        }
        let pairs = zip(bytes.indices, bytes.indices.dropFirst())
        guard let gap = pairs.first(where: { bytes[$0] == lineFeed && bytes[$1] == lineFeed })
        else { throw .malformed(at: 0, "no empty line between proof and checkpoint") }
        var lines = bytes[..<gap.0].split(separator: lineFeed, omittingEmptySubsequences: false)[
            ...
        ]
        let title = lines.popFirst()
        let isInclusion = title?.elementsEqual(TreeProof.inclusionTitle.utf8) == true
        guard isInclusion || title?.elementsEqual(TreeProof.consistencyTitle.utf8) == true else {
            throw .malformed(at: 0, "the first line names no kind of proof")
        }
        let extra = try value(after: "extra ", &lines).map { text throws(FormatError) in
            guard let bytes = Base64.bytes(text) else {
                throw .malformed(at: 0, "extra data that is not base64")
            }
            return bytes
        }
        let place = try number(after: isInclusion ? "index " : "old ", &lines)
        var proof = try checkpoint(bytes[(gap.1 + 1)...])
        proof.claim = isInclusion ? .inclusion(of: place) : .consistency(from: place)
        proof.hashes = try hashes(lines)
        try take(extra ?? [], of: &proof, hasLeaf: isInclusion)
        return proof
    }

    private static func value(after name: String, _ lines: inout ArraySlice<ArraySlice<UInt8>>)
        throws(FormatError) -> ArraySlice<UInt8>?
    {
        guard let line = lines.first, line.starts(with: name.utf8) else { return nil }
        lines.removeFirst()
        return line.dropFirst(name.utf8.count)
    }

    private static func number(after name: String, _ lines: inout ArraySlice<ArraySlice<UInt8>>)
        throws(FormatError) -> UInt64
    {
        guard let text = try value(after: name, &lines),
            let number = UInt64(String(decoding: text, as: UTF8.self)),
            text.elementsEqual(String(number).utf8)
        else { throw .malformed(at: 0, "no line '\(name)' with a number") }
        return number
    }

    private static func hashes(_ lines: ArraySlice<ArraySlice<UInt8>>) throws(FormatError)
        -> [Digest]
    {
        guard lines.count <= TreeProof.hashesMax else {
            throw .limitExceeded(at: 0, "\(lines.count) hashes")
        }
        let hashes = lines.compactMap { Base64.bytes($0).flatMap { Digest(bytes: $0) } }
        guard hashes.count == lines.count else {
            throw .malformed(at: 0, "a line of the proof is no hash")
        }
        return hashes
    }

    /// The tree that the proof is about, with or without signatures.
    private static func checkpoint(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> TreeProof {
        var proof = TreeProof(
            claim: .inclusion(of: 0),
            key: nil,
            hashes: [],
            checkpoint: Checkpoint(origin: "", size: 0, root: Digest(of: [])),
            note: nil
        )
        if let unsigned = try? SealDecoder.checkpoint(bytes) {
            proof.checkpoint = unsigned
            return proof
        }
        let signed = try SealDecoder.signedCheckpoint(bytes)
        proof.checkpoint = signed.checkpoint
        proof.note = signed.note
        return proof
    }

    private static func take(_ extra: [UInt8], of proof: inout TreeProof, hasLeaf: Bool)
        throws(FormatError)
    {
        var rest = extra[...]
        if hasLeaf, !rest.isEmpty {
            guard let leaf = Digest(bytes: Array(rest.prefix(32))) else {
                throw .truncated(at: rest.count)
            }
            proof.leaf = leaf
            rest = rest.dropFirst(32)
        }
        if !rest.isEmpty { proof.key = try PayloadDecoder.key(rest) }
    }
}
