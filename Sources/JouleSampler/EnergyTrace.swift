import JouleMeters
import JouleQuantities

/// What one meter has said so far, as two functions of time: joules, and nanoseconds observed.
///
/// Both are piecewise linear between readings and never change once a reading lies behind them.
/// Windows are differences of their values at two edges, and therefore windows that tile a run add
/// up to it.
struct EnergyTrace {
    /// Joules observed since the first reading.
    private(set) var joules = 0.0

    private let uncertaintyRelative: Double?
    private let refreshNS: Int64
    private let powerMax: Double
    private var points: [Point] = []
    /// The last reading, unless it failed.
    private(set) var previous: EnergyReading?

    /// Late edges need some history; this many readings of it are kept at least.
    private static let historyMin = 256
    /// Power sensors are not integrated across longer pauses than this.
    private static let integrationNSMax: Int64 = 10_000_000_000
    /// Counters are renewed in steps, so that a short time may hold the energy of a longer one.
    private static let slackSeconds = 0.1

    private struct Point {
        var at: Int64
        var joules: Double
        var observedNS: Int64
        /// Half of the time that the reading took.
        var errorNS: Int64
        /// How many stretches up to here have each doubt, indexed like the bits of `EnergyFlags`.
        var doubts: SIMD8<UInt32>
    }

    /// The trace at one moment.
    struct Edge {
        fileprivate var at: Int64
        fileprivate var joules: Double
        fileprivate var observedNS: Int64
        /// What the energy up to here may be wrong by because readings are apart, in joules.
        fileprivate var errorJoules: Double
        fileprivate var isInterpolated: Bool
        /// Doubts of stretches that end at or before this moment.
        fileprivate var doubtsBefore: SIMD8<UInt32>
        /// The same with the stretch that this moment lies in.
        fileprivate var doubtsThrough: SIMD8<UInt32>
    }

    init(of meter: any EnergyMeter) {
        uncertaintyRelative = meter.uncertaintyRelative
        refreshNS = max(0, meter.refreshNS)
        powerMax = meter.powerMax.map(\.watts) ?? .infinity
        points.reserveCapacity(2 * Self.historyMin)
    }

    /// The moment of the last reading, failed ones included; nil before the first.
    var horizonNS: Int64? { points.last?.at }

    /// Whether the last reading succeeded.
    var isLive: Bool { previous != nil }

    /// Adds a reading that was made within `errorNS` of `at`.
    mutating func add(
        _ result: Result<EnergyReading, MeterError>,
        at: Int64,
        errorNS: Int64,
        suspended: Bool
    ) {
        guard points.isEmpty || points[points.count - 1].at < at else { return }
        guard case .success(let reading) = result, reading.isSane else {
            append(.gap(.readFailed), at: at, errorNS)
            previous = nil
            return
        }
        if suspended {
            append(.gap(.suspended), at: at, errorNS)
        } else if let previous, let last = points.last {
            let step = step(from: previous, to: reading, elapsedNS: at &- last.at)
            append(step, at: at, errorNS)
        } else {
            append(.gap(.readFailed), at: at, errorNS)
        }
        previous = reading
    }

    /// The trace at `at`; nil before anything was read.
    func edge(at: Int64) -> Edge? {
        guard let first = points.first, let last = points.last else { return nil }
        if at <= first.at { return Self.edge(of: first, at) }
        if at >= last.at { return Self.edge(of: last, at) }
        var index = points.count - 2
        while index > 0 && points[index].at > at { index -= 1 }
        return edge(between: points[index], points[index + 1], at)
    }

    /// What lies between two edges; nil when none of it was observed.
    func measured(from opened: Edge, to closed: Edge) -> MeasuredEnergy? {
        let durationNS = closed.at &- opened.at
        let observedNS = closed.observedNS &- opened.observedNS
        guard durationNS >= 0, observedNS > 0 || durationNS == 0 else { return nil }
        let joules = max(0, closed.joules - opened.joules)
        var flags = Self.flags(opened.doubtsBefore, closed.doubtsThrough)
        if opened.isInterpolated || closed.isInterpolated { flags.insert(.interpolated) }
        let edges = squareRootOfSum(opened.errorJoules, closed.errorJoules)
        let relative = uncertaintyRelative.flatMap {
            joules > 0 ? squareRootOfSum($0, edges / joules) : nil
        }
        return MeasuredEnergy(
            energy: Energy(joules: joules),
            coverage: durationNS == 0 ? 1 : min(1, Double(observedNS) / Double(durationNS)),
            uncertaintyRelative: relative,
            flags: flags
        )
    }

    // MARK: Steps

    private enum Step {
        case energy(Double, EnergyFlags)
        case gap(EnergyFlags)
    }

