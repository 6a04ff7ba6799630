import JouleFormat

/// Signing ledgers as they are.
package enum LedgerSeal {
    /// What became of a ledger that was to be sealed.
    package enum Outcome: Sendable, Hashable {
        /// A seal over so many blocks was appended; `number` is that of the key, of an identity of
        /// many.
        case sealed(blocks: UInt64, number: Int?)
        /// It was sealed by the same key or identity already, with nothing new since.
        case alreadySealed(blocks: UInt64)
    }

    /// Verifies the ledger at `path`, finishes it where its writer died, and appends a seal.
    ///
    /// Of a ledger that goes on in other files the last one is to be named: it continues the others.
    /// Throws `.busy` for a live ledger and `.damaged` for a damaged one, which stay as they are, as
    /// does one that shows that the file of the key is an old copy. A forward-secure key is used up
    /// once it may have signed, also when the seal then fails.
    package static func seal(_ path: String, with secret: SecretKey) throws(LedgerError) -> Outcome
    {
        let chain = try SegmentChain(of: path)
        if let last = chain.segments.last, last.path != path {
            throw .unusable(path: path, reason: "goes on in \(last.path); seal that one")
        }
        let ledger = try Ledger(reading: path, verifies: true, sealedBy: secret.publicKey)
        let integrity = ledger.integrity
        switch integrity.state {
        case .live: throw .busy(path: path)
        case .damaged:
            let first = integrity.problems.first { $0.kind != .torn }
            throw .damaged(path: path, offset: first?.offset ?? 0, reason: first?.message ?? "")
        case .clean, .torn: break
        }
        if integrity.sealed, let seal = integrity.seal {
            return .alreadySealed(blocks: seal.blocks)
        }
        // A ledger is not opened in vain.
        var seals = [ledger.seals]
        for segment in chain.segments.dropLast() {
            seals.append(try Ledger(segment.source, readsRows: false).seals)
        }
        let identity = secret.publicKey.identity
        try secret.requireKey(above: seals.compactMap { $0.lastNumber(of: identity) }.max())
        var reopened = try ReopenedLedger.opening(path)
        // What is signed is what was verified.
        guard reopened.openedTree.size == UInt64(clamping: integrity.blocks),
            reopened.openedTree.root.bytes == integrity.root
        else { throw .changed(path: path) }
        let (key, payload) = try secret.takeKey()
        guard !ledger.seals.contradicts(payload) else {
            let reason = "says something else of the key that would seal it; nothing was sealed"
            throw .unusable(path: path, reason: reason)
        }
        // A ring belongs to one writer, whose run is the first.
        if integrity.lacksRing { try reopened.noteMissingRing(of: 0) }
        if !ledger.seals.states(payload) {
            try reopened.append(head: BlockType.key, PayloadEncoder.encode(payload).bytes)
        }
        let checkpoint = Checkpoint(
            origin: Checkpoint.origin(name: key.verifierKey.name, fileID: reopened.fileID),
            size: reopened.tree.size,
            root: reopened.tree.root
        )
        guard let signed = key.signed(checkpoint) else {
            throw .unusable(path: secret.path, reason: "the key does not sign")
        }
        try reopened.append(head: BlockType.checkpoint, PayloadEncoder.encode(signed).bytes)
        try reopened.close()
        return .sealed(
            blocks: checkpoint.size,
            number: payload.count > 1 ? payload.number : nil
        )
    }
}
