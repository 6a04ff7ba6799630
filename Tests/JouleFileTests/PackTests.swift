import FoundationEssentials
import JouleFormat
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile

@Suite("Packs")
struct PackTests {
    /// Clean, imported, torn, killed with a ring, damaged, no ledger at all, empty, a copy.
    private static func ledgers(in directory: borrowing TemporaryDirectory) throws -> String {
        let folder = directory.path + "/runs"
        try LedgerImport.makeDirectory(folder + "/b")
        for number in 0..<3 {
            try write(folder + "/b/run-\(number).joule", run: "run-\(number)", epochs: number * 20)
        }
        let record = try RunRecord(json: DirectoryTests.record)
        var other = record
        other.id = try #require(RunID("r-2"))
        _ = try LedgerImport.write([record, other], into: folder, kind: "records")
        let whole = try bytes(folder + "/b/run-2.joule")
        try write(folder + "/torn.joule", run: "torn", epochs: 9)
        let torn = try bytes(folder + "/torn.joule")
        try put(torn[..<(torn.count - 70)], at: folder + "/torn.joule")
        try write(folder + "/damaged.joule", run: "damaged", epochs: 9)
        var damaged = try bytes(folder + "/damaged.joule")
        damaged[damaged.count / 2] ^= 9
        try put(damaged[...], at: folder + "/damaged.joule")
        try put(Array("text".utf8)[...], at: folder + "/text.joule")
        try put([], at: folder + "/empty.joule")
        try put(whole[...], at: folder + "/b/copy.joule")
        return folder
    }

