/// A hash of all metrics so far, epoch by epoch: what `Curve` compares, while a run goes on.
package struct CurveChain: Sendable, Hashable {
    /// Epochs that have ended.
    package private(set) var epochs = 0
    private(set) var hash = Fingerprint64.start

    /// Before the first epoch.
    package init() {}

    /// Takes an epoch: the sum of the terms of its metrics, in any order.
    package mutating func end(_ sum: UInt64) {
        hash = Fingerprint64.combine(hash, sum)
        epochs += 1
    }

    /// The part of a term that a metric's name makes; nil for one that tells no result.
    package static func hash(ofMetric name: String) -> UInt64? {
        Curve.tellsResults(name) ? Fingerprint64.of(name) : nil
    }

    /// What a metric adds to its epoch.
    package static func term(_ nameHash: UInt64, _ value: Double) -> UInt64 {
        Fingerprint64.combine(nameHash, value.bitPattern)
    }
}

/// How much metrics say, in bits.
///
/// Every distinct magnitude counts the digits of its shortest spelling, at most 53 bits: a
/// constant says nothing the second time, and 0.913 says 10 bits, not 64.
struct CurveInformation {
    /// Bits of magnitudes that were counted; 0 where a slot is free.
    private var slots: [UInt64] = []
    private var count = 0
    /// How many of them have all 53 bits, and how many digits the others have: whole numbers, so that
    /// the order of counting changes nothing.
    private var fullCount = 0
    private var digitCount = 0

    private static let slotsMin = 64
    private static let slotsKept = 4096

    var bits: Double { Double(53 * fullCount) + Double(digitCount) * 3.3219280948873626 }

    mutating func count(_ value: Double) {
        let magnitude = value.magnitude
        guard magnitude.isFinite, magnitude != 0, insert(magnitude.bitPattern) else { return }
        let digits = DecimalNumber.digitCount(magnitude)
        if digits < 16 { digitCount += digits } else { fullCount += 1 }
    }

    /// Forgets everything.
    mutating func reset() {
        (fullCount, digitCount) = (0, 0)
        guard count > 0 else { return }
        count = 0
        if slots.count > Self.slotsKept {
            slots = []
        } else {
            for slot in slots.indices { slots[slot] = 0 }
        }
    }

    /// Whether it is new.
    private mutating func insert(_ magnitude: UInt64) -> Bool {
        if count * 2 >= slots.count { grow() }
        let slot = Self.slot(of: magnitude, in: slots)
        guard slots[slot] == 0 else { return false }
        slots[slot] = magnitude
        count += 1
        return true
    }

    private mutating func grow() {
        var larger = [UInt64](repeating: 0, count: max(Self.slotsMin, slots.count * 4))
        for magnitude in slots where magnitude != 0 {
            larger[Self.slot(of: magnitude, in: larger)] = magnitude
        }
        slots = larger
    }

    /// Another one in each process, so that nobody can choose numbers that fall together.
    private static let secret = UInt64.random(in: .min ... .max) | 1

    /// Where it is, or has room.
    private static func slot(of magnitude: UInt64, in slots: [UInt64]) -> Int {
        let mask = slots.count - 1
        var slot = Int(truncatingIfNeeded: (magnitude &* secret) >> 32) & mask
        while slots[slot] != 0, slots[slot] != magnitude { slot = (slot + 1) & mask }
        return slot
    }
}
