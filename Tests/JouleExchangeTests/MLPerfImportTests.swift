import FoundationEssentials
import JouleFile
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleExchange

@Suite("Import of MLPerf's logs")
struct MLPerfImportTests {
    // 2026-03-02T10:00:00Z
    private static let startMS = 1_772_445_600_000

    /// An event so many seconds after the start of the run.
    private func event(
        _ seconds: Double,
        _ key: String,
        _ value: String = "null",
        type: String = "POINT_IN_TIME",
        _ metadata: String = ""
    ) -> String {
        let time = Self.startMS + Int(seconds * 1000)
        let facts = #""file": "train.py", "lineno": 7"# + (metadata.isEmpty ? "" : ", " + metadata)
        return #":::MLLOG {"namespace": "", "time_ms": \#(time), "event_type": "\#(type)", "#
            + #""key": "\#(key)", "value": \#(value), "metadata": {\#(facts)}}"# + "\n"
    }

    private var head: String {
        event(-60, "cache_clear", "true") + event(-50, "init_start", type: "INTERVAL_START")
            + event(-40, "submission_benchmark", #""bert""#)
            + event(-40, "submission_org", #""Invented""#)
            + event(-40, "submission_platform", #""2xBOX-8""#)
            + event(-30, "global_batch_size", "448") + event(-30, "opt_name", #""lamb""#)
            + event(-30, "opt_base_learning_rate", "0.00035") + event(-30, "seed", "25546")
            + event(-1, "init_stop", type: "INTERVAL_END")
            + event(0, "run_start", type: "INTERVAL_START")
    }

    private func evaluation(_ seconds: Double, _ accuracy: String, _ place: String) -> String {
        event(seconds, "eval_accuracy", accuracy, place)
    }

    private func stop(_ seconds: Double, _ status: String = "success") -> String {
        event(seconds, "run_stop", type: "INTERVAL_END", #""status": "\#(status)""#)
    }

    private func read(_ text: String) throws -> RunRecord {
        let records = try reading(Array(text.utf8), as: "result_0.txt", MLPerfImport.read(path:))
        #expect(records.count == 1)
        return try #require(records.first)
    }

    private func message(_ text: String) -> String { words(ofErrorIn: { try read(text) }) }

    /// A result of 100 s with these power logs.
    private func read(power logs: [String: String]) throws -> RunRecord {
        let directory = TemporaryDirectory()
        let folder = directory.path + "/power/result_0"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, text) in logs {
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
        }
        let path = directory.path + "/result_0.txt"
        try Data((head + stop(100)).utf8).write(to: URL(filePath: path))
        return try #require(try MLPerfImport.read(path: path).first)
    }

    @Test("A log is one run with its configuration, and evaluations are its epochs")
    func run() throws {
        let run = try read(
            "some other output\n" + head + event(1, "train_samples", "1000000")
                + evaluation(40, "0.5", #""epoch_num": 1"#)
                + evaluation(100, "0.721", #""epoch_num": 2"#) + stop(100.5)
        )
        #expect(run.project == "bert" && run.status == .finished && run.stage == .training)
        #expect(run.started?.unixSeconds == 1_772_445_600 && run.durationSeconds == 100.5)
        #expect(run.seed == 25546 && run.assumed == ["stage"])
        #expect(
            run.config.map(JSON.object) == [
                "global_batch_size": 448, "opt_name": "lamb", "opt_base_learning_rate": 0.00035,
                "train_samples": 1_000_000,
            ]
        )
        #expect(run.hardware?.extra["platform"] == "2xBOX-8")
        let mlperf = try #require(run.extra["mlperf"]?.object)
        #expect(mlperf["submission_org"] == "Invented" && mlperf["status"] == "success")
        #expect(run.epochs.map(\.number) == [1, 2] && mlperf["epochs_by"] == "epoch_num")
        #expect(run.epochs.map(\.durationSeconds) == [40, 60])
        #expect(
            run.epochs.map(\.metrics)
                == [0.5, 0.721].map { [Metric(name: "eval_accuracy", value: $0)] }
        )
        #expect(run.energy == nil && run.meters.isEmpty && run.declared == nil)
    }

    @Test("Evaluations within epochs, by samples, and without a number keep their order")
    func numbers() throws {
        let within = try read(head + evaluation(1, "0.5", #""epoch_num": 1.5"#) + stop(2))
        #expect(within.epochs.first?.number == 1 && within.epochs.first?.extra["epoch"] == 1.5)
        let samples = try read(head + evaluation(1, "3.2", #""samples_count": 184320"#) + stop(2))
        #expect(samples.epochs.first?.number == 184_320)
        let bare = try read(head + evaluation(1, "1", "") + evaluation(2, "2", "") + stop(3))
        #expect(bare.epochs.map(\.number) == [1, 2])
    }

    @Test("Several metrics of one evaluation are one epoch")
    func severalMetrics() throws {
        let run = try read(
            head + evaluation(1, #"{"BBOX": 0.377, "SEGM": 0.339}"#, #""epoch_num": 1"#)
                + event(1, "eval_loss", "2.5", #""epoch_num": 1"#) + stop(2)
        )
        #expect(
            run.epochs.first?.metrics.map(\.name)
                == ["eval_accuracy.BBOX", "eval_accuracy.SEGM", "eval_loss"]
        )
        #expect(run.epochs.count == 1)
    }

    @Test("What changes is no configuration, and neither are several seeds")
    func changing() throws {
        let run = try read(
            head + event(1, "throughput", "10") + event(2, "throughput", "11")
                + event(3, "seed", "1") + event(4, "opt_name", #""lamb""#)
                + event(5, "train_loss", "3", #""step_num": 5"#) + stop(6)
                + event(7, "overall_throughput", "9")
        )
        #expect(run.seed == nil && run.config?["throughput"] == nil)
        #expect(run.config?["opt_name"] == "lamb" && run.config?["train_loss"] == nil)
        #expect(run.config?["overall_throughput"] == nil)
    }

    @Test("An aborted run failed; one that never stopped was killed, as far as is known")
    func status() throws {
        #expect(try read(head + stop(5, "aborted")).status == .failed)
        let open = try read(head + evaluation(40, "0.5", #""epoch_num": 1"#) + ":::MLLOG {\"names")
        #expect(open.status == .killed && open.assumed == ["status", "stage"])
        #expect(open.durationSeconds == 40)
    }

    @Test("What a launcher writes before an event is passed over")
    func prefixes() throws {
        let text = (head + stop(5)).split(separator: "\n").map { "train | [0] 1: \($0)\r\n" }
        #expect(try read(text.joined()).config == (try read(head + stop(5))).config)
    }

    @Test("Readings of nodes within the run are its energy, with what their supplies take")
    func power() throws {
        let readings = (-10...110).map { event(Double($0), "power_reading", "1000.0") }.joined()
        let start = event(-10, "power_measurement_start", type: "INTERVAL_START")
        let conversion = event(-10, "conversion_eff", "1.1", #""measurement_type": "IPMI""#)
        let run = try read(power: [
            "node_0.txt": start + conversion + readings, "node_1.txt": start + readings,
            "sw_0.txt": event(-10, "interconnect_power_est", "50"), "notes.md": "none",
        ])
        #expect(run.meters.map(\.device.description) == ["node_0", "node_1", "sw_0"])
        let joules = run.deviceEnergy.map(\.measured.energy.joules)
        #expect(zip(joules, [110_000, 100_000, 5000]).allSatisfy { abs($0 - $1) < 1e-6 })
        #expect(abs((run.energy?.joules ?? 0) - 215_000) < 1e-6)
        #expect(run.meters.map(\.provenance) == [.integratedPower, .integratedPower, .model])
        #expect(run.meters.allSatisfy { $0.boundary == .it })
        #expect(run.deviceEnergy.allSatisfy { $0.measured.coverage == 1 })
        #expect(run.deviceEnergy.allSatisfy { $0.measured.uncertaintyRelative == nil })
        #expect(run.meters[0].extra["measurement_type"] == "IPMI")
    }

    @Test("Power that a log itself tells of is that of its hosts, with what is said of it")
    func powerInside() throws {
        func reading(_ second: Int, _ watts: Int, _ host: String) -> String {
            event(Double(second), "power_reading", "\(watts)", #""host": "\#(host)""#)
        }
        let said = #""host": "b", "boundary": "device", "provenance": "model""#
        let readings = (-5...100).map { reading($0, 1000, "a") + reading($0, 10, "b") }.joined()
        let unnamed = event(0, "power_reading", "7")
        let all = event(-9, "conversion_eff", "2", said) + head + readings + unnamed
        let run = try read(all + stop(100))
        #expect(run.meters.map(\.device.description) == ["a", "b"])
        #expect(run.meters.map(\.boundary) == [.it, .device])
        #expect(run.meters.map(\.provenance) == [.integratedPower, .model])
        // What the events before the start tell of power is not of the run.
        #expect(run.deviceEnergy.map(\.measured.energy.joules) == [100_000, 2000])
        #expect(run.energy?.joules == 100_000)
        #expect(message(all + stop(99)).contains("field run_stop: before a reading of power"))
    }

    @Test("Readings that end before the run are a part of it, and the coverage says so")
    func powerOfPart() throws {
        let readings = (0...50).map { event(Double($0), "power_reading", "1000") }.joined()
        let measured = try read(power: ["node_0.txt": readings]).deviceEnergy.first?.measured
        #expect(measured?.energy == Energy(joules: 50_000) && measured?.coverage == 0.5)
    }

    @Test(
        "A bad power log is named with its reason",
        arguments: [
            ("-1", "field power_reading: expected a number from 0"),
            ("\"7\"", "field power_reading: expected a number from 0"),
            ("NaN", "field power_reading: expected a number from 0"),
            ("1e300", "field power_reading: expected a number from 0"),
        ]
    )
    func badPower(value: String, reason: String) {
        let text = event(1, "power_reading", "5") + event(2, "power_reading", value)
        let found = words(ofErrorIn: { try read(power: ["node_0.txt": text]) })
        #expect(found.contains("node_0.txt: line 2: \(reason)"), "\(found)")
    }

    @Test("Power logs that tell nothing of the run are refused")
    func noPower() {
        func words(_ text: String, as name: String = "node_0.txt") -> String {
            JouleExchangeTests.words(ofErrorIn: { try read(power: [name: text]) })
        }
        #expect(words(event(-9, "power_reading", "5")).contains("holds no power of this run"))
        #expect(words("text\n", as: "notes.md").contains("holds no power logs"))
        let twice = event(1, "power_reading", "5") + event(1, "power_reading", "5")
        #expect(words(twice).contains("line 2: field power_reading: at or before the time"))
        let late = event(1, "power_reading", "5") + event(1, "conversion_eff", "1.1")
        #expect(words(late).contains("line 2: field conversion_eff: behind the first reading"))
        #expect(words(event(1, "conversion_eff", "0")).contains("expected more than 0"))
    }

    @Test("What is no log of one run is refused with the reason")
    func noLog() {
        #expect(message("").contains("the file is empty"))
        #expect(message("hello\n").contains("holds no run_start of MLPerf"))
        #expect(message(stop(5)).contains("line 1: field run_stop: before a run_start"))
        let start = event(0, "run_start", type: "INTERVAL_START")
        #expect(message(start + start).contains("line 2: field run_start: a second start"))
        #expect(
            message(start + stop(5) + stop(6)).contains("line 3: field run_stop: a second stop")
        )
        #expect(message(start + stop(-5)).contains("line 2: field run_stop: before the start"))
        #expect(message(":::MLLOG {\"key\": }\n").contains("line 1: not JSON"))
        #expect(message(":::MLLOG {}\n").contains("line 1: field key: expected a name"))
        for time in ["", #", "time_ms": -1"#, #", "time_ms": NaN"#, #", "time_ms": 1e300"#] {
            let text = message(#":::MLLOG {"key": "a"\#(time)}"# + "\n")
            #expect(text.contains("line 1: field time_ms: expected milliseconds"), "\(text)")
        }
        let early = evaluation(-1, "0.5", #""epoch_num": 1"#)
        #expect(message(start + early).contains("field eval_accuracy: an evaluation before"))
        for value in ["null", "true", #""good""#, #"{"a": "b"}"#, "[1]"] where value != "null" {
            let text = message(start + evaluation(1, value, #""epoch_num": 1"#))
            #expect(text.contains("line 2: field eval_accuracy: expected"), "\(text)")
        }
        let huge = message(start + evaluation(1, "0.5", #""epoch_num": 1e300"#))
        #expect(huge.contains("epoch_num is no number between"), "\(huge)")
        let mixed = evaluation(1, "1", #""epoch_num": 1"#) + evaluation(2, "1", #""step_num": 1"#)
        #expect(message(start + mixed).contains("numbered by step_num, others by epoch_num"))
        let many = (0...4096).map { event(0, "key\($0)", "1") }.joined()
        #expect(message(start + many).contains("line 4098: field key4096: more than 4096"))
        let submitted = (0...64).map { event(0, "submission_\($0)", "1") }.joined()
        #expect(message(submitted).contains("line 65: field submission_64: more than 64 keys"))
        let members = (0...256).map { #""m\#($0)": 1"# }.joined(separator: ", ")
        let wide = message(start + evaluation(1, "{\(members)}", #""epoch_num": 1"#))
        #expect(wide.contains("field eval_accuracy: more than 256 metrics"), "\(wide)")
    }
}
