import JouleFormat
package import JouleQuantities

/// A row that a followed ledger gives, with the number of its run in the ledger.
package enum TailRow: Sendable, Hashable {
    case epoch(run: Int64, index: Int64, EpochRecord)
    case step(StepRecord)

    package var run: Int64 {
        switch self {
        case .epoch(let run, _, _): run
        case .step(let step): Int64(step.run)
        }
    }
}

/// What the meters of a run told last.
package struct TailReading: Sendable, Hashable {
    /// Since the run began.
    package var joules: Double
    /// Nil before a meter has told twice.
    package var watts: Double?
    package var time: WallTime
    /// The weakest of what it is known by.
    package var provenance: Provenance?
}

/// Brings epochs and steps into the order in which they were logged, and epochs together with their
/// energy, which meters tell a moment after the epoch has ended.
struct TailQueue {
    /// How far the reading has come.
    enum Moment {
        /// Rows of the same time may follow at once.
        case within
        /// Everything that is there was read.
        case caughtUp
        /// Nothing is to come any more.
        case end
    }

    private struct Epoch {
        let run: Int64
        let index: Int64
        let record: EpochRecord
        let seen: ContinuousClock.Instant
        /// In which round of reading it came.
        let round: Int

        /// When it was logged; nil when it does not say.
        var ended: WallTime? {
            guard let started = record.started, let seconds = record.durationSeconds else {
                return nil
            }
            return started.adding(seconds: seconds)
        }
    }

    private struct Window: Hashable {
        let run: Int64
        let number: Int64
    }

    /// Whether steps are to come at all; if so, epochs wait for those before them.
    private let hasSteps: Bool
    private var epochs: ArraySlice<Epoch> = []
    private var round = 0
    private var steps: ArraySlice<StepRecord> = []
    /// By meter.
    private var parts: [Window: [Int: DeviceEnergy]] = [:]
    /// Those of `parts` and some that are not there any more, oldest first.
    private var windows: ArraySlice<Window> = []
    /// By run the last epoch whose energy has come.
    private var lastWithEnergy: [Int64: Int64] = [:]
    /// By run and meter.
    private var totals: [Int64: [Int: DeviceEnergy]] = [:]
    private var epochCounts: [Int64: Int] = [:]
    /// By run and meter, what telemetry told last.
    private var readings: [Int64: [Int: TailReading]] = [:]
    private var readingCount = 0

    /// The meters of a run that lives are waited for so long.
    private static let patience = Duration.seconds(3)
    /// So many rows are held back at most, and of so many windows the energy, the newest ones: their
    /// epochs may never come.
    private static let rowsMax = 1 << 16
    /// No machine has more meters.
    private static let metersMax = 1 << 12

    init(hasSteps: Bool) {
        self.hasSteps = hasSteps
    }

    // MARK: Taking in

    mutating func take(_ rows: DataPayload, _ schema: TableSchema) {
        switch schema.id {
        case TableID.epochs:
            let now = ContinuousClock.now
            for (run, told, record) in rows.epochs(schema) {
                let index = told ?? Int64(epochCounts[run] ?? 0)
                epochCounts[run, default: 0] += 1
                epochs.append(
                    Epoch(run: run, index: index, record: record, seen: now, round: round)
                )
            }
        case TableID.steps: steps += rows.steps(schema)
        case TableID.energy: for row in rows.energies { take(row) }
        case TableID.telemetry: takeReadings(rows)
        default: break
        }
    }

    private mutating func takeReadings(_ rows: DataPayload) {
        for row in 0..<rows.rows {
            guard let run = rows.integer(0, row),
                let meter = rows.integer(1, row).flatMap({ Int(exactly: $0) }),
                0..<Self.metersMax ~= meter,
                let time = rows.integer(2, row).map(WallTime.init(unixNanoseconds:)),
                let joules = rows.double(3, row), joules.isFinite
            else { continue }
            if let known = readings[run]?[meter]?.time {
                if time < known { continue }
            } else {
                guard readingCount < Self.rowsMax else { continue }
                readingCount += 1
            }
            let reading = TailReading(joules: joules, watts: rows.double(4, row), time: time)
            readings[run, default: [:]][meter] = reading
        }
    }

