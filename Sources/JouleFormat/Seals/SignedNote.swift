/// A text and who signed it (c2sp.org/signed-note).
package struct SignedNote: Sendable, Hashable {
    /// One signature line.
    package struct Signature: Sendable, Hashable {
        package var key: KeyHandle
        package var bytes: [UInt8]

        package init(key: KeyHandle, bytes: [UInt8]) {
            self.key = key
            self.bytes = bytes
        }
    }

    /// What is signed: UTF-8 that ends in a line feed.
    package var text: [UInt8]
    /// One to sixteen, each of another key.
    package var signatures: [Signature]

    package init(text: [UInt8], signatures: [Signature]) {
        self.text = text
        self.signatures = signatures
    }
}

/// The head of a tree that somebody may sign (c2sp.org/tlog-checkpoint, without extension lines).
package struct Checkpoint: Sendable, Hashable {
    /// Which log: visible ASCII; of ledgers `NAME/<file id in hexadecimal>`.
    package var origin: String
    package var size: UInt64
    package var root: Digest

    package init(origin: String, size: UInt64, root: Digest) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// The origin of what a key of that name signs of a ledger.
    package static func origin(name: String, fileID: [UInt8]) -> String {
        "\(name)/\(Digest.hex(fileID))"
    }
}

/// The payload of a CHECKPOINT block.
package struct CheckpointPayload: Sendable, Hashable {
    package var checkpoint: Checkpoint
    package var note: SignedNote

    package init(checkpoint: Checkpoint, note: SignedNote) {
        self.checkpoint = checkpoint
        self.note = note
    }
}

/// The payload of a KEY block: a key that signs later, and whose it is.
package struct KeyPayload: Sendable, Hashable {
    package var key: VerifierKey
    /// Its number among the keys of its identity.
    package var number: Int
    /// How many keys the identity has; 1 is a key of its own.
    package var count: Int
    /// RFC 6962 inclusion path of the key in the tree over all of them.
    package var path: [Digest]

    package init(key: VerifierKey, number: Int = 0, count: Int = 1, path: [Digest] = []) {
        self.key = key
        self.number = number
        self.count = count
        self.path = path
    }
}

extension KeyPayload {
    /// The root over all keys of the identity, as far as the path is believed; nil when there is no
    /// key of that number, or its path has another length.
    var root: Digest? {
        MerkleProof.root(
            of: key.leaf,
            at: UInt64(clamping: number),
            in: UInt64(clamping: count),
            path: path
        )
    }

    /// Whether the key is this identity's.
    package func isKey(of identity: SealIdentity) -> Bool {
        switch identity {
        case .key(let own): count == 1 && key == own
        case .keys(let keys):
            key.name == keys.name && count == keys.count && root == keys.root
        }
    }
}
