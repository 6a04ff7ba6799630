import FoundationEssentials
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile
@testable import JouleFormat

/// A few stored bytes that would fill the memory are refused, and long honest ledgers are not.
@Suite("Bounds of reading")
struct ReadingBudgetTests {
    @Test("Rows that cost nothing to store are kept up to 65,536 of them", arguments: [0, 1])
    func rows(over: Int) throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/rows.joule"
        let rows = 1 << 16 + over
        try write(path) { appender in
            try appender.append(columns: Self.constant(rows), rows: rows, table: TableID.epochs)
        }
        guard over > 0 else {
            #expect(try Ledger(reading: path).runs.first?.epochs.count == rows)
            #expect(try Self.followed(path) == rows)
            return
        }
        expectRefusal(of: path)
        expectRefusal { _ = try Self.followed(path) }
    }

    @Test("Energy of windows whose epochs never come is kept of the newest 65,536")
    func windows() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/windows.joule"
        let windows = 1 << 16 + 1
        var energies = Self.constant(windows)
        energies[1] = ColumnValues(words: Array(repeating: 1, count: windows))
        energies[2] = ColumnValues(words: (0..<UInt64(windows)).map { $0 })
        energies[3] = ColumnValues(words: Array(repeating: 0, count: windows))
        energies[4] = ColumnValues(words: Array(repeating: 1.5.bitPattern, count: windows))
        var epochs = Self.constant(2)
        epochs[1] = ColumnValues(words: [0, UInt64(windows - 1)])
        try write(path) { appender in
            try appender.append(columns: energies, rows: windows, table: TableID.energy)
        }
        expectRefusal { _ = try Self.followed(path) }
        var queue = TailQueue(hasSteps: false)
        for (columns, rows, table) in [
            (energies, windows, TableID.energy), (epochs, 2, TableID.epochs),
        ] {
            let data = DataPayload(covered: 0, firstRow: 0, rows: rows, columns: columns)
            queue.take(data, .undefined(table))
        }
        var run = try Fixture.run()
        run.meters = [Fixture.meter]
        let joules = queue.rows(at: .end, of: [0: run]).map { row in
            if case .epoch(_, _, let epoch) = row { epoch.energy?.joules } else { nil as Double? }
        }
        #expect(joules == [nil, 1.5])
    }

    @Test("One row is kept for each stored byte")
    func honestRows() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/honest.joule"
        let rows = 100_000
        var random = SplitMix(seed: 1)
        var columns = Self.constant(rows)
        columns[3] = ColumnValues(words: (0..<rows).map { _ in random.next() >> 32 })
        try write(path) { appender in
            try appender.append(columns: columns, rows: rows, table: TableID.epochs)
        }
        #expect(try Ledger(reading: path).runs.first?.epochs.count == rows)
    }

    @Test("A row of many columns counts as several", arguments: [100, 200])
    func wideRows(rows: Int) throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/wide.joule"
        let fixed = TableSchema.undefined(TableID.epochs).columns.count
        let zeros = ColumnValues(words: Array(repeating: 0, count: rows))
        var columns = Self.constant(rows)
        for number in fixed..<4000 { columns[UInt16(number)] = zeros }
        try write(path) { appender in
            for number in fixed..<4000 {
                appender.define(
                    ColumnDefinition("m\(number)", .float64, role: .metric),
                    number: UInt16(number),
                    table: TableID.epochs
                )
            }
            try appender.append(columns: columns, rows: rows, table: TableID.epochs)
        }
        guard rows * (columns.count / 8) > 1 << 16 else {
            #expect(try Ledger(reading: path).runs.first?.epochs.count == rows)
            return
        }
        expectRefusal(of: path)
    }

    @Test("Long texts count as rows")
    func texts() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/texts.joule"
        let rows = 512
        let zeros = ColumnValues(words: Array(repeating: 0, count: rows))
        let text = String(repeating: "x", count: Limits.stringSizeMax - 1)
        let names = ColumnValues(strings: Array(repeating: text, count: rows))
        try write(path) { appender in
            let columns: [UInt16: ColumnValues] = [0: zeros, 1: zeros, 3: names]
            try appender.append(columns: columns, rows: rows, table: TableID.phases)
        }
        expectRefusal(of: path)
    }

    /// A document of so many mebibytes, which compress to next to nothing.
    private func document(mebibytes: Int) -> [UInt8] {
        let zeros = String(repeating: "0,", count: mebibytes << 19)
        return Array(#"{"run":0,"set":{"config":{"layers":[\#(zeros)0]}}}"#.utf8)
    }

    @Test("Documents are read up to 4 MiB, or 64 bytes for each stored one", arguments: [3, 5])
    func documents(mebibytes: Int) throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/documents.joule"
        let payload = PayloadEncoder.compressed(
            Array(repeating: 0, count: 8) + document(mebibytes: mebibytes) + [10],
            type: BlockType.meta,
            rows: 1,
            compression: .zstd
        )
        try write(path) { appender in
            let block = LedgerBlock(
                header: payload.header,
                payload: payload.bytes[...],
                leaf: Digest(of: []),
                offset: 0
            )
            try appender.append(again: block)
        }
        if mebibytes < 4 {
            #expect(try Ledger(reading: path).integrity.state == .clean)
            #expect(try LedgerQuery(opening: path).runs.count == 1)
        } else {
            expectRefusal(of: path)
            expectRefusal { _ = try LedgerQuery(opening: path) }
            expectRefusal { _ = try Self.followed(path) }
        }
    }

    @Test("What a writer says in documents can be read, however small it becomes")
    func writtenDocuments() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/documents.joule"
        let document = document(mebibytes: 5)
        try write(path) { appender in
            try appender.append(meta: [document])
        }
        #expect(try Ledger(reading: path).integrity.state == .clean)
    }

    @Test("Columns of another length than the rows are no block")
    func unevenColumns() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/uneven.joule"
        try write(path) { appender in
            let before = appender.tree.root
            let short = ColumnValues(words: [1, 2])
            let text = ColumnValues(strings: ["a", "b", "c"])
            let wrong: [(UInt16, ColumnValues)] = [(1, short), (1, text), (4000, text)]
            for (number, column) in wrong {
                var columns = Self.constant(3)
                columns[number] = column
                #expect(throws: LedgerError.self) {
                    try appender.append(columns: columns, rows: 3, table: TableID.epochs)
                }
            }
            #expect(appender.tree.root == before)
        }
        #expect(try Ledger(reading: path).integrity.state == .clean)
    }

    @Test("Rows of more text than a block may have become several blocks")
    func muchText() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/much-text.joule"
        let rows = 1200
        let text = String(repeating: "x", count: Limits.stringSizeMax)
        var columns = Self.constant(rows)
        columns[3] = ColumnValues(strings: Array(repeating: text, count: rows))
        try write(path) { appender in
            appender.define(.init("note", .string, role: .metric), number: 3, table: TableID.steps)
            try appender.append(columns: columns, rows: rows, table: TableID.steps)
        }
        #expect(try LedgerVerification(of: path).integrity.state == .clean)
        var cursor = try LedgerQuery(opening: path).rows(of: .steps, columns: [3])
        var count = 0
        while let found = try cursor.next() { count += found.count }
        #expect(count == rows)
    }

    // MARK: Help

    private static func constant(_ rows: Int) -> [UInt16: ColumnValues] {
        let zeros = ColumnValues(words: Array(repeating: 0, count: rows))
        return [0: zeros, 1: zeros, 2: zeros]
    }

    private func write(_ path: String, _ body: (inout LedgerAppender) throws -> Void) throws {
        var appender = try LedgerAppender(
            creating: path,
            header: FileHeader(fileID: Array(1...16), createdNS: 1)
        )
        let run: JSON = ["run": 0, "set": ["run_id": "0123456789abcdef0123456789abcdef"]]
        try appender.append(meta: [Array(run.text().utf8)])
        try body(&appender)
        try appender.close()
    }

    /// How many rows following a ledger gives.
    private static func followed(_ path: String) throws -> Int {
        var tail = try LedgerTail(path, steps: true)
        var count = 0
        while let rows = try tail.next() { count += rows.count }
        return count
    }

    private func expectRefusal(of path: String) {
        expectRefusal { _ = try Ledger(reading: path) }
    }

    private func expectRefusal(_ read: () throws -> Void) {
        let thrown = #expect(throws: LedgerError.self, performing: read)
        guard case .overBudget = thrown else {
            Issue.record("\(String(describing: thrown))")
            return
        }
    }
}
