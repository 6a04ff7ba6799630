import Foundation
import Glibc
import JouleQuantities
import JouleSystem
import JouleTestSupport
import Testing

@testable import JouleFile
@testable import JouleFormat

/// What a program hands over, or does to a writer's files, that no ledger can hold.
@Suite("Writers under attack")
struct HostileWriterTests {
    private static let start = WallTime(unixNanoseconds: 1_700_000_000_000_000_000)
    private static let ended = WallTime(unixNanoseconds: 1_700_000_100_000_000_000)

    private func finish(_ writer: LedgerWriter) -> Bool {
        writer.finish(status: .finished, ended: Self.ended, metrics: nil)
    }

    private func log(_ step: Int, _ writer: LedgerWriter) {
        let none: [MetricCell] = []
        _ = writer.appendStep(Int64(step), at: Self.start, cells: none.span)
    }

    @Test("A document that is too long is refused and counted; those that are not are all there")
    func longDocuments() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: try Fixture.run())
        let long = String(repeating: "x", count: PendingDocuments.documentSizeMax)
        writer.annotate(["long": .string(long)])
        let most = String(repeating: "x", count: PendingDocuments.documentSizeMax - 100)
        for number in 0..<40 { writer.annotate(["text\(number % 4)": .string(most)]) }
        #expect(finish(writer))
        let ledger = try Ledger(reading: path, verifies: true)
        #expect(ledger.integrity.state == .clean, "\(ledger.integrity.problems)")
        let run = try #require(ledger.runs.first)
        let lost = run.drops?["meta"]
        #expect(lost?["refused"] == 1)
        let kept = 40 - Int(lost?["ring_full"]?.integer ?? 0)
        #expect(kept >= 15, "as many as may wait at once")
        #expect(run.extra["long"] == nil && run.extra["text0"]?.string == most)
    }

    @Test("Final metrics that are too long cost themselves and not the end of the run")
    func longMetrics() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: try Fixture.run())
        var metrics = JSONObject()
        metrics["text"] = .string(String(repeating: "x", count: 2 << 20))
        #expect(writer.finish(status: .finished, ended: Self.ended, metrics: metrics))
        let run = try #require(try Ledger(reading: path, verifies: true).runs.first)
        #expect(run.status == .finished && run.metrics == nil)
        #expect(run.drops?["meta"]?["refused"] == 1)
    }

    @Test("Documents that wait beside the ring reach the file without waiting for the next block")
    func exposedDocuments() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: try Fixture.run())
        let text = String(repeating: "é", count: 20_000)
        writer.annotate(["text": .string(text)])
        var found: JSON?
        for _ in 0..<400 where found == nil {
            usleep(25_000)
            found = try Ledger(reading: path).runs.first?.extra["text"]
        }
        #expect(found?.string == text)
        #expect(finish(writer))
    }

    @Test("Names of any number and length are told in blocks that readers take, again in a segment")
    func manyNames() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        var appender = try LedgerAppender(
            creating: path,
            header: FileHeader(fileID: Array(0..<16), createdNS: 1)
        )
        appender.keepsUnsynced = true
        let fixed = TableSchema.undefined(TableID.steps).columns.count
        let names = (0..<2100).map { "\($0)" + String(repeating: "n", count: 1000) }
        for (place, name) in names.enumerated() {
            appender.define(
                ColumnDefinition(name, .float64, role: .metric),
                number: UInt16(fixed + place),
                table: TableID.steps
            )
        }
        var batch = RowBatch()
        batch.append([
            RingCell(column: 0, word: 0), RingCell(column: 1, word: 7),
            RingCell(column: 2, word: 9),
            RingCell(column: UInt16(fixed + names.count - 1), word: (2.5).bitPattern),
        ])
        try appender.append(batch, table: TableID.steps)
        try appender.synchronize()
        let second = SegmentChain.path(1, of: path)
        var next = try appender.successor(at: second, records: [])
        try next.append(batch, table: TableID.steps)
        try next.close()
        try appender.close()
        for file in [path, second] {
            let ledger = try Ledger(reading: file, verifies: true)
            #expect(ledger.integrity.problems.isEmpty, "\(ledger.integrity.problems)")
        }
        let rows = try Ledger.steps(reading: path)
        #expect(rows.last?.metrics.map(\.name) == [names[names.count - 1]])
    }

    @Test("A row that somebody overwrites in the ring is counted, and costs no other")
    func spoiltRing() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: try Fixture.run())
        let ring = try FileHandle(forUpdating: URL(filePath: path + ".ring"))
        writer.state.drain.withLock { _ in
            for step in 0..<100 { log(step, writer) }
        }
        // The payload of the fiftieth step; each takes one slot.
        let slot = writer.ring.geometry.offset(of: 1) + 49 * RingLayout.slotSize
        try ring.seek(toOffset: UInt64(slot + 20))
        try ring.write(contentsOf: Data([0xA5, 0x5A]))
        #expect(finish(writer))
        let ledger = try Ledger(reading: path, verifies: true)
        let run = try #require(ledger.runs.first)
        #expect(ledger.integrity.state == .clean)
        #expect(try Ledger.steps(reading: path).map(\.step) == (0..<100).filter { $0 != 49 })
        #expect(run.drops?["steps"]?["write_failed"] == 1)
        #expect(run.extra["faults"]?.array?.count == 1)
    }

    @Test("Tails and counters of the ring that somebody overwrites end no program")
    func spoiltHeader() throws {
        for area in 0..<RingLayout.areaCount {
            let directory = TemporaryDirectory()
            let path = directory.path + "/run.joule"
            let writer = try LedgerWriter.create(at: path, run: try Fixture.run())
            let ring = try FileHandle(forUpdating: URL(filePath: path + ".ring"))
            try ring.seek(toOffset: UInt64(RingLayout.tailOffset + 64 * area))
            try ring.write(contentsOf: Data(repeating: 0xFF, count: 8))
            try ring.seek(toOffset: UInt64(RingLayout.dropsOffset))
            let counters = 8 * Int(RingLayout.dropTables) * RingLayout.dropCauses
            try ring.write(contentsOf: Data(repeating: 0xFF, count: counters))
            for step in 0..<10 { log(step, writer) }
            writer.annotate(["a": 1])
            _ = finish(writer)
            #expect(try Ledger(reading: path).runs.count == 1)
        }
    }

    @Test("A ring whose tail no writer reaches is none")
    func absurdTail() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let writer = try LedgerWriter.create(at: path, run: try Fixture.run())
        let header = writer.ring.image(fileID: Array(repeating: 0, count: 16))
        var spoilt = Array(header.prefix(RingLayout.headerSize))
        #expect(try RingDecoder.tail(spoilt, area: 0) == 0)
        spoilt[RingLayout.tailOffset + 7] = 0x80
        #expect(throws: FormatError.self) { try RingDecoder.tail(spoilt, area: 0) }
        #expect(finish(writer))
    }
}
