import JouleMeters
import JouleQuantities

/// What one meter has said so far, as two functions of time: joules, and nanoseconds observed.
///
/// Both are piecewise linear between points and never change once a point lies behind them. Windows
/// are differences of their values at two edges, and therefore windows that tile a run add up to it.
///
/// A source that renews its value every so often shows the energy of a moment within the time since
/// then. A reading that differs from the one before it is a point in the middle of what that leaves; one
/// that does not differ tells nothing until the value is overdue. So reading often near an edge finds
/// the moment of the renewal, and with it the energy, better than the source is renewed.
struct EnergyTrace {
    /// Joules observed since the first reading.
    private(set) var joules = 0.0

    private let uncertaintyRelative: Double?
    private let refreshNS: Int64
    private let stepJoules: Double
    private let powerMax: Double
    private let sinceNS: Int64
    private var points: [Point] = []
    /// The last reading, unless it failed.
    private(set) var previous: EnergyReading?
    /// When it was made.
    private var readAtNS = Int64.min

    /// Late edges need some history; this many readings of it are kept at least.
    private static let historyMin = 256
    /// Power sensors are not integrated across longer pauses than this.
    private static let integrationNSMax: Int64 = 10_000_000_000
    /// Power sensors are read as often as they are renewed, but no more often than this.
    private static let sensorNSMin: Int64 = 100_000_000
    /// Counters are renewed in steps, so that a short time may hold the energy of a longer one.
    private static let slackSeconds = 0.1

    private struct Point {
        var at: Int64
        var joules: Double
        var observedNS: Int64
        /// How far `at` may be from the moment whose energy this is.
        var errorNS: Int64
        /// What power that changed between readings may have made of the joules up to here.
        var unseenJoules: Double
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
        /// What was not seen of a changing power in stretches that end at or before this moment.
        fileprivate var unseenBefore: Double
        /// The same with the stretch that this moment lies in.
        fileprivate var unseenThrough: Double
        /// Doubts of stretches that end at or before this moment.
        fileprivate var doubtsBefore: SIMD8<UInt32>
        /// The same with the stretch that this moment lies in.
        fileprivate var doubtsThrough: SIMD8<UInt32>
    }

    /// `sinceNS` is when the sampler began; what a source still knows of the time before is left out.
    init(of meter: any EnergyMeter, sinceNS: Int64 = .min) {
        self.sinceNS = sinceNS
        uncertaintyRelative = meter.uncertaintyRelative
        refreshNS = max(0, meter.refreshNS)
        stepJoules = max(0, meter.stepJoules)
        powerMax = meter.powerMax.map(\.watts) ?? .infinity
        points.reserveCapacity(2 * Self.historyMin)
    }

    /// The moment of the last point, failed readings included; nil before the first.
    var horizonNS: Int64? { points.last?.at }

    /// How long after a reading the next one is due, for a power that shows nothing of the time between
    /// two; nil for a counter.
    var sensorNS: Int64? {
        guard case .power? = previous else { return nil }
        return max(refreshNS, Self.sensorNSMin)
    }

    /// How long the source may take to renew its value, with what its own clock may be off by.
    var renewalNS: Int64 { refreshNS &+ refreshNS / 10 }

