import JouleQuantities

extension MeterTimeline {
    /// What all of `spans`, of one meter and not empty, saw together, each moment once.
    ///
    /// Power is taken as constant where a span must be cut.
    static func union(of spans: [MeterSpan]) -> MeasuredEnergy {
        guard spans.count > 1 else { return spans[0].measured }
        let dated = spans.filter(\.isDated)
        var timeline = MeterTimeline(dated.map(Reading.init))
        timeline.settle(
            timeline.stretches.map { stretch in
                var course = EnergyCourse(
                    of: dated[stretch.reading],
                    at: timeline.momentsNS(of: stretch)
                )
                return course.finished()
            }
        )
        var joules = 0.0
        var halfWidth: Double? = 0
        for span in spans.undated {
            joules += span.measured.energy.joules
            halfWidth.widen(by: span.measured, joules: span.measured.energy.joules)
        }
        var covered = 0.0
        var length = 0.0
        for piece in timeline.joules.indices {
            guard let owner = timeline.owners[piece] else { continue }
            joules += timeline.joules[piece]
            length += timeline.length(of: piece)
            covered += timeline.length(of: piece) * dated[owner].measured.coverage
            halfWidth.widen(by: dated[owner].measured, joules: timeline.joules[piece])
            halfWidth = halfWidth.map { $0 + timeline.spreads[piece] }
        }
        return MeasuredEnergy(
            energy: Energy(joules: joules),
            coverage: length > 0
                ? min(1, covered / length) : spans.map(\.measured.coverage).min() ?? 1,
            uncertaintyRelative: joules > 0 ? halfWidth.map { $0 / joules } : nil,
            flags: spans.reduce(into: []) { $0.formUnion($1.measured.flags) }
        )
    }
}

extension [MeterSpan] {
    /// Of spans of one meter, those without dates that add: of ranks, which mostly read at one time,
    /// those of the one that saw most.
    var undated: [MeterSpan] {
        let ranks = Dictionary(grouping: filter { !$0.isDated }, by: \.origin.process.rank)
        let sums = ranks.mapValues { spans in spans.reduce(0) { $0 + $1.measured.energy.joules } }
        return ranks.max { left, right in
            (sums[left.key] ?? 0, left.key ?? -1) < (sums[right.key] ?? 0, right.key ?? -1)
        }?.value ?? []
    }
}

extension Double? {
    /// Readings of one meter share its error: linear.
    fileprivate mutating func widen(by measured: MeasuredEnergy, joules: Double) {
        guard joules > 0 else { return }
        guard let relative = measured.uncertaintyRelative else { return self = nil }
        self = map { $0 + relative * joules }
    }
}
