import JouleFile

/// What a run's metrics say: their bits, how much they tell, whether all are numbers.
struct CurveReading {
    /// Nil when the run recorded no metric that tells results apart.
    let curve: Curve?
    /// How much the metrics say, in bits.
    let informationBits: Double
    /// Whether a result is NaN or infinite: a final one, or one of any epoch.
    let hasNonFinite: Bool

    init(_ run: RunRecord, _ names: inout MetricHashes) {
        var chain = CurveChain()
        var information = CurveInformation()
        var prefixes: [UInt64] = []
        prefixes.reserveCapacity(run.epochs.count)
        var hasMetrics = false
        var hasNonFinite = false
        for epoch in run.epochs {
            var sum: UInt64 = 0
            for metric in epoch.metrics {
                guard let name = names.hash(of: metric.name) else { continue }
                hasMetrics = true
                hasNonFinite = hasNonFinite || !metric.value.isFinite
                sum &+= CurveChain.term(name, metric.value)
                information.count(metric.value)
            }
            chain.end(sum)
            prefixes.append(chain.hash)
        }
        let final = Curve.finalMetrics(of: run)
        self.hasNonFinite = hasNonFinite || final.contains { !$0.value.isFinite }
        if hasMetrics {
            curve = Curve(prefixes: prefixes, final: nil)
        } else if final.isEmpty {
            curve = nil
        } else {
            final.forEach { information.count($0.value) }
            curve = Curve(prefixes: [], final: names.sum(of: final))
        }
        informationBits = information.bits
    }
}

/// Hashes of the names of metrics, of which the runs of a project have few.
struct MetricHashes {
    private var known: [String: UInt64?] = [:]

    /// Nil for a metric that tells no result.
    mutating func hash(of name: String) -> UInt64? {
        if let hash = known[name] { return hash }
        let hash = CurveChain.hash(ofMetric: name)
        known[name] = .some(hash)
        return hash
    }

    /// Order-free over the metrics of one epoch: a sum of hashes of name and bits.
    mutating func sum(of metrics: [Metric]) -> UInt64 {
        metrics.reduce(0) { sum, metric in
            hash(of: metric.name).map { sum &+ CurveChain.term($0, metric.value) } ?? sum
        }
    }
}
