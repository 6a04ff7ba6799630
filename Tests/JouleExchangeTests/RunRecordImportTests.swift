import FoundationEssentials
import JouleFile
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleExchange

@Suite("Import of run records")
struct RunRecordImportTests {
    private func read(_ bytes: [UInt8]) throws -> [RunRecord] {
        try reading(bytes, as: "records.jsonl") { try RunRecordImport.read(path: $0) }
    }

    private func read(_ text: String) throws -> [RunRecord] { try read(Array(text.utf8)) }

    private func message(_ text: String) -> String { words(ofErrorIn: { try read(text) }) }

    @Test("Records come in the order of their lines, empty lines aside")
    func order() throws {
        let records = try read("{\"run_id\":\"b\"}\n\n  \n{\"run_id\":\"a\",\"energy_j\":5}\n")
        #expect(records.map(\.id.description) == ["b", "a"])
        #expect(records[1].energy?.joules == 5 && records[0].energy == nil)
    }

    @Test(
        "A byte order mark, CR LF and a missing last newline are accepted",
        arguments: ["\u{FEFF}", ""],
        ["\n", "\r\n"]
    )
    func tolerance(mark: String, end: String) throws {
        let text = mark + "{\"run_id\":\"a\"}" + end + "{\"run_id\":\"b\"}"
        #expect(try read(text).map(\.id.description) == ["a", "b"])
    }

    @Test(
        "A bad line is named by its number, field and reason",
        arguments: [
            ("{\"run_id\":\"x\",\"energy_j\":-1}", "field energy_j: "),
            ("{\"run_id\":\"x\",\"energy_j\":\"many\"}", "field energy_j: "),
            ("{\"run_id\":\"x\",\"energy_j\":NaN}", "field energy_j: "),
            ("{\"run_id\":\"x\",\"stage\":\"cooking\"}", "field stage: "),
            ("{\"run_id\":\"x\",\"epochs\":[{\"epoch\":1},{}]}", "field epochs[1].epoch: "),
            ("{\"run_id\":\"x\",\"epochs\":7}", "field epochs: "),
            ("{\"run_id\":\"\"}", "field run_id: "),
            ("{\"project\":\"p\"}", "field run_id: "),
            ("{\"run_id\":\"x\"", "not JSON: "),
            ("{\"run_id\":\"x\",\"run_id\":\"y\"}", "not JSON: duplicate name"),
            ("[]", "an object"),
            ("7", "an object"),
            ("nonsense", "not JSON: "),
        ]
    )
    func badLine(line: String, expected: String) {
        let text = message("{\"run_id\":\"a\"}\n\n\(line)\n{\"run_id\":\"b\"}\n")
        #expect(text.contains("records.jsonl: line 3: ") && text.contains(expected), "\(text)")
    }

    @Test("A run with more metrics than a ledger has columns is refused with their number")
    func manyMetrics() throws {
        func record(_ count: Int) -> String {
            let metrics = (0..<count).map { "\"m\($0)\":1" }.joined(separator: ",")
            return "{\"run_id\":\"x\",\"epochs\":[{\"epoch\":1,\"metrics\":{\(metrics)}}]}"
        }
        #expect(try read(record(LedgerImport.metricsMax)).count == 1)
        let text = message(record(LedgerImport.metricsMax + 1))
        #expect(text.contains("records.jsonl: line 1: field epochs: 4001 metrics"), "\(text)")
    }

