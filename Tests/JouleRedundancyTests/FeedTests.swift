import Foundation
import JouleFile
import JouleQuantities
import JouleSystem
import JouleTestSupport
import Testing

@testable import JouleRedundancy

/// An audit of a file reads runs one after the other and mostly without records in between; it must come
/// to what the audit of the records comes to.
@Suite("Audits of files")
struct FeedTests {
    /// What runs of one project differ in, plain and not.
    private static func records(_ count: Int, seed: UInt64) -> [RunRecord] {
        var generator = SplitMix(seed: seed)
        return (0..<count).map { number in
            var run = Sample.run(
                "run-\(number)",
                configuration(&generator),
                seed: .integer(Int64(number % 3))
            )
            run.project = "p\(number % 4)"
            run.sweep = number % 5 == 0 ? "s\(number % 2)" : nil
            run.user = number % 3 == 0 ? "ada" : nil
            run.started = WallTime(unixSeconds: 1_770_000_000 + Double(number) * 100)
            run.ended =
                number % 7 == 0 ? nil : WallTime(unixSeconds: 1_770_000_050 + Double(number) * 100)
            run.durationSeconds = number % 11 == 0 ? nil : 50 + Double(number % 4) / 8
            run.energy = number % 6 == 0 ? nil : Energy(joules: 1000 + Double(number % 9))
            if number % 13 == 0 { run.status = .failed }
            if number % 17 == 0 { run.tags = ["verify"] }
            if number % 19 == 0 { run.assumed = ["started", "energy_j"] }
            if number % 23 == 0 { run.extra["note"] = .string("é\"\\") }
            if number % 29 == 0 { run.extra["config_unread"] = ["width"] }
            if number % 31 == 0 { run.extra["selected"] = ["metric": "loss", "goal": "lower"] }
            let length = number % 8 == 7 ? 0 : 3 + number % 2
            for epoch in 0..<length { run.epochs.append(Self.epoch(epoch, of: number)) }
            if number % 3 != 2 {
                run.metrics = Sample.config(
                    number % 12 == 0
                        ? #"{"acc": null, "loss": \#(number % 24 == 0 ? "0.5" : "null")}"#
                        : #"{"val": {"acc": 0.12345678901234\#(number % 5)}, "time_s": 3}"#
                )
            }
            return run
        }
    }

