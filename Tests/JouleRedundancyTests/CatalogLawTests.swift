import Glibc
import JouleFile
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleRedundancy

/// A question to the catalog has the answer that all ledgers give.
@Suite("Catalog: laws")
struct CatalogLawTests {
    @Test("Planted runs: whatever was run, the catalog says of it what all ledgers say")
    func planted() throws {
        let folder = TemporaryDirectory()
        try PlantedRuns.generate(count: 1000, seed: 5, into: folder.path)
        try sameAnswers(of: PlantedRuns.records(in: folder.path), everyOther: 7)
    }

    @Test(
        "Runs of other people: the same",
        .disabled(if: SharedRuns.isAbsent, "no labelled runs: set JOULEBOOK_SHARED"),
        arguments: SharedRuns.sets
    )
    func others(name: String) throws {
        try sameAnswers(of: SharedRuns.records(name), everyOther: 41)
    }

    @Test("Of a search, too, the catalog says what all ledgers say")
    func sweeps() throws {
        let folder = TemporaryDirectory()
        let cache = TemporaryDirectory()
        try PlantedRuns.generate(count: 1000, seed: 3, into: folder.path)
        let planted = try PlantedRuns.records(in: folder.path)
        let (all, catalog) = try catalog(
            of: planted,
            dividedAt: planted.count / 2,
            in: folder.path,
            cache: cache.path
        )
        var verdicts: Set<SweepPlan.Verdict> = []
        for runs in Dictionary(grouping: all, by: ProgramName.init).values {
            let question = PreflightQuestion(
                project: runs[0].project,
                entry: runs[0].code?.entry,
                config: JSONObject(),
                codeTree: runs[0].code?.tree,
                dataFingerprint: runs[0].data?.fingerprint
            )
            var holder = RunRecord(starting: "holder", like: runs[0])
            holder.config = Sample.config(#"{"held": 1}"#)
            var trials = runs.prefix(15).map { $0.withSeedInConfig }
            trials += trials.map { $0.setting("nobody", to: 7) }
            trials.append(holder.withSeedInConfig)
            let isAlive = { (run: RunRecord) in
                run.id == holder.id ? Liveness.alive : Liveness(run)
            }
            let plan = try #require(
                catalog.plan(trials, asking: question, starting: [holder], liveness: isAlive)
            )
            let expected = SweepPlan(
                trials,
                asking: question,
                against: all + [holder],
                liveness: isAlive
            )
            #expect(plan.json.text() == expected.json.text())
            #expect(plan.trials.last?.verdict == .runningNow)
            verdicts.formUnion(plan.trials.map(\.verdict))
        }
        #expect(verdicts.isSuperset(of: [.known, .new, .repeated, .runningNow]), "\(verdicts)")
    }

    @Test("The catalog keeps of a run what its judgement needs")
    func kept() throws {
        let folder = TemporaryDirectory()
        try PlantedRuns.generate(count: 1000, seed: 9, into: folder.path)
        let database = try Database(folder.path + "/x", creates: true, waitMilliseconds: 0)
        try database.execute(CatalogSchema.tables)
        for run in try PlantedRuns.records(in: folder.path) {
            let bytes = try KeptRun.encode(KeptRun.reduced(run), database)
            let read = try KeptRun.decode(bytes, .database(database))
            #expect(try KeptRun.encode(read, database) == bytes, "\(run.id)")
            let course = RunCourse(run)?.encoded
            #expect(course == course.flatMap { RunCourse(decoding: $0) }?.encoded)
            #expect(ResultSummary.metrics(of: read) == ResultSummary.metrics(of: run))
            #expect(RunCost(read) == RunCost(run))
            #expect(Execution(read).ended == Execution(run).ended)
            let bits = informationBits(of: run)
            let keptBits = informationBits(of: read)
            for count in [1, 100, 1_000_000, .max] {
                let bound = CoincidenceBound(runs: count).bits
                #expect((bits >= bound) == (keptBits >= bound))
            }
        }
    }

    @Test(
        "The catalog keeps whether a meter saw a run's energy",
        arguments: [Provenance.counter, .model, nil]
    )
    func measured(provenance: Provenance?) throws {
        let folder = TemporaryDirectory()
        let database = try Database(folder.path + "/x", creates: true, waitMilliseconds: 0)
        try database.execute(CatalogSchema.tables)
        var run = Sample.run("a", "{}")
        run.energy = Energy(joules: 5)
        run.meters = (provenance.map { [$0] } ?? []).map {
            MeterDescription(
                device: DeviceID("gpu:0"),
                source: "nvml",
                provenance: $0,
                boundary: .device
            )
        }
        run.deviceEnergy = run.meters.indices.map {
            let energy = Energy(joules: 5)
            let measured = MeasuredEnergy(energy: energy, coverage: 1, uncertaintyRelative: nil)
            return DeviceEnergy(meter: $0, measured: measured)
        }
        #expect(RunCost(run).isModelled == (provenance != .counter))
        let bytes = try KeptRun.encode(KeptRun.reduced(run), database)
        #expect(RunCost(try KeptRun.decode(bytes, .database(database))) == RunCost(run))
    }

