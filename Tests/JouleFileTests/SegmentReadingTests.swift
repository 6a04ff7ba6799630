import FoundationEssentials
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile
@testable import JouleFormat

/// Ledgers of several files, as everything that reads ledgers sees them: once.
@Suite("Reading segments")
struct SegmentReadingTests {
    private let fixture = SegmentTests()

    private func steps(of query: LedgerQuery) throws -> [(step: Int64?, loss: Double?)] {
        let loss = try #require(query.columns(of: .steps).first { $0.name == "loss" })
        var cursor = try query.rows(of: .steps, columns: [1, loss.number])
        var steps: [(Int64?, Double?)] = []
        while let rows = try cursor.next() {
            for row in 0..<rows.count {
                steps.append((rows.columns[0].integer(row), rows.columns[1].number(row)))
            }
        }
        return steps
    }

    private func expectSteps(_ count: Int, of query: LedgerQuery, _ comment: Comment) throws {
        let steps = try steps(of: query)
        #expect(steps.map(\.step) == (0..<Int64(count)).map { $0 }, comment)
        #expect(steps.allSatisfy { $0.loss == $0.step.map(Double.init) }, comment)
        #expect(query.problems.isEmpty, comment)
    }

    @Test("A query gives the rows of all segments once, by whichever name it is asked")
    func queries() throws {
        let directory = TemporaryDirectory()
        _ = try fixture.written(in: directory)
        for name in ["/run.joule", "/run.1.joule"] {
            let query = try LedgerQuery(opening: directory.path + name)
            try expectSteps(40, of: query, "by \(name)")
            #expect(query.runs.count == 1)
            #expect(query.runs[0]?.tags == ["a"])
            #expect(!query.isLive)
            let filter = RowFilter(column: 1, .greaterOrEqual, .integer(35))
            var cursor = try query.rows(of: .steps, columns: [1], where: [filter])
            var count = 0
            while let rows = try cursor.next() { count += rows.count }
            #expect(count == 5)
        }
        let places = try LedgerPlace.all(below: directory.path)
        #expect(places.places.count == 1)
        #expect(places.problems.isEmpty)
    }

