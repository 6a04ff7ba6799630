import JouleQuantities

/// How a writer keeps its promises, once it is known whether there is a mapped ring.
struct WriterPolicy: Sendable {
    /// What was asked for.
    let asked: Durability
    /// Whether the newest rows outlive the process.
    let hasRing: Bool
    let timing: WriterTiming

    /// What is promised: without a ring, rows that no call waits for may die with the process.
    var inForce: Durability { asked == .ring && !hasRing ? .none : asked }

    /// Whether blocks are written back at all.
    var isSynchronised: Bool { asked != .none }

    /// Whether blocks are cut early because only they outlive the process.
    var cutsEarly: Bool { !hasRing && asked != .none }

    /// Whether a slot may be reused before its block is on disk, should the ring be filling up: not
    /// where a call has waited for the row.
    var mayReuseEarly: Bool { asked == .none || asked == .ring }
}

/// How often the writer's thread does what; tests of faults and kills ask for shorter times.
package struct WriterTiming: Sendable {
    /// How often the ring is brought to disk against power loss.
    package var beatNS: Int64 = 1_000_000_000
    /// Rows wait at most this long for their block.
    package var blockIntervalNS: Int64 = 60_000_000_000

    package init() {}

    /// Fifty times as often as usual.
    package static var hasty: WriterTiming {
        var timing = WriterTiming()
        timing.beatNS /= 50
        timing.blockIntervalNS /= 1000
        return timing
    }
}
