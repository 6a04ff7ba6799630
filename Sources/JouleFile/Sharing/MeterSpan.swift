package import JouleQuantities

/// What one process read of one meter, from its start to its end.
package struct MeterSpan: Sendable, Hashable {
    /// Index into the meters of the run.
    package var meter: Int
    package let startNS: Int64
    /// Equal to the start where it is not known how long the process read.
    package let endNS: Int64
    package let measured: MeasuredEnergy
    package let origin: Origin

    /// Where the readings are found.
    package struct Origin: Sendable, Hashable {
        /// Tells the processes of one run apart.
        package struct Process: Sendable, Hashable {
            package let rank: Int?
            package let started: WallTime?
        }

        package let process: Process
        /// The meter's index there.
        package let meter: Int
    }

    /// Whether it can be told what else was read at the same time.
    var isDated: Bool { Self.isPlausible(measured.energy.joules, (startNS, endNS)) }

    /// Whether a meter may have seen so many joules in a window.
    ///
    /// A power that no meter has is believed as little as no time at all: beside such a number the
    /// energies of other runs would be lost in rounding.
    static func isPlausible(_ joules: Double, _ windowNS: (start: Int64, end: Int64)) -> Bool {
        let (start, end) = windowNS
        return end > start && joules >= 0 && joules <= Double(end - start) * joulesMaxPerNS
    }

    /// A gigawatt.
    private static let joulesMaxPerNS = 1.0
}

extension RunRecord {
    /// What each of the run's processes read of each meter.
    package var meterSpans: [MeterSpan] {
        guard spans.isEmpty else { return spans }
        let window = windowNS
        var seen: Set<Int> = []
        return deviceEnergy.compactMap { item in
            let joules = item.measured.energy.joules
            guard meters.indices.contains(item.meter), joules.isFinite, joules >= 0,
                seen.insert(item.meter).inserted
            else { return nil }
            return MeterSpan(
                meter: item.meter,
                startNS: window.start,
                endNS: window.end,
                measured: item.measured,
                origin: .init(process: processName, meter: item.meter)
            )
        }
    }

    /// Of a run that one process recorded.
    var processName: MeterSpan.Origin.Process { .init(rank: rank, started: started) }

    /// From start to end, not before 1970; empty when either is not known.
    var windowNS: (start: Int64, end: Int64) { Self.windowNS(started, ended, durationSeconds) }

    static func windowNS(_ started: WallTime?, _ ended: WallTime?, _ durationSeconds: Double?)
        -> (start: Int64, end: Int64)
    {
        guard let start = started?.unixNanoseconds, start >= 0 else { return (0, 0) }
        if let end = ended?.unixNanoseconds { return (start, max(start, end)) }
        guard let seconds = durationSeconds, let length = Int64(exactly: (seconds * 1e9).rounded())
        else { return (start, start) }
        let (end, isTooLate) = start.addingReportingOverflow(length)
        return (start, isTooLate ? start : max(start, end))
    }
}
