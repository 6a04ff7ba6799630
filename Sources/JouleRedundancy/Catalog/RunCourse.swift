import JouleFile
import JouleQuantities

/// How the epochs of a finished run went, as far as the replay alarm compares them.
struct RunCourse: Equatable {
    /// Of one run so many epochs are compared behind the first that say enough.
    static let hashesMax = 4096

    let epochs: Int
    /// How much the metrics up to each of the first epochs say, until no bound asks for more.
    private(set) var bits: [Double] = []
    /// Joules up to each of these epochs; NaN where they are not known.
    private(set) var joules: [Double] = []
    /// `CurveChain` after each epoch, from the first one on.
    private(set) var hashes: [UInt64] = []

    /// Nil for a run that has not finished or has no epochs.
    init?(_ run: RunRecord) {
        var names = MetricHashes()
        self.init(run, &names)
    }

    init?(_ run: RunRecord, _ names: inout MetricHashes) {
        guard run.status == .finished, !run.epochs.isEmpty else { return nil }
        epochs = run.epochs.count
        var information = CurveInformation()
        var chain = CurveChain()
        var sum = 0.0
        for epoch in run.epochs {
            chain.end(names.sum(of: epoch.metrics))
            hashes.append(chain.hash)
            if information.bits < Self.bitsEnough {
                for metric in epoch.metrics where names.hash(of: metric.name) != nil {
                    information.count(metric.value)
                }
                sum += epoch.energy?.joules ?? .nan
                bits.append(information.bits)
                joules.append(sum)
            }
            if hashes.count >= bits.count + Self.hashesMax { break }
        }
    }

    private static let bitsEnough = CoincidenceBound(runs: .max).bits

    /// As many of the first epochs as say enough; nil when all of them do not.
    func epochsEnough(_ bound: CoincidenceBound) -> Int? {
        bits.firstIndex { $0 >= bound.bits }.map { $0 + 1 }
    }

    /// Joules of the first `count` epochs; nil where they are not known.
    func joules(ofFirst count: Int) -> Double? {
        let sum = joules[count - 1]
        return sum.isFinite && sum >= 0 ? sum : nil
    }

    // MARK: Bytes

    /// Words of eight bytes: the two counts, and the lists behind each other.
    var encoded: [UInt8] {
        let words =
            [UInt64(epochs), UInt64(bits.count)] + bits.map(\.bitPattern)
            + joules.map(\.bitPattern) + hashes
        return words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
    }

    /// Nil for bytes that are no course.
    init?(decoding bytes: [UInt8]) {
        guard bytes.count >= 16, bytes.count % 8 == 0 else { return nil }
        let words = stride(from: 0, to: bytes.count, by: 8).map { start in
            (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
        }
        guard let epochs = Int(exactly: words[0]), let told = Int(exactly: words[1]),
            told <= words.count, words.count >= 2 + 3 * told, epochs >= told
        else { return nil }
        self.epochs = epochs
        bits = words[2..<(2 + told)].map(Double.init(bitPattern:))
        joules = words[(2 + told)..<(2 + 2 * told)].map(Double.init(bitPattern:))
        hashes = Array(words[(2 + 2 * told)...])
    }
}
