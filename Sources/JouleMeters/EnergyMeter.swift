import Glibc
package import JouleQuantities

/// One source of energy readings: a counter, a power sensor, or a model.
///
/// A meter only reports what its source says; differences, wrap-around, gaps and windows are the
/// sampler's work. Meters of one library are read by one thread, in order, and never
/// concurrently with each other.
package protocol EnergyMeter: Sendable {
    /// What is measured, and how it relates to the other meters.
    var description: MeterDescription { get }

    /// Half-width of the 95 % interval relative to the energy, from the source's documentation
    /// or from published comparisons; nil when unknown.
    var uncertaintyRelative: Double? { get }

    /// How often the source renews its value, 0 when every reading is new. A window edge cannot
    /// be known better than this.
    var refreshNS: Int64 { get }

    /// By how much the source may show less than was used, because it counts in steps; 0 where they are
    /// too fine to matter.
    var stepJoules: Double { get }

    /// The highest power that the device can draw, with a wide margin.
    ///
    /// A difference above it is a restarted counter and not energy. It also tells how soon a
    /// counter may wrap. Nil for meters without a range.
    var powerMax: Power? { get }

    /// What makes its values doubtful although they could be read; asked for by any thread.
    var doubt: MeterDoubt? { get }

    /// Reads the source. `now` is the moment of the reading on the sampler's clock.
    func read(at now: Instant) throws(MeterError) -> EnergyReading
}

/// Why the values of a meter may be wrong.
package struct MeterDoubt: Sendable, Hashable {
    /// One sentence for a person.
    package let what: String
    /// When it showed.
    package let at: Instant

    package init(what: String, at: Instant) {
        self.what = what
        self.at = at
    }
}

extension EnergyMeter {
    package var stepJoules: Double { 0 }
    package var doubt: MeterDoubt? { nil }

    /// The time in which the counter of `reading` can wrap once at the earliest; nil if it cannot.
    package func wrapNS(of reading: EnergyReading) -> Int64? {
        guard case .counter(_, let range?, let unit) = reading, let powerMax, powerMax.watts > 0
        else { return nil }
        let nanoseconds = Double(range) * unit / powerMax.watts * 1e9
        return Int64(exactly: nanoseconds.rounded(.down))
    }
}

/// A meter of a device that several processes may use at once.
package protocol SharedDeviceMeter: EnergyMeter {
    /// What the processes' use of the device is.
    var use: DeviceUse { get }

    /// The processes that use the device now, with what they did since an earlier moment.
    func processes(since: Instant) throws(MeterError) -> [DeviceProcess]
}

extension SharedDeviceMeter {
    package var use: DeviceUse { .sinceThen }
}

/// What `DeviceProcess.use` is about.
package enum DeviceUse: Sendable {
    /// Work since the earlier moment, also of who has ended since.
    case sinceThen
    /// What is held of the device at this moment.
    case now
}

/// One process that uses a device.
package struct DeviceProcess: Sendable, Hashable {
    /// As the device's driver names it, which in a container may be a number of the host's.
    package let id: Int32
    /// Use of the device's multiprocessors or compute units in a unit that is the same for all; nil where
    /// it is not told.
    package let use: Double?

    package init(id: Int32, use: Double?) {
        self.id = id
        self.use = use
    }
}

/// One value read from a meter.
package enum EnergyReading: Sendable, Hashable {
    /// A cumulative counter in units of `joulesPerUnit`; with a `range`, its highest value, after
    /// which it continues from 0.
    case counter(UInt64, range: UInt64?, joulesPerUnit: Double)
    /// Joules used or modelled since some fixed moment; never decreases.
    case cumulative(Energy)
    /// Power at this moment.
    case power(Power)
    /// Joules used since some fixed moment, at moments of their own: those that became known since the
    /// last reading, in order, none of them when nothing did.
    case series([EnergyPoint])
}

/// The energy that a device had used up to a moment.
package struct EnergyPoint: Sendable, Hashable {
    package let at: Instant
    package let energy: Energy

    package init(at: Instant, energy: Energy) {
        self.at = at
        self.energy = energy
    }
}

/// Which code a reading runs through.
package enum MeterLibrary: Sendable, Hashable {
    /// Files of the kernel; read on the sampler's own thread.
    case kernelFiles
    /// A library loaded at run time, such as NVML; read on a thread of its own, so that a call that hangs
    /// stops this library's meters only.
    case driver(String)
}

/// A vendor's library that is loaded at run time, on a thread that may wait for it.
package protocol MeterDriver: Sendable {
    /// Also tells which thread its meters are read on.
    var library: MeterLibrary { get }

    /// Loads the library and looks for its devices; may take seconds, or hang.
    func open() -> FoundMeters
}

/// What a look for meters came to.
package struct FoundMeters: Sendable {
    package var meters: [any EnergyMeter]
    package var absent: [AbsentMeter]

    package init(meters: [any EnergyMeter] = [], absent: [AbsentMeter] = []) {
        self.meters = meters
        self.absent = absent
    }
}

/// Why a reading failed.
///
/// The time around it is a gap, never zero energy.
package enum MeterError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The system refused to open or read `path`; `code` is its errno.
    case unreadable(path: String, code: Int32)
    /// The content of `path` is not what its interface promises.
    case malformed(path: String, content: String)
    /// A call into a vendor's library answered with an error, or with a value that cannot be.
    case refused(call: String, reason: String)

    package var description: String {
        switch self {
        case .unreadable(let path, let code): "\(path): \(systemMessage(code))"
        case .malformed(let path, let content): "\(path): not a valid value: \"\(content)\""
        case .refused(let call, let reason): "\(call): \(reason)"
        }
    }
}

extension MeterError {
    /// Whether the system refused because of who asks.
    var isForbidden: Bool {
        guard case .unreadable(_, let code) = self else { return false }
        return code == EACCES || code == EPERM
    }
}

/// What a call into a vendor's library answered instead of a value.
struct DriverFailure: Error {
    /// In the library's own numbers.
    let status: Int
    let call: String
    /// The library's own.
    let words: String

    var error: MeterError { .refused(call: call, reason: words) }
}

/// A source that cannot be read here, and what to do about it.
package struct AbsentMeter: Sendable, Hashable {
    /// As `MeterDescription.source` would name it.
    package let source: String
    /// One sentence for a person.
    package let reason: String
    /// The command that would make it readable; nil when nothing would.
    package let remedy: String?

    package init(source: String, reason: String, remedy: String?) {
        self.source = source
        self.reason = reason
        self.remedy = remedy
    }

    /// As a run's record and `joulebook meters --json` hold it.
    package var json: JSON {
        ["source": .string(source), "reason": .string(reason), "remedy": .orNull(remedy)]
    }
}
