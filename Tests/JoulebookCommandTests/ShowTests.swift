import JouleQuantities
import Testing

@testable import JouleFile
@testable import JoulebookCommand

@Suite("One run on a page and as JSON")
struct ShowTests {
    /// A run of `epochs` epochs, measured by a counter and a model.
    static func run(epochs: Int, provenance: Provenance = .counter) throws -> RunRecord {
        var run = RunRecord(id: try #require(RunID("0123456789abcdef")), status: .killed)
        run.project = "digits"
        run.stage = .training
        run.started = WallTime(unixSeconds: 1_772_447_700)
        run.durationSeconds = 12
        run.meters = [
            MeterDescription(
                device: DeviceID("cpu:0/package"),
                source: "rapl:powercap",
                provenance: provenance,
                boundary: .device
            )
        ]
        let measured = MeasuredEnergy(
            energy: Energy(joules: 720),
            coverage: 1,
            uncertaintyRelative: 0.05
        )
        run.deviceEnergy = [DeviceEnergy(meter: 0, measured: measured)]
        run.energy = Energy(joules: 720)
        run.epochs = (0..<epochs).map { place in
            var epoch = EpochRecord(number: place + 1)
            epoch.durationSeconds = 1
            epoch.metrics = [
                Metric(name: "loss", value: 1 / Double(place + 1)),
                Metric(name: "val_accuracy", value: 0.5 + Double(place) / 1000),
            ]
            return epoch
        }
        return run
    }

    private func page(_ run: RunRecord, state: Integrity.State = .torn) -> [String] {
        let integrity = Integrity(state: state)
        return RunPage(run: run, attachments: [], integrity: integrity, look: .plain).lines()
    }

    @Test("A killed run shows every epoch that was logged, in 80 columns", arguments: [0, 1, 500])
    func everyEpoch(count: Int) throws {
        let lines = page(try Self.run(epochs: count))
        #expect(lines.allSatisfy { $0.count <= 80 })
        let rows = lines.filter { $0.contains("1.00 s") }
        #expect(rows.count == count)
        #expect(lines.joined(separator: " ").contains("torn tail"))
    }

    @Test("A phase's energy counts no joule of a meter within another one")
    func phaseTotal() throws {
        var run = try Self.run(epochs: 1)
        run.meters.append(
            MeterDescription(
                device: DeviceID("cpu:0/core"),
                source: "rapl:powercap",
                provenance: .counter,
                boundary: .device,
                enclosedBy: DeviceID("cpu:0/package")
            )
        )
        func reading(_ meter: Int, _ joules: Double) -> DeviceEnergy {
            let energy = Energy(joules: joules)
            let measured = MeasuredEnergy(energy: energy, coverage: 1, uncertaintyRelative: nil)
            return DeviceEnergy(meter: meter, measured: measured)
        }
        var phase = PhaseRecord(name: "train")
        phase.deviceEnergy = [reading(0, 100), reading(1, 60)]
        run.epochs[0].phases = [phase, PhaseRecord(name: "validation")]
        let json = RunDocument.json(run, [], integrity: Integrity(state: .clean))
        let phases = json["epochs"]?.array?[0]["phases"]?.array ?? []
        #expect(phases.map { $0["total_j"]?.double } == [100, nil])
    }

    @Test(
        "A run's own part is told by the rules that made it, and by none that is not known",
        arguments: [
            (["sole_user"], ", by being alone on the device"),
            (["cpu_time", "sole_user"], ", by processor time and being alone on the device"),
            (["mig_share"], ", by its MIG devices' part of the GPU"),
            (["cu_occupancy"], ", by compute units held"),
            (["of another version"], ""), ([], ""),
        ]
    )
    func attributed(rules: [String], told: String) throws {
        var run = try Self.run(epochs: 1)
        run.meters = [
            MeterDescription(
                device: DeviceID("gpu:A"),
                source: "nvml",
                provenance: .counter,
                boundary: .device
            )
        ]
        run.deviceEnergy = [
            DeviceEnergy(
                meter: 0,
                measured: MeasuredEnergy(
                    energy: Energy(joules: 720),
                    coverage: 1,
                    uncertaintyRelative: 0.01
                )
            )
        ]
        run.extra["attribution"] = [
            "devices": .array(rules.map { ["device": "gpu:A", "rule": .string($0)] }),
            "attributed_j": 720, "unattributed_j": 0,
        ]
        let line = page(run).first { $0.contains("of which by this run") }
        #expect(line?.hasSuffix("Wh\(told)") == true)
    }

    @Test("Modelled energy is marked, counted energy is not")
    func marks() throws {
        let counted = page(try Self.run(epochs: 1)).joined(separator: "\n")
        #expect(counted.contains("0.200 Wh") && !counted.contains("≈"))
        let modelled = page(try Self.run(epochs: 1, provenance: .model)).joined(separator: "\n")
        #expect(modelled.contains("≈0.200 Wh") && modelled.contains(EnergyMark.legend))
    }

    @Test("The steps that were logged are counted")
    func steps() throws {
        var run = try Self.run(epochs: 1)
        #expect(!page(run).joined().contains("step"))
        let json = RunDocument.json(run, [], integrity: Integrity(state: .torn))
        #expect(json["totals"]?.object?["steps"] == .null)
        run.stepCount = 42
        #expect(page(run).joined().contains("1 epoch, 42 steps, energy"))
    }

    @Test("Names from the file cannot write escape sequences")
    func hostile() throws {
        var run = try Self.run(epochs: 1)
        run.project = "\u{1B}]0;owned\u{7}"
        run.config = try JSON(parsing: #"{"a\u001b[2J": "\u001b[31m"}"#).object
        run.epochs[0].metrics = [Metric(name: "\u{1B}[5m", value: 1)]
        run.tags = ["\u{9B}1m"]
        let text = page(run).joined()
        #expect(
            !text.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x9B || $0.value == 7 }
        )
    }

