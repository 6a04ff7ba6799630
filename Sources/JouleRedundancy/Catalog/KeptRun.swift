import JouleFile
import JouleQuantities

/// What the catalog keeps of a run: a record with which `PreflightIndex` comes to the same judgement
/// as with the whole one.
enum KeptRun {
    /// Bits beyond which no number of runs asks for more (`CoincidenceBound`).
    private static let bitsEnough = CoincidenceBound(runs: .max).bits

    /// Without what no judgement before a run needs.
    ///
    /// Cost and result take the place of what they were computed from. Of the epochs those stay that
    /// say enough, and a hash stands for the metrics of all others.
    static func reduced(_ run: RunRecord) -> RunRecord {
        var kept = RunRecord(id: run.id, status: run.status)
        kept.project = run.project
        kept.sweep = run.sweep
        kept.stage = run.stage
        kept.tags = run.tags
        kept.started = run.started
        kept.config = run.config
        kept.seed = run.seed
        kept.code = code(of: run)
        kept.data = run.data.map { DataIdentity(name: $0.name, fingerprint: $0.fingerprint) }
        kept.env = frameworks(of: run)
        kept.parents = run.parents
        kept.assumed = run.assumed
        kept.worldSize = run.worldSize
        kept.process = run.process
        for name in ["argv", "config_unread", "selected"] { kept.extra[name] = run.extra[name] }
        if run.status != .finished, let last = lastEpoch(of: run) {
            kept.extra[lastEpochName] = .integer(Int64(last))
        }
        var results = JSONObject()
        for metric in ResultSummary.metrics(of: run) {
            results[metric.name] = .double(metric.value)
        }
        kept.metrics = results.isEmpty ? nil : results
        kept.epochs = epochs(of: run)
        // Where there are no results, the last epoch must not look like them.
        if results.isEmpty, !kept.epochs.isEmpty { kept.epochs.append(EpochRecord(number: 0)) }
        takeCost(of: run, into: &kept)
        return kept
    }

    private static let lastEpochName = "joulebook.last_epoch"

    /// The number of the last epoch of a run that did not finish, or of what is kept of it.
    static func lastEpoch(of run: RunRecord) -> Int? {
        run.extra[lastEpochName]?.integer.flatMap { Int(exactly: $0) }
            ?? run.epochs.lazy.map(\.number).max()
    }

    private static func code(of run: RunRecord) -> CodeIdentity? {
        guard var code = run.code else { return nil }
        let extra = code.extra
        code.extra = JSONObject()
        code.extra["argv"] = extra["argv"]
        if let closure = extra["closure"]?["sha256"] { code.extra["closure"] = ["sha256": closure] }
        return code
    }

    private static func frameworks(of run: RunRecord) -> JSONObject? {
        var versions = JSONObject()
        let prefix = "framework."
        for (name, value) in RecipeContext(run).leaves where name.hasPrefix(prefix) {
            versions[String(name.dropFirst(prefix.count))] = value
        }
        return versions.isEmpty ? nil : versions
    }

    private static func takeCost(of run: RunRecord, into kept: inout RunRecord) {
        let cost = RunCost(run)
        kept.energy = cost.joules.map(Energy.init(joules:))
        if cost.joules != nil, !cost.isModelled { markMeasured(&kept) }
        let execution = Execution(run)
        guard execution.durationSeconds == nil else {
            kept.durationSeconds = execution.durationSeconds
            kept.ended = execution.ended
            kept.assumed.removeAll { $0 == "ended" }
            return
        }
        // What only epochs tell of the time stays with them.
        kept.ended = run.ended
        if kept.epochs.isEmpty, let first = run.epochs.first {
            kept.epochs = [EpochRecord(number: first.number)]
        }
        guard let last = kept.epochs.indices.last else { return }
        for place in kept.epochs.indices {
            kept.epochs[place].durationSeconds = cost.seconds == nil ? nil : 0
        }
        kept.epochs[0].durationSeconds = cost.seconds
        guard run.ended == nil, let end = execution.ended else { return }
        kept.epochs[last].started = end.adding(seconds: -(kept.epochs[last].durationSeconds ?? 0))
    }

    /// Has the energy count as measured; without, it counts as declared.
    static func markMeasured(_ kept: inout RunRecord) {
        kept.meters = anyMeter
        kept.deviceEnergy = anyEnergy
    }

    private static let anyMeter = [
        MeterDescription(
            device: DeviceID("-"),
            source: "-",
            provenance: .counter,
            boundary: .device
        )
    ]

    private static let anyEnergy = [
        DeviceEnergy(
            meter: 0,
            measured: MeasuredEnergy(
                energy: Energy(joules: 0),
                coverage: 1,
                uncertaintyRelative: nil,
                flags: []
            )
        )
    ]

    /// The epochs without their times.
    private static func epochs(of run: RunRecord) -> [EpochRecord] {
        var information = CurveInformation()
        var kept: [EpochRecord] = []
        var rest = CurveChain()
        var hasMetrics = false
        for epoch in run.epochs {
            let told = epoch.metrics.filter { Curve.tellsResults($0.name) }
            hasMetrics = hasMetrics || !told.isEmpty
            guard information.bits < bitsEnough else {
                rest.end(
                    told.reduce(0) { sum, metric in
                        sum &+ CurveChain.term(Fingerprint64.of(metric.name), metric.value)
                    }
                )
                continue
            }
            var one = EpochRecord(number: epoch.number)
            one.metrics = told
            for metric in told { information.count(metric.value) }
            kept.append(one)
        }
        guard hasMetrics else { return [] }
        if rest.epochs > 0 {
            var last = EpochRecord(number: kept.count + 1)
            last.metrics = [
                Metric(name: "rest", value: Double(bitPattern: rest.hash)),
                Metric(name: "rest epochs", value: Double(rest.epochs)),
            ]
            kept.append(last)
        }
        return kept
    }
}
