import JouleFile
import JouleQuantities
import Joulebook

/// Keeps in mind what the line below a followed ledger needs.
struct TailStatus {
    /// Of the run that told something last.
    private var run: Int64?
    private var epoch: EpochRecord?
    private var metric: String?
    private var course: [Double?] = []
    private var forecaster: Forecaster?
    /// Energy of the epochs so far; nil once it is not known of one.
    private var joules: Double? = 0
    private var ended: Double?

    /// Values of the metric that are kept for their course.
    private static let courseMax = 4096

    mutating func take(_ rows: [TailRow], of tail: borrowing LedgerTail) {
        for row in rows {
            guard case .epoch(let number, _, let epoch) = row, let record = tail.runs[number]
            else { continue }
            if number != run {
                self = TailStatus()
                run = number
                forecaster = Forecaster(first: Self.planned(record, "first"))
            }
            take(epoch, of: record)
        }
    }

    private mutating func take(_ epoch: EpochRecord, of record: RunRecord) {
        self.epoch = epoch
        if metric == nil { metric = Metrics.telling(of: epoch) }
        if let metric {
            course.append(epoch.metrics.last { $0.name == metric }?.value)
            if course.count > Self.courseMax { course.removeFirst(Self.courseMax / 2) }
        }
        joules = joules.flatMap { sum in epoch.energy.map { sum + $0.joules } }
        guard let started = epoch.started?.unixSeconds, let within = epoch.durationSeconds else {
            return
        }
        let end = started + within
        let seconds = end - (ended ?? record.started?.unixSeconds ?? started)
        ended = end
        // Between epochs the same power is used as in them.
        let share = epoch.energy.flatMap { energy in
            within > 0 ? energy.joules * max(1, seconds / within) : nil
        }
        forecaster?.add(epoch: Double(epoch.number), seconds: max(0, seconds), joules: share)
    }

    /// The line for this moment; nil while it is not known which run it is of.
    func line(of tail: borrowing LedgerTail) -> StatusLine? {
        let now = WallTime.now()
        guard let number = run ?? (tail.runs.count == 1 ? tail.runs.keys.first : nil),
            let record = tail.runs[number]
        else { return nil }
        let reading = tail.reading(of: number)
        var line = StatusLine()
        line.epoch = epoch?.number
        line.lastEpoch = Self.planned(record, "last").flatMap { Int(exactly: $0) }
        line.metric = metric
        line.course = course
        line.watts = reading?.watts ?? epoch.flatMap(Self.meanPower)
        // The meters' last beat may be older than the last epoch.
        line.joules = [reading?.joules, epoch == nil ? nil : joules].compactMap(\.self).max()
        let marks = [
            epoch.map { EnergyMark($0, of: record) }, reading?.provenance.map(EnergyMark.init),
        ]
        line.sign = marks.compactMap { $0?.sign }.max() ?? ""
        line.seconds = record.started.map { max(0, now.unixSeconds - $0.unixSeconds) }
        if let last = line.lastEpoch {
            foretell(until: Double(last), reading, at: now, in: &line)
        }
        line.budget = line.joules.flatMap { Self.budgetUsed(record, joules: $0) }
        return line
    }

    /// What the run will have taken, seconds by the clock and joules as of the meters' last beat.
    private func foretell(
        until last: Double,
        _ reading: TailReading?,
        at now: WallTime,
        in line: inout StatusLine
    ) {
        let ended = ended ?? now.unixSeconds
        let begun = max(0, now.unixSeconds - ended)
        line.secondsAtEnd =
            forecaster?.forecast(until: last, elapsed: line.seconds, begun: begun)?
            .seconds.central
        let told = max(0, (reading?.time.unixSeconds ?? ended) - ended)
        line.joulesAtEnd =
            forecaster?.forecast(until: last, begun: told, used: line.joules)?
            .joules?.central
    }

    private static func meanPower(of epoch: EpochRecord) -> Double? {
        guard let energy = epoch.energy, let seconds = epoch.durationSeconds, seconds > 0 else {
            return nil
        }
        return energy.joules / seconds
    }

    /// The first or the last epoch that the run was going to have.
    private static func planned(_ record: RunRecord, _ end: String) -> Double? {
        record.extra["planned"]?[end]?.integer.map(Double.init)
    }

    /// The share of the limit that is nearest to be exceeded.
    private static func budgetUsed(_ record: RunRecord, joules: Double) -> Double? {
        guard let budget = record.extra["budget"] else { return nil }
        let kWh = joules / 3.6e6
        let limits: [(limit: String, each: Double?)] = [
            ("energy_kwh", 1), ("carbon_kg", budget["kg_per_kwh"]?.double),
            ("usd", budget["usd_per_kwh"]?.double),
        ]
        return limits.compactMap { name, each in
            guard let limit = budget[name]?.double, limit > 0, let each else { return nil }
            return kWh * each / limit
        }.max()
    }
}