    /// Writes `runs` as two ledgers; what is read of them, and a catalog of it.
    private func catalog(
        of runs: [RunRecord],
        dividedAt place: Int,
        in folder: String,
        cache: String
    ) throws -> (all: [RunRecord], catalog: RunCatalog) {
        for (number, part) in [runs[..<place], runs[place...]].enumerated() {
            let below = "\(folder)/\(number)"
            _ = try LedgerImport.write(Array(part), into: below, kind: "records")
        }
        let catalog = RunCatalog(of: folder, rules: .none, cache: cache, filesWorthIt: 0)
        return (try LedgerDirectory(reading: folder).runs, try #require(catalog))
    }

    /// Asks for every so manieth of `runs`, as a start and as the command line do, with and without
    /// the catalog.
    private func sameAnswers(of runs: [RunRecord], everyOther step: Int) throws {
        let folder = TemporaryDirectory()
        let cache = TemporaryDirectory()
        let (all, catalog) = try catalog(
            of: runs,
            dividedAt: runs.count / 3,
            in: folder.path,
            cache: cache.path
        )
        for place in stride(from: 0, to: all.count, by: step) {
            for question in [PreflightQuestion(all[place]), Self.partial(all[place])] {
                let answer = try #require(catalog.check(question))
                let expected = Preflight.check(question, against: all)
                let (a, b) = (Self.evidence(answer), Self.evidence(expected))
                #expect(a.text() == b.text(), "\(all[place].id): \(a.text()) is not \(b.text())")
            }
        }
    }

    private static func partial(_ run: RunRecord) -> PreflightQuestion {
        PreflightQuestion(
            project: run.project,
            entry: run.code?.entry,
            config: run.config ?? JSONObject(),
            seed: run.seed,
            codeTree: run.code?.tree,
            dataFingerprint: run.data?.fingerprint
        )
    }

    /// What does not rest on the newest runs alone.
    private static func evidence(_ answer: PreflightAnswer) -> JSON {
        var object = answer.json.object ?? JSONObject()
        for name in ["explanation", "replicate_budget", "hint"] { object[name] = nil }
        if object["expected"]?["from"]?.string == "program" { object["expected"] = nil }
        return .object(object)
    }
}

extension RunRecord {
    /// One that begins now and does what another one did.
    fileprivate init(starting name: String, like other: RunRecord) {
        self.init(id: Sample.id(name), status: .running)
        project = other.project
        config = other.config
        seed = other.seed
        code = other.code
        data = other.data
        stage = other.stage
        env = other.env
    }

    /// As a search states it.
    fileprivate var withSeedInConfig: JSONObject {
        let config = config ?? JSONObject()
        return config["seed"] == nil ? config.setting("seed", to: seed ?? .null) : config
    }
}

extension JSONObject {
    fileprivate func setting(_ name: String, to value: JSON) -> JSONObject {
        var object = self
        object[name] = value
        return object
    }
}

/// Runs of the simulated laboratory of `Benchmarks/redundancy/generate`.
enum PlantedRuns {
    static func generate(count: Int, seed: Int, into folder: String) throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let command = "/\(root)/Benchmarks/redundancy/generate"
        let status = unsafe system("'\(command)' --runs \(count) --seed \(seed) -o '\(folder)'")
        try #require(status == 0)
    }

    static func records(in folder: String) throws -> [RunRecord] {
        let text = try #require(try? String(contentsOfFile: "\(folder)/records.jsonl"))
        return try text.utf8.split(separator: 0x0A).map { line in
            try RunRecord(json: JSON(parsing: Array(line)))
        }
    }
}

extension String {
    fileprivate init(contentsOfFile path: String) throws {
        guard let file = unsafe fopen(path, "r") else { throw SharedRuns.Missing(path: path) }
        defer { unsafe fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        self = String(decoding: bytes, as: UTF8.self)
    }
}

private func informationBits(of run: RunRecord) -> Double {
    var names = MetricHashes()
    return CurveReading(run, &names).informationBits
}