    private func step(
        from old: EnergyReading,
        to new: EnergyReading,
        elapsedNS: Int64
    ) -> Step {
        switch (old, new) {
        case (.counter(let old, let range, let unit), .counter(let new, let newRange, let newUnit))
        where range == newRange && unit == newUnit:
            return counted(old, new, range, unit, elapsedNS)
        case (.cumulative(let old), .cumulative(let new)):
            let joules = new.joules - old.joules
            return joules >= 0 ? .energy(joules, []) : .gap(.counterReset)
        case (.power(let old), .power(let new)):
            guard elapsedNS <= Self.integrationNSMax else { return .gap(.readFailed) }
            return .energy((old.watts + new.watts) / 2 * Double(elapsedNS) * 1e-9, [])
        default:
            // The source changed its kind or its range: another counter than before.
            return .gap(.counterReset)
        }
    }

    private func counted(
        _ old: UInt64,
        _ new: UInt64,
        _ range: UInt64?,
        _ unit: Double,
        _ elapsedNS: Int64
    ) -> Step {
        let elapsed = Double(elapsedNS) * 1e-9
        // A smaller reading is one lap of the counter, or its restart when a lap would have taken
        // more power than the device can draw. It is never negative energy.
        var units = new &- old
        if new < old {
            guard let range, old <= range else { return .gap(.counterReset) }
            units = range - old &+ new &+ 1
        }
        let joules = Double(units) * unit
        guard joules <= powerMax * (elapsed + Self.slackSeconds) else {
            return .gap(.counterReset)
        }
        let lap = range.map { (Double($0) + 1) * unit } ?? .infinity
        return .energy(joules, joules + lap <= powerMax * elapsed ? .possibleDoubleWrap : [])
    }

    private mutating func append(_ step: Step, at: Int64, _ errorNS: Int64) {
        guard var point = points.last else {
            points = [Point(at: at, joules: 0, observedNS: 0, errorNS: errorNS, doubts: .zero)]
            return
        }
        let doubts: EnergyFlags
        switch step {
        case .gap(let why): doubts = why
        case .energy(let more, let why):
            doubts = why
            joules += more
            point.observedNS &+= at &- point.at
        }
        for bit in 0..<8 where doubts.rawValue >> UInt32(bit) & 1 == 1 {
            point.doubts[bit] &+= 1
        }
        point.joules = joules
        point.at = at
        point.errorNS = errorNS
        if points.count >= 2 * Self.historyMin { points.removeFirst(Self.historyMin) }
        points.append(point)
    }

    // MARK: Edges

    private func edge(between left: Point, _ right: Point, _ at: Int64) -> Edge {
        let span = right.at &- left.at
        let passed = at &- left.at
        let isObserved = right.observedNS != left.observedNS
        let joules = right.joules - left.joules
        let distance = min(passed, right.at &- at)
        // Within `distance` of a reading the power is taken to lie between 0 and twice the mean.
        let doubtNS = distance &+ refreshNS / 2 &+ max(left.errorNS, right.errorNS)
        return Edge(
            at: at,
            joules: left.joules + joules * (Double(passed) / Double(span)),
            observedNS: isObserved ? left.observedNS &+ passed : left.observedNS,
            errorJoules: joules * Double(doubtNS) / Double(span),
            isInterpolated: isObserved && distance > refreshNS,
            doubtsBefore: left.doubts,
            doubtsThrough: passed == 0 ? left.doubts : right.doubts
        )
    }

    /// The edge at, before or after all readings, where nothing is observed any more.
    private static func edge(of point: Point, _ at: Int64) -> Edge {
        Edge(
            at: at,
            joules: point.joules,
            observedNS: point.observedNS,
            errorJoules: 0,
            isInterpolated: false,
            doubtsBefore: point.doubts,
            doubtsThrough: point.doubts
        )
    }

    private static func flags(_ before: SIMD8<UInt32>, _ through: SIMD8<UInt32>) -> EnergyFlags {
        var flags = EnergyFlags()
        for bit in 0..<8 where before[bit] != through[bit] {
            flags.insert(EnergyFlags(rawValue: 1 << UInt32(bit)))
        }
        return flags
    }
}

extension EnergyReading {
    /// Whether the numbers are numbers that energy can be computed with.
    fileprivate var isSane: Bool {
        switch self {
        case .counter(_, _, let unit): unit.isFinite && unit > 0
        case .cumulative(let energy): energy.joules.isFinite
        case .power(let power): power.watts.isFinite && power.watts >= 0
        }
    }
}

private func squareRootOfSum(_ left: Double, _ right: Double) -> Double {
    (left * left + right * right).squareRoot()
}
