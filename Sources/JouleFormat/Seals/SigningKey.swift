import Crypto

/// The secret half of an Ed25519 key.
package struct SigningKey: Sendable {
    package let verifierKey: VerifierKey
    /// 32 bytes from which the key is made.
    package let seed: [UInt8]
    private let secret: Curve25519.Signing.PrivateKey

    /// Nil when the name cannot be that of a key, or the seed is not 32 bytes.
    package init?(name: String, seed: [UInt8]) {
        guard VerifierKey.isName(name.utf8),
            let secret = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed)
        else { return nil }
        self.secret = secret
        self.seed = seed
        let publicKey = Array(secret.publicKey.rawRepresentation)
        verifierKey = SealEncoder.verifierKey(name: name, publicKey: publicKey)
    }

    /// 32 bytes that nobody can guess.
    package static func randomSeed() -> [UInt8] {
        var random = SystemRandomNumberGenerator()
        return (0..<32).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    /// Nil only when the cryptography refuses to work.
    package func signature(of text: [UInt8]) -> SignedNote.Signature? {
        guard let bytes = try? secret.signature(for: text) else { return nil }
        return SignedNote.Signature(key: verifierKey.handle, bytes: Array(bytes))
    }

    /// The checkpoint with this key's signature, which must be the first.
    package func signed(_ checkpoint: Checkpoint) -> CheckpointPayload? {
        let text = SealEncoder.text(of: checkpoint)
        return signature(of: text).map {
            CheckpointPayload(
                checkpoint: checkpoint,
                note: SignedNote(text: text, signatures: [$0])
            )
        }
    }
}

/// The secret half of a forward-secure identity: the keys that have not signed yet.
///
/// The seed of each key is the hash of the seed before, so that whoever has the state after a seal
/// has every later key and no earlier one.
package struct SigningChain: Sendable {
    package let name: String
    package let count: Int
    /// The number of the next key; `count` when all have signed.
    package private(set) var number: Int
    /// Seed of the next key; of no use when all have signed.
    package private(set) var seed: [UInt8]
    /// Over the verifier keys before the next: all that is left of them, and all that paths need.
    package private(set) var spent: MerkleTree

    /// All keys, made from a seed that nobody else knows.
    package init?(name: String, count: Int, seed: [UInt8]) {
        self.init(name: name, count: count, number: 0, seed: seed, spent: MerkleTree())
    }

    /// The keys from number `number` on.
    package init?(name: String, count: Int, number: Int, seed: [UInt8], spent: MerkleTree) {
        guard VerifierKey.isName(name.utf8), (2...Limits.keysMax).contains(count),
            (0...count).contains(number), seed.count == 32, spent.size == UInt64(number)
        else { return nil }
        self.name = name
        self.count = count
        self.number = number
        self.seed = seed
        self.spent = spent
    }

    /// What the world knows of it.
    package var identity: KeySet {
        var tree = spent
        forEachLeaf { tree.append($0) }
        return SealEncoder.keySet(name: name, count: count, root: tree.root)
    }

    /// The next key, with its place among the others; nil when all have signed.
    ///
    /// The chain no longer holds that key afterwards.
    package mutating func takeNext() -> (key: SigningKey, payload: KeyPayload)? {
        guard number < count, let key = SigningKey(name: name, seed: seed) else { return nil }
        let ranges = MerkleProof.inclusion(of: UInt64(number), in: UInt64(count))
        var later = SubtreeRoots(ranges, from: UInt64(number))
        forEachLeaf { later.append($0) }
        // A sibling to the left is a perfect subtree of spent keys; the path meets them from right
        // to left.
        var left = spent.range.reversed().makeIterator()
        let path = zip(ranges, later.trees).map { range, tree in
            range.upperBound <= UInt64(number) ? left.next() ?? tree.root : tree.root
        }
        spent.append(key.verifierKey.leaf)
        seed = Self.seed(after: seed)
        let payload = KeyPayload(
            key: key.verifierKey,
            number: number,
            count: count,
            path: path
        )
        number += 1
        return (key, payload)
    }

    private func forEachLeaf(_ body: (Digest) -> Void) {
        var seed = seed
        for _ in number..<count {
            guard let key = SigningKey(name: name, seed: seed) else { return }
            body(key.verifierKey.leaf)
            seed = Self.seed(after: seed)
        }
    }

    private static func seed(after seed: [UInt8]) -> [UInt8] {
        Digest(of: Array("joulebook/next-seed/1".utf8), seed).bytes
    }
}
