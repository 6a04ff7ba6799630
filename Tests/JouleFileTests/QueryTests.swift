import FoundationEssentials
import Glibc
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile
@testable import JouleFormat

/// Reading a part of a ledger.
@Suite("Queries")
struct QueryTests {
    /// Asks random questions; each must find what a scan of everything finds.
    private func check(
        _ path: String,
        questions: Int = 12,
        random: inout SplitMix,
        _ comment: @autoclosure () -> String
    ) throws {
        let every = try QueryFixture.scan(path)
        for _ in 0..<questions {
            let query = try LedgerQuery(opening: path)
            for table in LedgerTable.allCases {
                let all = every.rows(of: table, columns: query.columns(of: table).count)
                let filters = QueryFixture.filters(query, table, random: &random)
                let found = try QueryFixture.ask(query, table, filters)
                let isSame = found == QueryFixture.filtered(all, filters)
                #expect(isSame, "\(comment()) \(table) \(filters)")
                #expect(query.problems.isEmpty, "\(comment()): \(query.problems)")
            }
        }
        let query = try LedgerQuery(opening: path)
        for table in LedgerTable.allCases {
            let all = every.rows(of: table, columns: query.columns(of: table).count)
            let isSame = try QueryFixture.ask(query, table, []) == all
            #expect(isSame, "\(comment()) \(table)")
        }
    }

    @Test(
        "A query finds the rows of a scan, filtered",
        arguments: [0, 1, 15, 16, 17, 64, 65, 130, 700]
    )
    func sameAsScan(blocks: Int) throws {
        let directory = TemporaryDirectory()
        for (round, closes) in [true, false].enumerated() {
            var random = SplitMix(seed: UInt64(blocks * 2 + round))
            let path = directory.path + "/random-\(round).joule"
            try QueryFixture.write(at: path, blocks: blocks, closes: closes, random: &random)
            let questions = blocks > 100 ? 4 : 12
            try check(path, questions: questions, random: &random, "seed \(blocks * 2 + round)")
            // Appended after the close, or behind the torn end.
            var appender = try LedgerAppender.reopening(path)
            try QueryFixture.append(5, to: &appender, random: &random)
            try check(path, questions: questions, random: &random, "appended \(blocks)")
            try appender.close()
            try check(path, questions: questions, random: &random, "closed \(blocks)")
        }
    }

    @Test("A ledger that ends anywhere gives what a scan gives")
    func torn() throws {
        let directory = TemporaryDirectory()
        var random = SplitMix(seed: 77)
        let path = directory.path + "/whole.joule"
        try QueryFixture.write(at: path, blocks: 90, random: &random)
        let whole = try Data(contentsOf: URL(filePath: path))
        let cut = directory.path + "/cut.joule"
        for _ in 0..<60 {
            let size = Int.random(in: 64...whole.count, using: &random)
            try whole.prefix(size).write(to: URL(filePath: cut))
            try check(cut, questions: 1, random: &random, "cut at \(size)")
        }
    }

    @Test("Damage costs a query no row that a scan finds, and gives none that was not written")
    func damaged() throws {
        let directory = TemporaryDirectory()
        var random = SplitMix(seed: 78)
        let path = directory.path + "/whole.joule"
        try QueryFixture.write(at: path, blocks: 150, random: &random)
        let whole = try Data(contentsOf: URL(filePath: path))
        let written = try QueryFixture.scan(path)
        let hurt = directory.path + "/hurt.joule"
        for _ in 0..<50 {
            var bytes = whole
            let place = Int.random(in: 64..<whole.count, using: &random)
            bytes[place] ^= UInt8(1 << (random.next() % 8))
            try bytes.write(to: URL(filePath: hurt))
            let scanned = try QueryFixture.scan(hurt)
            for table in LedgerTable.allCases {
                let query = try LedgerQuery(opening: hurt)
                let columns = query.columns(of: table).count
                let left = scanned.rows(of: table, columns: columns)
                let filters = QueryFixture.filters(query, table, random: &random)
                for filters in [filters, []] {
                    let found = try QueryFixture.ask(query, table, filters)
                    let expected = QueryFixture.filtered(left, filters)
                    let isSame = QueryFixture.areSame(found, expected)
                    #expect(isSame, "bit of byte \(place), \(table), \(filters)")
                    let isWritten = Set(written.rows(of: table, columns: columns))
                        .isSuperset(of: found)
                    #expect(isWritten)
                }
            }
        }
    }

