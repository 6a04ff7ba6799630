/// A proof about the tree of a ledger, as it is handed to strangers.
package struct TreeProof: Sendable, Hashable {
    /// What is proven of the tree of the checkpoint.
    package enum Claim: Sendable, Hashable {
        /// It has this block.
        case inclusion(of: UInt64)
        /// It begins with so many blocks, whose root the checker knows.
        case consistency(from: UInt64)
    }

    package var claim: Claim
    /// The leaf hash of the block that is included.
    package var leaf: Digest?
    /// The key of the note's first signature.
    package var key: KeyPayload?
    package var hashes: [Digest]
    package var checkpoint: Checkpoint
    /// Who signed the checkpoint; nil when nobody did.
    package var note: SignedNote?

    package init(
        claim: Claim,
        leaf: Digest? = nil,
        key: KeyPayload?,
        hashes: [Digest],
        checkpoint: Checkpoint,
        note: SignedNote?
    ) {
        self.claim = claim
        self.leaf = leaf
        self.key = key
        self.hashes = hashes
        self.checkpoint = checkpoint
        self.note = note
    }

    /// First lines: that of C2SP tlog-proof, and ours.
    static let inclusionTitle = "c2sp.org/tlog-proof@v1"
    static let consistencyTitle = "joulebook/tlog-consistency@v1"

    /// A tree has no more levels.
    static let hashesMax = 64
}
