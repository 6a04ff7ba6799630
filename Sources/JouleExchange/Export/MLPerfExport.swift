import JouleFile
import JouleLifecycle
import JouleQuantities

extension LifecycleExport {
    /// The log of one result of MLPerf Training, with the power that the rules have beside it.
    ///
    /// `MLPerfImport` reads the same joules, boundaries and, to the millisecond, time back: mean power
    /// is told at both ends of as much of the time as was observed.
    static func mlPerf(_ source: ExportSource) throws(ExportRefusal) -> LifecycleExport {
        let run = try source.mlPerfRun()
        let time = try MLPerfTime(of: run.run)
        guard let record = run.run.record else {
            throw ExportRefusal("mlperf: the epochs of the run were not read")
        }
        var events = MLPerfEvents(of: record, time)
        let hasPower = events.addPower(of: run, time)
        events.addStop(of: record, time)
        let losses = LossReport(
            .mlperf,
            source.summary,
            carried: source.mlPerfFacts(of: run, hasPower: hasPower),
            further: events.losses + run.mlPerfLosses(time, hasPower: hasPower)
        )
        var text = events.text
        // What is no event is passed over by MLPerf's own parser.
        text += "# from start to end: \(Figure.number(time.seconds / 60)) min\n"
        if let energy = run.impact.oneEnergy {
            let kilojoules = Figure.number(energy.kilowattHours * 3600)
            text +=
                "# energy (\(energy.boundary.rawValue)): \(kilojoules) kJ; "
                + "\(source.method(of: run.impact))\n"
        }
        text += losses.lines.map { "# \($0)\n" }.joined()
        return LifecycleExport(text: text, losses: losses)
    }
}

extension ExportSource {
    /// The one run of a log: that of `--model`, else the only one.
    fileprivate func mlPerfRun() throws(ExportRefusal) -> RunImpact {
        let named = summary.model.flatMap { model in summary.runs.first { $0.run.id == model } }
        if let run = named ?? (summary.runs.count == 1 ? summary.runs.first : nil) { return run }
        guard !summary.runs.isEmpty else { throw ExportRefusal("mlperf: there is no run") }
        throw ExportRefusal(
            "mlperf: a log is of one run, and these are \(summary.runs.count); choose it with "
                + "--model"
        )
    }

    fileprivate func mlPerfFacts(of run: RunImpact, hasPower: Bool) -> Set<SummaryFact> {
        guard hasPower, summary.runs.count == 1 else { return [] }
        var facts: Set<SummaryFact> = [.evidence, .coverage]
        for part in run.energyParts {
            facts.insert(part.boundary == .facility ? .facilityEnergy : .itEnergy)
        }
        return facts
    }
}

/// When a run began and ended, in the unit of MLPerf's logs.
private struct MLPerfTime {
    let startMS: Int64
    let endMS: Int64
    /// Whether the run's own time has no part of a millisecond.
    let isExact: Bool

    var seconds: Double { Double(endMS - startMS) / 1000 }

    init(of run: RunFacts) throws(ExportRefusal) {
        guard run.status != .running else { throw ExportRefusal("mlperf: the run has not ended") }
        guard let started = run.started, let seconds = run.seconds else {
            throw ExportRefusal("mlperf: when the run started, or how long it took, is not known")
        }
        startMS = Self.milliseconds(started)
        let lengthMS = (seconds * 1000).rounded()
        guard startMS >= 0, lengthMS <= MLPerfEvent.millisecondsMax - Double(startMS) else {
            throw ExportRefusal("mlperf: a log has no date before 1970 or after the year 2255")
        }
        endMS = startMS + Int64(lengthMS)
        isExact = lengthMS / 1000 == seconds && started.unixNanoseconds % 1_000_000 == 0
    }

    static func milliseconds(_ time: WallTime) -> Int64 {
        Int64((Double(time.unixNanoseconds) / 1e6).rounded())
    }
}

/// Events of one log.
private struct MLPerfEvents {
    private var events: [(timeMS: Int64, line: String)] = []
    /// What of the run they do not tell.
    private(set) var losses: [String] = []

    /// In the order of time, and else in that in which they were added.
    var text: String {
        let sorted = events.enumerated().sorted {
            ($0.element.timeMS, $0.offset) < ($1.element.timeMS, $1.offset)
        }
        return sorted.map(\.element.line).joined()
    }

    init(of run: RunRecord, _ time: MLPerfTime) {
        if let project = run.project { add(time.startMS, "submission_benchmark", .string(project)) }
        if let seed = run.seed { add(time.startMS, "seed", seed) }
        add(time.startMS, "run_start", type: "INTERVAL_START")
        add(epochs: run, time)
    }

