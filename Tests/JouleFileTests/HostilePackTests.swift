import FoundationEssentials
import JouleFormat
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile

@Suite("Damaged and hostile packs")
struct HostilePackTests {
    private static let names = ["a", "b", "c"]

    /// A pack of three small ledgers; what their runs are.
    private static func pack(in directory: borrowing TemporaryDirectory) throws -> (
        bytes: [UInt8], runs: [RunRecord]
    ) {
        let folder = directory.path + "/runs"
        try LedgerImport.makeDirectory(folder)
        for name in names {
            let writer = try LedgerWriter.create(
                at: "\(folder)/\(name).joule",
                run: Fixture.run(name)
            )
            Fixture.log(epochs: 2, to: writer)
            let ended = WallTime(unixNanoseconds: 1_700_000_100_000_000_000)
            #expect(writer.finish(status: .finished, ended: ended, metrics: nil))
        }
        _ = try LedgerPack.write(folder, to: directory.path + "/all.joule")
        let runs = try LedgerDirectory(reading: folder).runs
        return (try PackTests.bytes(directory.path + "/all.joule"), runs)
    }

    @Test("A flipped bit is noticed, costs one ledger at most, and never makes a wrong value")
    func flips() throws {
        let directory = TemporaryDirectory()
        let (bytes, runs) = try Self.pack(in: directory)
        let path = directory.path + "/flipped.joule"
        for position in stride(from: 0, to: bytes.count, by: 13) {
            var flipped = bytes
            flipped[position] ^= 1 << UInt8(position % 8)
            try Data(flipped).write(to: URL(filePath: path))
            guard let found = try? LedgerVerification(of: path) else {
                #expect(position < 64, "only the file header may make a pack unreadable")
                continue
            }
            let states = found.members.map { $0.integrity?.state }
            // The magic and what is behind it may make it another kind of file.
            guard position >= 64 else { continue }
            #expect(
                found.integrity.state == .damaged || found.integrity.state == .torn,
                "\(position)"
            )
            #expect(states.count { $0 != .clean } <= 1, "\(position)")
            let read = try LedgerDirectory(reading: path).runs
            #expect(read.count { runs.contains($0) } >= 2, "\(position)")
        }
    }

    @Test("A pack that is cut off has every ledger before the cut, and is never called whole")
    func cuts() throws {
        let directory = TemporaryDirectory()
        let (bytes, runs) = try Self.pack(in: directory)
        let path = directory.path + "/cut.joule"
        let extents = try PackTests.contents(of: directory.path + "/all.joule").members.map(
            \.extent
        )
        for size in stride(from: 64, to: bytes.count, by: 29) {
            try Data(bytes[..<size]).write(to: URL(filePath: path))
            let found = try LedgerVerification(of: path)
            #expect(found.integrity.state != .clean)
            let whole = extents.count { $0.end <= UInt64(size) }
            for depth in [LedgerDirectory.Depth.everything, .summaries] {
                let read = try LedgerDirectory(reading: path, depth).runs
                #expect(read.count { runs.contains($0) } >= whole, "cut at \(size)")
            }
            try expectRecovery(of: path, size)
        }
    }

    /// That all ledgers that a reader finds in a pack which is not whole are in a whole one later.
    private func expectRecovery(of path: String, _ size: Int) throws {
        let saved = path + ".saved"
        defer { try? FileManager.default.removeItem(atPath: saved) }
        let ledgers = try PackTests.contents(of: path).members
        guard !ledgers.isEmpty else {
            #expect(throws: LedgerError.self) { try LedgerRecovery.write(path, to: saved) }
            return
        }
        let recovery = try LedgerRecovery.write(path, to: saved)
        #expect(recovery.isPack && !recovery.isVerbatim)
        #expect(try LedgerVerification(of: saved).integrity.state == .clean, "cut at \(size)")
        #expect(try PackTests.contents(of: saved).members.count == ledgers.count, "cut at \(size)")
        let read = try LedgerDirectory(reading: path).runs
        #expect(try LedgerDirectory(reading: saved).runs.map(\.id) == read.map(\.id))
    }

    /// A row of the table of members.
    private struct Row {
        var member: UInt64 = 0
        var path = "a.joule"
        var size: UInt64
        var offset: UInt64 = 64
        var blocks: UInt64 = 1
        var state = "clean"
    }

    /// A pack with these members and whatever rows say of them.
    private static func pack(
        at path: String,
        _ members: [[UInt8]],
        numbers: [UInt32]? = nil,
        rows: (_ places: [UInt64]) -> [Row]
    ) throws {
        var header = FileHeader(createdNS: 1)
        header.compatibleFlags = FileHeader.packFlag
        var appender = try LedgerAppender(creating: path, header: header)
        var places: [UInt64] = []
        for (number, bytes) in members.enumerated() {
            places.append(
                try appender.append(
                    MemberPayload(
                        member: numbers?[number] ?? UInt32(number),
                        offset: 0,
                        size: UInt64(bytes.count),
                        bytes: bytes[...]
                    )
                )
            )
        }
        var batch = RowBatch()
        for row in rows(places) {
            batch.append([
                RingCell(column: 0, word: row.member),
                RingCell(column: 1, word: 0, text: row.path),
                RingCell(column: 2, word: row.size), RingCell(column: 3, word: row.offset),
                RingCell(column: 4, word: row.blocks),
                RingCell(column: 5, word: 0, text: row.state),
            ])
            if batch.rows == 10_000 {
                try appender.append(batch, table: TableID.members)
                batch = RowBatch()
            }
        }
        if batch.rows > 0 { try appender.append(batch, table: TableID.members) }
        try appender.close()
    }

    private static func ledger(in directory: borrowing TemporaryDirectory) throws -> [UInt8] {
        try PackTests.bytes(Fixture.finished(in: directory, epochs: 1))
    }

    @Test("Rows that lie are told, whatever they say, and hide no other ledger")
    func lies() throws {
        let directory = TemporaryDirectory()
        let bytes = try Self.ledger(in: directory)
        let size = UInt64(bytes.count)
        let lies: [(String, (Row) -> Row)] = [
            (
                "beyond the end",
                {
                    var row = $0; row.offset = 1 << 40; return row
                }
            ),
            (
                "huge",
                {
                    var row = $0; row.size = .max; return row
                }
            ),
            (
                "negative",
                {
                    var row = $0; row.size = 1 << 63; return row
                }
            ),
            (
                "blocks",
                {
                    var row = $0; row.blocks = 1 << 40; return row
                }
            ),
            (
                "unaligned",
                {
                    var row = $0; row.offset += 1; return row
                }
            ),
            (
                "in the header",
                {
                    var row = $0; row.offset = 8; return row
                }
            ),
            (
                "no number",
                {
                    var row = $0; row.member = 1 << 40; return row
                }
            ),
            (
                "no name",
                {
                    var row = $0; row.path = ""; return row
                }
            ),
            (
                "within another",
                {
                    var row = $0; row.offset += 8; return row
                }
            ),
        ]
        for (what, lie) in lies {
            let path = directory.path + "/lie.joule"
            try? FileManager.default.removeItem(atPath: path)
            try Self.pack(at: path, [bytes, bytes]) { places in
                let first = Row(size: size, offset: places[0])
                let second = Row(member: 1, path: "b.joule", size: size, offset: places[1])
                return [first, lie(what == "within another" ? first : second), second]
            }
            let found = try LedgerVerification(of: path)
            #expect(found.integrity.state == .damaged, "\(what)")
            #expect(found.members.map(\.path) == ["a.joule", "b.joule"], "\(what)")
            #expect(found.members.allSatisfy { $0.integrity?.state == .clean }, "\(what)")
        }
    }

    @Test("Rows that an INDEX lists twice are taken once")
    func repeatedRows() throws {
        let directory = TemporaryDirectory()
        let bytes = try Self.ledger(in: directory)
        let path = directory.path + "/pack.joule"
        try Self.pack(at: path, [bytes]) { places in
            [Row(size: UInt64(bytes.count), offset: places[0])]
        }
        let twice = directory.path + "/twice.joule"
        try QueryFixture.rewrite(
            path,
            to: twice,
            change: { $0.entries += $0.entries },
            summing: { $0.tables[0].rows *= 2 }
        )
        #expect(try PackTests.contents(of: path).metaOffsets != nil)
        let contents = try PackTests.contents(of: twice)
        #expect(contents.members.map(\.path) == ["a.joule"])
        #expect(contents.metaOffsets == nil)
    }

    @Test("A size that is too small or too large damages that ledger only")
    func sizes() throws {
        let directory = TemporaryDirectory()
        let bytes = try Self.ledger(in: directory)
        let path = directory.path + "/sizes.joule"
        try Self.pack(at: path, [bytes, bytes]) { places in
            [
                Row(size: UInt64(bytes.count) - 8, offset: places[0]),
                Row(member: 1, path: "b.joule", size: UInt64(bytes.count), offset: places[1]),
            ]
        }
        let found = try LedgerVerification(of: path)
        #expect(found.members.map(\.integrity?.state) == [.torn, .clean])
        #expect(found.integrity.state == .damaged)
    }

    @Test("Members out of order, and MEMBER blocks in a ledger that is no pack, are damage")
    func order() throws {
        let directory = TemporaryDirectory()
        let bytes = try Self.ledger(in: directory)
        for numbers in [[1, 0], [0, 2], [0, 0]] as [[UInt32]] {
            let path = directory.path + "/order-\(numbers).joule"
            try Self.pack(at: path, [bytes, bytes], numbers: numbers) { places in
                zip(numbers, places).map { number, place in
                    Row(member: UInt64(number), size: UInt64(bytes.count), offset: place)
                }
            }
            let found = try LedgerVerification(of: path)
            #expect(found.integrity.state == .damaged)
            #expect(found.members.count == 2)
        }
        let nameless = directory.path + "/nameless.joule"
        try Self.pack(at: nameless, [bytes]) { _ in [] }
        #expect(try LedgerVerification(of: nameless).integrity.state == .damaged)
        let path = directory.path + "/plain.joule"
        var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
        _ = try appender.append(MemberPayload(member: 0, offset: 0, size: 1, bytes: [1]))
        try appender.close()
        #expect(try LedgerVerification(of: path).integrity.state == .damaged)
    }

    @Test("A pack within a pack is told and not read")
    func nested() throws {
        let directory = TemporaryDirectory()
        let (bytes, _) = try Self.pack(in: directory)
        let path = directory.path + "/outer.joule"
        try Self.pack(at: path, [bytes]) { places in
            [Row(size: UInt64(bytes.count), offset: places[0])]
        }
        let back = try LedgerDirectory(reading: path)
        #expect(back.runs.isEmpty && back.problems.count == 1)
        #expect(try LedgerVerification(of: path).members.first?.failure != nil)
    }

    @Test("Names that lead out of a directory are not extracted; the others are")
    func escape() throws {
        let directory = TemporaryDirectory()
        let bytes = try Self.ledger(in: directory)
        let path = directory.path + "/escape.joule"
        let names = ["../x.joule", "/x.joule", "a/../../x.joule", "a//x.joule", "ok/x.joule"]
        try Self.pack(at: path, [bytes]) { places in
            names.map { Row(path: $0, size: UInt64(bytes.count), offset: places[0]) }
        }
        let target = directory.path + "/out/back"
        let result = try PackExtraction.write(path, into: target)
        #expect(result.ledgers == 1 && result.problems.count == 4)
        #expect(
            try LedgerDirectory.ledgers(below: directory.path + "/out") == [target + "/ok/x.joule"]
        )
        #expect(throws: LedgerError.self) { try PackExtraction.write(path, into: target) }
    }

    @Test("A pack that is cut off in a member of any size gives back what is there, at once")
    func endlessMember() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/endless.joule"
        var header = FileHeader(createdNS: 1)
        header.compatibleFlags = FileHeader.packFlag
        var appender = try LedgerAppender(creating: path, header: header)
        let bytes = [UInt8](repeating: 7, count: Layout.memberPartSize)
        for number in 0..<2 {
            let offset = UInt64(number * bytes.count)
            _ = try appender.append(
                MemberPayload(member: 0, offset: offset, size: 1 << 60, bytes: bytes[...])
            )
        }
        let result = try PackExtraction.write(path, into: directory.path + "/back")
        let parts = 1 << 40
        #expect(
            result.problems.map(\.message).last
                == "\(parts - 2) of its \(parts) parts are not what was packed"
        )
        #expect(try PackTests.bytes(directory.path + "/back/member-0.joule") == bytes + bytes)
        _ = try LedgerVerification(of: path)
        _ = try LedgerPack.write(path, to: directory.path + "/again.joule")
    }

    @Test("A million names of one ledger are refused before they fill the memory")
    func names() throws {
        let directory = TemporaryDirectory()
        let bytes = try Self.ledger(in: directory)
        let path = directory.path + "/names.joule"
        try Self.pack(at: path, [bytes]) { places in
            let long = String(repeating: "n", count: 4000)
            return (0..<20_000).map { _ in
                Row(path: long, size: UInt64(bytes.count), offset: places[0])
            }
        }
        #expect(throws: LedgerError.self) { try LedgerDirectory(reading: path) }
    }
}
