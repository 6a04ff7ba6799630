// The functions bear the names of joulebook.h.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CJoulebook
import JouleFile
import JouleQuantities
import Joulebook

/// See `joulebook.h`.
@c @implementation
public func joulebook_metric_named(
    _ run: OpaquePointer?,
    _ table: joulebook_table,
    _ name: UnsafePointer<CChar>?,
    _ size: Int
) -> joulebook_metric {
    guard let run = unsafe object(run, RunHandle.self), let name = unsafe name, size > 0,
        let table = MetricTable(table)
    else { return 0 }
    // SAFETY: the header asks for `size` bytes at `name`.
    let bytes = unsafe UnsafeRawBufferPointer(start: name, count: size)
    return unsafe bytes.withMemoryRebound(to: UInt8.self) { bytes in
        let span = unsafe Span(_unsafeElements: bytes)
        return run.number(of: span, in: table)
    }
}

extension MetricTable {
    fileprivate init?(_ table: joulebook_table) {
        switch table {
        case JOULEBOOK_EPOCHS: self = .epochs
        case JOULEBOOK_STEPS: self = .steps
        default: return nil
        }
    }
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_step(
    _ run: OpaquePointer?,
    _ step: Int64,
    _ metrics: UnsafePointer<joulebook_metric>?,
    _ values: UnsafePointer<Double>?,
    _ count: Int
) -> joulebook_status {
    guard let run = unsafe run, unsafe areValid(metrics, values, count: count) else {
        return JOULEBOOK_INVALID
    }
    // SAFETY: the header asks for `count` numbers at both places.
    let metrics = unsafe UnsafeBufferPointer(start: metrics, count: count)
    let values = unsafe UnsafeBufferPointer(start: values, count: count)
    // SAFETY: as in `object`, and the caller holds the handle while this works: no count is needed.
    unsafe Unmanaged<RunHandle>.fromOpaque(UnsafeRawPointer(run))._withUnsafeGuaranteedRef {
        handle in
        unsafe handle.withCells(.steps, metrics, values) { handle.run.logStep(step, cells: $0) }
    }
    return JOULEBOOK_OK
}

/// A table has 4096 columns at the most, and NULL is no metric.
private func areValid(
    _ metrics: UnsafePointer<joulebook_metric>?,
    _ values: UnsafePointer<Double>?,
    count: Int
) -> Bool {
    let bothAreThere = unsafe metrics != nil && values != nil
    return count == 0 || (bothAreThere && (1...65_536).contains(count))
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_epoch_begin(_ run: OpaquePointer?, _ number: Int64) -> OpaquePointer? {
    guard let run = unsafe object(run, RunHandle.self) else { return nil }
    return unsafe retained(EpochHandle(run.run.beginEpoch(Int(number)), of: run))
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_epoch_log(
    _ epoch: OpaquePointer?,
    _ metrics: UnsafePointer<joulebook_metric>?,
    _ values: UnsafePointer<Double>?,
    _ count: Int
) -> joulebook_status {
    guard let epoch = unsafe object(epoch, EpochHandle.self),
        unsafe areValid(metrics, values, count: count)
    else { return JOULEBOOK_INVALID }
    // SAFETY: the header asks for `count` numbers at both places.
    let metrics = unsafe UnsafeBufferPointer(start: metrics, count: count)
    let values = unsafe UnsafeBufferPointer(start: values, count: count)
    unsafe epoch.run.withCells(.epochs, metrics, values) { epoch.epoch.log(cells: $0) }
    return JOULEBOOK_OK
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_epoch_end(_ epoch: OpaquePointer?) -> joulebook_status {
    guard let epoch = unsafe object(epoch, EpochHandle.self)?.epoch else {
        return JOULEBOOK_INVALID
    }
    epoch.end()
    return JOULEBOOK_OK
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_epoch_free(_ epoch: OpaquePointer?) {
    unsafe release(epoch, EpochHandle.self)
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_phase(
    _ run: OpaquePointer?,
    _ name: UnsafePointer<CChar>?
) -> OpaquePointer? {
    guard let run = unsafe object(run, RunHandle.self)?.run, let name = unsafe text(name),
        !name.isEmpty
    else { return nil }
    return unsafe retained(PhaseHandle(run.phase(name)))
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_epoch_phase(
    _ epoch: OpaquePointer?,
    _ name: UnsafePointer<CChar>?
) -> OpaquePointer? {
    guard let epoch = unsafe object(epoch, EpochHandle.self)?.epoch, let name = unsafe text(name),
        !name.isEmpty
    else { return nil }
    return unsafe retained(PhaseHandle(epoch.phase(name)))
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_run_steps(
    _ run: OpaquePointer?,
    _ first: Int64,
    _ last: Int64
) -> OpaquePointer? {
    guard let run = unsafe object(run, RunHandle.self)?.run else { return nil }
    return unsafe retained(PhaseHandle(run.steps(from: Int(first), through: Int(last))))
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_epoch_steps(
    _ epoch: OpaquePointer?,
    _ first: Int64,
    _ last: Int64
) -> OpaquePointer? {
    guard let epoch = unsafe object(epoch, EpochHandle.self)?.epoch else { return nil }
    return unsafe retained(PhaseHandle(epoch.steps(from: Int(first), through: Int(last))))
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_phase_steps(
    _ phase: OpaquePointer?,
    _ first: Int64,
    _ last: Int64
) -> OpaquePointer? {
    guard let phase = unsafe object(phase, PhaseHandle.self)?.phase else { return nil }
    return unsafe retained(PhaseHandle(phase.steps(from: Int(first), through: Int(last))))
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_phase_end(_ phase: OpaquePointer?) -> joulebook_status {
    guard let phase = unsafe object(phase, PhaseHandle.self)?.phase else {
        return JOULEBOOK_INVALID
    }
    phase.end()
    return JOULEBOOK_OK
}

/// See `joulebook.h`.
@c @implementation
public func joulebook_phase_free(_ phase: OpaquePointer?) {
    unsafe release(phase, PhaseHandle.self)
}
