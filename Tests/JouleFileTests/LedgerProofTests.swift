import FoundationEssentials
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile
@testable import JouleFormat

@Suite("Proofs of ledgers")
struct LedgerProofTests {
    /// A sealed ledger of twelve documents, some more behind, and who sealed it.
    private func ledger(_ fixture: borrowing SealFixture, count: Int? = nil) throws
        -> (path: String, key: SecretKey)
    {
        let key = try fixture.secret(count: count)
        let path = try fixture.write("run.joule", (0..<12).map { SealFixture.document($0) })
        _ = try LedgerSeal.seal(path, with: key)
        var reopened = try ReopenedLedger.opening(path)
        for _ in 0..<3 { try reopened.annotate(run: 0, JSONObject()) }
        try reopened.close()
        return (path, key)
    }

    private func isProven(_ verdict: ProofCheck.Verdict) -> Bool {
        if case .proven = verdict { true } else { false }
    }

    @Test("Every sealed block is proven to whoever has the key only", arguments: [nil, 5])
    func inclusion(count: Int?) throws {
        let fixture = SealFixture()
        let (path, key) = try ledger(fixture, count: count)
        let blocks = try Ledger(reading: path).integrity.blocks
        for block in 0..<UInt64(blocks) {
            let proof = fixture.path("proof\(block)")
            try LedgerProof.inclusion(of: block, in: path).write(to: proof)
            func verdict(ledger: String?) throws -> ProofCheck.Verdict {
                try ProofCheck.verdict(on: proof, by: key.publicKey, kept: nil, ledger: ledger)
            }
            // Twelve documents, the SUMMARY and KEY stand before the checkpoint.
            #expect(try isProven(verdict(ledger: nil)) == (block < 14), "block \(block)")
            #expect(try isProven(verdict(ledger: path)) == (block < 14))
            if block >= 14, case .unsigned = try verdict(ledger: path) { continue }
            #expect(block < 14)
        }
        #expect(throws: LedgerError.self) {
            try LedgerProof.inclusion(of: UInt64(blocks), in: path)
        }
    }

    @Test("Every earlier size is proven to be the beginning of the sealed tree")
    func consistency() throws {
        let fixture = SealFixture()
        let (path, key) = try ledger(fixture)
        for size in UInt64(0)...14 {
            guard
                case .proven(let made) = try LedgerProof.consistency(
                    since: KeptTree(size: size),
                    in: path
                )
            else {
                Issue.record("\(size) blocks are the beginning")
                return
            }
            let proof = fixture.path("since\(size)")
            try made.write(to: proof)
            let verdict = try ProofCheck.verdict(
                on: proof,
                by: key.publicKey,
                kept: nil,
                ledger: path
            )
            #expect(isProven(verdict), "\(size): \(verdict)")
        }
    }

    @Test("A proof whose any byte is changed proves nothing, or the same", arguments: [nil, 3])
    func changed(count: Int?) throws {
        let fixture = SealFixture()
        let (path, key) = try ledger(fixture, count: count)
        let checkpoint = fixture.path("checkpoint")
        try LedgerProof.checkpoint(of: path).write(to: checkpoint)
        let kept = try KeptTree(checkpoint: checkpoint)
        guard case .proven(let consistency) = try LedgerProof.consistency(since: kept, in: path)
        else {
            Issue.record("the checkpoint is of this ledger")
            return
        }
        for made in [try LedgerProof.inclusion(of: 5, in: path), consistency] {
            for place in made.text.indices {
                var text = made.text
                text[place] ^= 1
                let proof = fixture.path("changed")
                try Data(text).write(to: URL(filePath: proof))
                let verdict = try? ProofCheck.verdict(
                    on: proof,
                    by: key.publicKey,
                    kept: kept,
                    ledger: nil
                )
                guard let verdict else { continue }
                // What is said of a plain key beside the proof is not needed to check it.
                let isIdle = count == nil && Self.isExtra(place, in: made.text)
                #expect(!isProven(verdict) || isIdle, "byte \(place)")
            }
        }
    }

    private static func isExtra(_ place: Int, in text: [UInt8]) -> Bool {
        let line = text[..<place].count { $0 == UInt8(ascii: "\n") }
        return line == 1
    }

    @Test("A forged checkpoint shows nothing to whoever names the key", arguments: [nil, 3])
    func forged(count: Int?) throws {
        let fixture = SealFixture()
        let (path, key) = try ledger(fixture, count: count)
        var note = try LedgerProof.checkpoint(of: path).text
        let checkpoint = fixture.path("checkpoint")
        func continuity() throws -> LedgerProof.Continuity {
            try Data(note).write(to: URL(filePath: checkpoint))
            let kept = try KeptTree(checkpoint: checkpoint)
            return try LedgerProof.consistency(since: kept, by: key.publicKey, in: path)
        }
        guard case .proven = try continuity() else {
            Issue.record("the checkpoint is signed")
            return
        }
        // Within the signature, and not in the name and id before it.
        let place = note.count - 40
        note[place] = note[place] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        guard case .forged = try continuity() else {
            Issue.record("the signature was changed")
            return
        }
    }

    @Test("A proof of one ledger is none of another")
    func otherLedger() throws {
        let fixture = SealFixture()
        let (path, key) = try ledger(fixture)
        let proof = fixture.path("proof")
        try LedgerProof.inclusion(of: 0, in: path).write(to: proof)
        let other = try fixture.write(
            "other.joule",
            [SealFixture.document(0)],
            fileID: Array(0..<16)
        )
        let verdict = try ProofCheck.verdict(on: proof, by: key.publicKey, kept: nil, ledger: other)
        guard case .refuted = verdict else {
            Issue.record("\(verdict)")
            return
        }
        // The same id and another block 0.
        let forged = try fixture.write("forged.joule", [SealFixture.document(7)])
        let second = try ProofCheck.verdict(on: proof, by: key.publicKey, kept: nil, ledger: forged)
        guard case .refuted = second else {
            Issue.record("\(second)")
            return
        }
    }

    @Test("A proof of a block that its tree does not have is refuted", arguments: [14, .max])
    func beyond(block: UInt64) throws {
        let fixture = SealFixture()
        let (path, key) = try ledger(fixture)
        let proof = fixture.path("proof")
        let text = String(
            decoding: try LedgerProof.inclusion(of: 3, in: path).text,
            as: UTF8.self
        )
        try Data(text.replacing("index 3\n", with: "index \(block)\n").utf8)
            .write(to: URL(filePath: proof))
        for ledger in [nil, path] {
            let verdict = try ProofCheck.verdict(
                on: proof,
                by: key.publicKey,
                kept: nil,
                ledger: ledger
            )
            guard case .refuted = verdict else {
                Issue.record("\(verdict)")
                continue
            }
        }
    }

    @Test("Hostile proofs are refused in one line")
    func hostile() throws {
        let hash = Base64.text(Digest(of: []).bytes)
        let head = "a/b\n1\n\(hash)\n"
        let hostile = [
            "", "\n\n", "c2sp.org/tlog-proof@v1\n\n\(head)", "c2sp.org/tlog-proof@v1\nindex 0\n",
            "c2sp.org/tlog-proof@v1\nindex 00\n\n\(head)",
            "c2sp.org/tlog-proof@v1\nindex -1\n\n\(head)",
            "c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\n\(head)",
            "c2sp.org/tlog-proof@v1\nextra AAAA\nindex 0\n\n\(head)",
            "c2sp.org/tlog-proof@v1\nextra !\nindex 0\n\n\(head)",
            "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n\(head)",
            "c2sp.org/tlog-proof@v2\nindex 0\n\n\(head)", "old 0\n\n\(head)",
            "c2sp.org/tlog-proof@v1\nold 0\n\n\(head)",
            "c2sp.org/tlog-proof@v1\nindex 0\n"
                + String(repeating: hash + "\n", count: 65) + "\n" + head,
            "c2sp.org/tlog-proof@v1\r\nindex 0\r\n\r\n\(head)",
            "c2sp.org/tlog-proof@v1\nindex 0\n\n\(head)x",
        ]
        for text in hostile {
            #expect(throws: FormatError.self, "\(text)") {
                try ProofDecoder.proof(Array(text.utf8)[...])
            }
        }
        let whole = "c2sp.org/tlog-proof@v1\nindex 0\n\n\(head)"
        let proof = try ProofDecoder.proof(Array(whole.utf8)[...])
        #expect(ProofEncoder.encode(proof) == Array(whole.utf8))
    }
}
