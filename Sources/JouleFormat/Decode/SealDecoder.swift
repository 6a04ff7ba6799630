/// Text and bytes to keys, notes and checkpoints; nothing passes that could be spelt otherwise.
package enum SealDecoder {
    // MARK: Keys

    /// `NAME+ID+BASE64(01 ‖ key)`.
    package static func verifierKey(_ text: some StringProtocol) throws(FormatError) -> VerifierKey
    {
        guard case .key(let key) = try identity(text) else {
            throw .malformed(at: 0, "an identity of many keys stands where one key should")
        }
        return key
    }

    /// One key, or an identity of many.
    package static func identity(_ text: some StringProtocol) throws(FormatError) -> SealIdentity {
        let parts = text.utf8.split(
            separator: UInt8(ascii: "+"),
            maxSplits: 2,
            omittingEmptySubsequences: false
        )
        guard parts.count == 3, VerifierKey.isName(parts[0]), let key = Base64.bytes(parts[2])
        else {
            throw .malformed(at: 0, "not a verifier key of the form NAME+ID+BASE64")
        }
        let name = String(decoding: parts[0], as: UTF8.self)
        let id = KeyHandle.id(name: name, key: key)
        guard parts[1].elementsEqual(KeyHandle.hex(id).utf8) else {
            throw .malformed(at: parts[0].count, "the key does not fit its id")
        }
        if key.first == VerifierKey.ed25519, key.count == 33 {
            let publicKey = Array(key.dropFirst())
            return .key(
                VerifierKey(name: name, id: id, publicKey: publicKey, text: String(text))
            )
        }
        return .keys(try keySet(key, name: name, text: String(text)))
    }

    private static func keySet(_ key: [UInt8], name: String, text: String)
        throws(FormatError) -> KeySet
    {
        guard key.starts(with: KeySet.kind) else {
            throw .malformed(at: 0, "neither an Ed25519 key nor an identity of such keys")
        }
        var reader = ByteReader(key.dropFirst(KeySet.kind.count))
        let count = Int(try reader.number(UInt32.self))
        guard let root = Digest(bytes: Array(try reader.take(32))) else { throw .truncated(at: 0) }
        try reader.finish()
        guard (2...Limits.keysMax).contains(count) else {
            throw .limitExceeded(at: 0, "an identity of \(count) keys")
        }
        return KeySet(name: name, count: count, root: root, text: text)
    }

    // MARK: Notes

    private static let lineFeed = UInt8(ascii: "\n")

    /// A signed note; its signatures are not verified.
    package static func note(_ bytes: ArraySlice<UInt8>) throws(FormatError) -> SignedNote {
        guard bytes.count <= Limits.noteSizeMax else {
            throw .limitExceeded(at: 0, "a note of \(bytes.count) bytes")
        }
        guard bytes.allSatisfy({ $0 >= 0x20 || $0 == lineFeed }),
            String(validating: bytes, as: UTF8.self) != nil
        else { throw .malformed(at: 0, "a note that is not plain text in UTF-8") }
        let pairs = zip(bytes.indices, bytes.indices.dropFirst())
        let split = pairs.reversed().first { bytes[$0] == lineFeed && bytes[$1] == lineFeed }
        guard let split, bytes.last == lineFeed, split.1 + 1 < bytes.endIndex else {
            throw .malformed(at: 0, "a note without an empty line and signatures behind it")
        }
        let lines = bytes[(split.1 + 1)...].dropLast().split(
            separator: lineFeed,
            omittingEmptySubsequences: false
        )
        guard lines.count <= Limits.signaturesMax else {
            throw .limitExceeded(at: 0, "a note with \(lines.count) signatures")
        }
        var note = SignedNote(text: Array(bytes[...split.0]), signatures: [])
        for line in lines { note.signatures.append(try signature(line)) }
        guard Set(note.signatures.map(\.key)).count == note.signatures.count else {
            throw .malformed(at: 0, "a key signed the same note twice")
        }
        return note
    }

    private static func signature(_ line: ArraySlice<UInt8>) throws(FormatError)
        -> SignedNote.Signature
    {
        let dash = Array("— ".utf8)
        let parts = line.dropFirst(dash.count).split(
            separator: UInt8(ascii: " "),
            omittingEmptySubsequences: false
        )
        guard line.starts(with: dash), parts.count == 2, isSignerName(parts[0]),
            let bytes = Base64.bytes(parts[1]), bytes.count > 4
        else { throw .malformed(at: 0, "a line that is no signature") }
        let id = bytes.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return SignedNote.Signature(
            key: KeyHandle(name: Array(parts[0]), id: id),
            bytes: Array(bytes.dropFirst(4))
        )
    }

    /// Others who sign may have any name that C2SP allows.
    private static func isSignerName(_ name: ArraySlice<UInt8>) -> Bool {
        guard let text = String(validating: name, as: UTF8.self), !text.isEmpty else {
            return false
        }
        return text.unicodeScalars.allSatisfy { $0 != "+" && !$0.properties.isWhitespace }
    }

    /// The tree head that a text states, and nothing else.
    package static func checkpoint(_ text: some Collection<UInt8>) throws(FormatError) -> Checkpoint
    {
        let lines = text.split(separator: lineFeed, omittingEmptySubsequences: false)
        guard lines.count == 4, lines[3].isEmpty, !lines[0].isEmpty,
            lines[0].allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw .malformed(at: 0, "a checkpoint is three lines: origin, size, root") }
        guard let size = UInt64(String(decoding: lines[1], as: UTF8.self)),
            lines[1].elementsEqual(String(size).utf8)
        else { throw .malformed(at: 0, "the size of the tree is not a number") }
        guard let root = Base64.bytes(lines[2]).flatMap({ Digest(bytes: $0) }) else {
            throw .malformed(at: 0, "the root of the tree is not a hash")
        }
        let origin = String(decoding: lines[0], as: UTF8.self)
        return Checkpoint(origin: origin, size: size, root: root)
    }

    /// A note whose text is a checkpoint.
    package static func signedCheckpoint(_ bytes: ArraySlice<UInt8>) throws(FormatError)
        -> CheckpointPayload
    {
        let note = try note(bytes)
        return CheckpointPayload(checkpoint: try checkpoint(note.text), note: note)
    }
}

