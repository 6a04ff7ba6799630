import JouleQuantities

/// The epochs of a run as a chart needs them: what has been used and taken at the end of each.
struct ChartedEpochs {
    struct Epoch {
        let number: Double
        /// Since the start of the run; nil where nobody knows.
        let seconds: Double?
        /// Used until its end; nil from the first epoch on whose energy is not known.
        let joules: Double?
        let metrics: [(name: String, value: Double)]
    }

    let epochs: [Epoch]
    /// How many there are, of which `epochs` may be a part.
    let count: Int

    /// Of a document of `show --json`; of many epochs so many, with what all had used by then.
    init(of run: JSON, epochsMax: Int = Charts.epochsMax) {
        let start = run["started"]?.double
        var joules: Double? = 0
        var elapsed: Double? = 0
        let all = (run["epochs"]?.array ?? []).map { epoch in
            let own = epoch["energy"]?["total_j"]?.double
            joules = joules.flatMap { sum in own.map { sum + $0 } }
            let duration = epoch["duration_s"]?.double
            if let start, let began = epoch["started"]?.double, let duration {
                elapsed = max(began - start, 0) + duration
            } else {
                elapsed = elapsed.flatMap { sum in duration.map { sum + $0 } }
            }
            let metrics = (epoch["metrics"]?.object?.members ?? []).compactMap { member in
                member.value.double.flatMap {
                    $0.isFinite ? (name: member.name, value: $0) : nil
                }
            }
            return Epoch(
                number: epoch["epoch"]?.double ?? 0,
                seconds: elapsed,
                joules: joules,
                metrics: metrics
            )
        }
        count = all.count
        epochs = all.thinned(to: epochsMax)
    }

    var isTimed: Bool { epochs.allSatisfy { $0.seconds != nil } }

    /// The names of its metrics, in the order in which they came.
    var metricNames: [String] {
        var seen: Set<String> = []
        return epochs.flatMap(\.metrics).map(\.name).filter { seen.insert($0).inserted }
    }

    /// What a value of a metric means: names tell whether higher is better, and which share a scale.
    enum Kind: String {
        case score, loss, other

        init(_ name: String) {
            self =
                switch MetricDirection(ofMetric: name) {
                case .higher: .score
                case .lower: .loss
                case nil: .other
                }
        }

        var title: String {
            switch self {
            case .score: "Score"
            case .loss: "Loss"
            case .other: "Value"
            }
        }
    }
}

extension Array {
    /// The first, the last and evenly spaced ones between, `most` at most.
    package func thinned(to most: Int) -> [Element] {
        guard count > most, most > 1 else { return self }
        return (0..<most).map { self[$0 * (count - 1) / (most - 1)] }
    }
}
