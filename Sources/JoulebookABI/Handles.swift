import CJoulebook
import JouleFile
import JouleSystem
import Joulebook

/// What a `joulebook_run *` points to.
final class RunHandle: Sendable {
    let run: Run
    private let names = Lock(MetricNames())

    init(_ run: Run) {
        self.run = run
    }

    /// The number under which C knows a metric; 0 for none.
    func number(of name: Span<UInt8>, in table: MetricTable) -> joulebook_metric {
        guard let metric = run.metricID(name, of: table) else { return 0 }
        return names.withLock { $0.number(of: metric, in: table) }
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
            names.withLock { names in
                for index in 0..<metrics.count {
                    guard let metric = names.metric(unsafe metrics[index], in: table) else {
                        continue
                    }
                    cells.append(MetricCell(id: metric, value: unsafe values[index]))
                }
            }
            body(cells.span)
            _ = unsafe cells.finalize(for: room)
        }
    }
}

/// The metrics that were named through the C functions.
///
/// A number is its place from 1 on, with the table in the upper half, so that a number of another
/// table, or one that was never given out, is recognised.
private struct MetricNames: Sendable {
    private var metrics: [MetricTable: [MetricID]] = [:]
    private var numbers: [MetricTable: [MetricID: joulebook_metric]] = [:]

    mutating func number(of metric: MetricID, in table: MetricTable) -> joulebook_metric {
        if let number = numbers[table]?[metric] { return number }
        let place = metrics[table, default: []].count + 1
        let number = joulebook_metric(truncatingIfNeeded: place) | Self.mark(table)
        metrics[table, default: []].append(metric)
        numbers[table, default: [:]][metric] = number
        return number
    }

    func metric(_ number: joulebook_metric, in table: MetricTable) -> MetricID? {
        guard number & 0xFFFF_0000 == Self.mark(table), let known = metrics[table] else {
            return nil
        }
        let place = Int(number & 0xFFFF)
        return (1...known.count).contains(place) ? known[place - 1] : nil
    }

    private static func mark(_ table: MetricTable) -> joulebook_metric {
        table == .epochs ? 0x1_0000 : 0x2_0000
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
