import JouleFormat
import JouleQuantities

/// A text that proves something of a ledger to whoever has not the whole of it.
package struct LedgerProof: Sendable {
    package let text: [UInt8]
    /// Who signed the tree that it is about; nil when nobody did.
    package let seal: Integrity.Seal?
    /// What it shows, in words.
    package let claim: String

    /// The last checkpoint, to be kept where whoever rewrites the ledger does not reach.
    package static func checkpoint(of path: String) throws(LedgerError) -> LedgerProof {
        let proven = try ProvenLedger(path)
        guard let seal = proven.ledger.integrity.seal else {
            throw .unusable(path: path, reason: "not sealed; joulebook seal makes a checkpoint")
        }
        let claim = "checkpoint of \(proven.tree(seal.blocks, seal)); \(proven.since(seal.blocks))"
        return LedgerProof(text: seal.note, seal: seal, claim: claim)
    }

    /// That a block is in the tree of the last checkpoint behind it, or in that of all blocks.
    package static func inclusion(of block: UInt64, in path: String) throws(LedgerError)
        -> LedgerProof
    {
        let proven = try ProvenLedger(path)
        guard block < proven.blocks else {
            let range = proven.blocks == 0 ? "no blocks" : "blocks 0 to \(proven.blocks - 1)"
            throw .unusable(path: path, reason: "has \(range), and no block \(block)")
        }
        let (checkpoint, seal) = try proven.checkpoint(of: block + 1)
        let ranges = MerkleProof.inclusion(of: block, in: checkpoint.size)
        var roots = SubtreeRoots(ranges)
        var leaf: Digest?
        try proven.forEachLeaf(below: checkpoint.size) { number, digest in
            if number == block { leaf = digest }
            roots.append(digest)
        }
        guard let leaf, let path = roots.roots,
            MerkleProof.root(of: leaf, at: block, in: checkpoint.size, path: path)
                == checkpoint.root
        else { throw .changed(path: path) }
        let claim = "block \(block) is one of \(proven.tree(checkpoint.size, seal))"
        return proven.proof(.inclusion(of: block), leaf: leaf, path, checkpoint, seal, claim)
    }

    /// What became of blocks that somebody knows from earlier.
    package enum Continuity: Sendable {
        /// They are where they were; here is the proof.
        case proven(LedgerProof)
        /// The ledger has fewer blocks now.
        case cut(blocks: UInt64)
        /// It begins with other blocks.
        case rewritten
        /// What was kept is of another ledger.
        case foreign(origin: String)
        /// They are where they were, but who was named did not sign what was kept.
        case unsigned
        /// The signature of whom was named does not hold for what was kept.
        case forged
    }

    /// That the tree of the last checkpoint, or that of all blocks, begins with the blocks before.
    ///
    /// What was kept must be signed by `key`; without one it is believed.
    package static func consistency(
        since kept: KeptTree,
        by key: PublicKey? = nil,
        in path: String
    ) throws(LedgerError) -> Continuity {
        let proven = try ProvenLedger(path)
        let signature = key.map { proven.signature(of: kept.note, by: $0) }
        if case .broken? = signature { return .forged }
        if let origin = kept.origin, !proven.isOrigin(origin) { return .foreign(origin: origin) }
        guard kept.size <= proven.blocks else { return .cut(blocks: proven.blocks) }
        let (checkpoint, seal) = try proven.checkpoint(of: kept.size)
        let ranges = MerkleProof.consistency(from: kept.size, to: checkpoint.size)
        var roots = SubtreeRoots(ranges)
        var tree = MerkleTree()
        try proven.forEachLeaf(below: checkpoint.size) { number, digest in
            if number < kept.size { tree.append(digest) }
            roots.append(digest)
        }
        guard tree.root == kept.root ?? tree.root else { return .rewritten }
        guard let hashes = roots.roots,
            MerkleProof.isConsistent(
                from: kept.size,
                tree.root,
                to: checkpoint.size,
                checkpoint.root,
                proof: hashes
            )
        else { throw .changed(path: path) }
        if case .absent? = signature { return .unsigned }
        var claim = "begins with \(kept.name)"
        if let key, case .holds(let id)? = signature {
            claim += ", as \(key.name) signed (key \(id))"
        }
        claim += "; \(proven.since(kept.size))"
        return .proven(
            proven.proof(.consistency(from: kept.size), leaf: nil, hashes, checkpoint, seal, claim)
        )
    }

    /// Writes the text into a file that must not be there yet.
    package func write(to path: String) throws(LedgerError) {
        try KeyFile.create(path, mode: 0o664, String(decoding: text, as: UTF8.self))
    }
}

