import Foundation
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile

/// A ledger is read for a summary without records in between; that must come to what its records come to.
@Suite("Facts of runs")
struct RunFactsTests {
    private static let meters = [
        MeterDescription(
            device: DeviceID("gpu0"),
            source: "nvml:total_energy",
            provenance: .counter,
            boundary: .device,
            identity: "nvml:GPU-1"
        ),
        MeterDescription(
            device: DeviceID("cpu0"),
            source: "powercap:package",
            provenance: .counter,
            boundary: .device
        ),
    ]

    /// Runs that differ in all that facts are made of, plain and not.
    private static func records(_ count: Int, seed: UInt64) throws -> [RunRecord] {
        var random = SplitMix(seed: seed)
        func one(of sides: UInt64) -> Bool { random.next() % sides == 0 }
        return try (0..<count).map { number in
            let id = one(of: 40) ? "run-\(number / 2)" : "run-\(number)"
            var run = RunRecord(
                id: try #require(RunID(one(of: 50) ? "é\(number)" : id)),
                status: one(of: 5) ? .failed : one(of: 9) ? .running : .finished
            )
            if one(of: 3) { run.project = one(of: 4) ? "p \"q\"" : "vision" }
            if one(of: 3) { run.user = "ada" }
            if one(of: 3) { run.sweep = one(of: 9) ? "s\\1" : "s\(number % 4)" }
            if one(of: 2) { run.stage = one(of: 3) ? .search : .training }
            let start = 1_770_000_000 + Double(number) * 60
            if !one(of: 6) { run.started = WallTime(unixSeconds: start) }
            if !one(of: 6) { run.ended = WallTime(unixSeconds: start + Double(random.next() % 90)) }
            if !one(of: 4) { run.durationSeconds = Double(random.next() % 9000) / 7 }
            if !one(of: 4) { run.energy = Energy(joules: Double(random.next() % 100_000) / 3) }
            run.config = JSONObject(uniqueMembers: [.init(name: "a\"}{", value: ["x": "]}\\\""])])
            run.env = JSONObject(uniqueMembers: [
                .init(name: "SLURM_JOB_ID", value: .integer(Int64(number))),
                .init(name: "region", value: one(of: 5) ? .null : "FR"),
            ])
            if one(of: 3) { run.env?["JOULEBOOK_PUE"] = one(of: 2) ? .double(1.2) : .string("1.3") }
            if one(of: 9) { run.env = JSONObject() }
            if one(of: 2) {
                run.hardware = Hardware(host: "node\(number % 3)")
                run.hardware?.devices = [.init(kind: "gpu", name: "H100", count: 2)]
            }
            if one(of: 7) {
                run.process = ProcessIdentity(
                    host: "node",
                    bootID: nil,
                    pid: Int32(number + 1),
                    startTicks: nil
                )
            }
            if one(of: 8) {
                run.parents = [Parent(id: try #require(RunID("t")), relation: "distils")]
            }
            if one(of: 9) {
                run.declared = DeclaredEnergy()
                run.declared?.deviceHours = Double(number)
            }
            if one(of: 9) { run.worldSize = 2 }
            if one(of: 9) { run.extra["selected"] = one(of: 2) ? ["metric": "loss"] : .null }
            if one(of: 9) { run.extra["note"] = "é\"\\" }
            if one(of: 2) {
                run.meters = meters
                if one(of: 3) { run.meters[0] = meters[1] }
                run.deviceEnergy = run.meters.indices.prefix(one(of: 4) ? 1 : 2).map { meter in
                    let flags: UInt32 = one(of: 12) ? 1 : 0
                    return DeviceEnergy(
                        meter: meter,
                        measured: MeasuredEnergy(
                            energy: Energy(joules: Double(random.next() % 1000) / 7),
                            coverage: one(of: 2) ? 1 : 0.25,
                            uncertaintyRelative: one(of: 3) ? nil : 0.05,
                            flags: EnergyFlags(rawValue: flags)
                        )
                    )
                }
                if one(of: 8) { run.deviceEnergy = [] }
            }
            run.epochs = (0..<Int(random.next() % 5)).map { epoch in
                var record = EpochRecord(number: epoch)
                if !one(of: 4) { record.durationSeconds = Double(random.next() % 100) / 9 }
                if !one(of: 4) { record.energy = Energy(joules: Double(random.next() % 100) / 9) }
                if one(of: 3) { record.started = WallTime(unixSeconds: start + Double(epoch)) }
                record.metrics = [Metric(name: "loss", value: 1 / Double(epoch + 1))]
                return record
            }
            return run
        }
    }

    /// All that there is of one, in words.
    private func words(_ run: RunFacts) -> String {
        let frame = run.frame
        return """
            \(run.id) \(String(describing: run.sweep)) \(String(describing: run.started)) \
            \(String(describing: run.ended)) \(String(describing: run.durationSeconds)) \
            \(String(describing: run.energy)) \(run.deviceEnergy) \(run.parents) \(run.epochs) \
            \(run.status) \(String(describing: run.stage)) \(String(describing: run.project)) \
            \(String(describing: run.user)) \(String(describing: frame.hardware)) \
            \(frame.meters) \(String(describing: frame.declared)) \
            \(String(describing: frame.worldSize)) \(JSON.object(frame.env).text()) \
            \(run.isSelected)
            """
    }

    @Test("They are those of the records", arguments: UInt64(0)..<8)
    func manyRuns(seed: UInt64) throws {
        let directory = TemporaryDirectory()
        let records = try Self.records(300, seed: seed)
        _ = try LedgerImport.write(records, into: directory.path, kind: "records")
        try compare(directory.path)
    }

    @Test("Several ledgers and a copy of one are told once")
    func directories() throws {
        let directory = TemporaryDirectory()
        let records = try Self.records(600, seed: 11)
        for part in 0..<3 {
            let some = Array(records[part * 200..<(part + 1) * 200])
            let path = try #require(
                LedgerImport.write(some, into: directory.path, kind: "part\(part)").path
            )
            if part == 1 {
                try FileManager.default.copyItem(
                    atPath: path,
                    toPath: directory.path + "/copy.joule"
                )
            }
        }
        try compare(directory.path)
    }

    @Test("Their order is that of the ledgers' content, wherever these lie")
    func order() throws {
        let directory = TemporaryDirectory()
        let records = try Self.records(600, seed: 12)
        var names: [String] = []
        for part in 0..<3 {
            let some = Array(records[part * 200..<(part + 1) * 200])
            let path = try #require(
                LedgerImport.write(some, into: directory.path, kind: "part\(part)").path
            )
            names.append(path)
        }
        let before = try RunFactsFeed(reading: directory.path).runs.map(\.id)
        #expect(Set(before) == Set(records.map(\.id)) && before != before.sorted())
        for (path, name) in zip(names, ["z", "m", "a"]) {
            try FileManager.default.moveItem(
                atPath: path,
                toPath: directory.path + "/\(name).joule"
            )
        }
        #expect(try RunFactsFeed(reading: directory.path).runs.map(\.id) == before)
    }

