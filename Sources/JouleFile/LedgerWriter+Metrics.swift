import JouleFormat
import JouleSystem

extension LedgerWriter {
    /// The column of a metric, by its UTF-8 name; the first call for a name defines it.
    ///
    /// Nil when the name is empty, longer than 1024 bytes or not UTF-8, when the table has 4096
    /// columns, or when the ring has no room for the definition.
    package func metric(_ name: Span<UInt8>, of table: MetricTable) -> MetricID? {
        guard isActive else { return nil }
        return table == .epochs
            ? epochMetrics.withLock { column(of: name, at: nil, table, in: &$0) }
            : stepMetrics.withLock { column(of: name, at: nil, table, in: &$0) }
    }

    /// The name of a metric of the epochs; nil for one of another ledger.
    package func epochMetricName(_ metric: MetricID) -> String? {
        epochMetrics.withLock { $0.name(of: metric.column) }
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// Hands over a cell for each of `metrics`; names for which `metric` is nil are left out and
    /// counted.
    package func withCells(
        of metrics: [(String, Double)],
        in table: MetricTable,
        _ body: (Span<MetricCell>) -> Void
    ) {
        unsafe withUnsafeTemporaryAllocation(of: MetricCell.self, capacity: metrics.count) { room in
            // SAFETY: `room` is uninitialised, holds as many cells as are appended at the most, and
            // cells need no deinitialisation.
            var cells = unsafe OutputSpan(buffer: room, initializedCount: 0)
            if isActive, table == .epochs {
                epochMetrics.withLock { add(metrics, table, in: &$0, to: &cells) }
            } else if isActive {
                stepMetrics.withLock { add(metrics, table, in: &$0, to: &cells) }
            }
            body(cells.span)
            _ = unsafe cells.finalize(for: room)
        }
    }

    private func add(
        _ metrics: [(String, Double)],
        _ table: MetricTable,
        in registry: inout MetricRegistry,
        to cells: inout OutputSpan<MetricCell>
    ) {
        for place in metrics.indices {
            let utf8 = metrics[place].0.utf8Span
            guard let id = column(of: utf8.span, at: place, table, in: &registry) else { continue }
            cells.append(MetricCell(id: id, value: metrics[place].1))
        }
    }

    /// `place` among the metrics of one call, nil for a name that comes alone.
    private func column(
        of name: Span<UInt8>,
        at place: Int?,
        _ table: MetricTable,
        in registry: inout MetricRegistry
    ) -> MetricID? {
        if let column = registry.column(of: name, at: place) { return MetricID(column: column) }
        var bytes: [UInt8] = []
        for index in name.indices { bytes.append(name[index]) }
        guard !bytes.isEmpty, bytes.count <= Limits.nameSizeMax,
            let text = String(validating: bytes, as: UTF8.self),
            !registry.isFull
        else {
            refuse(table.id)
            return nil
        }
        let column = registry.nextColumn
        let definition = ColumnDefinition(text, .float64, role: .metric)
        let entry = RingEncoder.column(definition, number: column, table: table.id)
        guard push(entry, table: table.id) else { return nil }
        registry.add(bytes)
        return MetricID(column: column)
    }
}
