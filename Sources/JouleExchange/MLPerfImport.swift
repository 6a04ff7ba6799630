package import JouleFile
import JouleQuantities

/// Reads the log of one run of MLPerf Training or HPC (`import mlperf`, `Schemas/imports.md`).
///
/// Written after the code of mlperf-logging 4.1: the run is what lies between `run_start` and
/// `run_stop`. The power logs of a submission are taken from where its rules have them.
package enum MLPerfImport {
    /// The one run of a log.
    ///
    /// One bad event and the whole file is refused; lines of anything else are passed over.
    package static func read(path: String) throws(ExchangeError) -> [RunRecord] {
        var log = MLPerfLog(path: path)
        try MLPerfEvent.read(path) { (event, line) throws(ExchangeError) in
            try log.add(event, line)
        }
        return [try log.run()]
    }
}

/// A log while it is read.
private struct MLPerfLog {
    private let path: String
    private var hash = ContentHash.Parts()
    private var started: MLPerfEvent?
    private var stopped: MLPerfEvent?
    private var lastNS: Int64 = 0
    /// Nil for a key of which several values were told.
    private var config: [String: JSON?] = [:]
    private var configKeys: [String] = []
    private var submission = JSONObject()
    private var evaluations = MLPerfEvaluations()
    private var hosts = MLPerfHosts()

    private static let keysMax = 4096
    private static let submissionKeysMax = 64
    /// Says that something was done.
    private static let deeds: Set<String> = ["cache_clear", "weights_initialization"]

    init(path: String) { self.path = path }

    mutating func add(_ event: MLPerfEvent, _ line: [UInt8]) throws(ExchangeError) {
        hash.add(line + [0x0A])
        lastNS = max(lastNS, event.timeNS)
        if event.key == "run_start" {
            guard started == nil else {
                throw event.failure("a second start: one run for each log, of one process")
            }
            started = event
        } else if event.key == "run_stop" {
            guard let started, stopped == nil else {
                throw event.failure(stopped == nil ? "before a run_start" : "a second stop")
            }
            guard event.timeNS >= started.timeNS else { throw event.failure("before the start") }
            try hosts.check(before: event)
            stopped = event
        } else if event.key.hasPrefix("submission_") {
            try noteSubmission(event)
        } else if event.type == "POINT_IN_TIME", event.value != nil, stopped == nil {
            if try hosts.take(event, from: started) { return }
            if try !evaluations.take(event, after: started) { try note(event) }
        }
    }

    private mutating func noteSubmission(_ event: MLPerfEvent) throws(ExchangeError) {
        guard let value = event.value else { return }
        submission[event.key] = value
        guard submission.members.count <= Self.submissionKeysMax else {
            throw event.failure("more than \(Self.submissionKeysMax) keys of a submission")
        }
    }

    /// A value that is told once, or is the same whenever it is told, is configuration; one that
    /// changes is not.
    private mutating func note(_ event: MLPerfEvent) throws(ExchangeError) {
        guard let value = event.value, value.object == nil, value.array == nil,
            !Self.deeds.contains(event.key), MLPerfEvaluations.place(of: event) == nil
        else { return }
        if let before = config[event.key] {
            if before != value { config[event.key] = .some(nil) }
        } else {
            guard configKeys.count < Self.keysMax else {
                throw event.failure("more than \(Self.keysMax) different keys")
            }
            configKeys.append(event.key)
            config[event.key] = value
        }
    }

    func run() throws(ExchangeError) -> RunRecord {
        guard let started else {
            throw .unreadable(path: path, reason: "holds no run_start of MLPerf (:::MLLOG)")
        }
        guard let id = RunID("mlperf-\(hash.hex.prefix(16))") else {
            throw .unreadable(path: path, reason: "its name is none of a run")
        }
        let word = stopped?.metadata["status"]?.string
        let known: [String: RunStatus] = ["success": .finished, "aborted": .failed]
        let status = word.flatMap { known[$0] }
        let endNS = stopped?.timeNS ?? lastNS
        var run = RunRecord(id: id, status: status ?? (stopped == nil ? .killed : .finished))
        // Whether it trains from the start or tunes is known of a benchmark, not told by its log.
        run.assumed = status == nil ? ["status", "stage"] : ["stage"]
        run.stage = .training
        run.project = submission["submission_benchmark"]?.string
        run.started = WallTime(unixNanoseconds: started.timeNS)
        run.ended = WallTime(unixNanoseconds: endNS)
        run.durationSeconds = Double(endNS - started.timeNS) / 1e9
        run.epochs = evaluations.epochs
        takeConfig(&run)
        if let platform = submission["submission_platform"]?.string, !platform.isEmpty {
            var hardware = Hardware(host: nil)
            hardware.extra["platform"] = .string(platform)
            run.hardware = hardware
        }
        var rest = submission
        rest["status"] = word.map(JSON.string)
        rest["epochs_by"] = evaluations.unit.map(JSON.string)
        if !rest.members.isEmpty { run.extra["mlperf"] = .object(rest) }
        try run.takePower(ofResult: path, hosts, fromNS: started.timeNS, toNS: endNS)
        return run
    }

