import CJoulebook
import JouleFile
import Joulebook
import Synchronization

/// What a `joulebook_run *` points to.
final class RunHandle: Sendable {
    let run: Run
    private let epochNumbers = MetricNumbers(.epochs)
    private let stepNumbers = MetricNumbers(.steps)

    init(_ run: Run) {
        self.run = run
    }

    /// The number under which C knows a metric; 0 for none.
    func number(of name: Span<UInt8>, in table: MetricTable) -> joulebook_metric {
        guard let metric = run.metricID(name, of: table) else { return 0 }
        return switch table {
        case .epochs: epochNumbers.number(of: metric)
        case .steps: stepNumbers.number(of: metric)
        }
    }

    /// Hands over cells for the given numbers; those that name no metric of `table` are left out.
    ///
    /// Takes no lock, which a forked child could wait for without end.
    @inline(__always)
    func withCells(
        _ table: MetricTable,
        _ metrics: UnsafeBufferPointer<joulebook_metric>,
        _ values: UnsafeBufferPointer<Double>,
        _ body: (Span<MetricCell>) -> Void
    ) {
        unsafe withUnsafeTemporaryAllocation(of: MetricCell.self, capacity: metrics.count) { room in
            // SAFETY: `room` is uninitialised, holds as many cells as are appended at the most, and
            // cells need no deinitialisation; both buffers have the same count.
            var cells = unsafe OutputSpan(buffer: room, initializedCount: 0)
            for index in metrics.indices {
                // A comparison of tables with `==` would be one of any type, by a table of functions.
                let metric =
                    switch table {
                    case .epochs: epochNumbers.metric(unsafe metrics[index])
                    case .steps: stepNumbers.metric(unsafe metrics[index])
                    }
                guard let metric else { continue }
                cells.append(MetricCell(id: metric, value: unsafe values[index]))
            }
            body(cells.span)
            _ = unsafe cells.finalize(for: room)
        }
    }
}

/// The numbers by which C knows the metrics of one table.
///
/// A number is a column with the table in the upper half, so that a number of another table, or one
/// beyond those that were given out, is recognised.
private struct MetricNumbers: ~Copyable, Sendable {
    private let mark: joulebook_metric
    private let first: joulebook_metric
    /// Behind the last that was given out: columns are given in their order.
    private let end: Atomic<joulebook_metric>

    init(_ table: MetricTable) {
        mark =
            switch table {
            case .epochs: 0x1_0000
            case .steps: 0x2_0000
            }
        first = mark | joulebook_metric(table.firstColumn)
        end = Atomic(first)
    }

    func number(of metric: MetricID) -> joulebook_metric {
        let number = mark | joulebook_metric(metric.column)
        _ = end.max(number + 1, ordering: .relaxed)
        return number
    }

    @inline(__always)
    func metric(_ number: joulebook_metric) -> MetricID? {
        guard number >= first, number < end.load(ordering: .relaxed) else { return nil }
        return MetricID(column: UInt16(truncatingIfNeeded: number))
    }
}

/// What a `joulebook_epoch *` points to.
final class EpochHandle: Sendable {
    let epoch: Epoch
    let run: RunHandle

    init(_ epoch: Epoch, of run: RunHandle) {
        self.epoch = epoch
        self.run = run
    }
}

/// What a `joulebook_phase *` points to.
final class PhaseHandle: Sendable {
    let phase: Phase

    init(_ phase: Phase) {
        self.phase = phase
    }
}

/// Gives a handle to C, which lets it go with `release`.
func retained(_ handle: some AnyObject) -> OpaquePointer {
    unsafe OpaquePointer(Unmanaged.passRetained(handle).toOpaque())
}

/// The object of a handle; nil for NULL.
func object<Handle: AnyObject>(_ pointer: OpaquePointer?, _: Handle.Type) -> Handle? {
    guard let pointer = unsafe pointer else { return nil }
    // SAFETY: the header's types keep handles of different kinds apart, and a handle is valid until
    // its free.
    return unsafe Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
}

/// Ends what `retained` began.
func release<Handle: AnyObject>(_ pointer: OpaquePointer?, _: Handle.Type) {
    guard let pointer = unsafe pointer else { return }
    // SAFETY: as above; the header asks for one free a handle.
    unsafe Unmanaged<Handle>.fromOpaque(UnsafeRawPointer(pointer)).release()
}
