import FoundationEssentials
import Glibc
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile
@testable import JouleFormat

/// What honest people do with seals.
@Suite("Sealing")
struct SealingTests {
    @Test("A sealed ledger is sealed for its key, for whoever names none, and for nobody else")
    func sealed() throws {
        let fixture = SealFixture()
        let alice = try fixture.secret()
        let bob = try fixture.secret("example.org/bob", file: "bob")
        let path = try fixture.write("run.joule", [SealFixture.document(0)])
        #expect(try !fixture.verify(path).sealed)
        #expect(try LedgerSeal.seal(path, with: alice) == .sealed(blocks: 3, number: nil))
        let stated = try fixture.verify(path)
        #expect(stated.sealed)
        #expect(stated.seal?.isNamed == nil)
        let named = try fixture.verify(path, by: alice.publicKey)
        #expect(named.sealed)
        #expect(named.seal?.isNamed == true)
        #expect(named.seal?.identity == alice.publicKey.text)
        let other = try fixture.verify(path, by: bob.publicKey)
        #expect(other.state == .clean)
        #expect(!other.sealed)
        #expect(other.seal?.name == "example.org/alice")
    }

    @Test("Sealing what is sealed appends nothing; another key appends its own seal")
    func twice() throws {
        let fixture = SealFixture()
        let alice = try fixture.secret()
        let bob = try fixture.secret("example.org/bob", file: "bob")
        let path = try fixture.sealed(with: alice)
        let before = try fixture.bytes(path)
        #expect(try LedgerSeal.seal(path, with: alice) == .alreadySealed(blocks: 5))
        #expect(try fixture.bytes(path) == before)
        _ = try LedgerSeal.seal(path, with: bob)
        #expect(try fixture.bytes(path).starts(with: before))
        // Nothing but a seal is behind that of alice.
        #expect(try fixture.verify(path, by: alice.publicKey).sealed)
        #expect(try fixture.verify(path, by: bob.publicKey).sealed)
        #expect(try LedgerSeal.seal(path, with: alice) == .alreadySealed(blocks: 5))
    }

    @Test("What is logged behind a seal is not sealed until the next, which needs no second KEY")
    func behind() throws {
        let fixture = SealFixture()
        let alice = try fixture.secret()
        let path = try fixture.sealed(with: alice)
        var reopened = try ReopenedLedger.opening(path)
        try reopened.annotate(run: 0, JSONObject())
        try reopened.close()
        let after = try fixture.verify(path, by: alice.publicKey)
        #expect(after.state == .clean)
        #expect(!after.sealed)
        #expect(after.seal?.blocks == 5)
        #expect(after.seal?.coversAll == false)
        _ = try LedgerSeal.seal(path, with: alice)
        #expect(try fixture.verify(path, by: alice.publicKey).sealed)
        let types = try fixture.seal(of: path).map(\.type)
        #expect(types == [BlockType.key, BlockType.checkpoint, BlockType.checkpoint])
    }

