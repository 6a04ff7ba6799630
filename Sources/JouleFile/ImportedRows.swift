import JouleFormat
import JouleQuantities

/// Turns the epochs and steps of records into rows of the ledger's tables.
struct ImportedRows {
    /// Rows in a full block: values come again from one imported run to the next.
    private static let blockRows = 32_768

    private var batches: [UInt16: RowBatch] = [:]
    private var epochMetrics = MetricColumns(of: TableID.epochs)
    private var stepMetrics = MetricColumns(of: TableID.steps)
    private var hasRangeColumns = false

    mutating func add(_ record: RunRecord, number: Int, to appender: inout LedgerAppender)
        throws(LedgerError)
    {
        var ordinal = 0
        for (index, epoch) in record.epochs.enumerated() {
            try add(epoch, run: number, index: index, to: &appender)
            for item in epoch.deviceEnergy {
                try add(item, run: number, window: 1, number: index, to: &appender)
            }
            for phase in epoch.phases {
                let place = ordinal
                try add(phase, run: number, ordinal: place, epoch: index, to: &appender)
                ordinal += 1
                for range in phase.stepRanges {
                    try add(
                        range,
                        run: number,
                        ordinal: ordinal,
                        epoch: index,
                        within: place,
                        to: &appender
                    )
                    ordinal += 1
                }
            }
            for range in epoch.stepRanges {
                try add(range, run: number, ordinal: ordinal, epoch: index, to: &appender)
                ordinal += 1
            }
        }
        if let steps = record.loggedSteps { try add(steps, run: number, to: &appender) }
    }

    mutating func flush(to appender: inout LedgerAppender) throws(LedgerError) {
        for (table, batch) in batches.sorted(by: { $0.key < $1.key }) {
            try appender.append(batch, table: table)
        }
        batches = [:]
    }

    private mutating func append(
        _ cells: [RingCell],
        table: UInt16,
        to appender: inout LedgerAppender
    ) throws(LedgerError) {
        if batches[table]?.hasRoom(for: cells, rowsMax: Self.blockRows) == false,
            let batch = batches.removeValue(forKey: table)
        {
            try appender.append(batch, table: table)
        }
        batches[table, default: RowBatch()].append(cells)
    }

    private mutating func add(
        _ epoch: EpochRecord,
        run: Int,
        index: Int,
        to appender: inout LedgerAppender
    ) throws(LedgerError) {
        var cells = [
            RingCell(column: 0, word: UInt64(run)), RingCell(column: 1, word: UInt64(index)),
            RingCell(column: 2, word: UInt64(bitPattern: Int64(epoch.number))),
        ]
        if let started = epoch.started {
            cells.append(RingCell(column: 3, word: UInt64(bitPattern: started.unixNanoseconds)))
        }
        if let duration = epoch.durationSeconds {
            cells.append(RingCell(column: 4, word: duration.bitPattern))
        }
        if let energy = epoch.energy {
            cells.append(RingCell(column: 5, word: energy.joules.bitPattern))
        }
        for metric in epoch.metrics {
            let column = try epochMetrics.column(of: metric.name, in: &appender)
            cells.append(RingCell(column: column, word: metric.value.bitPattern))
        }
        try append(cells, table: TableID.epochs, to: &appender)
    }

    private mutating func add(
        _ steps: LoggedSteps,
        run: Int,
        to appender: inout LedgerAppender
    ) throws(LedgerError) {
        var columns: [UInt16] = []
        for name in steps.names {
            columns.append(try stepMetrics.column(of: name, in: &appender))
        }
        try steps.rows { (points) throws(LedgerError) in
            var cells = [RingCell(column: 0, word: UInt64(run))]
            for point in points.prefix(1) {
                cells.append(RingCell(column: 1, word: UInt64(bitPattern: point.step)))
                guard let time = point.timeNS else { continue }
                cells.append(RingCell(column: 2, word: UInt64(bitPattern: time)))
            }
            for point in points {
                let column = columns[Int(point.metric)]
                cells.append(RingCell(column: column, word: point.value.bitPattern))
            }
            try append(cells, table: TableID.steps, to: &appender)
        }
    }

