import JouleFormat
package import JouleQuantities

/// Puts rows and what META documents say together into runs.
struct RunAssembly: LedgerVisitor {
    let readsRows: Bool
    /// Is told where each block begins.
    private let progress: ((_ offset: UInt64) -> Void)?
    private var epochs: [Int64: [(index: Int64, epoch: EpochRecord)]] = [:]
    private var stepCounts: [Int64: Int] = [:]
    private var energies: [Int64: [EnergyRow]] = [:]
    private var phases: [Int64: [PhaseRow]] = [:]
    private var lastReadings: [Int64: LastReadings] = [:]

    /// Runs have neither epochs nor sums where rows are not read.
    init(readsRows: Bool = true, progress: ((_ offset: UInt64) -> Void)? = nil) {
        self.readsRows = readsRows
        self.progress = progress
    }

    func keptRowsFloor(of table: UInt16) -> Int? {
        [TableID.epochs, TableID.energy, TableID.phases].contains(table) ? 1 << 16 : nil
    }

    // MARK: Taking in

    mutating func visit(block: LedgerBlock) { progress?(block.offset) }

    /// What documents say, the scan puts together.
    mutating func visit(meta document: MetaDocument) {}

    mutating func visit(rows: DataPayload, schema: TableSchema) {
        switch schema.id {
        case TableID.epochs: takeEpochs(rows, schema)
        case TableID.steps: takeSteps(rows)
        case TableID.energy: takeEnergy(rows)
        case TableID.phases: takePhases(rows, schema)
        case TableID.telemetry: takeTelemetry(rows)
        default: break
        }
    }

    /// Takes all rows of epochs, or those that are `wanted`.
    mutating func takeEpochs(
        _ rows: DataPayload,
        _ schema: TableSchema,
        _ wanted: Range<Int>? = nil
    ) {
        for (run, told, epoch) in rows.epochs(schema, wanted) {
            let index = told ?? Int64(epochs[run]?.count ?? 0)
            epochs[run, default: []].append((index, epoch))
        }
    }

    /// Steps are counted only: there may be millions.
    private mutating func takeSteps(_ rows: DataPayload) {
        guard let runs = rows.columns[0] else { return }
        for (run, part) in runs.stretches { stepCounts[run, default: 0] += part.count }
    }

    private mutating func takeEnergy(_ rows: DataPayload) {
        for row in rows.energies { energies[row.run, default: []].append(row) }
    }

    private mutating func takePhases(_ rows: DataPayload, _ schema: TableSchema) {
        for row in rows.phases(schema) { phases[row.run, default: []].append(row) }
    }

    /// Of readings, too, which may be a million a day, only the last of each meter are held.
    private mutating func takeTelemetry(_ rows: DataPayload) {
        guard let runs = rows.columns[0], let meters = rows.columns[1],
            let joules = rows.columns[3]
        else { return }
        for (run, part) in runs.stretches {
            lastReadings[run, default: LastReadings()].take(
                part,
                meters: meters,
                times: rows.columns[2],
                joules: joules
            )
        }
    }

    // MARK: Giving out

    /// The runs in the order in which the ledger names them, and what was wrong with any.
    func runs(of documents: RunDocuments, state: Integrity.State, drops: JSONObject?)
        -> (runs: [RunRecord], problems: [String])
    {
        var runs: [RunRecord] = []
        var problems: [String] = []
        for number in documents.runs {
            do {
                runs.append(try run(number, of: documents, state: state, drops: drops))
            } catch {
                problems.append("run \(number): \(error)")
            }
        }
        return (runs, problems)
    }

    /// The runs by their number in the ledger, and what was wrong with any.
    func numberedRuns(of documents: RunDocuments, isLive: Bool)
        -> (runs: [Int64: RunRecord], problems: [String])
    {
        var runs: [Int64: RunRecord] = [:]
        var problems: [String] = []
        for number in documents.runs {
            do {
                let state: Integrity.State = isLive ? .live : .torn
                runs[number] = try run(number, of: documents, state: state, drops: nil)
            } catch {
                problems.append("run \(number): \(error)")
            }
        }
        return (runs, problems)
    }

    func run(
        _ number: Int64,
        of documents: RunDocuments,
        state: Integrity.State,
        drops: JSONObject?
    ) throws(RecordError) -> RunRecord {
        var run = try RunRecord(json: .object(documents.record(of: number)))
        if run.drops == nil { run.drops = drops }
        run.stepCount = stepCounts[number] ?? 0
        // A process that died could not say so.
        if run.status == .running, run.process != nil, state != .live { run.status = .killed }
        var energyByEpoch: [Int64: [DeviceEnergy]] = [:]
        var energyByPhase: [Int64: [DeviceEnergy]] = [:]
        for row in energies[number] ?? [] where row.energy.meter < run.meters.count {
            switch row.window {
            case 0: run.deviceEnergy.append(row.energy)
            case 1: energyByEpoch[row.number, default: []].append(row.energy)
            default: energyByPhase[row.number, default: []].append(row.energy)
            }
        }
        let parts = parts(of: number, energyByPhase)
        run.phases = parts[nil]?.phases ?? []
        run.stepRanges = parts[nil]?.stepRanges ?? []
        for (index, epoch) in epochs[number] ?? [] {
            var epoch = epoch
            epoch.deviceEnergy = energyByEpoch[index] ?? []
            if epoch.energy == nil {
                epoch.energy = run.meters.total(of: epoch.deviceEnergy)?.energy
            }
            epoch.phases = parts[index]?.phases ?? []
            epoch.stepRanges = parts[index]?.stepRanges ?? []
            epoch.extra = documents.fields(ofEpoch: index, run: number)
            run.epochs.append(epoch)
        }
        complete(&run, number: number)
        return run
    }

