import JouleExchange
import JouleFile
import JouleFormat
import JouleQuantities
import JouleTestSupport
import Testing

/// Columns and texts that only other writers make, and none may get lost.
@Suite("Exported columns")
struct ExportedColumnTests {
    /// A ledger of epochs with these metrics, three rows of them.
    private func ledger(
        _ path: String,
        id: UInt8,
        _ metrics: [(String, ColumnType, ColumnValues)],
        run: String = "run"
    ) throws {
        let header = FileHeader(fileID: Array(repeating: id, count: 16), createdNS: 1)
        var appender = try LedgerAppender(creating: path, header: header)
        let record = #"{"run":0,"set":{"run_id":"\#(run)","process":{"host":"a","pid":1}}}"#
        try appender.append(meta: [Array(record.utf8)])
        let fixed = TableSchema.standard.first { $0.id == TableID.epochs }?.columns.count ?? 0
        var columns: [UInt16: ColumnValues] = [
            0: ColumnValues(words: [0, 0, 0]), 1: ColumnValues(words: [0, 1, 2]),
        ]
        for (place, (name, type, values)) in metrics.enumerated() {
            let number = UInt16(fixed + place)
            let column = ColumnDefinition(name, type, role: .metric)
            appender.define(column, number: number, table: TableID.epochs)
            columns[number] = values
        }
        try appender.append(columns: columns, rows: 3, table: TableID.epochs)
        try appender.close()
    }

    private func numbers(_ values: [Double]) -> ColumnValues {
        ColumnValues(words: values.map(\.bitPattern))
    }

    /// Every column behind the fixed ones, as text.
    private func exported(_ path: String) throws -> [String: [String]] {
        var export = try TableExport(of: path, ExportRequest(.epochs))
        var found: [String: [String]] = [:]
        let fixed = ExportTable.epochs.columns.count
        while let batch = try export.next() {
            for (column, values) in zip(export.columns, batch.columns).dropFirst(fixed) {
                for row in 0..<batch.count {
                    found[column.name, default: []].append(spelling(of: values, row))
                }
            }
        }
        #expect(export.problems.isEmpty)
        return found
    }

    private func spelling(of values: TableValues, _ row: Int) -> String {
        guard values.hasValue(row) else { return "null" }
        return switch values.kind {
        case .text: values.text(row)
        case .number: "\(Double(bitPattern: values.words[row]))"
        default: "\(Int64(bitPattern: values.words[row]))"
        }
    }

