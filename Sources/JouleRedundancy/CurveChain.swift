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
    private var seen: Set<UInt64> = []
    private(set) var bits = 0.0

    mutating func count(_ value: Double) {
        let magnitude = value.magnitude
        guard magnitude.isFinite, magnitude != 0, seen.insert(magnitude.bitPattern).inserted else {
            return
        }
        bits += min(53, Double(DecimalNumber.digitCount(magnitude)) * 3.3219280948873626)
    }
}