    private mutating func add(
        _ item: DeviceEnergy,
        run: Int,
        window: UInt64,
        number: Int,
        to appender: inout LedgerAppender
    ) throws(LedgerError) {
        let measured = item.measured
        var cells = [
            RingCell(column: 0, word: UInt64(run)), RingCell(column: 1, word: window),
            RingCell(column: 2, word: UInt64(number)),
            RingCell(column: 3, word: UInt64(item.meter)),
            RingCell(column: 4, word: measured.energy.joules.bitPattern),
            RingCell(column: 5, word: measured.coverage.bitPattern),
        ]
        if let uncertainty = measured.uncertaintyRelative {
            cells.append(RingCell(column: 6, word: uncertainty.bitPattern))
        }
        cells.append(RingCell(column: 7, word: UInt64(measured.flags.rawValue)))
        try append(cells, table: TableID.energy, to: &appender)
    }

    private mutating func defineRangeColumns(in appender: inout LedgerAppender) {
        guard !hasRangeColumns else { return }
        for (place, column) in TableSchema.stepRangeColumns.enumerated() {
            let number = LedgerWriter.firstRangeColumn + UInt16(place)
            appender.define(column, number: number, table: TableID.phases)
        }
        hasRangeColumns = true
    }

    private mutating func add(
        _ phase: PhaseRecord,
        run: Int,
        ordinal: Int,
        epoch: Int,
        within: Int? = nil,
        to appender: inout LedgerAppender
    ) throws(LedgerError) {
        var cells = [
            RingCell(column: 0, word: UInt64(run)), RingCell(column: 1, word: UInt64(ordinal)),
            RingCell(column: 2, word: UInt64(epoch)),
            RingCell(
                column: 3,
                word: UInt64(phase.name.utf8.count),
                text: phase.name
            ),
        ]
        if let started = phase.started {
            cells.append(RingCell(column: 4, word: UInt64(bitPattern: started.unixNanoseconds)))
        }
        if let duration = phase.durationSeconds {
            cells.append(RingCell(column: 5, word: duration.bitPattern))
        }
        if let steps = phase.steps {
            defineRangeColumns(in: &appender)
            let values = [steps.lowerBound, steps.upperBound] + (within.map { [Int64($0)] } ?? [])
            for (place, value) in values.enumerated() {
                let column = LedgerWriter.firstRangeColumn + UInt16(place)
                cells.append(RingCell(column: column, word: UInt64(bitPattern: value)))
            }
        }
        try append(cells, table: TableID.phases, to: &appender)
        for item in phase.deviceEnergy {
            try add(item, run: run, window: 2, number: ordinal, to: &appender)
        }
    }
}

/// The columns of one table for what runs logged, by the names of the metrics.
private struct MetricColumns {
    private let table: UInt16
    private let first: UInt16
    private var known: [ExactName: UInt16] = [:]

    init(of table: UInt16) {
        self.table = table
        first = UInt16(TableSchema.standard.first { $0.id == table }?.columns.count ?? 0)
    }

    mutating func column(of name: String, in appender: inout LedgerAppender)
        throws(LedgerError) -> UInt16
    {
        if let column = known[ExactName(name)] { return column }
        let column = first + UInt16(known.count)
        guard Int(column) < Limits.columnsMax, name.utf8.count <= Limits.nameSizeMax else {
            throw .limitExceeded(
                path: appender.file.path,
                reason: "more than \(Limits.columnsMax) metrics, or a metric name over 1024 bytes"
            )
        }
        appender.define(
            ColumnDefinition(name, .float64, role: .metric),
            number: column,
            table: table
        )
        known[ExactName(name)] = column
        return column
    }
}
