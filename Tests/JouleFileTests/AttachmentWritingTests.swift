import FoundationEssentials
import Glibc
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile
@testable import JouleFormat

/// Artifacts on their way from a training thread into a ledger.
@Suite("Writing attachments")
struct AttachmentWritingTests {
    /// Bytes that no compression makes smaller.
    private func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var random = SplitMix(seed: seed)
        var bytes: [UInt8] = []
        while bytes.count < count {
            let word = random.next()
            for shift in stride(from: 0, to: UInt64.bitWidth, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return Array(bytes.prefix(count))
    }

    private func content(_ attachment: JouleFile.Attachment) throws -> [UInt8] {
        var content = try AttachmentContent(of: attachment)
        var bytes: [UInt8] = []
        while let part = try content.next() { bytes += part }
        return bytes
    }

    private func size(_ path: String) throws -> Int {
        try Data(contentsOf: URL(filePath: path)).count
    }

    @Test(
        "What was attached comes back, equal bytes are stored once, and rows stay what they are",
        arguments: Durability.allCases
    )
    func roundTrip(durability: Durability) throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: Fixture.run(), durability: durability)
        let big = noise(RingDrain.partSize * 2 + 17)
        let text = Array("--- a/train.py\n+++ b/train.py\n".utf8)
        #expect(writer.attach(name: "big", mediaType: "", bytes: big) == .taken)
        Fixture.log(epochs: 3, to: writer)
        #expect(writer.attach(name: "diff", mediaType: "text/x-diff", bytes: text) == .taken)
        #expect(writer.attach(name: "empty", mediaType: "", bytes: []) == .taken)
        #expect(writer.attach(name: "again", mediaType: "", bytes: big) == .taken)
        #expect(
            writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 0), metrics: nil)
        )
        let ledger = try Ledger(reading: path, verifies: true)
        #expect(ledger.integrity.state == .clean, "\(ledger.integrity.problems)")
        #expect(ledger.attachments.map(\.name) == ["big", "diff", "empty", "again"])
        #expect(ledger.attachments.map(\.mediaType) == ["", "text/x-diff", "", ""])
        #expect(ledger.attachments.allSatisfy { $0.isComplete })
        #expect(try ledger.attachments.map { try content($0) } == [big, text, [], big])
        #expect(try size(path) < big.count + (16 << 10))
        let run = try #require(ledger.runs.first)
        #expect(run.epochs.count == 3)
        #expect(run.stepCount == 9)
        #expect(run.drops == nil)
    }

    @Test("What cannot be taken is counted, whatever the reason, and shown with the run")
    func refused() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: Fixture.run())
        let huge = [UInt8](repeating: 0, count: ContentQueue.sizeBytesMax + 1)
        #expect(writer.attach(name: "huge", mediaType: "", bytes: huge) == .tooLarge)
        #expect(writer.attach(name: "", mediaType: "", bytes: []) == .misnamed)
        let long = String(repeating: "n", count: 1025)
        #expect(writer.attach(name: long, mediaType: "", bytes: []) == .misnamed)
        #expect(writer.append(privateBlock: 0x7F, []) == .misnamed)
        writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 0), metrics: nil)
        #expect(writer.attach(name: "late", mediaType: "", bytes: []) == .closed)
        let ledger = try Ledger(reading: path, verifies: true)
        #expect(ledger.integrity.state == .clean)
        #expect(ledger.attachments.isEmpty)
        let drops = ledger.runs.first?.drops.map(JSON.object)
        #expect(drops == ["attachments": ["refused": 4]])
    }

    @Test("What waits is bounded by bytes and by number")
    func bounded() {
        var queue = ContentQueue()
        let kind = PendingContent.Kind.attachment(name: "a", mediaType: "")
        let half = PendingContent(kind, [UInt8](repeating: 0, count: ContentQueue.sizeBytesMax / 2))
        #expect(queue.add(half) == .taken)
        #expect(queue.add(half) == .taken)
        #expect(queue.add(PendingContent(kind, [0])) == .queueFull)
        queue.removeFirst()
        for _ in 1..<ContentQueue.countMax {
            #expect(queue.add(PendingContent(kind, [])) == .taken)
        }
        #expect(queue.add(PendingContent(kind, [])) == .queueFull)
        queue.close()
        #expect(queue.add(half) == .closed)
        #expect(queue.abandon() == ContentQueue.countMax)
        #expect(queue.isEmpty)
    }

    /// A drain of a live writer whose ledger has its record.
    private func drain(at path: String) throws -> RingDrain {
        var record: [UInt8] = []
        let document: JSON = ["run": .integer(0), "set": .object(try Fixture.run().header)]
        document.write(into: &record)
        var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
        try appender.append(meta: [record])
        let policy = WriterPolicy(asked: .ring, hasRing: true, timing: WriterTiming())
        return RingDrain(appender: appender, policy: policy, record: record)
    }

    private func pending(_ bytes: [UInt8], name: String = "big") -> PendingContent {
        var content = PendingContent(.attachment(name: name, mediaType: ""), bytes)
        content.digest = Digest(of: bytes)
        return content
    }

    @Test("A writer that dies between two parts leaves a torn ledger and an incomplete attachment")
    func killed() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let big = pending(noise(RingDrain.partSize * 2 + 1))
        do {
            var drain = try drain(at: path)
            #expect(try drain.write(big) == .goesOn)
            #expect(try drain.write(big) == .goesOn)
        }
        var ledger = try Ledger(reading: path, verifies: true)
        #expect(ledger.integrity.state == .torn, "\(ledger.integrity.problems)")
        #expect(ledger.attachments.map(\.isComplete) == [false])
        try ReopenedLedger.opening(path).close()
        ledger = try Ledger(reading: path, verifies: true)
        #expect(ledger.integrity.state == .clean, "\(ledger.integrity.problems)")
        #expect(ledger.attachments.map(\.isComplete) == [false])
    }

    @Test("In another segment a content begins again, and each file can be verified alone")
    func segments() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let known = pending(noise(100, seed: 7), name: "known")
        let big = pending(noise(RingDrain.partSize * 2 + 1))
        do {
            var drain = try drain(at: path)
            #expect(try drain.write(known) == .done)
            #expect(try drain.write(big) == .goesOn)
            let failure = LedgerError.system(path: path, operation: "write", errno: EIO)
            drain.appender.failure = failure
            try drain.leaveFile(after: failure)
            #expect(drain.appender.segment == 1)
            #expect(try drain.write(big) == .goesOn)
            #expect(try drain.write(big) == .goesOn)
            #expect(try drain.write(big) == .done)
            // Stored again: what another file has may get lost with it.
            #expect(try drain.write(known) == .done)
            try drain.close()
        }
        for file in [path, SegmentChain.path(1, of: path)] {
            let ledger = try Ledger(reading: file, verifies: true)
            #expect(ledger.integrity.problems.isEmpty, "\(ledger.integrity.problems)")
        }
        let ledger = try Ledger(reading: path)
        #expect(ledger.integrity.state == .clean, "\(ledger.integrity.problems)")
        // What the new file does not continue, the part of the old one that begins it, is not read.
        #expect(ledger.attachments.map(\.name) == ["known", "big", "known"])
        #expect(ledger.attachments.map(\.isComplete) == [true, true, true])
        #expect(ledger.attachments.named.map(\.name) == ["big", "known"])
        #expect(try ledger.attachments.named.map { try content($0) } == [big.bytes, known.bytes])
        #expect(try content(ledger.attachments[0]) == known.bytes)
    }

    @Test("A pack lists what its members brought along, and their contents can be read there")
    func packed() throws {
        let directory = TemporaryDirectory()
        let folder = directory.path + "/runs"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        var contents: [[UInt8]] = []
        for number in 0..<2 {
            let writer = try LedgerWriter.create(
                at: folder + "/\(number).joule",
                run: Fixture.run("run-\(number)")
            )
            contents.append(noise(1_500_000, seed: UInt64(number)))
            #expect(writer.attach(name: "n", mediaType: "", bytes: contents[number]) == .taken)
            writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 0), metrics: nil)
        }
        let target = directory.path + "/all.joule"
        _ = try LedgerPack.write(folder, to: target)
        let pack = try Ledger(reading: target)
        #expect(try pack.attachments.map { try content($0) } == contents)
        let found = try LedgerDirectory(reading: target)
        for (number, run) in found.runs.enumerated() {
            let attachment = try #require(found.attachments(of: run.id).first)
            #expect(try content(attachment) == contents[number])
        }
    }

    @Test("A private block is hashed, skipped by every reader, and kept by packs and recoveries")
    func privateBlocks() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: Fixture.run())
        Fixture.log(epochs: 2, to: writer)
        let note = Array("from somebody else's program".utf8)
        #expect(writer.append(privateBlock: 0x80, note) == .taken)
        #expect(writer.append(privateBlock: 0xFF, noise(3 << 20)) == .taken)
        // Equal bytes under another type are no attachment's content.
        #expect(writer.attach(name: "note", mediaType: "", bytes: note) == .taken)
        writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 0), metrics: nil)
        let ledger = try Ledger(reading: path, verifies: true)
        #expect(ledger.integrity.state == .clean, "\(ledger.integrity.problems)")
        #expect(ledger.runs.first?.epochs.count == 2)
        #expect(try content(ledger.attachments[0]) == note)
        #expect(try privateBlocks(in: path).map(\.type) == [0x80, 0xFF])
        #expect(try privateBlocks(in: path).first?.bytes == note)
        // A flipped bit in what nobody understands is noticed all the same.
        var bytes = try Array(Data(contentsOf: URL(filePath: path)))
        let place = try #require(Data(bytes).firstRange(of: Data(note)))
        bytes[place.lowerBound] ^= 1
        let flipped = directory.path + "/flipped.joule"
        try Data(bytes).write(to: URL(filePath: flipped))
        #expect(try Ledger(reading: flipped, verifies: true).integrity.state == .damaged)
        // Torn: copied as it is.
        let torn = directory.path + "/torn.joule"
        try Data(contentsOf: URL(filePath: path)).dropLast(64).write(to: URL(filePath: torn))
        let saved = directory.path + "/saved.joule"
        #expect(try LedgerRecovery.write(torn, to: saved).isVerbatim)
        #expect(try privateBlocks(in: saved).map(\.type) == [0x80, 0xFF])
        // Damaged: what is whole is written anew, in its order.
        let rescued = directory.path + "/rescued.joule"
        _ = try LedgerRecovery.write(flipped, to: rescued)
        #expect(try Ledger(reading: rescued, verifies: true).integrity.state == .clean)
        #expect(try privateBlocks(in: rescued).map(\.type) == [0xFF])
    }

    @Test("Rows of a private table are read, packed and recovered like others, and show nothing")
    func privateTables() throws {
        let directory = TemporaryDirectory()
        let folder = directory.path + "/runs"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: true
        )
        let path = folder + "/run.joule"
        let table: UInt16 = 0x8000
        do {
            var record: [UInt8] = []
            let document: JSON = ["run": .integer(0), "set": .object(try Fixture.run().header)]
            document.write(into: &record)
            var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
            try appender.append(meta: [record])
            appender.define(ColumnDefinition("run", .int64), number: 0, table: table)
            appender.define(ColumnDefinition("voltage", .float64), number: 1, table: table)
            var batch = RowBatch()
            for row in 0..<5 {
                batch.append([
                    RingCell(column: 0, word: 0),
                    RingCell(column: 1, word: Double(row).bitPattern),
                ])
            }
            try appender.append(batch, table: table)
            try appender.close()
        }
        let ledger = try Ledger(reading: path, verifies: true)
        #expect(ledger.integrity.state == .clean, "\(ledger.integrity.problems)")
        #expect(ledger.runs.first?.epochs.isEmpty == true)
        let pack = directory.path + "/all.joule"
        _ = try LedgerPack.write(folder, to: pack)
        #expect(try Ledger(reading: pack, verifies: true).integrity.state == .clean)
        // A flipped trailer leaves a torn ledger, a flipped block a damaged one.
        let whole = try Data(contentsOf: URL(filePath: path))
        var flipped = whole
        flipped[64 + 60] ^= 1
        let damaged = directory.path + "/damaged.joule"
        try flipped.write(to: URL(filePath: damaged))
        let saved = directory.path + "/saved.joule"
        _ = try LedgerRecovery.write(damaged, to: saved)
        for file in [path, saved] {
            var counter = RowCounter(table: table)
            _ = try LedgerScan(file, verifies: true, visitor: &counter)
            #expect(counter.values == [0, 1, 2, 3, 4])
        }
    }

    private struct RowCounter: LedgerVisitor {
        let table: UInt16
        var values: [Double] = []

        init(table: UInt16) { self.table = table }

        mutating func visit(meta document: MetaDocument) {}
        mutating func visit(rows: DataPayload, schema: TableSchema) {
            guard schema.id == table, let words = rows.columns[1]?.words else { return }
            values += words.map(Double.init(bitPattern:))
        }
    }

    private func privateBlocks(in path: String) throws -> [(type: UInt8, bytes: [UInt8])] {
        struct Finder: LedgerVisitor {
            var found: [(type: UInt8, bytes: [UInt8])] = []
            mutating func visit(meta document: MetaDocument) {}
            mutating func visit(rows: DataPayload, schema: TableSchema) {}
            mutating func visit(block: LedgerBlock) {
                if block.header.type >= BlockType.firstPrivate {
                    found.append((block.header.type, Array(block.payload)))
                }
            }
        }
        var finder = Finder()
        _ = try LedgerScan(path, verifies: true, visitor: &finder)
        return finder.found
    }
}