    /// How soon to look again while an edge waits for a renewal.
    ///
    /// Ten looks in the time of one find its moment within a tenth; a series tells its moments itself.
    var pollNS: Int64 {
        if case .series = previous { return max(1_000_000, renewalNS) }
        return max(1_000_000, renewalNS / 10)
    }

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
        let beforeNS = readAtNS
        readAtNS = at
        if case .series(let series) = reading {
            add(series, suspended: suspended)
            return
        }
        if suspended {
            append(.gap(.suspended), at: at, errorNS)
            previous = reading
            return
        }
        guard let moment = moment(of: reading, at: at, after: beforeNS, errorNS) else { return }
        if let previous, let last = points.last {
            let step = step(from: previous, to: reading, elapsedNS: moment.at &- last.at)
            append(step, at: moment.at, moment.errorNS)
        } else {
            append(.gap(.readFailed), at: moment.at, moment.errorNS)
        }
        previous = reading
    }

    /// Adds what a source tells with its own moments, each of which may be off by half a renewal.
    private mutating func add(_ series: [EnergyPoint], suspended: Bool) {
        for point in series {
            guard point.at.nanoseconds &+ refreshNS > sinceNS,
                points.last.map({ $0.at < point.at.nanoseconds }) ?? true
            else { continue }
            var step = Step.gap(suspended ? .suspended : .readFailed)
            if !suspended, case .series(let before)? = previous, let last = before.last {
                let joules = point.energy.joules - last.energy.joules
                step = joules >= 0 ? .energy(joules, EnergyFlags()) : .gap(.counterReset)
            }
            append(step, at: point.at.nanoseconds, refreshNS / 2)
            previous = .series([point])
        }
    }

    /// The moment whose energy or power a reading shows, and how far it may be off; nil for one that
    /// tells nothing new.
    private func moment(
        of reading: EnergyReading,
        at: Int64,
        after beforeNS: Int64,
        _ errorNS: Int64
    ) -> (at: Int64, errorNS: Int64)? {
        var earliest = at &- renewalNS
        switch reading {
        case .cumulative, .series:
            // A model is of the moment that it is asked for.
            return (at, errorNS)
        case .counter where reading == previous:
            if let last = points.last, at &- last.at <= renewalNS { return nil }
        case .counter:
            if previous != nil { earliest = max(earliest, beforeNS) }
        case .power:
            break
        }
        let half = (at &- earliest) / 2
        // Points stay in order: a renewal is never before one that was seen.
        let middle = max(at &- half, (points.last?.at ?? .min) &+ 1)
        return (middle, half &+ errorNS)
    }

    /// The trace at `at`; nil before anything was read.
    func edge(at: Int64) -> Edge? {
        guard let first = points.first, let last = points.last else { return nil }
        if at <= first.at { return edge(of: 0, at) }
        if at >= last.at { return edge(of: points.count - 1, at) }
        var index = points.count - 2
        while index > 0 && points[index].at > at { index -= 1 }
        return edge(behind: index, at)
    }

    /// What lies between two edges; nil when none of it was observed.
    func measured(from opened: Edge, to closed: Edge) -> MeasuredEnergy? {
        let durationNS = closed.at &- opened.at
        let observedNS = closed.observedNS &- opened.observedNS
        guard durationNS >= 0, observedNS > 0 || durationNS == 0 else { return nil }
        let joules = max(0, closed.joules - opened.joules)
        var flags = Self.flags(opened.doubtsBefore, closed.doubtsThrough)
        if opened.isInterpolated || closed.isInterpolated { flags.insert(.interpolated) }
        // What the source has not yet shown is between nothing and a step at either edge, so that the
        // difference is off by a step at most. These are half-widths of bounds, not of normal errors,
        // which is why they are not added in squares.
        let unseen = closed.unseenThrough - opened.unseenBefore
        let edges = opened.errorJoules + closed.errorJoules + unseen
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
        case energy(Double, EnergyFlags, unseen: Double = 0)
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
            return joules >= 0 ? .energy(joules, EnergyFlags()) : .gap(.counterReset)
        case (.power(let old), .power(let new)):
            guard elapsedNS <= Self.integrationNSMax else { return .gap(.readFailed) }
            let seconds = Double(elapsedNS) * 1e-9
            // At some moment in between it went from the one to the other.
            let unseen = abs(new.watts - old.watts) / 2 * seconds
            return .energy((old.watts + new.watts) / 2 * seconds, EnergyFlags(), unseen: unseen)
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
        return .energy(
            joules,
            joules + lap <= powerMax * elapsed ? .possibleDoubleWrap : EnergyFlags()
        )
    }

    private mutating func append(_ step: Step, at: Int64, _ errorNS: Int64) {
        guard var point = points.last else {
            points = [
                Point(
                    at: at,
                    joules: 0,
                    observedNS: 0,
                    errorNS: errorNS,
                    unseenJoules: 0,
                    doubts: .zero
                )
            ]
            return
        }
        let doubts: EnergyFlags
        switch step {
        case .gap(let why): doubts = why
        case .energy(let more, let why, let unseen):
            doubts = why
            joules += more
            point.unseenJoules += unseen
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

    /// The edge between the point at `index` and the next one.
    private func edge(behind index: Int, _ at: Int64) -> Edge {
        let (left, right) = (points[index], points[index + 1])
        let span = right.at &- left.at
        let passed = at &- left.at
        let isObserved = right.observedNS != left.observedNS
        let joules = right.joules - left.joules
        let distance = min(passed, right.at &- at)
        let nearer = passed <= right.at &- at ? left : right
        // Within that time the power is taken to lie between 0 and twice what it was around.
        let doubtNS = distance &+ nearer.errorNS
        return Edge(
            at: at,
            joules: left.joules + joules * (Double(passed) / Double(span)),
            observedNS: isObserved ? left.observedNS &+ passed : left.observedNS,
            errorJoules: rate(around: index) * Double(doubtNS) + stepJoules / 2,
            isInterpolated: isObserved && distance > refreshNS,
            unseenBefore: left.unseenJoules,
            unseenThrough: passed == 0 ? left.unseenJoules : right.unseenJoules,
            doubtsBefore: left.doubts,
            doubtsThrough: passed == 0 ? left.doubts : right.doubts
        )
    }

    /// The edge at, before or after all points, where nothing is observed any more.
    private func edge(of index: Int, _ at: Int64) -> Edge {
        let point = points[index]
        return Edge(
            at: at,
            joules: point.joules,
            observedNS: point.observedNS,
            errorJoules: rate(around: index) * Double(point.errorNS) + stepJoules / 2,
            isInterpolated: false,
            unseenBefore: point.unseenJoules,
            unseenThrough: point.unseenJoules,
            doubtsBefore: point.doubts,
            doubtsThrough: point.doubts
        )
    }

    /// The highest mean power of the stretches before and behind a point, in joules per nanosecond.
    private func rate(around index: Int) -> Double {
        [index - 1, index].reduce(0) { highest, start in
            guard points.indices.contains(start), points.indices.contains(start + 1) else {
                return highest
            }
            let (left, right) = (points[start], points[start + 1])
            return max(highest, (right.joules - left.joules) / Double(right.at &- left.at))
        }
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
        case .series(let points): points.allSatisfy { $0.energy.joules.isFinite }
        }
    }
}

private func squareRootOfSum(_ left: Double, _ right: Double) -> Double {
    (left * left + right * right).squareRoot()
}