/// A tree that somebody remembers: its size, and its root where a checkpoint was kept.
package struct KeptTree: Sendable {
    let size: UInt64
    let root: Digest?
    let origin: String?
    /// Who signed the checkpoint; nil where only a size is remembered.
    let note: SignedNote?
    /// Its blocks, as a person names them.
    let name: String

    /// Only a number of blocks is remembered.
    package init(size: UInt64) {
        self.size = size
        root = nil
        origin = nil
        note = nil
        name = "its first \(size.counted("block"))"
    }

    /// Reads a checkpoint that was kept in a file; its signatures are not checked here.
    package init(checkpoint path: String) throws(LedgerError) {
        let text = Array(try KeyFile.text(of: path).utf8)
        do throws(FormatError) {
            let signed = try SealDecoder.signedCheckpoint(text[...])
            size = signed.checkpoint.size
            root = signed.checkpoint.root
            origin = signed.checkpoint.origin
            note = signed.note
            name = "the \(size.counted("block")) of \(path)"
        } catch {
            throw .unusable(path: path, reason: "not a checkpoint (\(error.reason))")
        }
    }
}

/// A ledger that was verified, of which something is proven.
struct ProvenLedger {
    let ledger: Ledger
    private let source: LedgerSource
    private let header: FileHeader

    init(_ path: String) throws(LedgerError) {
        // Proofs are about stored bytes: what the rows say does not matter.
        ledger = try Ledger(reading: path, readsRows: false)
        if ledger.integrity.state == .damaged {
            let first = ledger.integrity.problems.first { $0.kind != .torn }
            throw .damaged(path: path, offset: first?.offset ?? 0, reason: first?.message ?? "")
        }
        source = try LedgerSource(path)
        header = try BlockScanner.header(of: source)
    }

    var blocks: UInt64 { UInt64(clamping: ledger.integrity.blocks) }

    /// Whether a checkpoint of that origin is about this ledger, whoever signed it.
    func isOrigin(_ origin: String) -> Bool {
        origin.split(separator: "/").last == Digest.hex(header.fileID)[...]
    }

    /// The last checkpoint if it covers `size` blocks, else all blocks, which nobody signed.
    func checkpoint(of size: UInt64) throws(LedgerError) -> (Checkpoint, Integrity.Seal?) {
        if let seal = ledger.integrity.seal, seal.blocks >= size,
            let signed = try? SealDecoder.signedCheckpoint(seal.note[...])
        {
            return (signed.checkpoint, seal)
        }
        guard let root = Digest(bytes: ledger.integrity.root) else {
            throw .changed(path: ledger.path)
        }
        let origin = Digest.hex(header.fileID)
        return (Checkpoint(origin: origin, size: blocks, root: root), nil)
    }

    /// The first blocks, in words, and who signed them.
    func tree(_ size: UInt64, _ seal: Integrity.Seal?) -> String {
        let count = size.counted("block")
        return seal.map { "the \(count) that \($0.name) signed" } ?? "its \(count)"
    }

    /// How much came behind the first blocks, in words.
    func since(_ size: UInt64) -> String {
        size == blocks ? "nothing came since" : "\((blocks - size).counted("block")) came since"
    }

    /// What the signature under a checkpoint is worth; the ledger states the keys of an identity.
    func signature(of note: SignedNote?, by key: PublicKey) -> ProofCheck.Signature {
        let stated = note.flatMap { ledger.seals.key(of: key.identity, in: $0) }
        return ProofCheck.signature(of: note, by: key, stating: stated)
    }

    /// Leaf by leaf, so that memory does not grow with the ledger.
    func forEachLeaf(below size: UInt64, _ body: (UInt64, Digest) -> Void) throws(LedgerError) {
        var scanner = try BlockScanner(source, header: header)
        while let item = try scanner.next() {
            guard case .block(let block, _, let leaf, _) = item else { continue }
            guard block.sequence < size else { return }
            body(block.sequence, leaf)
        }
    }

    func proof(
        _ claim: TreeProof.Claim,
        leaf: Digest?,
        _ hashes: [Digest],
        _ checkpoint: Checkpoint,
        _ seal: Integrity.Seal?,
        _ words: String
    ) -> LedgerProof {
        let proof = TreeProof(
            claim: claim,
            leaf: leaf,
            key: seal.flatMap { ledger.seals.key(of: $0) },
            hashes: hashes,
            checkpoint: checkpoint,
            note: seal.flatMap { try? SealDecoder.note($0.note[...]) }
        )
        return LedgerProof(text: ProofEncoder.encode(proof), seal: seal, claim: words)
    }
}