extension PayloadDecoder {
    /// The key of a KEY block, and the tree that it says the key is in.
    package static func key(_ payload: ArraySlice<UInt8>, header: BlockHeader)
        throws(FormatError) -> KeyPayload
    {
        try key(try plain(payload, header: header))
    }

    static func key(_ payload: ArraySlice<UInt8>) throws(FormatError) -> KeyPayload {
        var reader = ByteReader(payload)
        let text = try reader.text(sizeMax: Limits.nameSizeMax)
        var payload = KeyPayload(key: try SealDecoder.verifierKey(text))
        payload.number = try reader.count(max: Limits.keysMax - 1, of: "keys before this one")
        payload.count = try reader.count(max: Limits.keysMax, of: "keys")
        for _ in 0..<(try reader.number(UInt8.self)) {
            if let hash = Digest(bytes: Array(try reader.take(32))) { payload.path.append(hash) }
        }
        try reader.finish()
        guard payload.root != nil else {
            throw .malformed(at: text.utf8.count, "the path does not lead from the key to a root")
        }
        return payload
    }

    package static func checkpoint(_ payload: ArraySlice<UInt8>, header: BlockHeader)
        throws(FormatError) -> CheckpointPayload
    {
        try SealDecoder.signedCheckpoint(try plain(payload, header: header))
    }

    private static func plain(_ payload: ArraySlice<UInt8>, header: BlockHeader)
        throws(FormatError) -> ArraySlice<UInt8>
    {
        guard !header.flags.contains(.zstd) else {
            throw .malformed(at: 0, "compressed, which this type never is")
        }
        return try content(payload, header: header)
    }
}
