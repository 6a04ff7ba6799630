import JouleFormat
import JouleQuantities

/// Judging a proof with nothing but a public key, and what one has of the ledger.
package enum ProofCheck {
    /// What a proof is worth; each says in words what it shows or fails to.
    package enum Verdict: Sendable, Hashable {
        /// It holds, and whom the user named signed.
        case proven(String)
        /// It holds, and whom the user named did not sign.
        case unsigned(String)
        /// It does not hold.
        case refuted(String)
        /// It needs something beside it that was not given.
        case undecided(String)
    }

    /// Checks the proof in the file at `path`.
    ///
    /// A block is compared with that of the ledger, where one is given. What is proven to be
    /// continued is `kept`, or the blocks of the ledger.
    package static func verdict(
        on path: String,
        by key: PublicKey,
        kept: KeptTree?,
        ledger: String?
    ) throws(LedgerError) -> Verdict {
        let proof: TreeProof
        let text = Array(try KeyFile.text(of: path, sizeMax: 2 * Limits.noteSizeMax).utf8)
        do throws(FormatError) { proof = try ProofDecoder.proof(text[...]) } catch {
            throw .unusable(path: path, reason: "not a proof (\(error.reason))")
        }
        let proven = try ledger.map { path throws(LedgerError) in try ProvenLedger(path) }
        if let proven, !proven.isOrigin(proof.checkpoint.origin) {
            return .refuted("it is about another ledger, \(proof.checkpoint.origin)")
        }
        let claim: String
        switch proof.claim {
        case .inclusion(let block):
            guard block < proof.checkpoint.size else {
                return .refuted("it is of block \(block), and its tree ends before that")
            }
            guard proven != nil || proof.leaf != nil else {
                return .undecided("it does not say which block; give the ledger with --ledger")
            }
            let leaf = try leaf(of: block, in: proven, stated: proof.leaf)
            guard let leaf else { return .refuted("block \(block) of the ledger is another") }
            let root = MerkleProof.root(
                of: leaf,
                at: block,
                in: proof.checkpoint.size,
                path: proof.hashes
            )
            guard root == proof.checkpoint.root else {
                return .refuted("its hashes do not lead from block \(block) to the root")
            }
            claim = "block \(block), whose leaf is \(leaf.hex), is in"
        case .consistency(let old):
            guard kept?.root != nil || proven != nil else {
                return .undecided(
                    "give the checkpoint that was kept with --since, or the ledger with --ledger"
                )
            }
            guard let root = try root(of: old, kept, proven) else {
                let known = old.counted("block")
                return .refuted("it begins with \(known), and those are not known here")
            }
            guard
                MerkleProof.isConsistent(
                    from: old,
                    root,
                    to: proof.checkpoint.size,
                    proof.checkpoint.root,
                    proof: proof.hashes
                )
            else {
                return .refuted("what was known, \(old.counted("block")), is not its beginning")
            }
            claim = "what was known, \(old.counted("block")), is the beginning of"
        }
        let tree = "the \(proof.checkpoint.size.counted("block")) of \(proof.checkpoint.origin)"
        return judge(proof, by: key, "\(claim) \(tree)")
    }

    private static func judge(_ proof: TreeProof, by key: PublicKey, _ claim: String) -> Verdict {
        switch signature(of: proof.note, by: key, stating: proof.key) {
        case .absent: .unsigned("\(claim), which \(key.name) did not sign with the key named")
        case .broken: .refuted("the signature of \(key.name) does not hold")
        case .holds(let id): .proven("\(claim), as \(key.name) signed (key \(id))")
        }
    }

    /// What a signature is worth.
    enum Signature: Sendable {
        /// It is by the key of this id.
        case holds(id: String)
        /// Who was named did not sign.
        case absent
        case broken
    }

    /// Judges the signature of whom the user named under a note; `stated` is the key that signed, if
    /// the identity has many.
    static func signature(
        of note: SignedNote?,
        by key: PublicKey,
        stating stated: KeyPayload?
    ) -> Signature {
        let signer: VerifierKey?
        switch key.identity {
        case .key(let key): signer = key
        case .keys: signer = stated.flatMap { $0.isKey(of: key.identity) ? $0.key : nil }
        }
        let signature = note?.signatures.first { $0.key == signer?.handle }
        guard let signer, let note, let signature else { return .absent }
        guard signer.verifies(signature.bytes, of: note.text) else { return .broken }
        return .holds(id: KeyHandle.hex(signer.id))
    }

    /// The leaf of a block, from the ledger where there is one; nil when the two differ.
    private static func leaf(
        of block: UInt64,
        in ledger: ProvenLedger?,
        stated: Digest?
    ) throws(LedgerError) -> Digest? {
        guard let ledger else { return stated }
        var leaf: Digest?
        try ledger.forEachLeaf(below: block + 1) { number, digest in
            if number == block { leaf = digest }
        }
        return leaf == stated ?? leaf ? leaf : nil
    }

    /// The root of the first `size` blocks as they are known here.
    private static func root(
        of size: UInt64,
        _ kept: KeptTree?,
        _ ledger: ProvenLedger?
    ) throws(LedgerError) -> Digest? {
        if let kept, let root = kept.root { return kept.size == size ? root : nil }
        guard let ledger, size <= ledger.blocks else { return nil }
        var tree = MerkleTree()
        try ledger.forEachLeaf(below: size) { tree.append($1) }
        return tree.root
    }
}
