/// An amount of energy; the unit is in the name of every accessor.
public struct Energy: Sendable, Hashable, Comparable {
    /// Joules.
    public var joules: Double

    /// Kilowatt-hours: 1 kWh = 3.6e6 J.
    public var kilowattHours: Double { joules / 3.6e6 }

    /// No energy, for sums only: a missing measurement is nil, never zero.
    public static let zero = Energy(joules: 0)

    /// An energy given in joules.
    public init(joules: Double) {
        self.joules = joules
    }

    /// An energy given in kilowatt-hours.
    public init(kilowattHours: Double) {
        self.joules = kilowattHours * 3.6e6
    }

    /// Orders by size.
    public static func < (left: Energy, right: Energy) -> Bool { left.joules < right.joules }

    /// The sum of two energies of one boundary.
    public static func + (left: Energy, right: Energy) -> Energy {
        Energy(joules: left.joules + right.joules)
    }

    /// Adds an energy of the same boundary.
    public static func += (left: inout Energy, right: Energy) { left = left + right }
}

/// A rate of energy.
public struct Power: Sendable, Hashable, Comparable {
    /// Watts.
    public var watts: Double

    /// A power given in watts.
    public init(watts: Double) {
        self.watts = watts
    }

    /// Orders by size.
    public static func < (left: Power, right: Power) -> Bool { left.watts < right.watts }
}

/// A moment on the machine's monotonic clock (`CLOCK_MONOTONIC`).
///
/// Only differences mean anything, and only within one boot.
public struct Instant: Sendable, Hashable, Comparable {
    /// Nanoseconds since an arbitrary start, usually boot.
    public var nanoseconds: Int64

    /// A reading of the monotonic clock.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Orders by size.
    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// Seconds from `earlier` to this instant; negative when it lies before.
    public func seconds(since earlier: Instant) -> Double {
        Double(nanoseconds &- earlier.nanoseconds) * 1e-9
    }
}

/// A date on the wall clock, used to date things and never to measure durations.
public struct WallTime: Sendable, Hashable, Comparable {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    public var unixNanoseconds: Int64

    /// Seconds since 1970-01-01T00:00:00Z, fractional.
    public var unixSeconds: Double {
        // Whole seconds and their rest apart, because nanoseconds since 1970 exceed 53 bits.
        let (seconds, rest) = unixNanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return Double(seconds) + Double(rest) / 1e9
    }

    /// A date given in nanoseconds since 1970.
    public init(unixNanoseconds: Int64) {
        self.unixNanoseconds = unixNanoseconds
    }

    /// A date given in seconds since 1970.
    ///
    /// Nil when `unixSeconds` is not finite or lies outside the years 1678 to 2262, which is what
    /// nanoseconds in 64 bits can date.
    public init?(unixSeconds: Double) {
        let whole = unixSeconds.rounded(.down)
        guard let seconds = Int64(exactly: whole) else { return nil }
        let rest = Int64(((unixSeconds - whole) * 1e9).rounded())
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = product.addingReportingOverflow(rest)
        guard !overflow, !carry else { return nil }
        self.unixNanoseconds = sum
    }

    /// So many seconds later, to the nanosecond; nil when that leaves the range of dates.
    package func adding(seconds: Double) -> WallTime? {
        guard let nanoseconds = Int64(exactly: (seconds * 1e9).rounded()) else { return nil }
        let (sum, overflow) = unixNanoseconds.addingReportingOverflow(nanoseconds)
        return overflow ? nil : WallTime(unixNanoseconds: sum)
    }

    /// Orders by size.
    public static func < (left: WallTime, right: WallTime) -> Bool {
        left.unixNanoseconds < right.unixNanoseconds
    }
}