    private func takeConfig(_ run: inout RunRecord) {
        var values = JSONObject()
        for key in configKeys {
            guard let value = config[key] ?? nil else { continue }
            if key == "seed" { run.seed = value } else { values[key] = value }
        }
        if !values.members.isEmpty { run.config = values }
    }
}

/// What evaluations say, each as the epoch that it ends.
private struct MLPerfEvaluations {
    private(set) var epochs: [EpochRecord] = []
    /// By what they are numbered: a name in the events' metadata, or their order.
    private(set) var unit: String?
    private var endNS: Int64 = 0

    /// Of one evaluation.
    private static let metricsMax = 256
    private static let units = ["epoch_num", "samples_count", "step_num"]

    static func place(of event: MLPerfEvent) -> (unit: String, value: JSON)? {
        for unit in units {
            if let value = event.metadata[unit], value != .null { return (unit, value) }
        }
        return nil
    }

    /// Whether this was one; others are no numbers, or say how evaluations are made.
    mutating func take(_ event: MLPerfEvent, after started: MLPerfEvent?) throws(ExchangeError)
        -> Bool
    {
        let place = Self.place(of: event)
        guard event.key == "eval_accuracy" || event.key.hasPrefix("eval_") && place != nil else {
            return false
        }
        guard let started, event.timeNS >= started.timeNS else {
            throw event.failure("an evaluation before the start")
        }
        let unit = place?.unit ?? "order"
        guard self.unit ?? unit == unit else {
            throw event.failure("numbered by \(unit), others by \(self.unit ?? "")")
        }
        self.unit = unit
        let number = try number(of: place, event)
        let metrics = try Self.metrics(of: event)
        if let last = epochs.indices.last, place != nil, epochs[last].exactNumber == number,
            epochs[last].metrics.count + metrics.count <= Self.metricsMax,
            !epochs[last].metrics.contains(where: { old in metrics.contains { $0.name == old.name }
            })
        {
            epochs[last].metrics += metrics
            return true
        }
        let startNS = max(endNS, started.timeNS)
        guard event.timeNS >= startNS else {
            throw event.failure("before the evaluation before it")
        }
        var epoch = EpochRecord(number: Int(number.rounded(.down)))
        if number != number.rounded(.down) { epoch.extra["epoch"] = .double(number) }
        epoch.started = WallTime(unixNanoseconds: startNS)
        epoch.durationSeconds = Double(event.timeNS - startNS) / 1e9
        epoch.metrics = metrics
        epochs.append(epoch)
        endNS = event.timeNS
        return true
    }

    private func number(of place: (unit: String, value: JSON)?, _ event: MLPerfEvent)
        throws(ExchangeError) -> Double
    {
        guard let place else { return Double(epochs.count + 1) }
        guard let number = place.value.double, -0x1p31...0x1p53 ~= number else {
            throw event.failure("\(place.unit) is no number between -2^31 and 2^53")
        }
        return number
    }

    /// One number, or several with names.
    private static func metrics(of event: MLPerfEvent) throws(ExchangeError) -> [Metric] {
        if let number = event.value?.double { return [Metric(name: event.key, value: number)] }
        let members = event.value?.object?.members ?? []
        guard members.count <= metricsMax else {
            throw event.failure("more than \(metricsMax) metrics")
        }
        var metrics: [Metric] = []
        for member in members {
            guard let number = member.value.double else { throw event.failure("expected numbers") }
            metrics.append(Metric(name: "\(event.key).\(member.name)", value: number))
        }
        guard !metrics.isEmpty else { throw event.failure("expected a number") }
        return metrics
    }
}

extension EpochRecord {
    fileprivate var exactNumber: Double { extra["epoch"]?.double ?? Double(number) }
}
