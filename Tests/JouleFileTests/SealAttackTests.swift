import FoundationEssentials
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile
@testable import JouleFormat

/// What forgers try, with every checksum, hash and summary put right again.
@Suite("Attacks on seals")
struct SealAttackTests {
    private let documents = (0..<3).map { SealFixture.document($0) }

    /// The tree over so many blocks of a ledger.
    private func tree(_ path: String, blocks: Int) throws -> MerkleTree {
        let proven = try ProvenLedger(path)
        var tree = MerkleTree()
        try proven.forEachLeaf(below: UInt64(blocks)) { tree.append($1) }
        return tree
    }

    private func expectDamaged(
        _ integrity: Integrity,
        _ reason: String,
        _ comment: Comment? = nil
    ) {
        #expect(integrity.state == .damaged, comment)
        #expect(!integrity.sealed)
        #expect(integrity.seal == nil)
        #expect(
            integrity.problems.contains { $0.kind == .seal && $0.message.contains(reason) },
            "\(integrity.problems)"
        )
    }

    @Test("A signature by another key under the same name is damage, or nobody's whom one trusts")
    func anotherKey() throws {
        let fixture = SealFixture()
        let alice = try SealFixture.key()
        let mallory = try SealFixture.key("example.org/alice", 66)
        let trusted = PublicKey(.key(alice.verifierKey))
        let bare = try fixture.write("bare.joule", documents, then: [SealFixture.block(alice)])
        let tree = try tree(bare, blocks: 4)
        // Signed by mallory, with the id of alice's key.
        let origin = Checkpoint.origin(name: "example.org/alice", fileID: SealFixture.fileID)
        let text = SealEncoder.text(
            of: Checkpoint(origin: origin, size: tree.size, root: tree.root)
        )
        var signature = try #require(mallory.signature(of: text))
        signature.key = alice.verifierKey.handle
        let note = SealEncoder.note(SignedNote(text: text, signatures: [signature]))
        let forged = try fixture.write(
            "forged.joule",
            documents,
            then: [SealFixture.block(alice), (BlockType.checkpoint, note)]
        )
        expectDamaged(try fixture.verify(forged), "does not hold")
        expectDamaged(try fixture.verify(forged, by: trusted), "does not hold")
        // The KEY block leaves it to whoever names the key.
        let keyless = try fixture.write("bare2.joule", documents)
        let head = try self.tree(keyless, blocks: 3)
        let unstated = try fixture.write(
            "unstated.joule",
            documents,
            then: [try SealFixture.block(alice, size: 3, root: head.root)]
        )
        #expect(try fixture.verify(unstated).seal == nil, "no key is known")
        #expect(try fixture.verify(unstated).state == .clean)
        #expect(try fixture.verify(unstated, by: trusted).sealed)
        // Mallory's own key, under the name of alice.
        let posing = try fixture.write(
            "posing.joule",
            documents,
            then: [SealFixture.block(mallory)]
        )
        let posed = try fixture.write(
            "posed.joule",
            documents,
            then: [
                SealFixture.block(mallory),
                try SealFixture.block(
                    mallory,
                    size: 4,
                    root: try self.tree(posing, blocks: 4).root
                ),
            ]
        )
        #expect(try fixture.verify(posed).sealed, "by a key that the ledger states, and no more")
        let judged = try fixture.verify(posed, by: trusted)
        #expect(!judged.sealed)
        #expect(judged.seal?.isNamed == false)
    }

    @Test("The note of another ledger, a note in another place, another size or root: damage")
    func movedNotes() throws {
        let fixture = SealFixture()
        let key = try SealFixture.key()
        let stated = SealFixture.block(key)
        let bare = try fixture.write("bare.joule", documents, then: [stated])
        let root = try tree(bare, blocks: 4).root
        let honest = try SealFixture.block(key, size: 4, root: root)
        let other = Checkpoint.origin(name: "example.org/alice", fileID: Array(0..<16))
        let attacks: [(String, [SealFixture.Block], String)] = [
            (
                "origin", [stated, try SealFixture.block(key, origin: other, size: 4, root: root)],
                "another ledger"
            ),
            (
                "name",
                [
                    stated,
                    try SealFixture.block(
                        key,
                        origin: Checkpoint.origin(name: "x", fileID: SealFixture.fileID),
                        size: 4,
                        root: root
                    ),
                ], "another name"
            ),
            ("size", [stated, try SealFixture.block(key, size: 3, root: root)], "behind 4"),
            (
                "root", [stated, try SealFixture.block(key, size: 4, root: Digest(of: []))],
                "other blocks"
            ),
            ("later", [stated, stated, honest], "behind 5"),
            ("twice", [stated, honest, honest], "behind 5"),
            ("before its key", [honest, stated], "behind 3"),
        ]
        for (name, blocks, reason) in attacks {
            let path = try fixture.write("\(name).joule", documents, then: blocks)
            expectDamaged(try fixture.verify(path), reason, "\(name)")
        }
        let path = try fixture.write("honest.joule", documents, then: [stated, honest])
        #expect(try fixture.verify(path).sealed)
        // The same blocks in a ledger of another id, and of one block more.
        let foreign = try fixture.write(
            "foreign.joule",
            documents,
            then: [stated, honest],
            fileID: Array(0..<16)
        )
        expectDamaged(try fixture.verify(foreign), "another ledger")
        let longer = try fixture.write(
            "longer.joule",
            documents + [SealFixture.document(3)],
            then: [stated, honest]
        )
        expectDamaged(try fixture.verify(longer), "behind 5")
    }

    @Test("History rewritten under a new chain is found out by the old seal, or by the key's name")
    func rewrittenHistory() throws {
        let fixture = SealFixture()
        let alice = try fixture.secret()
        let mallory = try fixture.secret("example.org/mallory", file: "mallory")
        let path = try fixture.sealed(with: alice)
        let better = [SealFixture.document(0, loss: 0.01)] + documents.dropFirst()
        let kept = try fixture.write("kept.joule", better)
        var reopened = try ReopenedLedger.opening(kept)
        for block in try fixture.seal(of: path) {
            try reopened.append(head: block.type, block.bytes)
        }
        try reopened.close()
        expectDamaged(try fixture.verify(kept), "other blocks")
        let resealed = try fixture.write("resealed.joule", better)
        _ = try LedgerSeal.seal(resealed, with: mallory)
        #expect(try fixture.verify(resealed).sealed, "by mallory, as it says")
        #expect(try !fixture.verify(resealed, by: alice.publicKey).sealed)
        let unsealed = try fixture.write("unsealed.joule", better)
        #expect(try !fixture.verify(unsealed, by: alice.publicKey).sealed)
        // With the checkpoint kept elsewhere, the same key cannot hide it either.
        let checkpoint = fixture.path("checkpoint")
        try LedgerProof.checkpoint(of: path).write(to: checkpoint)
        let again = try fixture.write("again.joule", better)
        _ = try LedgerSeal.seal(again, with: alice)
        #expect(try fixture.verify(again, by: alice.publicKey).sealed)
        guard
            case .rewritten = try LedgerProof.consistency(
                since: try KeptTree(checkpoint: checkpoint),
                in: again
            )
        else {
            Issue.record("a rewritten ledger passed for its older self")
            return
        }
    }

    @Test("A ledger cut off at an older seal looks sealed; a checkpoint kept elsewhere tells")
    func cutToOlderSeal() throws {
        let fixture = SealFixture()
        let alice = try fixture.secret()
        let path = try fixture.sealed(with: alice)
        let older = try fixture.bytes(path)
        var reopened = try ReopenedLedger.opening(path)
        try reopened.annotate(run: 0, JSONObject())
        try reopened.close()
        _ = try LedgerSeal.seal(path, with: alice)
        let checkpoint = fixture.path("checkpoint")
        try LedgerProof.checkpoint(of: path).write(to: checkpoint)
        let kept = try KeptTree(checkpoint: checkpoint)
        guard case .proven = try LedgerProof.consistency(since: kept, in: path) else {
            Issue.record("the whole ledger is what was kept")
            return
        }
        try older.write(to: URL(filePath: path))
        #expect(try fixture.verify(path, by: alice.publicKey).sealed, "nothing inside can show it")
        guard case .cut(let blocks) = try LedgerProof.consistency(since: kept, in: path) else {
            Issue.record("a cut ledger passed")
            return
        }
        #expect(blocks == 7)
        let other = try fixture.write("other.joule", documents, fileID: Array(0..<16))
        guard case .foreign = try LedgerProof.consistency(since: kept, in: other) else {
            Issue.record("another ledger passed")
            return
        }
    }

    @Test("A cut anywhere leaves a ledger that is sealed only where it once was")
    func cuts() throws {
        let fixture = SealFixture()
        let alice = try fixture.secret()
        let path = try fixture.write("run.joule", [SealFixture.document(0)])
        var whole: Set<Int> = []
        for round in 0..<2 {
            if round > 0 {
                var reopened = try ReopenedLedger.opening(path)
                try reopened.annotate(run: 0, JSONObject())
                try reopened.close()
            }
            _ = try LedgerSeal.seal(path, with: alice)
            whole.insert(try fixture.bytes(path).count)
        }
        let bytes = try fixture.bytes(path)
        let cut = fixture.path("cut.joule")
        for size in 64...bytes.count {
            try bytes.prefix(size).write(to: URL(filePath: cut))
            let integrity = try fixture.verify(cut, by: alice.publicKey)
            #expect(integrity.sealed == whole.contains(size), "cut at \(size)")
            #expect(integrity.state != .damaged)
        }
    }

    @Test("A flipped bit anywhere unseals")
    func flips() throws {
        let fixture = SealFixture()
        let alice = try fixture.secret()
        let path = try fixture.sealed(with: alice)
        let bytes = try Array(fixture.bytes(path))
        let flipped = fixture.path("flipped.joule")
        var random = SplitMix(seed: 3)
        for place in bytes.indices {
            var copy = bytes
            copy[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            try Data(copy).write(to: URL(filePath: flipped))
            guard let integrity = try? fixture.verify(flipped, by: alice.publicKey) else {
                continue
            }
            #expect(!integrity.sealed, "byte \(place)")
        }
    }

    // MARK: Forward-secure identities

    @Test("A key that claims to be of somebody's identity is not")
    func claimedIdentity() throws {
        let fixture = SealFixture()
        let lab = try fixture.secret("example.org/lab", file: "lab", count: 4)
        let genuine = try lab.takeKey().payload
        let mallory = try SealFixture.key("example.org/lab", 66)
        var claim = genuine
        claim.key = mallory.verifierKey
        let stated: SealFixture.Block = (BlockType.key, PayloadEncoder.encode(claim).bytes)
        let bare = try fixture.write("bare.joule", documents, then: [stated])
        let path = try fixture.write(
            "claimed.joule",
            documents,
            then: [
                stated,
                try SealFixture.block(mallory, size: 4, root: try tree(bare, blocks: 4).root),
            ]
        )
        let integrity = try fixture.verify(path, by: lab.publicKey)
        #expect(!integrity.sealed)
        #expect(integrity.seal?.isNamed == false)
        #expect(integrity.seal?.identity != lab.publicKey.text)
    }

    @Test("A key that has another number or identity the second time is damage")
    func restatedKey() throws {
        let fixture = SealFixture()
        let key = try SealFixture.key()
        var other = KeyPayload(key: key.verifierKey)
        other.count = 2
        other.path = [Digest(of: [])]
        let path = try fixture.write(
            "twice.joule",
            documents,
            then: [
                SealFixture.block(key), SealFixture.block(key),
                (BlockType.key, PayloadEncoder.encode(other).bytes),
            ]
        )
        let integrity = try fixture.verify(path)
        expectDamaged(integrity, "another's")
        #expect(integrity.problems.count == 1, "the same twice is none")
    }

    @Test("Keys of an identity that sign out of order, or again, are damage: a secret was kept")
    func reusedState() throws {
        let fixture = SealFixture()
        let lab = try fixture.secret("example.org/lab", file: "lab", count: 4)
        let old = try fixture.bytes(lab.path)
        let path = try fixture.sealed(with: lab)
        try old.write(to: URL(filePath: lab.path))
        let again = try lab.takeKey().key
        var reopened = try ReopenedLedger.opening(path)
        try reopened.annotate(run: 0, JSONObject())
        let tree = reopened.tree
        let block = try SealFixture.block(again, size: tree.size, root: tree.root)
        try reopened.append(head: block.type, block.bytes)
        try reopened.close()
        expectDamaged(try fixture.verify(path), "after key 1")
        expectDamaged(try fixture.verify(path, by: lab.publicKey), "should no longer exist")
    }

    @Test("An origin in a name that only looks like the signer's is in another name")
    func lookalikeOrigin() throws {
        let fixture = SealFixture()
        let root = try tree(fixture.write("bare.joule", documents), blocks: 3).root
        let origin = Checkpoint.origin(name: "K", fileID: SealFixture.fileID)
        let text = SealEncoder.text(of: Checkpoint(origin: origin, size: 3, root: root))
        // A kelvin sign, which Swift's text takes for a K.
        let signer = KeyHandle(name: Array("\u{212A}".utf8), id: 0)
        let signature = SignedNote.Signature(key: signer, bytes: Array(repeating: 0, count: 64))
        let note = SealEncoder.note(SignedNote(text: text, signatures: [signature]))
        expectDamaged(
            try fixture.verify(
                try fixture.write("kelvin.joule", documents, then: [(BlockType.checkpoint, note)])
            ),
            "another name"
        )
    }

    @Test("A stranger's signature beside a good one is ignored; a bad one of a known key is not")
    func cosignatures() throws {
        let fixture = SealFixture()
        let alice = try SealFixture.key()
        let bob = try SealFixture.key("example.org/bob", 2)
        let witness = try SealFixture.key("witness.example", 3)
        let stated = [SealFixture.block(alice), SealFixture.block(bob)]
        let bare = try fixture.write("bare.joule", documents, then: stated)
        let tree = try tree(bare, blocks: 5)
        let origin = Checkpoint.origin(name: "example.org/alice", fileID: SealFixture.fileID)
        let text = SealEncoder.text(of: Checkpoint(origin: origin, size: 5, root: tree.root))
        let good = try [alice, bob, witness].map { try #require($0.signature(of: text)) }
        func write(_ name: String, _ signatures: [SignedNote.Signature]) throws -> String {
            let note = SealEncoder.note(SignedNote(text: text, signatures: signatures))
            return try fixture.write(name, documents, then: stated + [(BlockType.checkpoint, note)])
        }
        let path = try write("good.joule", good)
        for key in [alice, bob, witness] {
            #expect(try fixture.verify(path, by: PublicKey(.key(key.verifierKey))).sealed)
        }
        var bad = good
        bad[2].bytes[5] ^= 1
        let strange = try write("strange.joule", bad)
        #expect(try fixture.verify(strange).sealed, "nobody here knows the witness")
        expectDamaged(
            try fixture.verify(strange, by: PublicKey(.key(witness.verifierKey))),
            "does not hold"
        )
        bad = good
        bad[1].bytes[5] ^= 1
        expectDamaged(try fixture.verify(try write("bad.joule", bad)), "does not hold")
        // The first signature is whose the origin is.
        expectDamaged(
            try fixture.verify(try write("order.joule", [good[1], good[0]])),
            "another name"
        )
    }
}
