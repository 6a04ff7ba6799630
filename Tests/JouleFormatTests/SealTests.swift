import JouleTestSupport
import Testing

@testable import JouleFormat

@Suite("Keys and signed notes")
struct SealTests {
    /// The note with which golang.org/x/mod/sumdb/note documents itself.
    static let published = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=

        """
    static let publishedKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

    static func key(_ name: String = "example.org/alice", seed: UInt8 = 7) throws -> SigningKey {
        try #require(SigningKey(name: name, seed: Array(repeating: seed, count: 32)))
    }

    static func checkpoint(_ size: UInt64 = 3) throws -> CheckpointPayload {
        let origin = Checkpoint.origin(name: "example.org/alice", fileID: Array(0..<16))
        let head = Checkpoint(origin: origin, size: size, root: Digest(of: [1]))
        return try #require(try key().signed(head))
    }

    private func header(_ payload: EncodedPayload) -> BlockHeader {
        BlockHeader(
            salt: 0,
            type: payload.type,
            flags: payload.flags,
            table: payload.table,
            payloadSize: payload.bytes.count,
            rawSize: payload.rawSize,
            rows: payload.rows,
            sequence: 0,
            previousLeaf: 0,
            payloadChecksum: 0
        )
    }

    // MARK: Notes

    @Test("A note that others published is read, and its signature verifies")
    func publishedNote() throws {
        let note = try SealDecoder.note(Array(Self.published.utf8)[...])
        let key = try SealDecoder.verifierKey(Self.publishedKey)
        let signature = try #require(note.signatures.first)
        #expect(signature.key == key.handle)
        #expect(key.verifies(signature.bytes, of: note.text))
        #expect(SealEncoder.note(note) == Array(Self.published.utf8))
        #expect(!key.verifies(signature.bytes, of: note.text + [0x0A]))
    }

    @Test("RFC 8032 § 7.1: seeds, public keys and signatures are those of the tests there")
    func ed25519() throws {
        let key = try #require(
            SigningKey(
                name: "rfc8032",
                seed: Array(
                    hexadecimal: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
                )
            )
        )
        #expect(
            Digest.hex(key.verifierKey.publicKey)
                == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        )
        let signature = try #require(key.signature(of: []))
        #expect(
            Digest.hex(signature.bytes)
                == "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
                + "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
        )
    }

    @Test("RFC 8032 § 5.1.3: a key that is spelt otherwise verifies nothing")
    func otherSpellings() throws {
        // Of the neutral point, whatever is signed: R is S times the base point.
        let base = [0x58] + [UInt8](repeating: 0x66, count: 31)
        let signature = base + [1] + [UInt8](repeating: 0, count: 31)
        func verifies(_ low: UInt8, _ middle: UInt8, _ high: UInt8) -> Bool {
            let bytes = [low] + [UInt8](repeating: middle, count: 30) + [high]
            return VerifierKey(name: "x", id: 0, publicKey: bytes, text: "")
                .verifies(signature, of: [0x78])
        }
        #expect(verifies(1, 0, 0))
        #expect(!verifies(1, 0, 0x80))
        #expect(!verifies(0xEE, 0xFF, 0x7F))
        #expect(!verifies(0xEE, 0xFF, 0xFF))
        let others: [(low: UInt8, high: UInt8)] = [
            (0xEC, 0xFF), (0xED, 0x7F), (0xF0, 0x7F), (0xFF, 0x7F),
        ]
        for (low, high) in others {
            let bytes = [low] + [UInt8](repeating: 0xFF, count: 30) + [high]
            #expect(!VerifierKey.isCanonical(bytes), "\(low) \(high)")
        }
        #expect(VerifierKey.isCanonical([0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]))
    }

    @Test("A checkpoint comes back from its block")
    func checkpointRoundTrip() throws {
        let checkpoint = try Self.checkpoint()
        let encoded = PayloadEncoder.encode(checkpoint)
        let decoded = try PayloadDecoder.checkpoint(encoded.bytes[...], header: header(encoded))
        #expect(decoded == checkpoint)
        #expect(
            checkpoint.checkpoint.origin == "example.org/alice/000102030405060708090a0b0c0d0e0f"
        )
    }

    @Test("A checkpoint that any byte of is changed is refused or no longer verifies")
    func changedBytes() throws {
        let original = try SealEncoder.note(Self.checkpoint().note)
        let key = try Self.key().verifierKey
        for place in original.indices {
            for bit in 0..<8 {
                var bytes = original
                bytes[place] ^= 1 << UInt8(bit)
                guard let read = try? SealDecoder.signedCheckpoint(bytes[...]) else { continue }
                let isVerified = read.note.signatures.contains {
                    $0.key == key.handle && key.verifies($0.bytes, of: read.note.text)
                }
                #expect(!isVerified, "bit \(bit) of byte \(place)")
            }
        }
    }

    @Test("A note cut or prolonged anywhere is not the same note")
    func cutNotes() throws {
        let original = try SealEncoder.note(Self.checkpoint().note)
        for size in original.indices {
            #expect(throws: FormatError.self) { try SealDecoder.note(original[..<size]) }
        }
        for tail in ["\n", " ", "x\n", "\n\n"] {
            let bytes = original + Array(tail.utf8)
            #expect(throws: FormatError.self) { try SealDecoder.note(bytes[...]) }
        }
    }

    @Test("Hostile notes are refused")
    func hostileNotes() throws {
        let note = try Self.checkpoint().note
        let whole = String(decoding: SealEncoder.note(note), as: UTF8.self)
        let line = try #require(whole.split(separator: "\n").last)
        let text = String(decoding: note.text, as: UTF8.self)
        func signature(by name: String) -> String {
            line.replacing("example.org/alice", with: name) + "\n"
        }
        let hostile: [(String, String)] = [
            ("no empty line", text + line + "\n"),
            ("no signature", text + "\n"),
            ("17 signatures", text + "\n" + (0..<17).map { signature(by: "k\($0)") }.joined()),
            ("a carriage return", whole.replacing("\n", with: "\r\n")),
            ("a control character", "\u{1}" + whole),
            ("another dash", whole.replacing("— ", with: "- ")),
            ("two spaces", whole.replacing("alice ", with: "alice  ")),
            ("a name with white space", text + "\n" + signature(by: "al\u{2003}ice")),
            ("a name with a plus", text + "\n" + signature(by: "al+ice")),
            ("no name", text + "\n" + signature(by: "")),
            ("the same key twice", text + "\n" + line + "\n" + line + "\n"),
            ("no base64", text + "\n— example.org/alice !!!!\n"),
            ("base64 without padding", whole.replacing("=", with: "")),
            ("an id and no signature", text + "\n— example.org/alice AQIDBA==\n"),
            ("nothing", ""),
        ]
        for (what, text) in hostile {
            #expect(throws: FormatError.self, "\(what)") {
                try SealDecoder.note(Array(text.utf8)[...])
            }
        }
        let sixteen = text + "\n" + (0..<16).map { signature(by: "k\($0)") }.joined()
        #expect(try SealDecoder.note(Array(sixteen.utf8)[...]).signatures.count == 16)
        let latin = Array(whole.utf8).map { $0 == UInt8(ascii: "x") ? 0xE9 : $0 }
        #expect(throws: FormatError.self) { try SealDecoder.note(latin[...]) }
    }

    @Test("64 KiB are a note and one byte more is none")
    func sizeLimit() throws {
        let key = try Self.key()
        let line = SealEncoder.note(
            SignedNote(text: [], signatures: [try #require(key.signature(of: []))])
        )
        for extra in [0, 1] {
            let room = Limits.noteSizeMax - line.count - 1 + extra
            let text = Array(repeating: UInt8(ascii: "a"), count: room) + [0x0A]
            let signature = try #require(key.signature(of: text))
            let bytes = SealEncoder.note(SignedNote(text: text, signatures: [signature]))
            #expect(bytes.count == Limits.noteSizeMax + extra)
            if extra == 0 {
                #expect(try SealDecoder.note(bytes[...]).text == text)
            } else {
                #expect(throws: FormatError.self) { try SealDecoder.note(bytes[...]) }
            }
        }
    }

    @Test("Base64 has one spelling")
    func canonicalBase64() {
        #expect(Base64.bytes("AQ==".utf8) == [1])
        for spelling in ["AR==", "AQ=", "AQ", "AQ==\n", " AQ==", "A Q==", "AQ==AQ==", "-_==", "A"] {
            #expect(Base64.bytes(spelling.utf8) == nil, "\(spelling)")
        }
    }

    @Test("A text that is not exactly a tree head is no checkpoint")
    func hostileCheckpoints() throws {
        let root = Base64.text(Digest(of: []).bytes)
        #expect(
            try SealDecoder.checkpoint("a/b\n18446744073709551615\n\(root)\n".utf8).size == .max
        )
        let hostile = [
            "a/b\n1\n\(root)", "a/b\n1\n\(root)\nextension\n", "\n1\n\(root)\n", "a/b\n\n\(root)\n",
            "a b\n1\n\(root)\n", "a/b\n01\n\(root)\n", "a/b\n+1\n\(root)\n", "a/b\n-1\n\(root)\n",
            "a/b\n18446744073709551616\n\(root)\n", "a/b\n1\n\(root.dropLast(4))\n", "a/b\n1\n\n",
            "\u{212A}/b\n1\n\(root)\n", "a/b\n٣\n\(root)\n",
        ]
        for text in hostile {
            #expect(throws: FormatError.self, "\(text)") { try SealDecoder.checkpoint(text.utf8) }
        }
    }

    // MARK: Keys

    @Test("A key comes back from its text, and no other text gives it")
    func verifierKeys() throws {
        let key = try Self.key().verifierKey
        #expect(try SealDecoder.verifierKey(key.text) == key)
        let parts = key.text.split(separator: "+", maxSplits: 2).map(String.init)
        let hostile = [
            "", "+", "++", parts[0], parts[0] + "+" + parts[1], key.text + "A", key.text + "\n",
            " " + key.text, key.text.uppercased(), parts[0] + "+00000000+" + parts[2],
            "other+" + parts[1] + "+" + parts[2],
            parts[0] + "+" + parts[1].dropFirst() + "+" + parts[2],
        ]
        for text in hostile {
            #expect(throws: FormatError.self, "\(text)") { try SealDecoder.verifierKey(text) }
        }
        for name in ["", "a b", "a+b", "\u{212A}", "a\n", String(repeating: "a", count: 256)] {
            #expect(SigningKey(name: name, seed: Array(repeating: 0, count: 32)) == nil, "\(name)")
        }
        #expect(SigningKey(name: "a", seed: [1]) == nil)
    }

    @Test("A name that Swift takes for the same is another name")
    func lookalikes() throws {
        let key = try Self.key("example.org/Kim")
        let head = Checkpoint(origin: "example.org/Kim/00", size: 0, root: Digest(of: []))
        let note = SealEncoder.note(try #require(key.signed(head)).note)
        let text = String(decoding: note, as: UTF8.self)
        let lookalike = text.replacing("— example.org/K", with: "— example.org/\u{212A}")
        try #require(lookalike != text || Array(lookalike.utf8) != note)
        let read = try SealDecoder.note(Array(lookalike.utf8)[...])
        #expect(read.signatures.first?.key != key.verifierKey.handle)
    }

    // MARK: Forward security

    @Test("Every key of an identity proves that it is one", arguments: [2, 3, 7, 8, 20])
    func chain(count: Int) throws {
        var chain = try #require(
            SigningChain(
                name: "example.org/bob",
                count: count,
                seed: Array(repeating: 9, count: 32)
            )
        )
        let identity = SealIdentity.keys(chain.identity)
        #expect(try SealDecoder.identity(identity.text) == identity)
        var keys: Set<VerifierKey> = []
        for number in 0..<count {
            let next = chain.takeNext()
            let taken = try #require(next)
            keys.insert(taken.payload.key)
            #expect(taken.payload.number == number)
            #expect(taken.payload.isKey(of: identity))
            #expect(chain.identity.text == identity.text, "what is left still knows whose it is")
            let encoded = PayloadEncoder.encode(taken.payload)
            let decoded = try PayloadDecoder.key(encoded.bytes[...], header: header(encoded))
            #expect(decoded == taken.payload)
            var other = taken.payload
            other.number = (number + 1) % count
            #expect(!other.isKey(of: identity), "the number is proven, too")
            other = taken.payload
            other.key = try Self.key("example.org/bob").verifierKey
            #expect(!other.isKey(of: identity))
        }
        #expect(keys.count == count)
        let beyond = chain.takeNext()
        #expect(beyond == nil, "there is no key beyond the last")
    }

    @Test("A KEY with a number, a count or a path that cannot be is refused")
    func hostileKeys() throws {
        let key = try Self.key().verifierKey
        let hash = Digest(of: [])
        let hostile = [
            KeyPayload(key: key, number: 1, count: 1), KeyPayload(key: key, number: 0, count: 0),
            KeyPayload(key: key, number: 0, count: 1, path: [hash]),
            KeyPayload(key: key, number: 0, count: 2), KeyPayload(key: key, number: 5, count: 4),
            KeyPayload(key: key, number: 0, count: 2, path: [hash, hash]),
            KeyPayload(key: key, number: 0, count: 65537, path: Array(repeating: hash, count: 17)),
            KeyPayload(key: key, number: 65536, count: 2, path: [hash]),
        ]
        for payload in hostile {
            let encoded = PayloadEncoder.encode(payload)
            #expect(throws: FormatError.self, "\(payload.number) of \(payload.count)") {
                try PayloadDecoder.key(encoded.bytes[...], header: header(encoded))
            }
        }
        let whole = PayloadEncoder.encode(KeyPayload(key: key))
        #expect(try PayloadDecoder.key(whole.bytes[...], header: header(whole)).key == key)
        let prolonged = PayloadEncoder.plain(whole.bytes + [0], type: BlockType.key, flags: [])
        #expect(throws: FormatError.self) {
            try PayloadDecoder.key(prolonged.bytes[...], header: header(prolonged))
        }
    }
}

extension [UInt8] {
    /// Bytes of an even number of hexadecimal digits.
    init(hexadecimal text: String) {
        let digits = text.compactMap(\.hexDigitValue)
        self = stride(from: 0, to: digits.count, by: 2).map {
            UInt8(digits[$0] * 16 + digits[$0 + 1])
        }
    }
}
