import FoundationEssentials
import Glibc
import JouleFile
import JouleMeters
import JouleQuantities
import JouleTestSupport
import Joulebook
import Testing

@Suite("Run")
struct RunTests {
    @Test("What a training loop logs is read back bit for bit")
    func loop() throws {
        let directory = TemporaryDirectory()
        let run = try Run.start(
            project: "digits",
            config: ["optim": ["lr": 0.1, "token": "abc"], "seed": 7],
            stage: .training,
            options: options(directory.path, dataFingerprint: "sha256:ab"),
            environment: ProcessEnvironment(["OMP_NUM_THREADS": "2", "JOULEBOOK_REGION": "FR"]),
            meters: { _ in .none }
        )
        var written: [[UInt64]] = []
        let values = [
            0.1, .nan, -.infinity, -0.0, .leastNonzeroMagnitude,
            Double(bitPattern: 0x7FF8_0000_0000_0007),
        ]
        for number in 1...values.count {
            let epoch = run.beginEpoch(number)
            for step in 0..<3 { run.log(step: step, ["loss": values[number - 1], "lr": 0.5]) }
            epoch.phase("validation").end()
            epoch.log(["loss": 99, "accuracy": 0.25])
            epoch.end(["loss": values[number - 1]])
            written.append([values[number - 1].bitPattern, 0.25.bitPattern])
        }
        run.tag("baseline", "baseline")
        run.parent("other", relation: "distils")
        run.parent("", relation: "distils")
        #expect(run.warnings.count == 1)
        try run.finish(metrics: ["test": ["accuracy": 0.5]])
        try run.finish(status: .failed)

        let record = try readBack(run)
        #expect(record.id == run.id)
        #expect(record.status == .finished)
        #expect(record.project == "digits" && record.stage == .training)
        #expect(
            record.config
                == (["optim": ["lr": 0.1, "token": "[redacted]"], "seed": 7] as JSON).object
        )
        #expect(record.seed == 7)
        #expect(record.data?.fingerprint == "sha256:ab")
        #expect(record.env?["OMP_NUM_THREADS"] == "2" && record.env?["JOULEBOOK_REGION"] == "FR")
        #expect(record.env?["python"] == "3.12.1")
        #expect(record.extra["argv"] == ["train.py", "--token", "[redacted]"])
        #expect(record.code?.entry == "train.py")
        #expect(record.process?.pid == getpid())
        #expect(record.hardware?.host == record.process?.host)
        #expect(record.hardware?.devices.first?.kind == "cpu")
        #expect((record.extra["overhead"]?["start_cpu_s"]?.double ?? 0) > 0)
        #expect(record.tags == ["baseline"])
        #expect(record.parents.map(\.relation) == ["distils"])
        #expect(record.metrics == (["test": ["accuracy": 0.5]] as JSON).object)
        #expect(record.drops == nil)
        #expect(record.stepCount == 3 * values.count)
        #expect(record.epochs.map(\.number) == Array(1...values.count))
        for (epoch, bits) in zip(record.epochs, written) {
            let found = Dictionary(epoch.metrics.map { ($0.name, $0.value.bitPattern) }) { $1 }
            #expect([found["loss"], found["accuracy"]] == bits)
            #expect(epoch.phases.map(\.name) == ["validation"])
            #expect((epoch.durationSeconds ?? -1) >= 0)
        }
    }

    @Test("The durability is what was asked, else what the environment says, else ring")
    func durability() throws {
        let directory = TemporaryDirectory()
        let variable = ["JOULEBOOK_DURABILITY": "none"]
        var asked = options(directory.path)
        // Not by `finishAll`, which would end what other tests log at the same time.
        let standard = try start(options: asked)
        #expect(standard.durability == .ring)
        try standard.finish()
        let named = try start(options: asked, environment: variable)
        #expect(named.durability == Durability.none)
        try named.finish()
        asked.durability = .every
        let run = try start(options: asked, environment: variable)
        #expect(run.durability == .every)
        run.beginEpoch(1).end(["loss": 1])
        try run.finish()
        #expect(try readBack(run).extra["durability"] == "every")
        asked.durability = nil
        asked.isQuiet = true
        let mistyped = try start(options: asked, environment: ["JOULEBOOK_DURABILITY": "epochs"])
        #expect(mistyped.durability == .ring)
        #expect(
            mistyped.warnings == [
                "JOULEBOOK_DURABILITY must be one of none, ring, epoch, every, not \"epochs\"; "
                    + "ring is used"
            ]
        )
        try mistyped.finish()
    }

    @Test("Energy of run, epochs and phases is what the meters drew in that time")
    func energy() throws {
        let directory = TemporaryDirectory()
        let run = try start(in: directory.path, meters: { _ in .fake })
        for number in 1...3 {
            let epoch = run.beginEpoch(number)
            let phase = epoch.phase("validation")
            usleep(20_000)
            phase.end()
            epoch.end(["loss": 1])
        }
        try run.finish()
        let record = try readBack(run)
        #expect(
            record.meters.map(\.device.description) == [
                "cpu:0/package", "cpu:0/core", "cpu:0/dram",
            ]
        )
        #expect(record.extra["absent_meters"]?.array?.first?["source"] == "nvml")
        // Package and memory add up; the core is inside the package.
        let watts = 120.0
        for epoch in record.epochs {
            let seconds = try #require(epoch.durationSeconds)
            #expect(isNear(epoch.energy, watts * seconds, within: seconds * watts * 0.02))
            #expect(epoch.deviceEnergy.count == 3)
            let phase = try #require(epoch.phases.first)
            let part = try #require(phase.durationSeconds)
            let package = try #require(phase.deviceEnergy.first { $0.meter == 0 })
            #expect(isNear(package.measured.energy, 100 * part, within: part * 2))
            #expect(part <= seconds)
        }
        let whole = try #require(record.durationSeconds)
        #expect(isNear(record.energy, watts * whole, within: whole * watts * 0.02))
        let epochs = record.epochs.compactMap(\.energy?.joules).reduce(0, +)
        #expect(epochs <= (record.energy?.joules ?? 0) * 1.000001)
    }

    @Test("Energies that there is no room to measure are losses")
    func windowsRefused() throws {
        let directory = TemporaryDirectory()
        let meter = FakeMeter("cpu:0/package", watts: 100)
        let inventory = MeterInventory(meters: [meter], absent: [])
        let run = try start(in: directory.path, meters: { _ in inventory })
        let epoch = run.beginEpoch(1)
        // Run and epoch are two of the 4096 windows that are measured.
        let phases = (0..<4100).map { epoch.phase("part \($0)") }
        for phase in phases { phase.end() }
        epoch.end(["loss": 1])
        #expect(throws: RunError.self) { try run.finish() }
        let record = try readBack(run)
        #expect(record.drops.map(JSON.object) == ["energy": ["ring_full": 6]])
        let kept = try #require(record.epochs.first)
        #expect(kept.phases.count == 4100)
        #expect(kept.phases.count { $0.deviceEnergy.isEmpty } == 6)
    }

    @Test("Of two values under one name the later counts, in steps as in epochs")
    func later() throws {
        let directory = TemporaryDirectory()
        let run = try start(in: directory.path)
        run.log(step: 1, ["loss": 10, "other": 3, "loss": 20])
        run.beginEpoch(1).end(["loss": 10, "loss": 20])
        let path = try #require(run.path)
        let live = try Ledger.steps(reading: path)
        #expect(live.first?.metrics.first == Metric(name: "loss", value: 20), "of a live run")
        try run.finish()
        #expect(try Ledger.steps(reading: path).map(\.metrics) == live.map(\.metrics))
        #expect(try readBack(run).epochs.first?.metrics == [Metric(name: "loss", value: 20)])
    }

    private func isNear(_ energy: Energy?, _ joules: Double, within: Double) -> Bool {
        energy.map { abs($0.joules - joules) <= within } ?? false
    }

    @Test("Two threads that log at once lose nothing and mix nothing")
    func threads() throws {
        let directory = TemporaryDirectory()
        let run = try start(in: directory.path)
        let rowsEach: Int64 = 2_000
        let workers = (0..<4).map { worker in
            Worker {
                for step in 0..<rowsEach {
                    run.log(step: Int(step), ["w\(worker)": Double(step), "both": Double(worker)])
                }
                let epoch = run.beginEpoch(worker)
                epoch.end(["loss": Double(worker)])
            }
        }
        for worker in workers { worker.join() }
        try run.finish()
        let record = try readBack(run)
        #expect(record.drops == nil)
        #expect(Set(record.epochs.map(\.number)) == [0, 1, 2, 3])
        #expect(record.epochs.allSatisfy { $0.metrics.first?.value == Double($0.number) })
    }

    @Test("Disabled, a run accepts everything and leaves nothing behind")
    func disabled() throws {
        let directory = TemporaryDirectory()
        let root = "\(directory.path)/ledgers"
        let run = try start(in: root, environment: ["JOULEBOOK_DISABLED": "1"])
        exercise(run)
        #expect(run.path == nil && !run.isRecording && run.warnings.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: root))
    }

    @Test("Where no ledger can be made, training goes on with one warning")
    func unwritable() throws {
        let directory = TemporaryDirectory()
        try Data().write(to: URL(filePath: "\(directory.path)/file"))
        let run = try start(in: "\(directory.path)/file/ledgers")
        exercise(run)
        #expect(run.path == nil && !run.isRecording)
        #expect(run.warnings.count == 1)
        #expect(run.warnings.first?.contains("JOULEBOOK_DIR") == true)
    }

    @Test("Calls in a silly order do no harm")
    func sillyOrder() throws {
        let directory = TemporaryDirectory()
        let run = try start(in: directory.path)
        let epoch = run.beginEpoch(1)
        let phase = epoch.phase("p")
        epoch.end(["loss": 1])
        epoch.end(["loss": 2])
        phase.end()
        epoch.log(["loss": 3])
        epoch.phase("late").end()
        run.log(step: .min, ["": 1, String(repeating: "x", count: 5000): 1])
        run.log(step: .max, [:])
        let left = run.beginEpoch(.max)
        left.log(["loss": 4])
        _ = run.beginEpoch(.min)
        _ = run.phase("never ended")
        let error = #expect(throws: RunError.self) { try run.finish() }
        #expect(error?.description.contains("refused") == true, "names that cannot be are counted")
        exercise(run)
        let record = try readBack(run)
        #expect(record.epochs.map(\.number) == [1, .max])
        #expect(record.epochs.first?.metrics == [Metric(name: "loss", value: 1)])
        #expect(record.epochs.last?.metrics == [Metric(name: "loss", value: 4)])
    }

    @Test("What comes after the end is counted, said once, and changes nothing")
    func late() throws {
        let directory = TemporaryDirectory()
        let run = try start(in: directory.path)
        let epoch = run.beginEpoch(1)
        epoch.end(["loss": 1])
        #expect(run.warnings == [])
        epoch.end()
        epoch.log(["loss": 2])
        #expect(run.warnings.count == 1)
        let left = run.beginEpoch(7)
        run.beginEpoch(8).log(["loss": 8])
        try run.finish()
        left.end()
        #expect(run.warnings.count == 2 && run.warnings.first?.contains("epoch 7") == true)
        run.log(step: 1, ["loss": 3])
        run.tag("late")
        #expect(run.warnings.count == 2)
        #expect(run.warnings.last?.hasSuffix("(3 calls)") == true)
        let record = try readBack(run)
        #expect(record.epochs.map(\.number) == [1, 8])
        #expect(record.tags == [])
    }

    @Test("A phase without a name and a run that is its own parent are warnings")
    func meaningless() throws {
        let directory = TemporaryDirectory()
        let run = try start(in: directory.path)
        run.phase("").end()
        run.parent(run.id.description, relation: "distils")
        run.parent("other", relation: "")
        #expect(run.warnings.count == 3)
        try run.finish()
        #expect(try readBack(run).parents == [])
    }

    @Test(
        "An argument that means nothing is refused with its name",
        arguments: [("project", ""), ("region", "ZZ"), ("pue", "4"), ("pue", "nan")]
    )
    func arguments(name: String, value: String) {
        let directory = TemporaryDirectory()
        var own = options(directory.path)
        own.region = name == "region" ? value : nil
        own.pue = name == "pue" ? Double(value) : nil
        let error = #expect(throws: RunError.self) {
            try Run.start(
                project: name == "project" ? value : "p",
                options: own,
                environment: ProcessEnvironment([:]),
                meters: { _ in .none }
            )
        }
        #expect(error?.description.hasPrefix(name) == true)
    }

    @Test("A configuration that is no object is a usage error")
    func usage() {
        let directory = TemporaryDirectory()
        let path = directory.path
        #expect(throws: RunError.configurationNotAnObject) {
            try Run.start(
                config: [1, 2],
                options: options(path),
                environment: ProcessEnvironment([:]),
                meters: { _ in .none }
            )
        }
    }

    @Test("Two runs of one second and id never share a file")
    func neverOverwrites() throws {
        let directory = TemporaryDirectory()
        let environment = ["JOULEBOOK_RUN_ID": "same"]
        let id = RunID("0123456789abcdef0123456789abcdef")
        var paths = Set<String>()
        for _ in 0..<3 {
            var own = options(directory.path)
            own.runID = id
            let run = try start(options: own, environment: environment)
            paths.insert(try #require(run.path))
            try run.finish()
        }
        #expect(paths.count == 3)
    }

    @Test("Switched off, a capture leaves no trace")
    func captures() throws {
        let directory = TemporaryDirectory()
        let environment = ["JOULEBOOK_CAPTURE": "none", "OMP_NUM_THREADS": "2"]
        let run = try start(in: directory.path, environment: environment, meters: { _ in .fake })
        try run.finish()
        let record = try readBack(run)
        #expect(record.user == nil && record.hardware == nil && record.code?.entry == nil)
        #expect(record.extra["argv"] == nil && record.meters.isEmpty)
        #expect(record.env?["OMP_NUM_THREADS"] == nil && record.process?.host == "")
    }

    /// Every verb once.
    private func exercise(_ run: Run) {
        let epoch = run.beginEpoch(1)
        epoch.phase("validation").end()
        epoch.end(["loss": 1])
        run.log(step: 1, ["loss": 1])
        run.phase("export").end()
        run.tag("x")
        run.parent("y", relation: "z")
        #expect(throws: Never.self) { try run.finish() }
    }
}

func options(_ directory: String, dataFingerprint: String? = nil) -> RunOptions {
    var options = RunOptions()
    options.directory = directory
    options.entry = "train.py"
    options.arguments = ["train.py", "--token", "abc"]
    options.environment["python"] = "3.12.1"
    options.dataFingerprint = dataFingerprint
    options.onDuplicate = .ignore
    return options
}

func start(
    in directory: String,
    environment: [String: String] = [:],
    meters: (MachineFacts) -> MeterInventory = { _ in .none }
) throws(RunError) -> Run {
    try start(options: options(directory), environment: environment, meters: meters)
}

func start(
    config: JSON = ["lr": 0.1, "seed": 0],
    options: RunOptions,
    environment: [String: String] = [:],
    meters: (MachineFacts) -> MeterInventory = { _ in .none }
) throws(RunError) -> Run {
    try Run.start(
        project: "p",
        config: config,
        options: options,
        environment: ProcessEnvironment(environment),
        meters: meters
    )
}

func readBack(_ run: Run) throws -> RunRecord {
    let ledger = try Ledger(reading: try #require(run.path))
    return try #require(ledger.runs.first)
}