    @Test("The JSON has every promised member, null where nothing is known")
    func promised() throws {
        let run = RunRecord(id: try #require(RunID("x")), status: .running)
        let json = RunDocument.json(run, [], integrity: Integrity(state: .live))
        let members = json.object?.members.map { $0.name } ?? []
        for name in [
            "schema", "run_id", "project", "stage", "status", "started", "ended", "config", "code",
            "data", "env", "hardware", "epochs", "totals", "integrity",
        ] {
            #expect(members.contains(name))
        }
        #expect(json.object?["started"] == .null)
        #expect(json["totals"]?.object?["energy_j"] == .null)
    }

    private static func seal(blocks: UInt64) -> Integrity.Seal {
        Integrity.Seal(
            name: "example.org/alice",
            keyID: "00000000",
            verifierKey: "",
            identity: "",
            blocks: blocks,
            note: []
        )
    }

    @Test(
        "verify ends with 0 only for a sealed file, with 2 only for a damaged one",
        arguments: [
            (Integrity.State.clean, false, Int32(1)), (.clean, true, 0), (.torn, false, 1),
            (.torn, true, 1), (.live, false, 1), (.live, true, 1), (.damaged, false, 2),
            (.damaged, true, 2),
        ]
    )
    func verifyStatus(state: Integrity.State, sealed: Bool, status: Int32) {
        var integrity = Integrity(state: state)
        integrity.seal = sealed ? Self.seal(blocks: 3) : nil
        #expect(IntegrityDocument.status(integrity) == status)
        if status == 1 { #expect(IntegrityDocument.sentence(integrity).hasPrefix("intact so far")) }
    }

    @Test("A seal that leaves something out, or is not by whom one trusts, is no seal")
    func partialSeals() {
        var integrity = Integrity(state: .clean)
        integrity.seal = Self.seal(blocks: 3)
        #expect(IntegrityDocument.sentence(integrity).contains("nobody vouches"))
        integrity.seal?.isNamed = true
        #expect(
            IntegrityDocument.sentence(integrity) == "intact and sealed: 0 blocks, by "
                + "example.org/alice (key 00000000)"
        )
        integrity.seal?.contentEnd = 4
        #expect(IntegrityDocument.status(integrity) == 1)
        #expect(IntegrityDocument.sentence(integrity).contains("sealed up to block 2 by"))
        integrity.seal?.contentEnd = 3
        #expect(IntegrityDocument.status(integrity) == 0)
        integrity.hasNewsInRing = true
        #expect(IntegrityDocument.status(integrity) == 1)
        #expect(IntegrityDocument.sentence(integrity).contains("more in its ring"))
        integrity.hasNewsInRing = false
        integrity.seal?.isNamed = false
        #expect(IntegrityDocument.status(integrity) == 1)
        #expect(IntegrityDocument.sentence(integrity).contains("not signed by the key named"))
    }

    @Test("A missing ring is told in the line and in JSON, and nowhere else")
    func missingRing() {
        var integrity = Integrity(state: .torn)
        #expect(!IntegrityDocument.sentence(integrity).contains("ring"))
        #expect(IntegrityDocument.json(integrity)["ring_missing"] == nil)
        integrity.lacksRing = true
        #expect(IntegrityDocument.sentence(integrity).contains("its ring is not here"))
        #expect(IntegrityDocument.json(integrity)["ring_missing"] == true)
        #expect(IntegrityDocument.status(integrity) == 1)
    }

    @Test("The most telling metric comes first, wherever it was logged")
    func mainMetric() throws {
        var run = try Self.run(epochs: 3)
        #expect(Metrics.main(of: run)?.name == "val_accuracy")
        run.metrics = try JSON(parsing: #"{"final": {"test_accuracy": 0.9}, "val_accuracy": 0.8}"#)
            .object
        #expect(Metrics.main(of: run) == Metric(name: "val_accuracy", value: 0.8))
        run.epochs = []
        run.metrics = try JSON(parsing: #"{"perplexity": 12.5}"#).object
        #expect(Metrics.main(of: run) == Metric(name: "perplexity", value: 12.5))
    }
}

@Suite("Choosing and ordering runs")
struct RunQueryTests {
    @Test("A filter compares configuration values as numbers where both are")
    func filter() throws {
        var run = try ShowTests.run(epochs: 1)
        run.config = try JSON(parsing: #"{"optim": {"lr": 0.001}, "name": "adam w"}"#).object
        #expect(try RunFilter("config.optim.lr=1e-3").keeps(run))
        #expect(try RunFilter("config.name=adam w").keeps(run))
        #expect(try !RunFilter("config.lr=1e-3").keeps(run))
        #expect(try RunFilter("status=killed").keeps(run))
        #expect(throws: CommandFailure.self) { try RunFilter("nonsense=1") }
        #expect(throws: CommandFailure.self) { try RunFilter("=1") }
    }

    @Test("Runs without the value come last in both directions")
    func order() throws {
        let runs = try [3.0, nil, 1.0].map { energy in
            var run = try ShowTests.run(epochs: 1)
            run.energy = energy.map { Energy(joules: $0) }
            return run
        }
        let up = try RunOrder("energy").sorted(runs).map { $0.energy?.joules }
        let down = try RunOrder("-energy").sorted(runs).map { $0.energy?.joules }
        #expect(up == [1, 3, nil])
        #expect(down == [3, 1, nil])
    }

    @Test("--config nests at dots, reads JSON values and refuses contradictions")
    func config() throws {
        let config = try ConfigArguments.parse(["lr=0.1", "optim.name=adam", "optim.beta=[0.9,1]"])
        #expect(config.text() == #"{"lr":0.1,"optim":{"name":"adam","beta":[0.9,1]}}"#)
        #expect(try ConfigArguments.parse(["a=x=y"]).text() == #"{"a":"x=y"}"#)
        for wrong in [["a"], ["=1"], ["a=1", "a=2"], ["a=1", "a.b=2"], ["a..b=1"]] {
            #expect(throws: CommandFailure.self) { try ConfigArguments.parse(wrong) }
        }
    }
}
