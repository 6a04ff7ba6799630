import JouleFile
import JouleQuantities

/// PHYS: the physical facts of one execution, to tell a second execution from a second record.
struct Execution: Sendable {
    private let start: WallTime
    private let end: WallTime
    private let duration: Double
    private let epochs: UInt64
    private let traits: Traits

    /// Which of the numbers are known, and more: a million runs have one each.
    private struct Traits: OptionSet {
        let rawValue: UInt8
        static let hasStart = Traits(rawValue: 1)
        static let hasEnd = Traits(rawValue: 2)
        static let hasDuration = Traits(rawValue: 4)
        static let hasEpochs = Traits(rawValue: 8)
        static let hasSubsecondFact = Traits(rawValue: 16)
    }

    /// When it began; nil when unknown or when the record's author assumed it.
    var started: WallTime? { traits.contains(.hasStart) ? start : nil }
    /// When it ended; nil when unknown, and never guessed for a run that is still going.
    var ended: WallTime? { traits.contains(.hasEnd) ? end : nil }
    var durationSeconds: Double? { traits.contains(.hasDuration) ? duration : nil }
    /// Whether some date or duration is finer than a second.
    ///
    /// Programs started together by a launcher share whole seconds.
    var hasSubsecondFact: Bool { traits.contains(.hasSubsecondFact) }
    /// A hash of the durations of the epochs; nil where there is none.
    private var epochsHash: UInt64? { traits.contains(.hasEpochs) ? epochs : nil }

    /// What a record says of it.
    struct Facts {
        var status: RunStatus
        var started: WallTime?
        var startIsAssumed: Bool
        var ended: WallTime?
        var endIsAssumed: Bool
        var durationSeconds: Double?
        /// When its last epoch ended; nil where that is not known.
        var lastEpochEnded: WallTime?
    }

    /// `epochs` are the durations of those whose duration is known.
    init(_ facts: Facts, epochs: some Sequence<Double>) {
        let started = facts.startIsAssumed ? nil : facts.started
        var duration = facts.durationSeconds
        if duration == nil, let start = started, let end = facts.ended {
            duration = Double(end.unixNanoseconds &- start.unixNanoseconds) / 1e9
        }
        // A clock that was set back, or a broken record, tells no duration.
        duration = duration.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
        let ended = Self.end(facts, started: started, duration: duration)
        var hash: UInt64?
        var isFine = duration.map { $0 != $0.rounded() } ?? false
        for seconds in epochs {
            hash = Fingerprint64.combine(hash ?? Fingerprint64.start, seconds.bitPattern)
            isFine = isFine || seconds != seconds.rounded()
        }
        let dates = (started?.unixNanoseconds ?? 0, ended?.unixNanoseconds ?? 0)
        let isWhole = dates.0 % 1_000_000_000 == 0 && dates.1 % 1_000_000_000 == 0
        start = WallTime(unixNanoseconds: dates.0)
        end = WallTime(unixNanoseconds: dates.1)
        self.duration = duration ?? 0
        self.epochs = hash ?? 0
        var traits: Traits = started == nil ? [] : .hasStart
        if ended != nil { traits.insert(.hasEnd) }
        if duration != nil { traits.insert(.hasDuration) }
        if hash != nil { traits.insert(.hasEpochs) }
        if isFine || !isWhole { traits.insert(.hasSubsecondFact) }
        self.traits = traits
    }

    /// `status` is the record's unless its process is known to be dead.
    init(_ run: RunRecord, status: RunStatus? = nil) {
        self.init(
            Facts(
                status: status ?? run.status,
                started: run.started,
                startIsAssumed: run.assumed.contains("started"),
                ended: run.ended,
                endIsAssumed: run.assumed.contains("ended"),
                durationSeconds: run.durationSeconds,
                lastEpochEnded: run.epochs.last.flatMap { epoch in
                    epoch.started?.adding(seconds: epoch.durationSeconds ?? 0)
                }
            ),
            epochs: run.epochs.lazy.compactMap(\.durationSeconds)
        )
    }

    private static func end(_ facts: Facts, started: WallTime?, duration: Double?) -> WallTime? {
        if let end = facts.ended, !facts.endIsAssumed { return end }
        guard let started, facts.status != .running else { return nil }
        if let duration { return started.adding(seconds: duration) }
        // A killed run that could not date its end lasted at least to its last epoch's end.
        return facts.lastEpochEnded
    }

    /// Whether it is known when it began and how long it took, as two records of one execution tell
    /// alike.
    var isDated: Bool { started != nil && (durationSeconds != nil || ended != nil) }

    /// A hash of all durations, the whole one's first; nil where there is none.
    var durationsHash: UInt64? {
        guard durationSeconds != nil || epochsHash != nil else { return nil }
        let whole = durationSeconds.map { Fingerprint64.combine(1, $0.bitPattern) } ?? 0
        return Fingerprint64.combine(whole, epochsHash ?? 0)
    }

    /// How much the durations say, in bits: the digits of their fractions of a second.
    func durationBits(epochs: [Double]) -> Double {
        Set([durationSeconds].compactMap { $0 } + epochs).reduce(0) { bits, duration in
            guard duration != duration.rounded(), let decimal = DecimalNumber(duration) else {
                return bits
            }
            return bits + Double(min(6, max(0, decimal.count - decimal.pointPlace))) * 3.3
        }
    }

    /// Whether both are known from their start to their end, and alike.
    func isSpanned(like other: Execution) -> Bool {
        started != nil && ended != nil && started == other.started && ended == other.ended
    }

    /// Whether something known of both shows that they cannot be one execution.
    func isDistinct(from other: Execution) -> Bool {
        func differ<Fact: Equatable>(_ left: Fact?, _ right: Fact?) -> Bool {
            if let left, let right { left != right } else { false }
        }
        if differ(started, other.started) { return true }
        if differ(ended, other.ended) { return true }
        if differ(durationSeconds, other.durationSeconds) { return true }
        return differ(epochsHash, other.epochsHash)
    }
}

// MARK: As bytes

extension Execution {
    func put(to out: inout FactsWriter) {
        out.put(UInt64(traits.rawValue))
        if traits.contains(.hasStart) { out.put(start.unixNanoseconds) }
        if traits.contains(.hasEnd) { out.put(end.unixNanoseconds) }
        if traits.contains(.hasDuration) { out.put(bits: duration) }
        if traits.contains(.hasEpochs) { out.put(bits: Double(bitPattern: epochs)) }
    }

    init(_ read: inout FactsReader) throws(FactsError) {
        traits = Traits(rawValue: UInt8(truncatingIfNeeded: try read.word()))
        let dates = (
            traits.contains(.hasStart) ? try read.integer() : 0,
            traits.contains(.hasEnd) ? try read.integer() : 0
        )
        start = WallTime(unixNanoseconds: dates.0)
        end = WallTime(unixNanoseconds: dates.1)
        duration = traits.contains(.hasDuration) ? try read.double() : 0
        epochs = traits.contains(.hasEpochs) ? try read.double().bitPattern : 0
    }
}
