import FoundationEssentials
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile
@testable import JouleFormat

/// A ledger of attachments, written block by block.
private struct Attachments: ~Copyable {
    let directory = TemporaryDirectory()
    var path: String { directory.path + "/attached.joule" }

    /// Writes `parts` and answers what a reader makes of them.
    func read(_ parts: [AttachPayload], closes: Bool = true) throws -> Ledger {
        try? FileManager.default.removeItem(atPath: path)
        try write(parts, closes: closes)
        return try Ledger(reading: path, verifies: true)
    }

    /// Lets go of the file, like a process that died where it does not close it.
    private func write(_ parts: [AttachPayload], closes: Bool) throws {
        var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
        try appender.append(meta: [Array(#"{"run":0,"set":{"run_id":"with-artifacts"}}"#.utf8)])
        for part in parts { try appender.append(part) }
        if closes { try appender.close() }
    }

    func content(_ attachment: JouleFile.Attachment) throws -> [UInt8] {
        var content = try AttachmentContent(of: attachment)
        var bytes: [UInt8] = []
        while let part = try content.next() { bytes += part }
        return bytes
    }

    /// The parts of a content that is cut at `cuts`.
    static func parts(_ name: String, _ content: [UInt8], cuts: [Int] = []) -> [AttachPayload] {
        zip([0] + cuts, cuts + [content.count]).map { start, end in
            AttachPayload(
                run: 0,
                name: name,
                mediaType: "text/plain",
                digest: Digest(of: content),
                size: UInt64(content.count),
                offset: UInt64(start),
                part: Array(content[start..<end])
            )
        }
    }

    static func reference(_ name: String, _ content: [UInt8]) -> AttachPayload {
        var part = parts(name, content)[0]
        part.part = []
        return part
    }
}

@Suite("Attachments")
struct AttachmentTests {
    private let text = Array("--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-1\n+2\n".utf8)

    @Test("A content comes back whole, however it was cut, beside others and empty ones")
    func roundTrip() throws {
        let place = Attachments()
        let big = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
        let ledger = try place.read(
            Attachments.parts("diff", text, cuts: [1, 2, 20])
                + Attachments.parts("empty", []) + Attachments.parts("big", big, cuts: [4096])
                + [Attachments.reference("again", text)]
        )
        #expect(ledger.integrity.state == .clean, "\(ledger.integrity.problems)")
        #expect(ledger.attachments.map(\.name) == ["diff", "empty", "big", "again"])
        #expect(ledger.attachments.map(\.isComplete) == [true, true, true, true])
        let contents = try ledger.attachments.map { try place.content($0) }
        #expect(contents == [text, [], big, text])
        #expect(ledger.attachments[0].digest == Digest(of: text))
    }

    @Test("An attachment whose writer died is incomplete, and no damage")
    func died() throws {
        let place = Attachments()
        let parts = Attachments.parts("diff", text, cuts: [5, 10])
        for count in 1..<parts.count {
            var ledger = try place.read(Array(parts.prefix(count)), closes: false)
            #expect(ledger.integrity.state == .torn)
            #expect(ledger.attachments.map(\.isComplete) == [false])
            #expect(throws: LedgerError.self) { try place.content(ledger.attachments[0]) }
            // The same may be attached again by whoever goes on.
            ledger = try place.read(Array(parts.prefix(count)) + parts)
            #expect(ledger.integrity.state == .clean, "\(ledger.integrity.problems)")
            #expect(ledger.attachments.map(\.isComplete) == [false, true])
        }
    }

    @Test("Parts that do not fit together are damage")
    func misfits() throws {
        let place = Attachments()
        let parts = Attachments.parts("diff", text, cuts: [5, 10])
        var renamed = parts
        renamed[1].name = "other"
        var forged = parts
        forged[2].part[0] ^= 1
        let wrong: [[AttachPayload]] = [
            [parts[1]], [parts[0], parts[2]], [parts[0], parts[1], parts[1], parts[2]], renamed,
            forged, parts + [parts[2]], [Attachments.reference("none", text)],
            Array(parts.prefix(2)) + [Attachments.reference("half", text)],
            parts[..<2] + Attachments.parts("between", [1]) + [parts[2]],
        ]
        for (place_, blocks) in wrong.enumerated() {
            let ledger = try place.read(blocks)
            #expect(ledger.integrity.state == .damaged, "case \(place_)")
            #expect(ledger.integrity.problems.count == 1, "\(ledger.integrity.problems)")
        }
    }

    @Test("A bit flipped anywhere takes the attachments that it hits, and no others change")
    func flips() throws {
        let place = Attachments()
        let other = Array("numpy==2.0\n".utf8)
        let whole = try place.read(
            Attachments.parts("diff", text, cuts: [20]) + Attachments.parts("freeze", other)
                + [Attachments.reference("again", text)]
        )
        let bytes = try Data(contentsOf: URL(filePath: place.path))
        for position in 64..<bytes.count {
            var flipped = bytes
            flipped[position] ^= 1 << UInt8(position % 8)
            try flipped.write(to: URL(filePath: place.path))
            let ledger = try Ledger(reading: place.path, verifies: true)
            // Without its trailer a ledger is torn, and all of it is there.
            #expect(ledger.integrity.state != .clean, "byte \(position)")
            for attachment in ledger.attachments where attachment.isComplete {
                let original = whole.attachments.first { $0.name == attachment.name }
                #expect(original?.digest == attachment.digest)
                #expect(Digest(of: try place.content(attachment)) == attachment.digest)
            }
            let lost = 3 - ledger.attachments.count { $0.isComplete }
            #expect(lost <= 2, "byte \(position): one block, and what refers to it")
        }
    }

    @Test("Recovery carries what is complete over, and says that the rest is not")
    func recovered() throws {
        let place = Attachments()
        let parts =
            Attachments.parts("diff", text, cuts: [20]) + Attachments.parts("freeze", [1, 2])
        _ = try place.read(parts)
        var bytes = try Data(contentsOf: URL(filePath: place.path))
        let hit = try #require(bytes.firstRange(of: Data(text.prefix(10))))
        bytes[hit.lowerBound] ^= 1
        try bytes.write(to: URL(filePath: place.path))
        let target = place.directory.path + "/saved.joule"
        _ = try LedgerRecovery.write(place.path, to: target)
        let saved = try Ledger(reading: target, verifies: true)
        #expect(saved.integrity.state == .clean, "\(saved.integrity.problems)")
        #expect(saved.attachments.map(\.name) == ["freeze"])
        #expect(saved.attachments.map(\.isComplete) == [true])
    }
}

@Suite("Documents about runs")
struct RunDocumentsTests {
    /// The record of run 0 after `documents`, and how many of them were refused.
    private func record(_ documents: String...) throws -> (JSON, refused: Int) {
        var all = RunDocuments()
        var refused = 0
        for text in documents {
            do {
                try all.take(MetaDocument(parsing: Array(text.utf8)))
            } catch { refused += 1 }
        }
        return (.object(all.record(of: 0)), refused)
    }

    @Test("Elements come behind those of the same list; what is set comes first")
    func appended() throws {
        let (record, refused) = try record(
            #"{"run":0,"set":{"run_id":"r","tags":["a"]}}"#,
            #"{"run":0,"append":{"tags":["b","b"],"notes":[{"at":1.5,"text":"x"}]}}"#,
            #"{"run":0,"append":{"tags":["d"]},"set":{"tags":["c"]},"unknown":1}"#,
            #"{"run":1,"append":{"tags":["other run"]}}"#,
            #"{"run":0,"set":{"notes":null}}"#,
            #"{"run":0,"append":{"notes":["y"]}}"#,
            #"{"run":0}"#,
            #"{"run":0,"set":null,"append":null,"epochs":null}"#,
            // What is no list stays as it is.
            #"{"run":0,"set":{"project":"p"},"append":{"project":["q"],"tags":["e"]}}"#
        )
        #expect(
            record == ["run_id": "r", "tags": ["c", "d", "e"], "notes": ["y"], "project": "p"]
        )
        #expect(refused == 0)
    }

    @Test(
        "A document of another form counts for nothing",
        arguments: [
            "", "7", "[]", "{}", #"{"run":0.0}"#, #"{"run":0.5}"#, #"{"run":"0"}"#,
            #"{"set":{"run_id":"x"}}"#, #"{"run":0,"set":[]}"#, #"{"run":0,"append":[]}"#,
            #"{"run":0,"set":{"b":1},"append":{"tags":"x"}}"#,
            #"{"run":0,"set":{"b":1},"append":{"project":null}}"#,
            #"{"run":0,"set":{"b":1},"epochs":{"-1":{}}}"#,
            #"{"run":0,"set":{"b":1},"epochs":{"01":{}}}"#,
            #"{"run":0,"set":{"b":1},"epochs":{"0":1}}"#, #"{"run":0"#,
        ]
    )
    func refused(text: String) throws {
        let first = #"{"run":0,"set":{"run_id":"r","project":"p","tags":["a"]}}"#
        let (record, refused) = try record(first, text)
        #expect(record == ["run_id": "r", "project": "p", "tags": ["a"]])
        #expect(refused == 1)
    }

    @Test("A document that is refused is damage in a ledger, with the place of its block")
    func damage() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/documents.joule"
        var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
        try appender.append(meta: [Array(#"{"run":0,"set":{"run_id":"r","project":"p"}}"#.utf8)])
        let offset = try Data(contentsOf: URL(filePath: path)).count
        try appender.append(meta: [Array(#"{"run":0,"append":{"project":"q"}}"#.utf8)])
        try appender.close()
        let ledger = try Ledger(reading: path, verifies: true)
        #expect(ledger.integrity.state == .damaged)
        #expect(ledger.integrity.problems.map(\.offset) == [UInt64(offset)])
        #expect(ledger.runs.first?.project == "p")
    }

    @Test("A hundred thousand small documents are read in linear time", .timeLimit(.minutes(1)))
    func linear() throws {
        var all = RunDocuments()
        for number in 0..<100_000 {
            let text = #"{"run":0,"set":{"m\#(number)":1},"append":{"notes":[\#(number)]}}"#
            try all.take(MetaDocument(parsing: Array(text.utf8)))
        }
        #expect(all.record(of: 0)["notes"]?.array?.count == 100_000)
    }
}
