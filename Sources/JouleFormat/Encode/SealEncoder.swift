/// Keys, notes and checkpoints to text and bytes.
package enum SealEncoder {
    /// A public key of 32 bytes under a name that `VerifierKey.isName` takes.
    static func verifierKey(name: String, publicKey: [UInt8]) -> VerifierKey {
        let key = [VerifierKey.ed25519] + publicKey
        let id = KeyHandle.id(name: name, key: key)
        return VerifierKey(name: name, id: id, publicKey: publicKey, text: line(name, id, key))
    }

    static func keySet(name: String, count: Int, root: Digest) -> KeySet {
        var writer = ByteWriter()
        writer.append(KeySet.kind)
        writer.append(UInt32(count))
        writer.append(root.bytes)
        let id = KeyHandle.id(name: name, key: writer.bytes)
        let text = line(name, id, writer.bytes)
        return KeySet(name: name, count: count, root: root, text: text)
    }

    /// Whose key a KEY block says it is.
    package static func identity(of payload: KeyPayload) -> SealIdentity {
        guard payload.count > 1, let root = payload.root else { return .key(payload.key) }
        return .keys(keySet(name: payload.key.name, count: payload.count, root: root))
    }

    private static func line(_ name: String, _ id: UInt32, _ key: [UInt8]) -> String {
        "\(name)+\(KeyHandle.hex(id))+\(Base64.text(key))"
    }

    /// What is signed of a checkpoint.
    package static func text(of checkpoint: Checkpoint) -> [UInt8] {
        let root = Base64.text(checkpoint.root.bytes)
        return Array("\(checkpoint.origin)\n\(checkpoint.size)\n\(root)\n".utf8)
    }

    package static func note(_ note: SignedNote) -> [UInt8] {
        var bytes = note.text
        bytes.append(UInt8(ascii: "\n"))
        for signature in note.signatures {
            var id = signature.key.id.bigEndian
            // SAFETY: the four bytes of a number.
            let head = unsafe withUnsafeBytes(of: &id) { unsafe Array($0) }
            bytes += Array("— ".utf8) + signature.key.name + [UInt8(ascii: " ")]
            bytes += Array(Base64.text(head + signature.bytes).utf8) + [UInt8(ascii: "\n")]
        }
        return bytes
    }
}

extension PayloadEncoder {
    package static func encode(_ payload: KeyPayload) -> EncodedPayload {
        var writer = ByteWriter()
        writer.append(text: payload.key.text)
        writer.append(varint: payload.number)
        writer.append(varint: payload.count)
        writer.append(UInt8(payload.path.count))
        for digest in payload.path { writer.append(digest.bytes) }
        return plain(writer.bytes, type: BlockType.key, flags: [])
    }

    package static func encode(_ payload: CheckpointPayload) -> EncodedPayload {
        plain(SealEncoder.note(payload.note), type: BlockType.checkpoint, flags: [])
    }
}