    /// Adds the last event; a log that nobody ended is one of a run that was killed.
    mutating func addStop(of run: RunRecord, _ time: MLPerfTime) {
        guard run.status != .killed else { return }
        let status: JSON = run.status == .finished ? "success" : "aborted"
        add(time.endMS, "run_stop", type: "INTERVAL_END", ["status": status])
    }

    /// Epochs, with those of their metrics that are called as evaluations are.
    private mutating func add(epochs run: RunRecord, _ time: MLPerfTime) {
        var unknown = 0
        var hasOthers = false
        for epoch in run.epochs {
            guard let started = epoch.started, let seconds = epoch.durationSeconds,
                let ended = WallTime(unixSeconds: started.unixSeconds + seconds)
            else {
                unknown += 1
                continue
            }
            func clamped(_ moment: WallTime) -> Int64 {
                min(max(MLPerfTime.milliseconds(moment), time.startMS), time.endMS)
            }
            let number: JSON = ["epoch_num": .integer(Int64(epoch.number))]
            add(clamped(started), "epoch_start", type: "INTERVAL_START", number)
            for metric in epoch.metrics {
                guard metric.name.hasPrefix("eval_"), metric.name.utf8.count <= 256,
                    metric.value.isFinite
                else {
                    hasOthers = true
                    continue
                }
                add(clamped(ended), metric.name, .double(metric.value), number)
            }
            add(clamped(ended), "epoch_stop", type: "INTERVAL_END", number)
        }
        if unknown > 0 { losses.append("\(unknown.counted("epoch")) of unknown time") }
        if hasOthers { losses.append("metrics of epochs that are no number named eval_…") }
    }

    /// Adds what `MLPerfPower` reads; whether there is any.
    mutating func addPower(of run: RunImpact, _ time: MLPerfTime) -> Bool {
        let parts = run.energyParts
        let observedMS = Int64((Double(time.endMS - time.startMS) * run.coverage).rounded())
        guard !parts.isEmpty, observedMS > 0 else { return false }
        let endMS = time.startMS + observedMS
        for (number, part) in parts.enumerated() {
            let host: JSON = .string("node_\(number)")
            let origin: JSON = [
                "host": host, "measurement_type": .string(part.source),
                "boundary": .string(part.boundary.rawValue),
                "provenance": .string(part.provenance.rawValue),
            ]
            let watts: JSON = .double(part.joules / (Double(observedMS) / 1000))
            add(time.startMS, "conversion_eff", .double(1), origin)
            add(time.startMS, "power_measurement_start", type: "INTERVAL_START", ["host": host])
            for moment in [time.startMS, endMS] {
                add(moment, "power_reading", watts, ["host": host])
            }
            add(endMS, "power_measurement_stop", type: "INTERVAL_END", ["host": host])
        }
        return true
    }

    private mutating func add(
        _ timeMS: Int64,
        _ key: String,
        _ value: JSON = .null,
        type: String = "POINT_IN_TIME",
        _ metadata: JSON = .object(JSONObject())
    ) {
        let event: JSON = [
            "namespace": "", "time_ms": .integer(timeMS), "event_type": .string(type),
            "key": .string(key), "value": value, "metadata": metadata,
        ]
        // Readers take what stands behind the last token of a line, and a text may hold one.
        let text = event.text().replacing("MLLOG", with: "\\u004dLLOG")
        events.append((timeMS, ":::MLLOG \(text)\n"))
    }
}

extension RunImpact {
    /// What of the run a log has no place for.
    fileprivate func mlPerfLosses(_ time: MLPerfTime, hasPower: Bool) -> [String] {
        let parts = energyParts
        let isOnlyFacility = !parts.isEmpty && parts.allSatisfy { $0.boundary == .facility }
        let facts: [(isLost: Bool, words: String)] = [
            (stage != .training, "that the stage is \(stage.rawValue)"),
            (run.record?.config?.members.isEmpty == false, "the configuration"),
            (hasPower, "how power changed during the run"),
            (hasPower && coverage < 1, "when in the run its power was observed"),
            (hasPower && isOnlyFacility && pue != nil, "the PUE inside the facility energy"),
            (!parts.isEmpty && !hasPower, "the energy: less than a millisecond was observed"),
            (run.status == .killed && !hasPower, "when the run was killed"),
            (!time.isExact, "parts of a millisecond"),
        ]
        return facts.filter(\.isLost).map(\.words)
    }
}