    private static func configuration(_ generator: inout SplitMix) -> String {
        func pick(_ values: [String]) -> String {
            values[Int(generator.next() % UInt64(values.count))]
        }
        let rate = pick(["0.1", "1e-1", #""0.1""#, "0.2", "3", "-0", "1e400"].dropLast())
        let name = pick([#""a""#, #""b\u00e9""#, #""None""#, "null", "true", #""cuda:1""#])
        let more = pick([
            "", #", "a.b": 1"#, #", "a.b": 1, "a": {"b": 2}"#, #", "list": [1, {"x": []}, {}]"#,
            #", "output_dir": "o/\#(generator.next() % 9)""#, #", "wandb": {"name": "n", "id": 7}"#,
        ])
        return
            #"{"optim": {"lr": \#(rate), "device": \#(name)}, "width": \#(pick(["64", "64.0"]))\#(more)}"#
    }

    private static func epoch(_ number: Int, of run: Int) -> EpochRecord {
        var epoch = EpochRecord(number: number + 1)
        epoch.durationSeconds = run % 9 == 0 ? nil : 10.5 + Double(number)
        epoch.energy = run % 10 == 0 ? nil : Energy(joules: 300 + Double(number))
        epoch.metrics = [
            Metric(name: "loss", value: run % 37 == 0 ? .nan : 1 / Double(3 + number + run % 4)),
            Metric(name: "lr", value: 0.1),
        ]
        if run % 2 == 0 {
            epoch.metrics.append(Metric(name: "acc", value: Double(number) / 7 + Double(run % 3)))
        }
        return epoch
    }

    private func expectSame(_ feed: AuditFeed, _ directory: String) throws {
        let whole = try LedgerDirectory(reading: directory).reconciled()
        let audit = Audit(whole, liveness: { _ in .unknown })
        #expect(audit.findings.count > 50 || audit.recordCount < 50)
        let (found, expected) = (Audit(feed).json.text(), audit.json.text())
        let place = zip(found.utf8, expected.utf8).prefix { $0 == $1 }.count
        let around = [found, expected].map {
            String(decoding: $0.utf8.dropFirst(max(0, place - 80)).prefix(160), as: UTF8.self)
        }
        #expect(found == expected, "\(around)")
    }

    @Test("The audit of a ledger of many runs is that of its records", arguments: UInt64(0)..<6)
    func manyRuns(seed: UInt64) throws {
        let directory = TemporaryDirectory()
        let records = Self.records(1000, seed: seed)
        _ = try LedgerImport.write(records, into: directory.path, kind: "records")
        let feed = try AuditFeed(reading: directory.path, liveness: { _ in .unknown })
        #expect(feed.problems.isEmpty)
        try expectSame(feed, directory.path)
    }

    @Test("An audit tells each of its steps, and when it is over")
    func steps() throws {
        let directory = TemporaryDirectory()
        let records = Self.records(100, seed: 7)
        _ = try LedgerImport.write(records, into: directory.path, kind: "records")
        var told: [Int] = []
        _ = Audit(try AuditFeed(reading: directory.path)) { done, total in
            #expect(total == Audit.steps)
            told.append(done)
        }
        #expect(told == Array(0...Audit.steps))
    }

    @Test("Plain documents are read without records, and only those are not")
    func plainDocuments() throws {
        let directory = TemporaryDirectory()
        var records = Self.records(200, seed: 1)
        for number in records.indices { records[number].extra = JSONObject() }
        records[7].extra["note"] = "other"
        let path = try #require(
            LedgerImport.write(records, into: directory.path, kind: "records").path
        )
        var maker = AuditedRun.Maker(.shipped, liveness: { _ in .unknown })
        var reader = BatchReader(.shipped)
        var asked: [RunID] = []
        _ = try RunFeed(reading: path) { piece, _ in
            guard case .batch(let batch) = piece else {
                Issue.record("a ledger of many runs was read as a whole")
                return
            }
            maker.runs(of: reader.read(batch), fail: { Issue.record("\($0)") }) { run, record in
                if record != nil { asked.append(run.id) }
            }
        }
        #expect(asked.contains(records[7].id))
        // A run that does not say how long it took, or whose configuration takes a real parser.
        #expect(asked.count < 80, "\(asked.count) of 200 took a record")
    }

    @Test("However far the reading is ahead, the runs are the same")
    func ahead() throws {
        let directory = TemporaryDirectory()
        // A block of documents has a megabyte.
        let records = Self.records(8000, seed: 5)
        let path = try #require(
            LedgerImport.write(records, into: directory.path, kind: "records").path
        )
        var batches: [RunBatch] = []
        _ = try RunFeed(reading: path) { piece, _ in
            if case .batch(let batch) = piece { batches.append(batch) }
        }
        #expect(batches.count > 2)
        /// Everything of the runs, where `ahead` batches are read before one is taken.
        func runs(_ ahead: Int) -> [[UInt64]] {
            var maker = AuditedRun.Maker(.shipped, liveness: { _ in .unknown })
            var reader = BatchReader(.shipped)
            var waiting: [ReadBatch] = []
            var found: [[UInt64]] = []
            func take(_ count: Int) {
                for batch in waiting.prefix(count) {
                    maker.runs(of: batch, fail: { Issue.record("\($0)") }) { run, _ in
                        found.append(run.ordinals)
                    }
                }
                waiting.removeFirst(min(count, waiting.count))
            }
            for batch in batches {
                // Whoever reads the rows.
                waiting.append(reader.read(batch, rows: waiting.count.isMultiple(of: 2)))
                if waiting.count > ahead { take(1) }
            }
            take(.max)
            return found
        }
        let lockstep = runs(0)
        #expect(lockstep.count == records.count)
        #expect(runs(2) == lockstep)
        #expect(runs(.max) == lockstep)
    }

    @Test("Damage in the midst is told with its place, and the rest is audited", arguments: 0..<4)
    func damaged(part: Int) throws {
        let directory = TemporaryDirectory()
        let path = try #require(
            LedgerImport.write(Self.records(1000, seed: 6), into: directory.path, kind: "records")
                .path
        )
        var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
        bytes[bytes.count * (2 + part) / 7] ^= 0x55
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let feed = try AuditFeed(reading: directory.path, liveness: { _ in .unknown })
        let whole = try LedgerDirectory(reading: directory.path)
        #expect(!feed.problems.isEmpty)
        #expect(feed.problems.map(\.message) == whole.problems.map(\.message))
        #expect(feed.runs.count == whole.runs.count)
    }

    @Test("What was said of a run after the import counts")
    func annotated() throws {
        let directory = TemporaryDirectory()
        let records = Self.records(200, seed: 4)
        let path = try #require(
            LedgerImport.write(records, into: directory.path, kind: "records").path
        )
        var annotation = RunAnnotation()
        annotation.append["tags"] = ["verify"]
        try annotation.append(to: path, run: records[9].id)
        var later: [RunID] = []
        let reading = try RunFeed(reading: path) { piece, _ in
            guard case .batch(let batch) = piece else {
                Issue.record("an annotated ledger was read as a whole")
                return
            }
            for place in 0..<batch.count where batch.isAnnotated(place) {
                guard let run = try? batch.record(place) else { continue }
                later.append(run.id)
                #expect(run.tags.contains("verify"))
            }
        }
        #expect(reading.problems.isEmpty)
        #expect(later == [records[9].id])
        try expectSame(
            AuditFeed(reading: directory.path, liveness: { _ in .unknown }),
            directory.path
        )
    }