    @Test("A string that is not UTF-8 is refused on its line")
    func notUTF8() {
        let bytes =
            Array("{\"run_id\":\"a\"}\n{\"run_id\":\"".utf8) + [0xC3, 0x28] + Array("\"}".utf8)
        #expect {
            try read(bytes)
        } throws: { error in
            if case .badLine(_, 2, "", _)? = error as? ExchangeError { true } else { false }
        }
    }

    @Test("Two lines of one run are refused with both numbers")
    func duplicate() {
        let text = message("{\"run_id\":\"a\"}\n{\"run_id\":\"b\"}\n\n{\"run_id\":\"a\"}\n")
        #expect(
            text.contains("line 4: ") && text.contains("'a'") && text.contains("line 1 already")
        )
    }

    @Test(
        "What is no file of records at all is one clear error",
        arguments: [
            ([], "is empty"), ([0x0A, 0x0A], "no run records"),
            ([0x1F, 0x8B, 8, 0, 0], "gunzip"), ([0x7F, 0x45, 0x4C, 0x46, 0, 1], "binary"),
        ] as [([UInt8], String)]
    )
    func noRecords(bytes: [UInt8], expected: String) {
        #expect {
            try read(bytes)
        } throws: { error in
            guard case .unreadable(_, let reason)? = error as? ExchangeError else { return false }
            return reason.contains(expected)
        }
    }

    @Test("A directory, a missing file and a device of zeros are one clear error each")
    func notAFile() {
        let directory = TemporaryDirectory()
        for path in [directory.path, directory.path + "/none", "/dev/zero"] {
            #expect {
                try RunRecordImport.read(path: path)
            } throws: { error in
                if case .unreadable(path, _)? = error as? ExchangeError { true } else { false }
            }
        }
    }

    @Test("A line that crosses the chunks of reading arrives whole", arguments: [-1, 0, 1, 70_000])
    func chunks(offset: Int) throws {
        let size = (1 << 20) + offset
        let filler = String(repeating: "x", count: size)
        let text = "{\"run_id\":\"a\",\"note\":\"\(filler)\"}\r\n{\"run_id\":\"b\"}\n"
        let records = try read(text)
        #expect(records.count == 2)
        #expect(records[0].extra["note"]?.string?.utf8.count == size)
    }

    @Test("A line longer than the bound is refused instead of filling the memory")
    func longLine() throws {
        let directory = TemporaryDirectory()
        let path = directory.path + "/long.jsonl"
        let text = "{}\n" + String(repeating: " ", count: 3 << 20)
        try Data(text.utf8).write(to: URL(filePath: path))
        let outcome = linesRead(path, lineSizeBytesMax: 1 << 20)
        #expect(outcome.lines == ["{}"])
        guard case .badLine(_, 2, "", _)? = outcome.error else {
            Issue.record("\(String(describing: outcome.error))")
            return
        }
    }

    private func linesRead(
        _ path: String,
        lineSizeBytesMax: Int
    ) -> (lines: [String], error: ExchangeError?) {
        var lines: [String] = []
        do throws(ExchangeError) {
            var reader = try LineReader.opening(path, lineSizeBytesMax: lineSizeBytesMax)
            while let line = try reader.next() {
                lines.append(String(decoding: line, as: UTF8.self))
            }
            return (lines, nil)
        } catch {
            return (lines, error)
        }
    }

    @Test("What is read, written and read again is the same", arguments: 0..<50)
    func roundTrip(seed: UInt64) throws {
        let lines = RecordText.lines(seed: seed, count: 4)
        let first = try read(lines.joined(separator: "\n"))
        let again = try read(first.map { $0.json.text() }.joined(separator: "\n"))
        #expect(first == again, "seed \(seed)")
    }

    @Test("A record with one byte changed is read or refused and never traps", arguments: 0..<100)
    func mutation(seed: UInt64) throws {
        var bytes = Array(RecordText.lines(seed: seed, count: 2).joined(separator: "\n").utf8)
        let mixed = (seed &+ 1) &* 0x9E37_79B9_7F4A_7C15
        let place = Int((mixed >> 24) % UInt64(bytes.count))
        let value = UInt8(truncatingIfNeeded: mixed >> 16)
        bytes[place] = value
        do {
            _ = try read(bytes)
        } catch is ExchangeError {
            // Refusing is right, whatever the reason.
        } catch {
            Issue.record("seed \(seed), byte \(place) = \(value): \(error)")
        }
    }
}

/// Lines with most fields of a run record, varied by a seed.
enum RecordText {
    static func lines(seed: UInt64, count: Int) -> [String] {
        (0..<count).map { number in
            let value = Double((seed &* 2_654_435_761 &+ UInt64(number) &* 97) % 100_000) / 7
            return """
                {"run_id":"r\(seed)-\(number)","project":"p","stage":"training",\
                "status":"finished","tags":["é","b"],"started":\(1.7e9 + value),\
                "config":{"lr":0.1,"nested":{"on":true,"none":null}},"seed":\(number),\
                "code":{"entry":"train.py","dirty":false},"data":{"name":"digits"},\
                "hardware":{"host":"h","devices":[{"kind":"gpu","name":"H200","count":8}]},\
                "epochs":[{"epoch":1,"metrics":{"loss":\(value)},"duration_s":2.5,\
                "energy_j":\(value)}],"metrics":{"val":{"acc":0.5}},"duration_s":10,\
                "energy_j":\(value),"parents":[{"run_id":"base","relation":"distils"}],\
                "declared":{"energy_kwh":1.5,"boundary":"it","note":"kept"},"unknown":[1,2.0]}
                """
        }
    }
}
