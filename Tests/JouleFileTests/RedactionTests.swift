import FoundationEssentials
import JouleFormat
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile

@Suite("Taking secrets out of ledgers")
struct LedgerRedactionTests {
    private static let secret = "sk-live-0123456789abcdef"

    /// A killed writer's ledger: the secret stands in its blocks and in its ring.
    private static func ledger(in directory: borrowing TemporaryDirectory, isTorn: Bool) throws
        -> String
    {
        var run = try Fixture.run()
        run.config?["api_key"] = .string(secret)
        run.extra["argv"] = ["train.py", "--key", .string(secret)]
        let path = directory.path + "/live.joule"
        let writer = try LedgerWriter.create(at: path, run: run)
        Fixture.log(epochs: 40, to: writer)
        writer.annotate(["extra_secret": .string(secret + "-in-the-ring")])
        guard isTorn else {
            #expect(
                writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 1), metrics: nil)
            )
            return path
        }
        let torn = directory.path + "/torn.joule"
        for end in ["", ".ring"] {
            try FileManager.default.copyItem(atPath: path + end, toPath: torn + end)
        }
        _ = writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 1), metrics: nil)
        return torn
    }

    private static func redact(_ path: String, to target: String, _ paths: [String]) throws
        -> LedgerRedaction
    {
        try LedgerRedaction.write(path, to: target, removing: paths.compactMap(RecordPath.init)) {
            Array($0.text(.compact).utf8)
        }
    }

    /// Whether a text stands in a file as stored, or in what any block of it unpacks to.
    private static func holds(_ text: String, _ path: String) throws -> Bool {
        var unpacked = Unpacked()
        _ = try LedgerScan(path, visitor: &unpacked)
        let stored = try PackTests.bytes(path)
        return ([stored] + unpacked.contents).contains { bytes in
            String(decoding: bytes, as: Unicode.ASCII.self).contains(text)
        }
    }

    private struct Unpacked: LedgerVisitor {
        var contents: [[UInt8]] = []

        mutating func visit(block: LedgerBlock) {
            let content = try? PayloadDecoder.content(block.payload, header: block.header)
            contents.append(Array(content ?? []))
        }

        mutating func visit(meta document: MetaDocument) {}
        mutating func visit(rows: DataPayload, schema: TableSchema) {}
    }

    @Test(
        "The secret is nowhere in the new ledger, and what was measured is as it was",
        arguments: [false, true]
    )
    func secret(isTorn: Bool) throws {
        let directory = TemporaryDirectory()
        let path = try Self.ledger(in: directory, isTorn: isTorn)
        let before = try Ledger(reading: path)
        let stored = try PackTests.bytes(path)
        let target = directory.path + "/clean.joule"
        let paths = ["config.api_key", "/argv", "extra_secret"]
        let redaction = try Self.redact(path, to: target, paths)
        #expect(redaction.leftovers.isEmpty)
        #expect(redaction.removed.map(\.values) == [1, 1, 1])
        #expect(try !Self.holds(Self.secret, target))
        #expect(try !Self.holds(redaction.salt, target))
        #expect(try PackTests.bytes(path) == stored)
        let after = try Ledger(reading: target, verifies: true)
        #expect(after.integrity.state == .clean)
        var expected = before.runs[0]
        expected.config?["api_key"] = nil
        for name in ["argv", "extra_secret"] { expected.extra[name] = nil }
        var run = after.runs[0]
        let origin = try #require(run.extra["redacted_from"])
        run.extra["redacted_from"] = nil
        #expect(run == expected)
        #expect(try Ledger.steps(reading: target) == Ledger.steps(reading: path))
        #expect(origin["root"]?.string == Digest.hex(before.integrity.root))
        // With the salt, and only with it, a removed value is proved.
        let salt = stride(from: 0, to: 32, by: 2).compactMap { place in
            let start = redaction.salt.index(redaction.salt.startIndex, offsetBy: place)
            return UInt8(redaction.salt[start...].prefix(2), radix: 16)
        }
        let value = Array("\"\(Self.secret)\"".utf8)
        let hashes = origin["removed"]?.array?.compactMap { $0["sha256"]?.string } ?? []
        #expect(hashes.count == 3)
        #expect(hashes.contains(Digest(of: salt, value).hex))
        #expect(!hashes.contains(Digest(of: value).hex))
        // The old ledger beside the new one is no second run.
        #expect(try LedgerDirectory(reading: directory.path).runs.count == 1)
    }

    @Test("Where a removed text still stands is said")
    func leftovers() throws {
        let directory = TemporaryDirectory()
        let path = try Self.ledger(in: directory, isTorn: false)
        let target = directory.path + "/half.joule"
        let redaction = try Self.redact(path, to: target, ["config.api_key"])
        #expect(redaction.leftovers == ["argv.2", "extra_secret"])
        // A second time names the first.
        let again = directory.path + "/again.joule"
        _ = try Self.redact(target, to: again, ["argv.2", "extra_secret"])
        let run = try Ledger(reading: again).runs[0]
        #expect(run.extra["argv"] == ["train.py", "--key"])
        let origin = run.extra["redacted_from"]
        #expect(origin?["before"]?["removed"]?.array?.count == 1)
        #expect(try LedgerDirectory(reading: directory.path).runs.count == 1)
    }

    @Test(
        "A removed value is found as a whole where it is spelt the same, as a number or a text",
        arguments: [
            ("abc", "abc", true), ("975312468", 975_312_468, true), (4711, "4711", true),
            (4711, 4711.0, true), (0.25, "0.25", true), ("abc", "abcd", false),
            ("ab", "ab", false), (12, 12, false), ("true", "true", false), (true, true, false),
            (975_312, "--pin=975312", true), (975_312, 9_753_124, false),
            (["abc", 4711], ["abc", 4711], false),
            (["key": 1_234_567_890_123_456], "1234567890123456", true),
        ] as [(JSON, JSON, Bool)]
    )
    func wholeValues(removed: JSON, other: JSON, isNamed: Bool) throws {
        let directory = TemporaryDirectory()
        var run = try Fixture.run()
        run.config?["secret"] = removed
        run.extra["others"] = [["value": other]]
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: run)
        _ = writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 1), metrics: nil)
        let redaction = try Self.redact(path, to: directory.path + "/new", ["config.secret"])
        let expected = other.array == nil ? "others.0.value" : "others.0.value.0"
        #expect(redaction.leftovers == (isNamed ? [expected] : []))
    }

    @Test("Removed values that are too short to be looked for are counted")
    func unsought() {
        let removed: [JSON] = ["ab", "abc", 1, true, "None", ["abc": "abc"], "long enough"]
        #expect(Leftovers(of: removed).unsought == 5)
    }

    @Test("A removed text is found in an attachment wherever its parts cut it")
    func leftoversAcrossParts() {
        let content = Array("export KEY=\(Self.secret) # é".utf8)
        for cut in 0...content.count {
            var left = Leftovers(of: [.string(Self.secret)])
            for range in [0..<cut, cut..<content.count] {
                left.visit(
                    attached: AttachPayload(
                        run: 0,
                        name: "env",
                        mediaType: "",
                        digest: Digest(of: content),
                        size: UInt64(content.count),
                        offset: UInt64(range.lowerBound),
                        part: Array(content[range])
                    )
                )
            }
            #expect(left.places == ["attachment env"], "cut at \(cut)")
        }
    }

    @Test("A removed text is found by its bytes, also in names and before a combining mark")
    func leftoverBytes() {
        func places(_ removed: JSON, name: String, _ type: String, _ text: String) -> [String] {
            let content = Array(text.utf8)
            var left = Leftovers(of: [removed])
            left.visit(
                attached: AttachPayload(
                    run: 0,
                    name: name,
                    mediaType: type,
                    digest: Digest(of: content),
                    size: UInt64(content.count),
                    offset: 0,
                    part: content
                )
            )
            return left.places
        }
        let secret = Self.secret
        #expect(
            places(.string(secret), name: "\(secret).txt", "text/\(secret)", "\(secret)\u{301}")
                == [
                    "attachment \(secret).txt", "the name of attachment \(secret).txt",
                    "the media type of attachment \(secret).txt",
                ]
        )
        #expect(places(.string(secret), name: "a", "b", "\(secret.dropLast())\u{301}").isEmpty)
        // One text in two spellings.
        let texts = ["caf\u{E9} au lait, long", "cafe\u{301} au lait, long"]
        for text in texts {
            let both = JSON.array(texts.map(JSON.string))
            #expect(places(both, name: "a", "b", "one \(text) more") == ["attachment a"])
        }
    }

    @Test("A ledger of several files is redacted as one, by whichever of their names")
    func segments() throws {
        let directory = TemporaryDirectory()
        _ = try SegmentTests().written(in: directory)
        let path = directory.path + "/run.joule"
        let before = try Ledger(reading: path)
        var members = JSONObject()
        members["leak"] = .string(Self.secret)
        try RunAnnotation(set: members).append(to: path, run: before.runs[0].id)
        let steps = try Ledger.steps(reading: path)
        for (number, name) in ["run.joule", "run.1.joule"].enumerated() {
            let target = directory.path + "/clean-\(number).joule"
            let redaction = try Self.redact(directory.path + "/" + name, to: target, ["leak"])
            #expect(redaction.runs == 1 && redaction.leftovers.isEmpty)
            #expect(try !Self.holds(Self.secret, target))
            let after = try Ledger(reading: target, verifies: true)
            #expect(after.integrity.state == .clean && after.integrity.segments == 1)
            #expect(try BlockScanner.header(of: LedgerSource(target)).segment == 0)
            #expect(try Ledger.steps(reading: target) == steps)
            #expect(after.runs[0].extra["leak"] == nil)
            let root = try Digest.hex(Ledger(reading: path).integrity.root)
            #expect(after.runs[0].extra["redacted_from"]?["root"]?.string == root)
        }
        // The old files beside the new ones are no second run.
        #expect(try LedgerDirectory(reading: directory.path).runs.count == 1)
    }

    @Test("What cannot be redacted is refused, and nothing is written")
    func refusals() throws {
        let directory = TemporaryDirectory()
        let path = try Self.ledger(in: directory, isTorn: false)
        let target = directory.path + "/clean.joule"
        for paths in [
            ["config.nothing"], ["argv.9"], ["/config/api_key/x"], ["run_id"], ["process.pid"],
        ] {
            #expect(throws: LedgerError.self) { try Self.redact(path, to: target, paths) }
        }
        let why = LedgerError.redactionTooDeep(
            path: path,
            reason: "run 0: field process.pid: host and pid are required"
        )
        #expect(throws: why) { try Self.redact(path, to: target, ["process.pid"]) }
        let pack = directory.path + "/pack.joule"
        _ = try LedgerPack.write(path, to: pack)
        #expect(throws: LedgerError.isPack(path: pack)) {
            try Self.redact(pack, to: target, ["config.api_key"])
        }
        let live = directory.path + "/alive.joule"
        let writer = try LedgerWriter.create(at: live, run: Fixture.run())
        #expect(throws: LedgerError.busy(path: live)) {
            try Self.redact(live, to: target, ["config"])
        }
        _ = writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 1), metrics: nil)
        #expect(!FileManager.default.fileExists(atPath: target))
        #expect(throws: LedgerError.self) { try Self.redact(path, to: pack, ["config.api_key"]) }
    }

    @Test("A path finds names with dots, any name, and places of lists that documents append to")
    func paths() throws {
        func removed(_ path: String, from json: JSON) -> (JSON, [JSON]) {
            var json = json
            let removed = RecordPath(path)?.remove(from: &json) ?? []
            return (json, removed)
        }
        let dotted: JSON = ["a": ["b.c": 1, "b": ["c": 2]], "list": [1, ["x": 2], 3]]
        #expect(removed("a.b.c", from: dotted).1.count == 2)
        #expect(removed("/a/b/c", from: dotted).1 == [2])
        #expect(removed("/a/b.c", from: dotted).1 == [1])
        #expect(removed("list.*.x", from: dotted).1 == [2])
        #expect(removed("list.*", from: dotted).0["list"] == [])
        #expect(removed("list.1", from: dotted).0["list"] == [1, 3])
        #expect(removed("/list/*", from: dotted).1.isEmpty)
        #expect(removed("/a~1b/~0", from: ["a/b": ["~": 7]]).1 == [7])
        let farthest = RecordPath("list.\(Int.min)")?.within("list")?.skipping(1)
        #expect(farthest?.text == "list.\(Int.min)", "and nothing is subtracted from it")
        #expect(RecordPath("") == nil && RecordPath("a..b") == nil && RecordPath("/") == nil)
    }
}
