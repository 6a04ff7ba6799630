import JouleFormat

/// What a meter told at one moment: a row of telemetry.
struct MeterReading: Hashable {
    let timeNS: Int64
    /// Since the run began.
    let joules: Double
    /// On average since the reading before; nil where that is not known.
    var watts: Double?
}

/// The readings of one meter of one run, of which few are kept.
///
/// A reading goes when nothing is told by it that its neighbours do not tell more coarsely: it is not
/// the first one, lies in the same interval as the next one, and time and energy go on evenly from the
/// one before it to the next. So of an interval the last reading stays, and so do those at both sides
/// of a pause, of a counter that restarted, of a clock that was set, and of each of the `moments`. A
/// reading goes, too, when it says again what the one before it said, as those of a meter do that is
/// renewed less often than it is read. A kept reading has the time and the energy that it had. Its power
/// becomes the mean since the kept one before it, where readings between them went.
struct ThinnedReadings {
    /// How many readings went.
    private(set) var removed = 0
    /// Over the readings that are not there any more as they were.
    private var hasher = Digest.Hasher()

    private let intervalNS: Int64
    /// In order.
    private let momentsNS: [Int64]
    private var kept: MeterReading?
    private var previous: MeterReading?
    private var pending: MeterReading?
    /// How often `pending` was said again.
    private var repeats = 0
    /// The farthest of the readings before `pending`, as an `EnergyCourse` sees it.
    private var farthest: MeterReading?
    /// Whether the one before `pending` was behind the farthest, and `pending` is not.
    private var catchesUp = false

    /// `intervalNS` is positive; intervals are counted from 1970 on.
    init(intervalNS: Int64, keepingAround momentsNS: [Int64] = []) {
        self.intervalNS = intervalNS
        self.momentsNS = momentsNS.sorted()
    }

    /// SHA-256 of what went or was changed, as `joule-format.md` § 4 has it.
    var digest: Digest { hasher.digest }

    /// Takes the next reading; gives back the one before it if that stays.
    mutating func take(_ reading: MeterReading) -> MeterReading? {
        if let pending, reading.repeats(pending) {
            repeats += 1
            return nil
        }
        let result = pending.flatMap { settle($0, before: reading) }
        follow(reading)
        return result
    }

    /// The last reading, which stays; the next one that is taken is a first one again.
    mutating func finish() -> MeterReading? {
        let result = pending.flatMap { settle($0, before: nil) }
        (kept, previous, pending, farthest, catchesUp) = (nil, nil, nil, nil, false)
        return result
    }

    /// Says whether a reading stays, now that the next one is known, and drops what said it again.
    private mutating func settle(_ reading: MeterReading, before next: MeterReading?)
        -> MeterReading?
    {
        var result: MeterReading?
        if let previous, let next, goes(reading, between: previous, and: next) {
            removed += 1
            hasher.add(reading)
        } else {
            result = keep(reading)
        }
        let again = MeterReading(timeNS: reading.timeNS, joules: reading.joules, watts: nil)
        for _ in 0..<repeats { hasher.add(again) }
        removed += repeats
        repeats = 0
        return result
    }

    private mutating func follow(_ reading: MeterReading) {
        let isAhead = farthest.map { $0.isPassed(by: reading) } ?? true
        catchesUp = isAhead && pending != nil && farthest != pending
        if isAhead { farthest = reading }
        (previous, pending) = (pending, reading)
    }

    private mutating func keep(_ reading: MeterReading) -> MeterReading {
        var result = reading
        if let kept, let previous, kept.timeNS != previous.timeNS, reading.watts != nil {
            let seconds = Double(reading.timeNS - kept.timeNS) * 1e-9
            let watts = (reading.joules - kept.joules) / seconds
            result.watts = Double(bitPattern: LedgerWriter.rounded(watts))
            if result.watts?.bitPattern != reading.watts?.bitPattern { hasher.add(reading) }
        }
        kept = result
        return result
    }

    private func goes(
        _ reading: MeterReading,
        between previous: MeterReading,
        and next: MeterReading
    ) -> Bool {
        !catchesUp && reading.timeNS / intervalNS == next.timeNS / intervalNS
            && reading.goesOn(from: previous) && next.goesOn(from: reading)
            && !momentsNS.hasAny(in: previous.timeNS...next.timeNS)
    }
}

extension MeterReading {
    /// Whether it says nothing that another one did not say.
    fileprivate func repeats(_ other: MeterReading) -> Bool {
        watts == nil && timeNS == other.timeNS && joules.bitPattern == other.joules.bitPattern
    }

    /// Whether a course goes on from it to another one.
    fileprivate func isPassed(by other: MeterReading) -> Bool {
        other.timeNS > timeNS && other.joules >= joules
    }

    /// Whether it tells what was used since another one, and nothing happened between them.
    fileprivate func goesOn(from other: MeterReading) -> Bool {
        0 <= other.timeNS && other.timeNS < timeNS
            && 0 <= other.joules && other.joules <= joules && joules.isFinite
            && (watts == nil) == (other.watts == nil)
    }
}

extension Digest.Hasher {
    fileprivate mutating func add(_ reading: MeterReading) {
        let words = [
            UInt64(bitPattern: reading.timeNS), reading.joules.bitPattern,
            reading.watts?.bitPattern ?? 0,
        ]
        add(words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } })
    }
}

extension [Int64] {
    /// Whether any of sorted numbers lies in a range.
    fileprivate func hasAny(in range: ClosedRange<Int64>) -> Bool {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = low + (high - low) / 2
            if self[middle] < range.lowerBound { low = middle + 1 } else { high = middle }
        }
        return low < endIndex && self[low] <= range.upperBound
    }
}