    @Test("Runs of one name in several ledgers are one run")
    func entangled() throws {
        let directory = TemporaryDirectory()
        let records = Self.records(300, seed: 2)
        let folders = ["a", "b"].map { "\(directory.path)/\($0)" }
        _ = try LedgerImport.write(records, into: folders[0], kind: "records")
        var again = Array(records[100..<200])
        for number in again.indices { again[number].tags.append("second") }
        _ = try LedgerImport.write(again, into: folders[1], kind: "records")
        let feed = try AuditFeed(reading: directory.path, liveness: { _ in .unknown })
        #expect(feed.runs.count == 300)
        try expectSame(feed, directory.path)
    }

    @Test("Two runs that read one meter at one time have each a part of it")
    func sharedMeter() throws {
        let directory = TemporaryDirectory()
        var records = Self.records(100, seed: 3)
        for number in [40, 41] {
            records[number].meters = [
                MeterDescription(
                    device: DeviceID("gpu:0"),
                    source: "nvml",
                    provenance: .counter,
                    boundary: .device,
                    identity: "GPU-1"
                )
            ]
            records[number].started = WallTime(unixSeconds: 1_770_000_000)
            records[number].ended = WallTime(unixSeconds: 1_770_000_100)
            records[number].assumed = []
            records[number].energy = Energy(joules: 100)
            records[number].deviceEnergy = [
                DeviceEnergy(
                    meter: 0,
                    measured: MeasuredEnergy(
                        energy: Energy(joules: 100),
                        coverage: 1,
                        uncertaintyRelative: nil
                    )
                )
            ]
        }
        _ = try LedgerImport.write(records, into: directory.path, kind: "records")
        let feed = try AuditFeed(reading: directory.path, liveness: { _ in .unknown })
        #expect(Audit(feed).shared.items.count == 2)
        try expectSame(feed, directory.path)
    }

    @Test("What lies in a file is what was put into the store", arguments: [0, 100, 1 << 20])
    func details(room: Int) {
        let store = DetailStore(tailMax: room)
        var generator = SplitMix(seed: UInt64(room))
        let all = (0..<200).map { number in
            RunDetails(
                prefixes: (0..<number % 7).map { _ in generator.next() },
                epochs: (0..<number % 5).map {
                    .init(number: $0 - 1, joules: number % 2 == 0 ? nil : 1.5, seconds: 0)
                },
                checkpoints: number % 3 == 0 ? nil : Array(0..<number % 4),
                arguments: number % 4 == 0 ? nil : "é\(number)",
                leaves: (0..<number % 9).map { UInt32($0) },
                ignored: (0..<number % 4).map { Array(repeating: 7, count: $0 * number) },
                unread: number % 10 == 0 ? [3] : [],
                isConfigured: true
            )
        }
        let places = all.map(store.add)
        for (details, place) in zip(all, places) { #expect(store[place].bytes == details.bytes) }
        #expect(RunDetails(all[12].bytes).arguments == all[12].arguments)
    }

    @Test("Byte strings keep their places", arguments: UInt64(0)..<3)
    func byteTable(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        var table = ByteTable()
        var places: [[UInt8]: UInt32] = [:]
        for _ in 0..<5000 {
            let key = (0..<generator.next() % 20).map { _ in UInt8(generator.next() % 3) }
            let (place, isNew) = table.place(of: key)
            #expect(isNew == (places[key] == nil))
            #expect(places[key, default: place] == place)
            places[key] = place
            #expect(Array(table[place]) == key)
        }
        #expect(table.count == places.count)
    }

    @Test("Byte strings have the same places one by one and together", arguments: UInt64(0)..<3)
    func byteTableTogether(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        var (single, together) = (ByteTable(), ByteTable())
        for count in [0, 1, 3, 700, 2, 4000] {
            let keys = (0..<count).map { _ in
                (0..<generator.next() % 9).map { _ in UInt8(generator.next() % 3) }
            }
            var end = 0
            let ends = keys.map { key in
                end += key.count
                return end
            }
            #expect(
                together.places(of: Array(keys.joined()), ends)
                    == keys.map { single.place(of: $0).place }
            )
            #expect(together.count == single.count)
        }
    }

    @Test("Runs of a file have the keys of their records", arguments: UInt64(0)..<3)
    func keys(seed: UInt64) {
        // None has ended, so that nothing is learnt of their results.
        let records = Self.records(300, seed: seed).map { record in
            var record = record
            record.status = .failed
            return record
        }
        var maker = AuditedRun.Maker(.shipped, liveness: { _ in .unknown })
        let runs = records.map { maker.run($0) }
        let programs = Dictionary(grouping: runs.indices.map { Int32($0) }) {
            runs[Int($0)].setting.program
        }
        let bound = CoincidenceBound(runs: runs.count)
        var many = KeyMaker(maker.vocabulary)
        _ = many.makeKeys(of: runs, Array(programs.values), bound: bound, on: Workers(count: 2))
        var single = KeyMaker(learning: records, roles: .shipped)
        for (run, record) in zip(runs, records) {
            guard let keys = run.keys else {
                #expect(record.config?.isEmpty ?? true)
                continue
            }
            let other = single.keys(of: record)
            #expect(many.recipeIdentity(of: keys) == single.recipeIdentity(of: other))
            #expect(keys.exact == other.exact)
        }
    }
}