    @Test("A segment that numbers its columns in another way is read by what they are")
    func numbers() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let header = FileHeader(createdNS: 1)
        var first = try LedgerAppender(creating: path, header: header)
        try first.append(meta: [try fixture.record()])
        first.define(.init("loss", .float64, role: .metric), number: 3, table: TableID.steps)
        try first.append(fixture.rows(0..<2), table: TableID.steps)
        var following = FileHeader(createdNS: 2)
        following.segment = 1
        following.previousRoot = first.tree.root.prefix64
        let next = SegmentChain.path(1, of: path)
        var second = try LedgerAppender(creating: next, header: following)
        let continuation = Continuation(
            file: header.fileID,
            root: first.tree.root.bytes,
            blocks: first.tree.size,
            again: 0
        )
        let records = [(run: Int64(0), record: JSONObject())]
        try second.append(meta: continuation.documents(segment: 1, records))
        second.define(.init("rate", .float64, role: .metric), number: 3, table: TableID.steps)
        second.define(.init("loss", .float64, role: .metric), number: 4, table: TableID.steps)
        var batch = RowBatch()
        batch.append([
            RingCell(column: 0, word: 0), RingCell(column: 1, word: 2),
            RingCell(column: 2, word: 2), RingCell(column: 3, word: (0.5).bitPattern),
            RingCell(column: 4, word: (2.0).bitPattern),
        ])
        try second.append(batch, table: TableID.steps)
        try second.close()
        try expectSteps(3, of: LedgerQuery(opening: path), "other numbers")
        let metrics = try Ledger.steps(reading: path).map(\.metrics)
        #expect(metrics.map(\.count) == [1, 1, 2])
        #expect(metrics.last?.contains { $0.name == "loss" && $0.value == 2 } == true)
    }

    @Test("A pack of a ledger holds each of its files, and lists its run once")
    func packs() throws {
        let directory = TemporaryDirectory()
        let bytes = try fixture.written(in: directory)
        let single = directory.path + "/single.pack"
        let pack = try LedgerPack.write(directory.path + "/run.joule", to: single)
        #expect(pack.ledgers == 2)
        #expect(pack.runs == 1)
        try FileManager.default.createDirectory(
            atPath: directory.path + "/again",
            withIntermediateDirectories: false
        )
        let whole = directory.path + "/again/whole.joule"
        #expect(try LedgerPack.write(single, to: whole).runs == 1)
        for path in [single, whole] {
            let found = try LedgerVerification(of: path)
            #expect(found.integrity.problems.isEmpty)
            #expect(found.members.map(\.integrity?.state) == [.torn, .clean])
            #expect(try Ledger(reading: path).runs.map(\.stepCount) == [40])
            for depth in [LedgerDirectory.Depth.everything, .summaries] {
                let listed = try LedgerDirectory(reading: path, depth)
                #expect(listed.runs.map(\.stepCount) == [40])
                #expect(listed.problems.isEmpty)
            }
            let places = try LedgerPlace.all(below: path).places
            #expect(places.count == 1)
            try expectSteps(40, of: try #require(places.first).open(), "in \(path)")
        }
        // Beside its pack a ledger is one experiment.
        #expect(try LedgerDirectory(reading: directory.path).runs.map(\.stepCount) == [40])
        _ = try PackExtraction.write(whole, into: directory.path + "/out")
        let out = directory.path + "/out/run"
        #expect(try Data(contentsOf: URL(filePath: out + ".joule")) == bytes.0)
        #expect(try Data(contentsOf: URL(filePath: out + ".1.joule")) == bytes.1)
    }

    @Test("Verifying a ledger goes through its segments, and tells one that does not continue it")
    func verification() throws {
        let directory = TemporaryDirectory()
        let (first, second) = try fixture.written(in: directory)
        let path = directory.path + "/run.joule"
        let next = directory.path + "/run.1.joule"
        var found = try LedgerVerification(of: path)
        #expect(found.integrity.state == .torn)
        #expect(found.segments.map(\.path) == [next])
        #expect(found.segments.map(\.integrity.state) == [.clean])
        #expect(try LedgerVerification(of: next).segments.isEmpty)
        #expect(try LedgerVerification(of: next).integrity.state == .clean)
        // Of the first file only the beginning is left: the rest of what was continued is gone.
        try first.prefix(200).write(to: URL(filePath: path))
        found = try LedgerVerification(of: path)
        #expect(found.segments.map(\.integrity.state) == [.damaged])
        #expect(found.segments.first?.integrity.problems.map(\.kind) == [.segment])
        #expect(try LedgerVerification(of: next).integrity.problems.map(\.kind) == [.segment])
        #expect(try Ledger(reading: path).integrity.state == .damaged)
        #expect(try Ledger(reading: next).integrity.state == .damaged)
        // Damage says more than that.
        var hurt = first
        hurt[150] ^= 1
        try hurt.write(to: URL(filePath: path))
        #expect(try LedgerVerification(of: path).integrity.state == .damaged)
        try second.write(to: URL(filePath: next))
    }

    @Test("What was lost is told once when a ledger of segments and a ring is opened again")
    func losses() throws {
        let directory = TemporaryDirectory()
        _ = try fixture.written(in: directory)
        let path = directory.path + "/run.joule"
        let header = try BlockScanner.header(of: LedgerSource(path))
        do {
            let ring = try RingMemory(beside: path, fileID: header.fileID)
            for _ in 0..<9 { ring.countDrop(table: TableID.steps, cause: .ringFull) }
        }
        let lost = (["steps": ["ring_full": 9]] as JSON).object
        #expect(try Ledger(reading: path).runs.first?.drops == lost)
        try ReopenedLedger.opening(path).close()
        #expect(!FileManager.default.fileExists(atPath: path + ".ring"))
        #expect(try Ledger(reading: path).runs.first?.drops == lost)
        try expectSteps(40, of: LedgerQuery(opening: path), "after opening again")
    }

    @Test(
        "What is no number of blocks continues nothing",
        arguments: [
            ("1", "0", true), ("1", "1", true), ("1", "-1", false), ("1", "null", false),
            ("1", "true", false), ("1", "1.0", false), ("1", #""1""#, false), ("-1", "0", false),
            ("1.0", "0", false), ("null", "0", false),
        ]
    )
    func falseContinuations(blocks: String, again: String, isContinued: Bool) throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/run.joule"
        let header = FileHeader(createdNS: 1)
        var first = try LedgerAppender(creating: path, header: header)
        try first.append(meta: [try fixture.record()])
        let root = first.tree.root
        try first.close()
        var following = FileHeader(createdNS: 2)
        following.segment = 1
        following.previousRoot = root.prefix64
        let document = """
            {"run":0,"segment":1,"set":{},"continues":{"file":"\(Digest.hex(header.fileID))",\
            "root":"\(root.hex)","blocks":\(blocks),"again":\(again)}}
            """
        var second = try LedgerAppender(
            creating: SegmentChain.path(1, of: path),
            header: following
        )
        try second.append(meta: [Array(document.utf8)])
        try second.close()
        #expect(try Ledger(reading: path).integrity.segments == (isContinued ? 2 : 1))
    }

    @Test("A segment of the largest number is continued by none")
    func lastNumber() throws {
        let directory = TemporaryDirectory()
        let run: JSON = ["run": 0, "set": ["run_id": "0123456789abcdef0123456789abcdef"]]
        func write(_ name: String, _ header: FileHeader, _ document: JSON) throws -> Digest {
            var appender = try LedgerAppender(
                creating: directory.path + name,
                header: header
            )
            try appender.append(meta: [Array(document.text().utf8)])
            return appender.tree.root
        }
        var header = FileHeader(createdNS: 1)
        header.segment = .max
        let root = try write("/run.joule", header, run)
        let continuation = Continuation(
            file: header.fileID,
            root: root.bytes,
            blocks: 1,
            again: 0
        )
        for (name, segment) in [("/run.1.joule", 1), ("/run.0.joule", 0)] as [(String, UInt32)] {
            var next = FileHeader(createdNS: 1)
            next.segment = segment
            next.previousRoot = root.prefix64
            var document = try #require(run.object)
            for member in continuation.members(segment: segment) {
                document[member.name] = member.value
            }
            _ = try write(name, next, .object(document))
        }
        for name in ["/run.joule", "/run.1.joule", "/run.0.joule"] {
            let path = directory.path + name
            #expect(try LedgerQuery(opening: path).runs.count == 1)
            #expect(try Ledger(reading: path).integrity.segments == 1)
        }
        // Behind damage an appender needs another segment.
        let path = directory.path + "/run.joule"
        var bytes = try Data(contentsOf: URL(filePath: path))
        bytes.insert(contentsOf: [UInt8](repeating: 1, count: 8), at: 64)
        try bytes.write(to: URL(filePath: path))
        let thrown = #expect(throws: LedgerError.self) { _ = try ReopenedLedger.opening(path) }
        guard case .limitExceeded = thrown else {
            Issue.record("\(String(describing: thrown))")
            return
        }
    }
}