    /// What a meter saw of one window may come twice.
    private mutating func take(_ row: EnergyRow) {
        let meter = row.energy.meter
        switch row.window {
        case 0: totals[row.run, default: [:]][meter] = row.energy
        case 1:
            let window = Window(run: row.run, number: row.number)
            if parts[window] == nil { windows.append(window) }
            parts[window, default: [:]][meter] = row.energy
            if windows.count > Self.rowsMax { parts[windows.removeFirst()] = nil }
            lastWithEnergy[row.run] = max(lastWithEnergy[row.run] ?? row.number, row.number)
        default: break
        }
    }

    // MARK: Giving out

    /// What the meters saw of a whole run.
    func total(of run: Int64) -> [DeviceEnergy] { Self.sorted(totals[run]) }

    /// What all meters of a run told last, each joule counted once.
    func reading(of run: Int64, meters: [MeterDescription]) -> TailReading? {
        guard let found = readings[run] else { return nil }
        let told = meters.additive { found[$0] != nil }
        let parts = told.compactMap { found[$0] }
        guard var sum = parts.first else { return nil }
        sum.provenance = told.map { meters[$0].provenance }.max()
        for part in parts.dropFirst() {
            sum.joules += part.joules
            sum.watts = sum.watts.flatMap { watts in part.watts.map { watts + $0 } }
            sum.time = max(sum.time, part.time)
        }
        return sum
    }

    private static func sorted(_ energies: [Int: DeviceEnergy]?) -> [DeviceEnergy] {
        (energies ?? [:]).values.sorted { $0.meter < $1.meter }
    }

    /// The rows whose turn it is.
    mutating func rows(at moment: Moment, of runs: [Int64: RunRecord]) -> [TailRow] {
        var rows: [TailRow] = []
        while let row = next(at: moment, of: runs) { rows.append(row) }
        if moment == .caughtUp { round += 1 }
        return rows
    }

    private mutating func next(at moment: Moment, of runs: [Int64: RunRecord]) -> TailRow? {
        let isFull = epochs.count + steps.count > Self.rowsMax
        guard let epoch = epochs.first, isNext(epoch, at: moment, isFull: isFull) else {
            // A step that comes before the next epoch, or there is none.
            guard epochs.isEmpty || !steps.isEmpty else { return nil }
            return steps.popFirst().map(TailRow.step)
        }
        guard isFull || isWhole(epoch, at: moment, meters: runs[epoch.run]?.meters) else {
            return nil
        }
        epochs.removeFirst()
        return complete(epoch, meters: runs[epoch.run]?.meters ?? [])
    }

    /// Whether no step comes before an epoch, nor may come: a round that sees an epoch may have read
    /// the steps a moment before, so that those of this epoch come with the next round.
    private func isNext(_ epoch: Epoch, at moment: Moment, isFull: Bool) -> Bool {
        guard hasSteps, let ended = epoch.ended else { return true }
        if let step = steps.first { return step.time.map { ended <= $0 } ?? false }
        return isFull || moment == .end || moment == .caughtUp && epoch.round < round
    }

    /// Whether the energy of an epoch is all there, or will not come any more.
    private func isWhole(_ epoch: Epoch, at moment: Moment, meters: [MeterDescription]?) -> Bool {
        if epoch.record.energy != nil || moment == .end { return true }
        let found = parts[Window(run: epoch.run, number: epoch.index)]
        let meters = meters ?? []
        if let found, !meters.isEmpty {
            if found.count >= meters.count { return true }
            // What the meters of one library saw of a window comes at once, but not that of all.
            if lastWithEnergy[epoch.run] ?? 0 > epoch.index { return true }
        }
        guard moment == .caughtUp else { return false }
        return meters.isEmpty || ContinuousClock.now - epoch.seen > Self.patience
    }

    private mutating func complete(_ epoch: Epoch, meters: [MeterDescription]) -> TailRow {
        let window = Window(run: epoch.run, number: epoch.index)
        let found = Self.sorted(parts.removeValue(forKey: window))
        var record = epoch.record
        record.deviceEnergy = found.filter { $0.meter < meters.count }
        record.energy = record.energy ?? meters.total(of: record.deviceEnergy)?.energy
        return .epoch(run: epoch.run, index: epoch.index, record)
    }
}