    @Test("Rows of a live writer are found once, in blocks or in the ring")
    func live() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/live.joule"
        let writer = try LedgerWriter.create(at: path, run: Fixture.run())
        var seen = 0
        for round in 1...20 {
            Fixture.log(epochs: 40, to: writer)
            let query = try LedgerQuery(opening: path)
            #expect(query.isLive)
            #expect(query.runs[0]?.meters == [Fixture.meter])
            let steps = try QueryFixture.ask(query, .steps, [])
            #expect(steps.count == round * 120)
            let epochs = try QueryFixture.ask(
                query,
                .epochs,
                [RowFilter(column: 1, .less, .integer(10))]
            )
            #expect(epochs.count == round * 10)
            #expect(steps.count >= seen)
            seen = steps.count
            #expect(query.problems.isEmpty)
        }
        writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 0), metrics: nil)
    }

    @Test("Columns that only the ring knows are columns")
    func ringColumns() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/live.joule"
        let writer = try LedgerWriter.create(at: path, run: Fixture.run())
        Fixture.log(epochs: 1, to: writer)
        let query = try LedgerQuery(opening: path)
        #expect(query.columns(of: .epochs).suffix(2).map(\.name) == ["loss", "accuracy"])
        let loss = query.columns(of: .epochs).first { $0.name == "loss" }
        var cursor = try query.rows(of: .epochs, columns: [try #require(loss).number, 999])
        let rows = try #require(try cursor.next())
        #expect(rows.columns[0].number(0) == Fixture.loss(0))
        #expect(rows.columns[1].number(0) == nil)
        writer.finish(status: .finished, ended: WallTime(unixNanoseconds: 0), metrics: nil)
    }

    @Test("Alone, a column has the values that it has among all")
    func columnsAlone() throws {
        let directory = TemporaryDirectory()
        var random = SplitMix(seed: 79)
        let path = directory.path + "/columns.joule"
        try QueryFixture.write(at: path, blocks: 60, random: &random)
        let query = try LedgerQuery(opening: path)
        for table in LedgerTable.allCases {
            let all = try QueryFixture.ask(query, table, [])
            for column in query.columns(of: table) {
                var cursor = try query.rows(of: table, columns: [column.number])
                var row = 0
                while let part = try cursor.next() {
                    for place in 0..<part.count {
                        let values = part.columns[0]
                        switch all[row][column.number] {
                        case .null: #expect(!values.hasValue(place))
                        case .word(let word): #expect(values.words[place] == word)
                        case .text(let text): #expect(values.text(place) == text)
                        }
                        row += 1
                    }
                }
                #expect(row == all.count)
            }
        }
    }

    @Test("Energy alone is decoded with the power that predicts it, and nothing else")
    func predictedAlone() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/predicted.joule"
        var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
        var batch = RowBatch()
        var joules = 0.0
        for row in 0..<4096 {
            let watts = Double(200_000 + row * 7919 % 5000) / 1000
            joules += watts / 10
            batch.append([
                RingCell(column: 0, word: 0), RingCell(column: 1, word: 0),
                RingCell(column: 2, word: UInt64(row) * 100_000_000),
                RingCell(column: 3, word: ((joules * 1000).rounded() / 1000).bitPattern),
                RingCell(column: 4, word: watts.bitPattern),
            ])
        }
        try appender.append(batch, table: TableID.telemetry)
        try appender.close()
        let query = try LedgerQuery(opening: path)
        var cursor = try query.rows(of: .telemetry, columns: [3])
        #expect(try cursor.next()?.count == 4096)
        #expect(query.cost.columnsDecoded == 3)
        let other = try LedgerQuery(opening: path)
        var times = try other.rows(of: .telemetry, columns: [2])
        #expect(try times.next()?.count == 4096)
        #expect(other.cost.columnsDecoded == 1)
    }

    @Test("Stretches of a ledger have each row once, and no block is decoded for two of them")
    func stretches() throws {
        let directory = TemporaryDirectory()
        for (round, closes) in [true, false].enumerated() {
            var random = SplitMix(seed: UInt64(83 + round))
            let path = directory.path + "/divided-\(round).joule"
            try QueryFixture.write(at: path, blocks: 200, closes: closes, random: &random)
            for table in LedgerTable.allCases {
                let whole = try LedgerQuery(opening: path)
                let all = try QueryFixture.ask(whole, table, [])
                let size = whole.size
                for count in [2, 3, 50] as [UInt64] {
                    var rows = 0
                    var blocks = 0
                    for number in 0..<count {
                        let end = number + 1 < count ? size / count * (number + 1) : .max
                        let query = try LedgerQuery(opening: path)
                        var cursor = try query.rows(
                            of: table,
                            columns: [0],
                            within: size / count * number..<end
                        )
                        while let found = try cursor.next() { rows += found.count }
                        blocks += query.cost.blocksDecoded
                        #expect(query.problems.isEmpty)
                    }
                    #expect(rows == all.count, "\(table) in \(count)")
                    #expect(blocks == whole.cost.blocksDecoded, "\(table) in \(count)")
                }
            }
        }
    }

    @Test("The rows of a short time are found without reading the others")
    func cost() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/long.joule"
        var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
        var random = SplitMix(seed: 81)
        for block in 0..<2_000 {
            var batch = RowBatch()
            for row in 0..<128 {
                let time = UInt64(block * 128 + row) * 100
                batch.append([
                    RingCell(column: 0, word: UInt64(block / 500)),
                    RingCell(column: 2, word: time + random.next() % 50),
                    RingCell(column: 4, word: random.next()),
                ])
            }
            try appender.append(batch, table: TableID.telemetry)
        }
        try appender.close()
        let size = try Data(contentsOf: URL(filePath: path)).count
        let query = try LedgerQuery(opening: path)
        let minute = [
            RowFilter(column: 2, .greaterOrEqual, .integer(1_000 * 128 * 100)),
            RowFilter(column: 2, .less, .integer(1_001 * 128 * 100)),
        ]
        #expect(try QueryFixture.ask(query, .telemetry, minute).count == 128)
        #expect(query.cost.blocksDecoded == 1)
        #expect(query.cost.indexesRead < 12, "of 32")
        // The last 64 KiB are read in any case.
        #expect(query.cost.bytesRead < 64 << 10 + size / 50)
        let other = try LedgerQuery(opening: path)
        let run = [RowFilter(column: 0, .equal, .integer(2))]
        #expect(try QueryFixture.ask(other, .telemetry, run).count == 500 * 128)
        #expect(other.cost.blocksDecoded == 500)
        #expect(other.cost.bytesRead < size / 2)
    }

    @Test(
        "The summary of a closed ledger is found with one read of its end, and says what is there"
    )
    func totals() throws {
        let directory = TemporaryDirectory()
        for blocks in [0, 3, 20, 300] {
            var random = SplitMix(seed: UInt64(blocks))
            let path = directory.path + "/totals-\(blocks).joule"
            try QueryFixture.write(at: path, blocks: blocks, random: &random)
            let totals = try #require(try LedgerTotals(reading: path))
            // The file header, and the end.
            #expect(totals.reads == 2)
            #expect(totals.isComplete)
            let every = try QueryFixture.scan(path)
            for (table, found) in totals.tables {
                let rows = every.rows(of: table, columns: found.columns.count)
                #expect(found.rows == UInt64(rows.count))
                for (number, column) in found.columns.enumerated() {
                    let cells = rows.map { $0[number] }.filter { $0 != .null }
                    #expect(column.count == UInt64(cells.count))
                    let integers = cells.compactMap { cell -> Int64? in
                        guard case .word(let word) = cell else { return nil }
                        return Int64(bitPattern: word)
                    }
                    guard column.definition.kind == .integer, !integers.isEmpty else { continue }
                    #expect(column.minimum == integers.min().map(LedgerValue.integer))
                    #expect(column.maximum == integers.max().map(LedgerValue.integer))
                    #expect(column.sum == integers.reduce(Int128(0)) { $0 + Int128($1) })
                }
            }
            let bytes = try Data(contentsOf: URL(filePath: path))
            try (bytes + Data("torn".utf8)).write(to: URL(filePath: path))
            #expect(try LedgerTotals(reading: path)?.isComplete == false)
        }
    }
}
