import JouleFile
import JouleQuantities

/// What a run computed, bit for bit, without anything that measures time.
struct Curve: Sendable, Hashable {
    /// For each epoch in order, a hash of its metrics and of all epochs before it, so that runs of
    /// different length compare at every epoch.
    let prefixes: [UInt64]
    /// A hash of the final metrics; taken when no epoch holds a metric.
    let final: UInt64?

    /// Nil when the run recorded no metric that tells results apart.
    init?(_ run: RunRecord) {
        var names = MetricHashes()
        guard let curve = CurveReading(run, &names).curve else { return nil }
        self = curve
    }

    init(prefixes: [UInt64], final: UInt64?) {
        self.prefixes = prefixes
        self.final = final
    }

    /// What two runs with one result have in common.
    var mark: CurveMark {
        CurveMark(last: final ?? prefixes.last ?? 0, epochs: Int32(clamping: prefixes.count))
    }

    /// The number of leading epochs whose metrics agree bit for bit.
    func epochsShared(with other: Curve) -> Int {
        zip(prefixes, other.prefixes).prefix { $0 == $1 }.count
    }

    /// The final metrics by path, without those that measure time.
    static func finalMetrics(of run: RunRecord) -> [Metric] {
        guard let metrics = run.metrics, !metrics.isEmpty else { return [] }
        return RawLeaves(metrics).leaves.compactMap { leaf in
            guard let value = leaf.value.double, tellsResults(leaf.path) else { return nil }
            return Metric(name: leaf.path, value: value)
        }
    }
}

/// A whole curve by its hash: equal where curves are.
struct CurveMark: Hashable {
    let last: UInt64
    /// 0 where only final metrics are known.
    let epochs: Int32

    var isFinal: Bool { epochs == 0 }

    func hash(into hasher: inout Hasher) { hasher.combine(last) }
}

extension Curve {
    /// Whether a metric of this name is a result, not a clock, a counter or a schedule.
    static func tellsResults(_ name: String) -> Bool {
        known.value(for: name, decide: decide)
    }

    private static let known = NameMemo<Bool>()

    private static func decide(_ name: String) -> Bool {
        let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
        guard let last = words.last else { return true }
        if schedules.contains(last) || words.suffix(2) == ["learning", "rate"] { return false }
        return !words.contains { clocks.contains($0) }
    }

    private static let schedules: Set<String> = [
        "lr", "epoch", "epochs", "step", "steps", "iter", "iteration", "iterations", "progress",
    ]

    private static let clocks: Set<String> = [
        "time", "times", "seconds", "sec", "secs", "ms", "duration", "elapsed", "runtime",
        "timestamp", "throughput", "speed", "fps", "wall", "walltime", "wallclock", "eta",
        "energy", "power", "joules", "kwh", "watts", "temperature", "memory", "mem",
    ]
}

/// A fast 64-bit hash that is the same in every process.
enum Fingerprint64 {
    static let start: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// FNV-1a over the UTF-8 bytes, then mixed.
    static func of(_ text: String) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0100_0000_01B3 }
        return mix(hash)
    }

    static func combine(_ left: UInt64, _ right: UInt64) -> UInt64 {
        mix((left &* 0xD6E8_FEB8_6659_FD93) ^ mix(right))
    }

    /// The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    private static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ start
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension AuditedRun {
    /// Whether all metrics that both hold agree bit for bit, neither holding one that contradicts, and
    /// what they share says at least `bits`.
    func agrees(with other: AuditedRun, bits: Double) -> Bool {
        guard let curve, let otherCurve = other.curve else { return false }
        if curve == otherCurve { return informationBits >= bits }
        guard curve.isFinal, otherCurve.isFinal else { return false }
        let table = Dictionary(
            metrics.map { ($0.name, $0.value.bitPattern) },
            uniquingKeysWith: { first, _ in first }
        )
        let shared = other.metrics.filter { table[$0.name] != nil }
        guard shared.allSatisfy({ table[$0.name] == $0.value.bitPattern }) else { return false }
        var information = CurveInformation()
        for metric in shared { information.count(metric.value) }
        return information.bits >= bits
    }
}