    private func compare(_ path: String) throws {
        let whole = try LedgerDirectory(reading: path)
        let reconciled = whole.reconciled()
        var frames = RunFrames()
        let expected = reconciled.runs.sorted { $0.id < $1.id }
            .map { words(RunFacts(of: $0, &frames, keepingRecord: false)) }
        let feed = try RunFactsFeed(reading: path)
        #expect(feed.runs.count == expected.count)
        let found = feed.runs.sorted { $0.id < $1.id }.map(words)
        for (found, expected) in zip(found, expected) where found != expected {
            Issue.record("\(found)\ninstead of\n\(expected)")
            break
        }
        #expect(feed.sharing == reconciled.sharing)
        // Whichever thread read them, what is the same is one object.
        let met = feed.runs.map(\.frame)
        #expect(Set(met.map(ObjectIdentifier.init)).count == Set(met).count)
        #expect(feed.inputs == whole.inputs)
        #expect(feed.problems.count == whole.problems.count)
    }

    @Test("A directory without ledgers has no runs, and what is not there is an error")
    func nothing() throws {
        let directory = TemporaryDirectory()
        let feed = try RunFactsFeed(reading: directory.path)
        #expect(feed.runs.isEmpty && feed.problems.isEmpty)
        #expect(throws: LedgerError.self) { try RunFactsFeed(reading: directory.path + "/none") }
    }
}
