import JouleFormat
import JouleQuantities

/// Rows of tables as the records that readers make of them.
extension DataPayload {
    /// Rows of the table of epochs that name a run.
    func epochs(_ schema: TableSchema, _ wanted: Range<Int>? = nil)
        -> [(run: Int64, index: Int64?, epoch: EpochRecord)]
    {
        let metrics = metrics(schema)
        return (wanted ?? 0..<rows).compactMap { row in
            guard let run = integer(0, row), let number = integer(2, row) else { return nil }
            var epoch = EpochRecord(number: Int(number))
            epoch.started = integer(3, row).map(WallTime.init(unixNanoseconds:))
            epoch.durationSeconds = double(4, row)
            epoch.energy = double(5, row).map(Energy.init(joules:))
            epoch.metrics = Self.values(of: metrics, row)
            return (run, integer(1, row), epoch)
        }
    }

    /// Rows of the table of steps.
    func steps(_ schema: TableSchema) -> [StepRecord] {
        guard let runs = columns[0]?.words, let steps = columns[1]?.words else { return [] }
        let metrics = metrics(schema)
        return (0..<rows).map { row in
            StepRecord(
                run: Int(truncatingIfNeeded: runs[row]),
                step: Int64(bitPattern: steps[row]),
                time: integer(2, row).map(WallTime.init(unixNanoseconds:)),
                metrics: Self.values(of: metrics, row)
            )
        }
    }

    /// Rows of the table of phases that name a run; `range` where they are ranges of steps.
    func phases(_ schema: TableSchema) -> [PhaseRow] {
        let told = TableSchema.stepRangeColumns.map { schema.toldColumn($0) }
        return (0..<rows).compactMap { row in
            guard let run = integer(0, row), let ordinal = integer(1, row) else { return nil }
            var phase = PhaseRecord(name: string(3, row) ?? "")
            phase.started = integer(4, row).map(WallTime.init(unixNanoseconds:))
            phase.durationSeconds = double(5, row)
            let cells = told.map { $0.flatMap { integer($0, row) } }
            var within: Int64?
            if let first = cells[0], let last = cells[1] {
                let range = StepRange(first: first, last: last, within: cells[2])
                phase.steps = range.map { $0.first...$0.last }
                within = range?.within
            }
            return PhaseRow(
                run: run,
                ordinal: ordinal,
                epochIndex: integer(2, row),
                within: within,
                phase: phase
            )
        }
    }

    /// Rows of the table of energies that say which meter saw how much in which window of which run.
    var energies: [EnergyRow] {
        (0..<rows).compactMap { row in
            guard let run = integer(0, row), let window = integer(1, row),
                let number = integer(2, row), let meter = integer(3, row), meter >= 0,
                let joules = double(4, row), joules.isFinite
            else { return nil }
            let measured = MeasuredEnergy(
                energy: Energy(joules: joules),
                coverage: double(5, row) ?? 1,
                uncertaintyRelative: double(6, row),
                flags: EnergyFlags(rawValue: UInt32(truncatingIfNeeded: integer(7, row) ?? 0))
            )
            let energy = DeviceEnergy(meter: Int(meter), measured: measured)
            return EnergyRow(run: run, window: window, number: number, energy: energy)
        }
    }

    /// Some of the rows, which follow each other.
    func part(_ range: Range<Int>) -> DataPayload {
        guard range != 0..<rows else { return self }
        let kept = Array(range)
        return DataPayload(
            covered: covered,
            firstRow: firstRow &+ UInt64(range.lowerBound),
            rows: kept.count,
            columns: columns.mapValues { $0.permuted(kept) }
        )
    }

    /// The columns of numbers that programs have named.
    func metrics(_ schema: TableSchema) -> [LoggedColumn] {
        schema.columns.enumerated().compactMap { number, column in
            guard column.role == .metric, column.type != .string else { return nil }
            return columns[UInt16(number)].map { LoggedColumn(definition: column, values: $0) }
        }
    }

    private static func values(of metrics: [LoggedColumn], _ row: Int) -> [Metric] {
        metrics.compactMap { metric in
            guard metric.values.present?[row] ?? true else { return nil }
            let word = metric.values.words[row]
            let isInteger = metric.definition.type == .int64
            let value =
                isInteger ? Double(Int64(bitPattern: word)) : Double(bitPattern: word)
            return Metric(name: metric.definition.name, value: value)
        }
    }

    private func word(_ column: UInt16, _ row: Int) -> UInt64? {
        guard let values = columns[column], values.present?[row] ?? true else { return nil }
        return values.words[row]
    }

    func integer(_ column: UInt16, _ row: Int) -> Int64? {
        word(column, row).map { Int64(bitPattern: $0) }
    }

    func string(_ column: UInt16, _ row: Int) -> String? {
        guard let values = columns[column], values.present?[row] ?? true else { return nil }
        return values.strings[row]
    }

    func double(_ column: UInt16, _ row: Int) -> Double? {
        word(column, row).map { Double(bitPattern: $0) }
    }
}

/// One phase, or one range of steps.
struct PhaseRow {
    let run: Int64
    let ordinal: Int64
    /// Nil outside epochs.
    let epochIndex: Int64?
    /// The phase that a range of steps is part of.
    let within: Int64?
    var phase: PhaseRecord
}

/// What one meter saw of one window.
struct EnergyRow {
    let run: Int64
    /// 0 the run, 1 an epoch, 2 a phase.
    let window: Int64
    let number: Int64
    let energy: DeviceEnergy
}

struct LoggedColumn {
    let definition: ColumnDefinition
    let values: ColumnValues
}