    private typealias Parts = (phases: [PhaseRecord], stepRanges: [PhaseRecord])

    /// A run's phases with the ranges of steps in each, and the ranges in none, by epoch; those
    /// outside epochs under nil.
    private func parts(of number: Int64, _ energies: [Int64: [DeviceEnergy]]) -> [Int64?: Parts] {
        var ranges: [Int64?: [PhaseRow]] = [:]
        var named: [PhaseRow] = []
        for var row in phases[number] ?? [] {
            row.phase.deviceEnergy = energies[row.ordinal] ?? []
            if row.phase.steps == nil {
                named.append(row)
            } else {
                ranges[row.within, default: []].append(row)
            }
        }
        var parts: [Int64?: Parts] = [:]
        for var row in named {
            row.phase.stepRanges = (ranges.removeValue(forKey: row.ordinal) ?? []).map(\.phase)
            parts[row.epochIndex, default: ([], [])].phases.append(row.phase)
        }
        // Those of a phase that never ended are left, too.
        for row in ranges.values.joined().sorted(by: { $0.ordinal < $1.ordinal }) {
            parts[row.epochIndex, default: ([], [])].stepRanges.append(row.phase)
        }
        return parts
    }

    /// Fills in what a run that was not finished could not write itself.
    private func complete(_ run: inout RunRecord, number: Int64) {
        if run.durationSeconds == nil, let started = run.started {
            let last =
                run.ended
                ?? (run.epochs.compactMap(\.ended) + [lastReadings[number]?.time].compactMap { $0 })
                .max()
            run.durationSeconds = last.map { max(0, $0.unixSeconds - started.unixSeconds) }
        }
        if run.deviceEnergy.isEmpty {
            run.deviceEnergy = energySoFar(of: run, lastReadings[number])
            if !run.deviceEnergy.isEmpty { run.assumed.append("energy_j") }
        }
        if run.energy == nil { run.energy = run.meters.total(of: run.deviceEnergy)?.energy }
    }

    /// By meter the larger of what telemetry last told and what the epochs add up to.
    private func energySoFar(of run: RunRecord, _ last: LastReadings?) -> [DeviceEnergy] {
        run.meters.indices.compactMap { meter in
            let parts = run.epochs.flatMap(\.deviceEnergy).filter { $0.meter == meter }
            let epochs = parts.isEmpty ? nil : parts.reduce(0) { $0 + $1.measured.energy.joules }
            guard let joules = [last?.joules(of: meter), epochs].compactMap({ $0 }).max() else {
                return nil
            }
            let uncertainty = parts.compactMap(\.measured.uncertaintyRelative).max()
            return DeviceEnergy(
                meter: meter,
                measured: MeasuredEnergy(
                    energy: Energy(joules: joules),
                    coverage: parts.map(\.measured.coverage).min() ?? 1,
                    uncertaintyRelative: uncertainty
                )
            )
        }
    }
}

/// What telemetry last told of a run.
private struct LastReadings {
    private(set) var time: WallTime?
    /// Joules since the start, of meters of low numbers, which are all of most programs.
    private var low: [Double?] = []
    private var others: [UInt64: Double] = [:]

    private static let lowMax: UInt64 = 64

    func joules(of meter: Int) -> Double? {
        low.indices.contains(meter) ? low[meter] : others[UInt64(meter)]
    }

    mutating func take(
        _ rows: Range<Int>,
        meters: ColumnValues,
        times: ColumnValues?,
        joules: ColumnValues
    ) {
        var latest = time?.unixNanoseconds
        for row in rows where meters.has(row) && joules.has(row) {
            let (meter, value) = (meters.words[row], Double(bitPattern: joules.words[row]))
            if meter < low.count {
                low[Int(meter)] = value
            } else if meter < Self.lowMax {
                low += Array(repeating: nil, count: Int(meter) + 1 - low.count)
                low[Int(meter)] = value
            } else {
                others[meter] = value
            }
            guard let times, times.has(row) else { continue }
            let time = Int64(bitPattern: times.words[row])
            latest = max(latest ?? time, time)
        }
        time = latest.map { WallTime(unixNanoseconds: $0) }
    }
}

extension ColumnValues {
    fileprivate func has(_ row: Int) -> Bool { present?[row] ?? true }

    /// Whole numbers that several rows in a row have, and these rows; rows without one are in none.
    fileprivate var stretches: [(value: Int64, rows: Range<Int>)] {
        var stretches: [(value: Int64, rows: Range<Int>)] = []
        var row = 0
        while row < words.count {
            let start = row
            row += 1
            guard has(start) else { continue }
            while row < words.count, words[row] == words[start], has(row) { row += 1 }
            stretches.append((Int64(bitPattern: words[start]), start..<row))
        }
        return stretches
    }
}

extension EpochRecord {
    fileprivate var ended: WallTime? {
        guard let started, let durationSeconds else { return nil }
        return WallTime(unixSeconds: started.unixSeconds + durationSeconds)
    }
}

extension [MeterDescription] {
    /// The energy of one window without counting any joule twice; nil when nothing was observed.
    package func total(of parts: [DeviceEnergy]) -> MeasuredEnergy? {
        guard !parts.isEmpty else { return nil }
        var values = [MeasuredEnergy?](repeating: nil, count: count)
        for part in parts where part.meter < count { values[part.meter] = part.measured }
        return total(of: values)
    }
}
