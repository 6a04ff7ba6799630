import JouleQuantities

/// How the energy of one reading grew, asked at some moments and told in order of time.
///
/// Between two moments that are known it is taken to have grown evenly. How wrong that may be at a
/// moment is the smaller of what it then puts before and behind it: the power there would be between
/// zero and twice the mean.
package struct EnergyCourse {
    /// Joules since the start of the reading, and by how much they may be wrong.
    package struct Point: Hashable {
        var joules: Double
        var error: Double
    }

    private let momentsNS: [Int64]
    private let endNS: Int64
    private let total: Double
    private var last: (timeNS: Int64, joules: Double)
    /// Of the first moments, as far as they are known.
    private var points: [Point] = []

    /// `momentsNS` are in order and lie within the span.
    init(of span: MeterSpan, at momentsNS: [Int64]) {
        self.momentsNS = momentsNS
        endNS = span.endNS
        total = span.measured.energy.joules
        last = (span.startNS, 0)
    }

    /// Takes what had been used by some moment; what goes back in time or energy is passed over.
    mutating func take(_ joules: Double, atNS timeNS: Int64) {
        guard timeNS > last.timeNS, timeNS < endNS, joules >= last.joules else { return }
        add(min(joules, total), timeNS)
    }

    /// The points at all moments; the reading's own end is known.
    mutating func finished() -> [Point] {
        if endNS > last.timeNS { add(total, endNS) }
        while points.count < momentsNS.count { points.append(Point(joules: total, error: 0)) }
        return points
    }

    private mutating func add(_ joules: Double, _ timeNS: Int64) {
        let length = Double(timeNS) - Double(last.timeNS)
        while points.count < momentsNS.count, momentsNS[points.count] <= timeNS {
            let part = (Double(momentsNS[points.count]) - Double(last.timeNS)) / length
            let inside = min(1, max(0, part))
            let grown = joules - last.joules
            points.append(
                Point(joules: last.joules + grown * inside, error: grown * min(inside, 1 - inside))
            )
        }
        last = (timeNS, joules)
    }
}

extension EnergyCourse {
    /// Takes what the epochs of `run` say of one of its meters.
    ///
    /// What was used outside of them is spread evenly over the time between them.
    mutating func take(epochsOf run: RunRecord, meter: Int, startNS: Int64) {
        var parts: [(startNS: Int64, endNS: Int64, joules: Double)] = []
        for epoch in run.epochs {
            guard let start = epoch.started?.unixNanoseconds, let seconds = epoch.durationSeconds,
                let joules = epoch.deviceEnergy.first(where: { $0.meter == meter })?
                    .measured.energy.joules, joules.isFinite, joules >= 0,
                let length = Int64(exactly: (seconds * 1e9).rounded()), length > 0,
                start >= max(startNS, parts.last?.endNS ?? startNS), length <= endNS &- start
            else { continue }
            parts.append((start, start + length, joules))
        }
        let inside = parts.reduce(0) { $0 + $1.joules }
        let between =
            Double(endNS &- startNS) - parts.reduce(0) { $0 + Double($1.endNS - $1.startNS) }
        guard inside > 0 else { return }
        let scale = between > 0 ? min(1, total / inside) : total / inside
        let power = between > 0 ? max(0, total - inside) / between : 0
        var joules = 0.0
        var timeNS = startNS
        for part in parts {
            joules += power * Double(part.startNS - timeNS)
            take(joules, atNS: part.startNS)
            joules += part.joules * scale
            take(joules, atNS: part.endNS)
            timeNS = part.endNS
        }
    }
}