    @Test("A live and a damaged ledger are refused and stay as they are")
    func refused() throws {
        let fixture = SealFixture()
        let alice = try fixture.secret()
        let live = fixture.path("live.joule")
        // The writer holds the lock as long as it lives.
        try {
            let writer = try LedgerWriter.create(at: live, run: Fixture.run())
            Fixture.log(epochs: 1, to: writer)
            #expect(throws: LedgerError.busy(path: live)) { try LedgerSeal.seal(live, with: alice) }
            writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 1), metrics: nil)
        }()
        _ = try LedgerSeal.seal(live, with: alice)
        #expect(try fixture.verify(live, by: alice.publicKey).sealed)
        var damaged = try fixture.bytes(
            try fixture.write("damaged.joule", [SealFixture.document(0)])
        )
        damaged[64 + 50] ^= 1
        let path = fixture.path("damaged.joule")
        try damaged.write(to: URL(filePath: path))
        #expect(throws: LedgerError.self) { try LedgerSeal.seal(path, with: alice) }
        #expect(try fixture.bytes(path) == damaged)
    }

    @Test("The rows of a ring and the end of a torn file are sealed, too")
    func ring() throws {
        let fixture = SealFixture()
        let alice = try fixture.secret()
        let live = fixture.path("live.joule")
        let writer = try LedgerWriter.create(at: live, run: Fixture.run())
        Fixture.log(epochs: 4, to: writer)
        let (file, ring) = try (fixture.bytes(live), fixture.bytes(live + ".ring"))
        writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 0), metrics: nil)
        let path = fixture.path("killed.joule")
        try (file + Data([1, 2, 3])).write(to: URL(filePath: path))
        try ring.write(to: URL(filePath: path + ".ring"))
        let before = try Ledger(reading: path)
        #expect(before.integrity.ringRows > 0)
        _ = try LedgerSeal.seal(path, with: alice)
        #expect(!FileManager.default.fileExists(atPath: path + ".ring"))
        let after = try Ledger(reading: path, verifies: true, sealedBy: alice.publicKey)
        #expect(after.integrity.sealed, "\(after.integrity.problems)")
        #expect(after.runs.first?.epochs == before.runs.first?.epochs)
        // Whoever puts the ring back adds nothing to what is sealed.
        try ring.write(to: URL(filePath: path + ".ring"))
        #expect(try fixture.verify(path, by: alice.publicKey).sealed)
    }

    @Test("A ring beside a sealed ledger that holds anything new makes it unsealed")
    func foreignRing() throws {
        let fixture = SealFixture()
        let alice = try fixture.secret()
        let live = fixture.path("live.joule")
        let writer = try LedgerWriter.create(at: live, run: Fixture.run())
        let file = try fixture.bytes(live)
        Fixture.log(epochs: 1, to: writer)
        let ring = try fixture.bytes(live + ".ring")
        writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 0), metrics: nil)
        let path = fixture.path("sealed.joule")
        try file.write(to: URL(filePath: path))
        _ = try LedgerSeal.seal(path, with: alice)
        #expect(try fixture.verify(path).sealed)
        try ring.write(to: URL(filePath: path + ".ring"))
        let after = try fixture.verify(path)
        #expect(after.hasNewsInRing)
        #expect(!after.sealed)
    }

    // MARK: Forward-secure identities

    @Test("Each seal uses up one key, the next file knows none before, and then there are no more")
    func forwardSecure() throws {
        let fixture = SealFixture()
        let lab = try fixture.secret("example.org/lab", file: "lab", count: 3)
        var states: [Data] = []
        for number in 0..<3 {
            states.append(try fixture.bytes(lab.path))
            let path = try fixture.write("run\(number).joule", [SealFixture.document(number)])
            #expect(try LedgerSeal.seal(path, with: lab) == .sealed(blocks: 3, number: number))
            let integrity = try fixture.verify(path, by: lab.publicKey)
            #expect(integrity.sealed)
            #expect(integrity.seal?.number == number)
            #expect(integrity.seal?.keys == 3)
            // The key stays sealed and is not taken again.
            #expect(try LedgerSeal.seal(path, with: lab) == .alreadySealed(blocks: 3))
        }
        #expect(Set(states).count == 3)
        let late = try fixture.write("late.joule", [SealFixture.document(9)])
        let before = try fixture.bytes(late)
        #expect(throws: LedgerError.self) { try LedgerSeal.seal(late, with: lab) }
        #expect(try fixture.bytes(late) == before)
        #expect(!FileManager.default.fileExists(atPath: lab.path + ".next"))
        var status = stat()
        #expect(unsafe stat(lab.path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600, "also the file that replaced the first")
    }

    @Test("An older copy of the file of a key is refused, and nothing is appended or used up")
    func olderCopy() throws {
        let fixture = SealFixture()
        let lab = try fixture.secret("example.org/lab", file: "lab", count: 4)
        let old = try fixture.bytes(lab.path)
        let path = try fixture.sealed(with: lab)
        let new = try fixture.bytes(lab.path)
        var reopened = try ReopenedLedger.opening(path)
        try reopened.annotate(run: 0, JSONObject())
        try reopened.close()
        let before = try fixture.bytes(path)
        try old.write(to: URL(filePath: lab.path))
        let error = #expect(throws: LedgerError.self) { try LedgerSeal.seal(path, with: lab) }
        #expect(error?.description.contains("older than the ledger's last seal") == true)
        #expect(try fixture.bytes(path) == before)
        #expect(try fixture.bytes(lab.path) == old)
        try new.write(to: URL(filePath: lab.path))
        _ = try LedgerSeal.seal(path, with: lab)
        #expect(try fixture.verify(path, by: lab.publicKey).sealed)
    }

    @Test("A ledger that states something else of a key is not sealed with it")
    func contradicted() throws {
        let fixture = SealFixture()
        let alice = try fixture.secret()
        guard case .key(let key) = alice.publicKey.identity else {
            Issue.record("a plain key is its own identity")
            return
        }
        var claim = KeyPayload(key: key)
        claim.count = 2
        claim.path = [Digest(of: [])]
        let path = try fixture.write(
            "run.joule",
            [SealFixture.document(0)],
            then: [(BlockType.key, PayloadEncoder.encode(claim).bytes)]
        )
        let before = try fixture.bytes(path)
        #expect(throws: LedgerError.self) { try LedgerSeal.seal(path, with: alice) }
        #expect(try fixture.bytes(path) == before)
        #expect(try fixture.verify(path).state == .clean)
    }

    @Test("A key is gone from its file before it signs, and what a crash leaves is no obstacle")
    func stateFirst() throws {
        let fixture = SealFixture()
        let lab = try fixture.secret("example.org/lab", file: "lab", count: 4)
        let text = try KeyFile.text(of: lab.path)
        let seed = try #require(text.split(separator: "\n").first { $0.hasPrefix("seed ") })
        try Data("half a state".utf8).write(to: URL(filePath: lab.path + ".next"))
        let taken = try lab.takeKey()
        #expect(taken.payload.number == 0)
        #expect(try !KeyFile.text(of: lab.path).contains(seed))
        #expect(!FileManager.default.fileExists(atPath: lab.path + ".next"))
        #expect(try lab.takeKey().payload.number == 1)
    }

    @Test("Nobody gets the same key, however many seal at once")
    func concurrent() async throws {
        let fixture = SealFixture()
        let lab = try fixture.secret("example.org/lab", file: "lab", count: 12)
        let numbers = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<12 { group.addTask { try lab.takeKey().payload.number } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(numbers) == Set(0..<12))
    }

    @Test("A secret under two names, or behind a link, is refused: its old keys would stay")
    func linkedSecrets() throws {
        let fixture = SealFixture()
        let lab = try fixture.secret("example.org/lab", file: "lab", count: 4)
        let link = fixture.path("link")
        #expect(unsafe symlink(lab.path, link) == 0)
        #expect(throws: LedgerError.self) { try SecretKey(link).takeKey() }
        #expect(unsafe Glibc.link(lab.path, fixture.path("hard")) == 0)
        #expect(throws: LedgerError.self) { try lab.takeKey() }
        #expect(unsafe unlink(fixture.path("hard")) == 0)
        #expect(try lab.takeKey().payload.number == 0)
    }

    @Test("Keys are written once, for their owner only, and read back")
    func files() throws {
        let fixture = SealFixture()
        for count in [nil, 2, 7] {
            let file = "key\(count ?? 1)"
            let secret = try fixture.secret(file: file, count: count)
            #expect(try SecretKey(secret.path).publicKey == secret.publicKey)
            #expect(try PublicKey(secret.path + ".pub") == secret.publicKey)
            #expect(try PublicKey(secret.publicKey.text) == secret.publicKey)
            var status = stat()
            #expect(unsafe stat(secret.path, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
            let before = try fixture.bytes(secret.path)
            #expect(throws: LedgerError.self) { try fixture.secret(file: file) }
            #expect(try fixture.bytes(secret.path) == before)
            #expect(throws: LedgerError.self) { try PublicKey(secret.path) }
            #expect(throws: LedgerError.self) { try SecretKey(secret.path + ".pub") }
        }
        // The public half is there already: then there is no secret half either.
        try Data().write(to: URL(filePath: fixture.path("half.pub")))
        #expect(throws: LedgerError.self) { try fixture.secret(file: "half") }
        #expect(!FileManager.default.fileExists(atPath: fixture.path("half")))
    }

    @Test("A secret that any byte of is changed is refused, or another identity's")
    func spoiltSecrets() throws {
        let fixture = SealFixture()
        let lab = try fixture.secret("example.org/lab", file: "lab", count: 4)
        _ = try lab.takeKey()
        let text = try Array(fixture.bytes(lab.path))
        let path = fixture.path("spoilt")
        for place in text.indices {
            var bytes = text
            bytes[place] ^= 2
            try Data(bytes).write(to: URL(filePath: path))
            #expect(throws: LedgerError.self, "byte \(place)") {
                let secret = try SecretKey(path)
                guard secret.publicKey == lab.publicKey else {
                    throw LedgerError.unusable(path: path, reason: "another identity")
                }
                _ = try secret.takeKey()
            }
        }
    }
}