    private static func write(_ path: String, run id: String, epochs: Int) throws {
        let writer = try LedgerWriter.create(at: path, run: Fixture.run(id))
        Fixture.log(epochs: epochs, to: writer)
        let ended = WallTime(unixNanoseconds: 1_700_000_100_000_000_000)
        #expect(writer.finish(status: .finished, ended: ended, metrics: nil))
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(filePath: path)))
    }

    private static func put(_ bytes: ArraySlice<UInt8>, at path: String) throws {
        try Data(bytes).write(to: URL(filePath: path))
    }

    private static func files(below folder: String) throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        for path in try LedgerDirectory.ledgers(below: folder) {
            files[String(path.dropFirst(folder.count))] = try bytes(path)
        }
        return files
    }

    @Test("What is extracted is what was packed, byte for byte, under its name")
    func extraction() throws {
        let directory = TemporaryDirectory()
        let folder = try Self.ledgers(in: directory)
        let before = try Self.files(below: folder)
        let target = directory.path + "/all.joule"
        let result = try LedgerPack.write(folder, to: target)
        #expect(result.copies == ["b/run-2.joule"])
        #expect(result.damaged.map(\.path) == ["damaged.joule", "empty.joule", "text.joule"])
        #expect(try Self.files(below: folder) == before)
        let extracted = try PackExtraction.write(target, into: directory.path + "/back")
        #expect(extracted.problems.isEmpty)
        #expect(try Self.files(below: directory.path + "/back") == before)
        #expect(try Self.bytes(target).count == Int(result.sizeBytes))
    }

    @Test("A pack reads as the directory does, in full and as a list, alone and beside it")
    func readers() throws {
        let directory = TemporaryDirectory()
        let folder = try Self.ledgers(in: directory)
        let plain = try LedgerDirectory(reading: folder)
        let target = directory.path + "/all.joule"
        _ = try LedgerPack.write(folder, to: target)
        let packed = try LedgerDirectory(reading: target)
        #expect(packed.runs == plain.runs)
        #expect(
            packed.problems.map(\.message).sorted()
                == plain.problems.map { problem in
                    problem.message.replacing(folder + "/", with: target + "#")
                }.sorted()
        )
        for run in plain.runs {
            #expect(packed.place(of: run.id)?.path == target)
            #expect(packed.integrity(of: run.id) == plain.integrity(of: run.id))
        }
        let listed = try LedgerDirectory(reading: target, .summaries)
        #expect(listed.runs.map(\.header) == plain.runs.map(\.header))
        #expect(listed.runs.map(\.epochTotals) == plain.runs.map(\.epochTotals))
        #expect(listed.problems == packed.problems)
        // Both beside each other.
        for depth in [LedgerDirectory.Depth.everything, .summaries] {
            let both = try LedgerDirectory(reading: directory.path, depth)
            #expect(both.runs.map(\.header) == plain.runs.map(\.header))
        }
    }

    @Test("A ledger of many runs is listed as it reads, and stored once")
    func manyRuns() throws {
        let directory = TemporaryDirectory()
        let folder = directory.path + "/runs"
        let record = try RunRecord(json: DirectoryTests.record)
        let records = try (0..<300).map { number in
            var run = record
            run.id = try #require(RunID("many-\(number)"))
            run.epochs = Array(record.epochs.prefix(number % 3))
            return run
        }
        _ = try LedgerImport.write(records, into: folder, kind: "records")
        let imported = try #require(try LedgerDirectory.ledgers(below: folder).first)
        #expect(
            try RunBatches(
                LedgerSource(imported),
                BlockScanner.header(of: LedgerSource(imported)),
                nil
            ) != nil
        )
        let plain = try LedgerDirectory(reading: folder)
        #expect(plain.runs.count == 300)
        try Self.put(Self.bytes(imported)[...], at: folder + "/second.joule")
        let target = directory.path + "/all.joule"
        let result = try LedgerPack.write(folder, to: target)
        #expect((result.ledgers, result.runs, result.copies.count) == (1, 300, 1))
        #expect(try LedgerDirectory(reading: target).runs == plain.runs)
        let listed = try LedgerDirectory(reading: target, .summaries)
        #expect(listed.runs.map(\.header) == plain.runs.map(\.header))
        #expect(listed.runs.map(\.epochTotals) == plain.runs.map(\.epochTotals))
        #expect(listed.problems.isEmpty)
    }

    @Test("Verification says of every member what it is, and which one is damaged")
    func verification() throws {
        let directory = TemporaryDirectory()
        let folder = try Self.ledgers(in: directory)
        let target = directory.path + "/all.joule"
        _ = try LedgerPack.write(folder, to: target)
        let found = try LedgerVerification(of: target)
        #expect(found.integrity.state == .clean, "\(found.integrity.problems)")
        #expect(found.members.count == 9)
        for member in found.members {
            let alone = try? LedgerVerification(of: "\(folder)/\(member.path)").integrity
            #expect(member.integrity == alone, "\(member.path)")
            #expect((member.failure == nil) == (alone != nil))
        }
    }

    @Test("The rows of a left-over ring are in the pack, and the ledger stays as it is")
    func ring() throws {
        let directory = TemporaryDirectory()
        let folder = directory.path + "/runs"
        try LedgerImport.makeDirectory(folder)
        let path = folder + "/killed.joule"
        let live = directory.path + "/live.joule"
        let writer = try LedgerWriter.create(at: live, run: Fixture.run())
        Fixture.log(epochs: 7, to: writer)
        for end in ["", ".ring"] {
            try Data(Self.bytes(live + end)).write(to: URL(filePath: path + end))
        }
        let before = try (Self.bytes(path), Self.bytes(path + ".ring"))
        let plain = try LedgerDirectory(reading: folder).runs
        #expect(plain.first?.epochs.count == 7)
        let target = directory.path + "/all.joule"
        let result = try LedgerPack.write(folder, to: target)
        #expect(result.drained == ["killed.joule"])
        #expect(try LedgerDirectory(reading: target).runs == plain)
        #expect(try LedgerDirectory(reading: target).integrity(of: plain[0].id)?.state == .clean)
        #expect(try (Self.bytes(path), Self.bytes(path + ".ring")) == before)
        #expect(try LedgerDirectory(reading: directory.path).runs.count == 1)
        // What lives is packed as far as it is whole, and says that it lived.
        let alive = try LedgerPack.write(live, to: directory.path + "/alive.joule")
        #expect(alive.live == ["live.joule"])
        let packed = try LedgerDirectory(reading: directory.path + "/alive.joule")
        #expect(packed.runs.first?.status == .running)
        #expect(packed.integrity(of: plain[0].id)?.state == .live)
        #expect(
            try LedgerVerification(of: directory.path + "/alive.joule").integrity.state == .clean
        )
        _ = writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 1), metrics: nil)
    }

    @Test("Packing a pack adds its members; of equal ones one is stored; other names stay apart")
    func packsOfPacks() throws {
        let directory = TemporaryDirectory()
        let folder = directory.path + "/runs"
        try LedgerImport.makeDirectory(folder)
        try Self.write(folder + "/a.joule", run: "a", epochs: 1)
        _ = try LedgerPack.write(folder, to: folder + "/old.joule")
        try Self.write(folder + "/b.joule", run: "b", epochs: 2)
        try FileManager.default.removeItem(atPath: folder + "/a.joule")
        try Self.write(folder + "/a.joule", run: "c", epochs: 3)
        let target = directory.path + "/new.joule"
        let result = try LedgerPack.write(folder, to: target)
        #expect(result.ledgers == 3)
        let found = try LedgerVerification(of: target)
        #expect(found.integrity.state == .clean)
        #expect(found.members.map(\.path) == ["a.joule", "b.joule", "a~2.joule"])
        let ids = try LedgerDirectory(reading: target).runs.map(\.id.description)
        #expect(Set(ids) == ["a", "b", "c"])
        // Again, now that everything is in the pack: nothing comes twice, nothing is overwritten.
        _ = try LedgerPack.write(target, to: directory.path + "/again.joule")
        #expect(throws: LedgerError.self) { try LedgerPack.write(folder, to: target) }
        let again = try LedgerVerification(of: directory.path + "/again.joule")
        #expect(again.members.map(\.path) == found.members.map(\.path))
        #expect(again.members.map(\.integrity) == found.members.map(\.integrity))
    }

    @Test("A member of several parts reads like a file")
    func parts() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/large.joule"
        let size = try LargeLedger.write(at: path, sizeMin: 3 << 20)
        #expect(size > 3 << 20)
        let target = directory.path + "/all.joule"
        _ = try LedgerPack.write(path, to: target)
        let found = try LedgerVerification(of: target)
        #expect(found.integrity.state == .clean && found.members.count == 1)
        #expect(found.members.first?.integrity == (try LedgerVerification(of: path).integrity))
        let extent = try #require(try Self.contents(of: target).members.first).extent
        #expect(extent.blocks == UInt64((size - 1) >> 20) + 1)
    }

    static func contents(of path: String) throws -> PackContents {
        let source = try LedgerSource(path)
        return try PackContents(of: source, header: BlockScanner.header(of: source))
    }
}

/// A ledger of random steps, which do not compress.
enum LargeLedger {
    static func write(at path: String, sizeMin: Int) throws -> Int {
        var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
        var document: [UInt8] = []
        (["run": 0, "set": ["run_id": "large", "status": "finished"]] as JSON)
            .write(into: &document)
        try appender.append(meta: [document])
        appender.define(.init("noise", .float64, role: .metric), number: 3, table: TableID.steps)
        var random = SplitMix(seed: 7)
        for block in 0..<(sizeMin / (7 * 4096)) {
            var batch = RowBatch()
            for row in 0..<4096 {
                batch.append([
                    RingCell(column: 0, word: 0), RingCell(column: 1, word: UInt64(row)),
                    RingCell(column: 2, word: UInt64(block * 4096 + row)),
                    RingCell(column: 3, word: random.next() >> 2),
                ])
            }
            try appender.append(batch, table: TableID.steps)
        }
        try appender.close()
        return Int(try appender.file.size())
    }
}
