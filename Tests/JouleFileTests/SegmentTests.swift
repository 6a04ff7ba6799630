import FoundationEssentials
import Glibc
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile
@testable import JouleFormat

/// Ledgers whose file failed, so that another one goes on.
@Suite("Segments")
struct SegmentTests {
    private static let loss: [UInt8] = Array(#"{"run":0,"set":{"tags":["a"]}}"#.utf8)

    func record() throws -> [UInt8] {
        var bytes: [UInt8] = []
        var record = try Fixture.run().header
        record["durability"] = "ring"
        let document: JSON = ["run": .integer(0), "set": .object(record)]
        document.write(into: &bytes)
        return bytes
    }

    func rows(_ numbers: Range<UInt64>) -> RowBatch {
        var batch = RowBatch()
        for number in numbers {
            batch.append([
                RingCell(column: 0, word: 0), RingCell(column: 1, word: number),
                RingCell(column: 2, word: number),
                RingCell(column: 3, word: Double(number).bitPattern),
            ])
        }
        return batch
    }

    /// A first segment with 30 steps, of which 10 are known to be on disk, and its successor, which
    /// has the others again and 10 more; their bytes.
    func written(in directory: borrowing TemporaryDirectory) throws -> (Data, Data) {
        let path = directory.path + "/run.joule"
        var first = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
        try first.append(meta: [try record()])
        first.keepsUnsynced = true
        let column = ColumnDefinition("loss", .float64, role: .metric)
        first.define(column, number: 3, table: TableID.steps)
        try first.append(rows(0..<10), table: TableID.steps, covered: 20)
        try first.synchronize()
        try first.append(rows(10..<20), table: TableID.steps, covered: 40)
        try first.append(meta: [Self.loss], covered: 1)
        try first.append(GapPayload(table: TableID.steps, cause: .ringFull, rows: 7))
        try first.append(rows(20..<30), table: TableID.steps, covered: 60)
        var records = RunDocuments()
        records.take(try MetaDocument(parsing: try record()))
        var next = try first.successor(
            at: SegmentChain.path(1, of: path),
            records: records.all
        )
        try next.append(rows(30..<40), table: TableID.steps, covered: 80)
        try next.close()
        return try (
            Data(contentsOf: URL(filePath: path)),
            Data(contentsOf: URL(filePath: directory.path + "/run.1.joule"))
        )
    }

    private func expectSteps(_ count: Int, of path: String, _ comment: Comment) throws {
        let steps = try Ledger.steps(reading: path)
        #expect(steps.map(\.step) == (0..<Int64(count)).map { $0 }, comment)
        #expect(steps.allSatisfy { $0.metrics.first?.value == Double($0.step) })
    }

    @Test("Two segments are one ledger, by whichever of their names it is read")
    func together() throws {
        let directory = TemporaryDirectory()
        _ = try written(in: directory)
        for name in ["/run.joule", "/run.1.joule"] {
            let ledger = try Ledger(reading: directory.path + name)
            #expect(ledger.integrity.state == .clean)
            #expect(ledger.integrity.segments == 2)
            #expect(ledger.runs.count == 1)
            #expect(ledger.runs.first?.stepCount == 40)
            #expect(ledger.runs.first?.tags == ["a"])
            #expect(ledger.runs.first?.drops == (["steps": ["ring_full": 7]] as JSON).object)
            try expectSteps(40, of: directory.path + name, "by \(name)")
        }
        let found = try LedgerDirectory(reading: directory.path)
        #expect(found.runs.map(\.stepCount) == [40])
        #expect(found.problems.isEmpty)
        for name in ["/run.joule", "/run.1.joule"] {
            let alone = try Ledger(reading: directory.path + name, verifies: true)
            #expect(alone.integrity.state == (name == "/run.joule" ? .torn : .clean))
        }
    }

    @Test("Only the last file of several tells that the ring is missing")
    func missingRing() throws {
        let directory = TemporaryDirectory()
        let (_, second) = try written(in: directory)
        let (first, last) = (directory.path + "/run.joule", directory.path + "/run.1.joule")
        func missing() throws -> [Bool] {
            let pack = directory.path + ".pack"
            defer { try? FileManager.default.removeItem(atPath: pack) }
            _ = try LedgerPack.write(first, to: pack)
            let whole = try LedgerVerification(of: first)
            let files = [whole.integrity] + whole.segments.map(\.integrity)
            let members = try LedgerVerification(of: pack).members.map(\.integrity?.lacksRing)
            #expect(members == files.map(\.lacksRing))
            #expect(try LedgerVerification(of: last).integrity.lacksRing == files[1].lacksRing)
            #expect(try Ledger(reading: first).integrity.lacksRing == files[1].lacksRing)
            return files.map(\.lacksRing)
        }
        #expect(try missing() == [false, false])
        try second.dropLast(Layout.trailerSize).write(to: URL(filePath: last))
        #expect(try missing() == [false, true])
    }

    @Test("A writer that dies anywhere in the new segment loses nothing that the old one has")
    func cut() throws {
        let directory = TemporaryDirectory()
        let (_, second) = try written(in: directory)
        let path = directory.path + "/run.1.joule"
        var before = 0
        for size in stride(from: 0, through: second.count, by: 8) {
            try second.prefix(size).write(to: URL(filePath: path))
            let count = try Ledger.steps(reading: directory.path + "/run.joule").count
            #expect(count == 30 || count == 40, "cut at \(size)")
            #expect(count >= before)
            before = count
            try expectSteps(count, of: directory.path + "/run.joule", "cut at \(size)")
        }
        #expect(before == 40)
    }

    @Test("Behind damage a segment is begun, and everything that is whole is there")
    func damaged() throws {
        let directory = TemporaryDirectory()
        let path = try Fixture.finished(in: directory, epochs: 3)
        var bytes = try Data(contentsOf: URL(filePath: path))
        let whole = try Ledger(reading: path)
        // Inside the last block before the trailer's SUMMARY, whatever that is.
        bytes[bytes.count / 2] ^= 1
        try bytes.write(to: URL(filePath: path))
        let before = try Ledger(reading: path)
        #expect(before.integrity.state == .damaged)
        var ledger = try ReopenedLedger.opening(path)
        var members = JSONObject()
        members["tags"] = ["repaired"]
        try ledger.annotate(run: 0, members)
        try ledger.close()
        #expect(try Data(contentsOf: URL(filePath: path)) == bytes)
        let after = try Ledger(reading: path)
        #expect(after.integrity.state == .damaged)
        #expect(after.runs.first?.tags == ["repaired"])
        #expect(after.runs.first?.epochs == before.runs.first?.epochs)
        #expect(after.runs.first?.stepCount == before.runs.first?.stepCount)
        #expect(whole.runs.first?.id == after.runs.first?.id)
        let second = try Ledger(reading: directory.path + "/run.1.joule", verifies: true)
        #expect(second.integrity.state == .clean)
        #expect(second.runs.first?.id == whole.runs.first?.id)
        // The next opening goes on there.
        var again = try ReopenedLedger.opening(path)
        members["tags"] = ["twice"]
        try again.annotate(run: 0, members)
        try again.close()
        #expect(try Ledger(reading: path).runs.first?.tags == ["twice"])
        #expect(!FileManager.default.fileExists(atPath: directory.path + "/run.2.joule"))
    }
}
