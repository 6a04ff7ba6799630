import CJoulebook
import JouleFile
import JouleSystem
import Joulebook

/// What a `joulebook_run *` points to.
final class RunHandle: Sendable {
    let run: Run
    private let epochNames = Lock(MetricNames(.epochs))
    private let stepNames = Lock(MetricNames(.steps))

    init(_ run: Run) {
        self.run = run
    }

    /// The number under which C knows a metric; 0 for none.
    func number(of name: Span<UInt8>, in table: MetricTable) -> joulebook_metric {
        guard let metric = run.metricID(name, of: table) else { return 0 }
        return switch table {
        case .epochs: epochNames.withLock { $0.number(of: metric) }
        case .steps: stepNames.withLock { $0.number(of: metric) }
        }
    }

    /// Hands over cells for the given numbers; those that name no metric of `table` are left out.
    ///
    /// Where nothing is kept the call is only counted: in a forked child the lock may be held for
    /// ever.
    func withCells(
        _ table: MetricTable,
        _ metrics: UnsafeBufferPointer<joulebook_metric>,
        _ values: UnsafeBufferPointer<Double>,
        _ body: (Span<MetricCell>) -> Void
    ) {
        guard run.isRecording else { return run.noteLateCall() }
        unsafe withUnsafeTemporaryAllocation(of: MetricCell.self, capacity: metrics.count) { room in
            // SAFETY: `room` is uninitialised, holds as many cells as are appended at the most, and
            // cells need no deinitialisation; both buffers have the same count.
            var cells = unsafe OutputSpan(buffer: room, initializedCount: 0)
            // A comparison with `==` would be one of any type, by its table of functions.
            switch table {
            case .epochs: epochNames.withLock { unsafe $0.add(metrics, values, to: &cells) }
            case .steps: stepNames.withLock { unsafe $0.add(metrics, values, to: &cells) }
            }
            body(cells.span)
            _ = unsafe cells.finalize(for: room)
        }
    }
}

/// The metrics of one table that were named through the C functions.
///
/// A number is its place from 1 on, with the table in the upper half, so that a number of another
/// table, or one that was never given out, is recognised.
private struct MetricNames: Sendable {
    private let mark: joulebook_metric
    private var metrics: [MetricID] = []
    private var numbers: [MetricID: joulebook_metric] = [:]

    init(_ table: MetricTable) {
        mark =
            switch table {
            case .epochs: 0x1_0000
            case .steps: 0x2_0000
            }
    }

    mutating func number(of metric: MetricID) -> joulebook_metric {
        if let number = numbers[metric] { return number }
        metrics.append(metric)
        let number = joulebook_metric(truncatingIfNeeded: metrics.count) | mark
        numbers[metric] = number
        return number
    }

    /// Adds the cells of those numbers that name a metric of the table.
    func add(
        _ chosen: UnsafeBufferPointer<joulebook_metric>,
        _ values: UnsafeBufferPointer<Double>,
        to cells: inout OutputSpan<MetricCell>
    ) {
        // SAFETY: the caller gives two buffers of the same count.
        for index in chosen.indices {
            guard let metric = unsafe metric(chosen[index]) else { continue }
            cells.append(MetricCell(id: metric, value: unsafe values[index]))
        }
    }

    private func metric(_ number: joulebook_metric) -> MetricID? {
        let place = Int(number & 0xFFFF)
        guard number & 0xFFFF_0000 == mark, place >= 1, place <= metrics.count else {
            return nil
        }
        return metrics[place - 1]
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
