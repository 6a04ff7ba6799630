import JouleFile
import JouleFormat
import JouleQuantities

extension Vector {
    /// Ledgers with keys and checkpoints.
    static let seals: [Vector] = [
        Vector("sealed", "a run sealed by a plain key: KEY, CHECKPOINT, SUMMARY, trailer") {
            var writer = try VectorWriter($0)
            try writer.record()
            try writer.rows(TableID.epochs, [epoch(run: 0, 0)])
            try writer.seal(try key())
            try writer.close()
        },
        Vector("sealed-behind", "rows and another close behind a seal, sealed again") {
            var writer = try VectorWriter($0)
            try writer.record()
            try writer.rows(TableID.epochs, [epoch(run: 0, 0)])
            try writer.seal(try key())
            try writer.close()
            try writer.rows(TableID.epochs, [epoch(run: 0, 9)])
            try writer.seal(try key(), stating: nil)
            try writer.close()
        },
        Vector("sealed-forward", "three seals, each by the next key of a forward-secure identity") {
            var writer = try VectorWriter($0)
            var chain = try chain()
            try writer.record()
            for _ in 0..<3 {
                let next = try chain.next()
                try writer.seal(next.key, stating: next.payload)
            }
            try writer.close()
        },
        Vector("sealed-by-a-stranger", "a checkpoint of a key that nothing states") {
            var writer = try VectorWriter($0)
            try writer.record()
            try writer.seal(try key(), stating: nil)
            try writer.close()
        },
    ]

    /// Seals that do not hold.
    static let brokenSeals: [Vector] = [
        Vector("bad/seal-of-other-blocks", "a checkpoint of a tree that is not there", seal) {
            var writer = try VectorWriter($0)
            try writer.record()
            try writer.seal(try key(), size: 5)
            try writer.close()
        },
        Vector("bad/seal-of-another-ledger", "the origin names another file", seal) {
            var writer = try VectorWriter($0)
            try writer.record()
            try writer.seal(try key(), fileID: Array(repeating: 7, count: 16))
            try writer.close()
        },
        Vector("bad/seal-false-signature", "a signature of a stated key over another note", seal) {
            var writer = try VectorWriter($0)
            try writer.record()
            try writer.seal(try key()) { $0.bytes[40] ^= 1 }
            try writer.close()
        },
        Vector("bad/seal-erased-key", "key 0 of a forward-secure identity signs after key 1", seal)
        {
            var writer = try VectorWriter($0)
            var chain = try chain()
            try writer.record()
            let first = try chain.next()
            let second = try chain.next()
            try writer.seal(second.key, stating: second.payload)
            try writer.seal(first.key, stating: first.payload)
            try writer.close()
        },
        Vector("bad/seal-key-of-two", "a key told in two ways", seal) {
            var writer = try VectorWriter($0)
            try writer.record()
            var chain = try chain()
            let first = try chain.next()
            try writer.state(first.payload)
            try writer.state(KeyPayload(key: first.key.verifierKey))
            try writer.close()
        },
    ]

    private static let seal = Outcome.damaged([.seal])

    private struct NoKey: Error {}

    private static func key() throws -> SigningKey {
        let key = SigningKey(name: "example.org/vectors", seed: Array(0..<32))
        guard let key else { throw NoKey() }
        return key
    }

    private static func chain() throws -> VectorChain {
        let chain = SigningChain(name: "example.org/vectors", count: 5, seed: Array(32..<64))
        guard let chain else { throw NoKey() }
        return VectorChain(chain: chain)
    }
}

/// The keys of a forward-secure identity, one after the other.
private struct VectorChain {
    var chain: SigningChain

    struct Spent: Error {}

    mutating func next() throws -> (key: SigningKey, payload: KeyPayload) {
        guard let next = chain.takeNext() else { throw Spent() }
        return next
    }
}

extension VectorWriter {
    /// The key refuses to sign.
    private struct Unsigned: Error {}

    /// Appends a KEY block.
    mutating func state(_ payload: KeyPayload) throws {
        try head(BlockType.key, PayloadEncoder.encode(payload).bytes)
    }

    /// Appends KEY and CHECKPOINT, but for what is given as a seal has them.
    mutating func seal(
        _ key: SigningKey,
        size: UInt64? = nil,
        fileID: [UInt8]? = nil,
        spoiling spoil: (inout SignedNote.Signature) -> Void = { _ in }
    ) throws {
        try seal(
            key,
            stating: KeyPayload(key: key.verifierKey),
            size: size,
            fileID: fileID,
            spoiling: spoil
        )
    }

    mutating func seal(
        _ key: SigningKey,
        stating payload: KeyPayload?,
        size: UInt64? = nil,
        fileID: [UInt8]? = nil,
        spoiling spoil: (inout SignedNote.Signature) -> Void = { _ in }
    ) throws {
        if let payload { try state(payload) }
        let checkpoint = Checkpoint(
            origin: Checkpoint.origin(name: key.verifierKey.name, fileID: fileID ?? self.fileID),
            size: size ?? tree.size,
            root: tree.root
        )
        guard var signed = key.signed(checkpoint) else { throw Unsigned() }
        spoil(&signed.note.signatures[0])
        try head(BlockType.checkpoint, PayloadEncoder.encode(signed).bytes)
    }
}
