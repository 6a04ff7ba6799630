import JouleFile
import JouleQuantities
import JouleTestSupport

/// Runs for tests: a finished training run of one hour whose facts are all known.
enum Sample {
    static func id(_ name: String) -> RunID {
        guard let id = RunID(name) else { preconditionFailure("bad name in a test") }
        return id
    }

    static func config(_ text: String) -> JSONObject {
        guard let object = (try? JSON(parsing: text))?.object else {
            preconditionFailure("bad configuration in a test: \(text)")
        }
        return object
    }

    /// `hour` is the start in hours; `curve` seeds the metric values.
    static func run(
        _ name: String,
        _ configuration: String = #"{"optim": {"lr": 0.001}, "width": 64}"#,
        seed: JSON? = 0,
        hour: Double? = nil,
        status: RunStatus = .finished,
        curve: UInt64 = 1,
        epochs: ClosedRange<Int> = 1...10,
        joules: Double? = 3.6e6
    ) -> RunRecord {
        var run = RunRecord(id: id(name), status: status)
        run.project = "digits"
        run.config = config(configuration)
        run.seed = seed
        run.code = CodeIdentity(entry: "train.py", commit: "c1", dirty: false, tree: "t1")
        run.data = DataIdentity(name: "digits", fingerprint: "sha256:d1")
        run.hardware = Hardware(host: "node1")
        run.energy = joules.map { Energy(joules: $0) }
        run.epochs = epochs.map { epoch(number: $0, curve: curve, run: name) }
        if let hour {
            // A fraction of its own, as real starts have.
            let offset = Double(Fraction.of(name)) * 1e-4
            run.started = WallTime(unixSeconds: hour * 3600 + offset)
            run.ended = WallTime(unixSeconds: (hour + 1) * 3600 + offset)
            run.durationSeconds = 3600
        }
        return run
    }

    private static func epoch(number: Int, curve: UInt64, run: String) -> EpochRecord {
        var generator = SplitMix(seed: curve &* 1000 &+ UInt64(number))
        var epoch = EpochRecord(number: number)
        epoch.metrics = [
            Metric(name: "loss", value: Double.random(in: 0...1, using: &generator)),
            Metric(name: "accuracy", value: Double.random(in: 0...1, using: &generator)),
            Metric(name: "time_s", value: Double(Fraction.of(run) + number)),
        ]
        epoch.energy = Energy(joules: 3.6e5)
        epoch.durationSeconds = 360 + Double(Fraction.of(run)) * 1e-5
        return epoch
    }
}

/// A number that belongs to a name, the same in every process.
enum Fraction {
    static func of(_ name: String) -> Int {
        name.utf8.reduce(7) { ($0 * 31 + Int($1)) % 9973 }
    }
}