    @Test("Of columns with one name, each is there under a name of its own")
    func sameNames() throws {
        let directory = TemporaryDirectory()
        try ledger(
            directory.path + "/a.joule",
            id: 1,
            [
                ("loss", .float64, numbers([1, 2, 3])), ("loss", .float64, numbers([4, 5, 6])),
                ("loss.2", .float64, numbers([7, 8, 9])), ("epoch", .float64, numbers([1, 1, 1])),
                ("metrics.epoch", .float64, numbers([2, 2, 2])),
                ("loss", .string, ColumnValues(strings: ["x", "", "z"])),
                ("a\0b", .float64, numbers([3, 3, 3])),
            ]
        )
        let found = try exported(directory.path)
        #expect(
            found == [
                "loss": ["1.0", "2.0", "3.0"], "loss.2": ["4.0", "5.0", "6.0"],
                "loss.2.2": ["7.0", "8.0", "9.0"], "metrics.epoch": ["1.0", "1.0", "1.0"],
                "metrics.epoch.2": ["2.0", "2.0", "2.0"], "loss.3": ["x", "", "z"],
                "a\u{FFFD}b": ["3.0", "3.0", "3.0"],
            ]
        )
    }

    @Test("Whole numbers of one ledger and fractions of another one share a column")
    func kinds() throws {
        let directory = TemporaryDirectory()
        let whole = ColumnValues(words: [1, UInt64(bitPattern: -2), 3])
        try ledger(directory.path + "/a.joule", id: 1, [("loss", .int64, whole)])
        #expect(try exported(directory.path) == ["loss": ["1", "-2", "3"]])
        try ledger(
            directory.path + "/b.joule",
            id: 2,
            [("loss", .float64, numbers([0.5, 1, 2]))],
            run: "other"
        )
        let both = ["1.0", "-2.0", "3.0", "0.5", "1.0", "2.0"]
        #expect(try exported(directory.path) == ["loss": both])
        var request = ExportRequest(.epochs)
        request.conditions = [try ExportRequest.Condition(parsing: "loss>0.75")]
        var export = try TableExport(of: directory.path, request)
        #expect(try export.next()?.count == 4)
    }

    @Test("Letters that are put together otherwise are other texts and other names")
    func exactTexts() throws {
        let directory = TemporaryDirectory()
        let (one, two) = ("\u{E9}", "e\u{301}")
        #expect(one == two)
        let texts = ColumnValues(strings: [one, two, one])
        try ledger(
            directory.path + "/a.joule",
            id: 1,
            [(one, .string, texts), (two, .float64, numbers([1, 2, 3]))]
        )
        var request = ExportRequest(.epochs)
        request.columns = [one, two]
        var export = try TableExport(of: directory.path, request)
        #expect(export.columns.map { Array($0.name.utf8) } == [Array(one.utf8), Array(two.utf8)])
        let batch = try #require(try export.next())
        let found = (0..<3).map { Array(batch.columns[0].text($0).utf8) }
        #expect(found == [Array(one.utf8), Array(two.utf8), Array(one.utf8)])
        #expect(batch.columns[1].words == [1.0, 2, 3].map(\.bitPattern))
    }

    @Test("A long text in every row comes in batches that an Arrow reader can take")
    func longTexts() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/a.joule"
        var appender = try LedgerAppender(creating: path, header: FileHeader(createdNS: 1))
        let source = String(repeating: "x", count: 40_000)
        let meter = """
            {"device":"cpu:0","source":"\(source)","provenance":"counter","boundary":"device"}
            """
        let record = #"{"run":0,"set":{"run_id":"run","meters":[\#(meter)]}}"#
        try appender.append(meta: [Array(record.utf8)])
        let rows = 2000
        let column = ColumnValues(words: Array(repeating: 0, count: rows))
        let columns = Dictionary(uniqueKeysWithValues: (0..<5).map { (UInt16($0), column) })
        try appender.append(columns: columns, rows: rows, table: TableID.telemetry)
        try appender.close()
        var request = ExportRequest(.telemetry)
        request.columns = ["source", "device"]
        var export = try TableExport(of: path, request)
        var found = 0
        while let batch = try export.next() {
            found += batch.count
            let buffers = batch.columns[0].arrowBuffers()
            #expect(buffers[2]?.count == batch.count * source.utf8.count)
            #expect(batch.count * source.utf8.count <= 64 << 20)
            #expect(batch.columns[1].text(0) == "cpu:0")
        }
        #expect(found == rows)
    }

    @Test("Bits that say which rows have a value are those of the rows, however they are added")
    func nulls() {
        var random = SplitMix(seed: 11)
        for _ in 0..<200 {
            var values = TableValues(.integer)
            var expected: [Bool] = []
            while expected.count < 300 {
                let count = Int(random.next() % 40)
                let hasValue = random.next() % 2 == 0
                for row in 0..<count where hasValue { values.append(word: UInt64(row)) }
                if !hasValue { values.appendNull(count: count) }
                expected += Array(repeating: hasValue, count: count)
            }
            #expect(expected.indices.allSatisfy { values.hasValue($0) == expected[$0] })
            #expect(values.nullCount == expected.filter { !$0 }.count)
            #expect(values.count == expected.count)
        }
    }
}

/// Times as people and programs write them.
@Suite("Times in text")
struct TimestampTests {
    @Test("What is spelt reads back, to the nanosecond")
    func roundTrip() {
        var random = SplitMix(seed: 3)
        let special: [Int64] = [.min, .max, 0, -1, 1, -1_000_000_000, 999_999_999]
        for time in special + (0..<2000).map({ _ in Int64(bitPattern: random.next()) }) {
            var bytes: [UInt8] = []
            Timestamp.append(time, to: &bytes)
            #expect(Timestamp.nanoseconds(String(decoding: bytes, as: UTF8.self)) == time)
        }
    }

    @Test(
        "ISO 8601 with and without fractions and zones",
        arguments: [
            ("1970-01-01", 0), ("1970-01-02", 86_400_000_000_000),
            ("1970-01-01T00:00:01Z", 1_000_000_000), ("1970-01-01 00:01Z", 60_000_000_000),
            ("1970-01-01T00:00:00.5Z", 500_000_000), ("1970-01-01t00:00:00,25z", 250_000_000),
            ("1970-01-01T01:00:00+01:00", 0), ("1969-12-31T19:00:00-0500", 0),
            ("2000-02-29T00:00:00Z", 951_782_400_000_000_000),
            ("1970-01-01T00:00:00.0000000019Z", 1),
        ] as [(String, Int64)]
    )
    func accepted(text: String, time: Int64) {
        #expect(Timestamp.nanoseconds(text) == time)
    }

    @Test(
        "What is no instant is none",
        arguments: [
            "", "1970", "1970-1-1", "1970-02-29", "1970-13-01", "1970-00-01", "1970-01-00",
            "1970-01-01T00:00:00", "1970-01-01T24:00:00Z", "1970-01-01T00:60:00Z",
            "1970-01-01T00:00:61Z", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00Zz",
            "1970-01-01T00:00:00+1", "1970-01-01T00:00:00+24:00", "9999-01-01", "0001-01-01",
            "1900-02-29", "1970-01-01T", "１970-01-01",
        ]
    )
    func refused(text: String) {
        #expect(Timestamp.nanoseconds(text) == nil)
    }
}
