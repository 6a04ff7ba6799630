/// An amount of energy. The unit is in the name of every accessor, never in a comment.
public struct Energy: Sendable, Hashable, Comparable {
    /// Joules.
    public var joules: Double

    /// Kilowatt-hours: 1 kWh = 3.6e6 J.
    public var kilowattHours: Double { joules / 3.6e6 }

    /// No energy. Only for sums: a missing measurement is `nil`, never zero.
    public static let zero = Energy(joules: 0)

    public init(joules: Double) {
        self.joules = joules
    }

    public init(kilowattHours: Double) {
        self.joules = kilowattHours * 3.6e6
    }

    public static func < (left: Energy, right: Energy) -> Bool { left.joules < right.joules }

    public static func + (left: Energy, right: Energy) -> Energy {
        Energy(joules: left.joules + right.joules)
    }

    public static func += (left: inout Energy, right: Energy) { left = left + right }
}

/// A rate of energy.
public struct Power: Sendable, Hashable, Comparable {
    /// Watts.
    public var watts: Double

    public init(watts: Double) {
        self.watts = watts
    }

    public static func < (left: Power, right: Power) -> Bool { left.watts < right.watts }

    /// The energy of this power held for `seconds`.
    public func energy(overSeconds seconds: Double) -> Energy {
        Energy(joules: watts * seconds)
    }
}

/// A moment on the machine's monotonic clock (`CLOCK_MONOTONIC`). Only differences mean anything,
/// and only within one boot.
public struct Instant: Sendable, Hashable, Comparable {
    /// Nanoseconds since an arbitrary start, usually boot.
    public var nanoseconds: Int64

    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// Seconds from `earlier` to this instant; negative when it lies before.
    public func seconds(since earlier: Instant) -> Double {
        Double(nanoseconds &- earlier.nanoseconds) * 1e-9
    }
}

/// A date on the wall clock. Used to date things, never to measure durations.
public struct WallTime: Sendable, Hashable, Comparable {
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    public var unixNanoseconds: Int64

    /// Seconds since 1970-01-01T00:00:00Z, fractional.
    public var unixSeconds: Double { Double(unixNanoseconds) * 1e-9 }

    public init(unixNanoseconds: Int64) {
        self.unixNanoseconds = unixNanoseconds
    }

    /// Nil when `unixSeconds` is not finite or lies outside what nanoseconds in 64 bits can date
    /// (years 1678 to 2262).
    public init?(unixSeconds: Double) {
        guard let nanoseconds = Int64(exactly: (unixSeconds * 1e9).rounded()) else { return nil }
        self.unixNanoseconds = nanoseconds
    }

    public static func < (left: WallTime, right: WallTime) -> Bool {
        left.unixNanoseconds < right.unixNanoseconds
    }
}
