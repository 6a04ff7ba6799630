import Glibc
import Joulebook

/// One measured figure beside what it has to stay under.
struct Measurement {
    let name: String
    let unit: String
    let median: Double
    let worst: Double
    let budget: Double
    let source: String
}

extension Measurement {
    /// Beginning and ending an epoch with 12 metrics, energy windows included.
    static func epochAppend(in directory: ScratchDirectory) throws -> Measurement {
        let run = try Run.start(project: "epochs", options: directory.options)
        let samples = sampled(rounds: 200, perRound: 50) { number in
            let epoch = run.beginEpoch(number)
            epoch.end([
                "loss": 0.5, "accuracy": 0.9, "val_loss": 0.6, "val_accuracy": 0.8, "lr": 0.1,
                "grad_norm": 1.5, "precision": 0.7, "recall": 0.75, "f1": 0.72, "auc": 0.93,
                "throughput": 1234, "epoch_time": 3.25,
            ])
        }
        try run.finish()
        return Measurement("epoch, 12 metrics, begin to end", "ns", samples, 2_000, "own goal")
    }

    /// One step with four metrics.
    static func stepLog(in directory: ScratchDirectory) throws -> Measurement {
        let run = try Run.start(project: "steps", options: directory.options)
        let samples = sampled(rounds: 200, perRound: 50) { step in
            run.log(step: step, ["loss": 0.5, "lr": 0.1, "grad_norm": 1.5, "throughput": 1234])
        }
        try run.finish()
        return Measurement("step, 4 metrics", "ns", samples, 200, "own goal")
    }

    /// Everything that a start captures, git and the look at earlier runs included.
    static func start(in directory: ScratchDirectory) throws -> Measurement {
        var options = directory.options
        options.onDuplicate = .warn
        options.captures = .all
        var samples: [Double] = []
        for round in 0..<15 {
            let begin = nanoseconds()
            let run = try Run.start(
                project: "starts",
                config: ["lr": 0.1, "round": .integer(Int64(round))],
                options: options
            )
            samples.append(Double(nanoseconds() - begin) / 1e6)
            try run.finish()
        }
        return Measurement("Run.start with all captures", "ms", samples, 20, "peers' table")
    }

    /// The closed ledger of 50 epochs with 12 values each, as the training of a small model.
    static func fileSize(in directory: ScratchDirectory) throws -> Measurement {
        let run = try Run.start(
            project: "size",
            config: ["lr": 0.1, "seed": 0, "hidden": 128, "batch": 64, "optimizer": "sgd"],
            stage: .training,
            options: directory.options
        )
        let path = run.path ?? ""
        var noise = Noise(seed: 1)
        for number in 1...50 {
            let decay = 1 / Double(number)
            run.beginEpoch(number).end([
                "loss": decay + noise.next() * 0.01, "accuracy": 1 - decay + noise.next() * 0.01,
                "val_loss": decay + noise.next() * 0.02,
                "val_accuracy": (1 - decay).rounded(places: 4), "lr": 0.1,
                "grad_norm": 1 + noise.next(), "precision": noise.next().rounded(places: 4),
                "recall": noise.next().rounded(places: 4), "f1": noise.next().rounded(places: 4),
                "auc": noise.next(), "throughput": 1234 + noise.next(),
                "epoch_time": 3.25 + noise.next() * 0.1,
            ])
        }
        try run.finish()
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { throw BenchmarkError.noLedger }
        let size = Double(facts.st_size)
        return Measurement("ledger of 50 epochs × 12 values", "B", [size], 6144, "issue 2")
    }

    private init(
        _ name: String,
        _ unit: String,
        _ samples: [Double],
        _ budget: Double,
        _ source: String
    ) {
        let ordered = samples.sorted()
        self.name = name
        self.unit = unit
        self.budget = budget
        self.source = source
        median = ordered[ordered.count / 2]
        worst = ordered[ordered.count * 99 / 100]
    }

    /// Nanoseconds per call, one sample a round; a pause between rounds as real steps have.
    private static func sampled(rounds: Int, perRound: Int, _ body: (Int) -> Void) -> [Double] {
        for number in 0..<perRound { body(number) }
        return (0..<rounds).map { round in
            usleep(2_000)
            let begin = nanoseconds()
            for number in 0..<perRound { body(round * perRound + number) }
            return Double(nanoseconds() - begin) / Double(perRound)
        }
    }
}

enum BenchmarkError: Error {
    case noLedger
    case noDirectory
}

func nanoseconds() -> Int64 {
    var time = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// A small generator, so that the bytes of every run are the same.
struct Noise {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(state >> 11) * 0x1p-53
    }
}

extension Double {
    func rounded(places: Int) -> Double {
        let scale = pow(10, Double(places))
        return (self * scale).rounded() / scale
    }
}
