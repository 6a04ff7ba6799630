import JouleFile
import JouleQuantities

/// When a run used its energy: parts of it, each spread evenly over its time.
///
/// The parts are the epochs; what was used outside of them is spread over the time between them.
struct EnergyCourse: Sendable {
    /// Unix seconds, and the part of the run's energy; the shares of all parts add up to 1.
    struct Part: Sendable, Hashable {
        var start: Double
        var end: Double
        var share: Double
    }

    private(set) var parts: [Part]

    /// Nil for a run of which it is not known when it was; its record has to be kept for its epochs to
    /// be known.
    init?(of run: RunFacts) {
        guard let started = run.started?.unixSeconds else { return nil }
        let stated = run.ended.map(\.unixSeconds) ?? run.seconds.map { started + $0 }
        guard let end = stated, end >= started else { return nil }
        parts = Self.epochs(of: run)
        // Epochs that take longer than the run are no course of it, however many there are.
        let seconds = parts.reduce(0) { $0 + $1.end - $1.start }
        if seconds > (end - started) * (1 + Plausible.partsTolerance) { parts = [] }
        let inEpochs = parts.reduce(0) { $0 + $1.share }
        let total = max(run.energy?.joules ?? 0, inEpochs)
        guard inEpochs > 0, total.isFinite else {
            parts = [Part(start: started, end: end, share: 1)]
            return
        }
        for place in parts.indices { parts[place].share /= total }
        let rest = 1 - inEpochs / total
        if rest > 1e-9 { parts += Self.outside(of: parts, from: started, to: end, share: rest) }
    }

    /// Goes through the parts by the rows of a series that hold in them, as if the run had started so
    /// much later.
    func forEachPiece<Signal>(
        in series: IntensitySeries<Signal>,
        laterBy seconds: Double,
        _ body: (_ share: Double, _ row: IntensitySeries<Signal>.Row?) -> Void
    ) {
        for part in parts {
            series.forEachPiece(from: part.start + seconds, to: part.end + seconds) { share, row in
                body(share * part.share, row)
            }
        }
    }

    /// Joules stand in place of shares.
    private static func epochs(of run: RunFacts) -> [Part] {
        (run.record?.epochs ?? []).compactMap { epoch in
            guard let start = epoch.started?.unixSeconds, let seconds = epoch.durationSeconds,
                let joules = epoch.energy?.joules, seconds >= 0, seconds.isFinite, joules > 0,
                joules.isFinite
            else { return nil }
            return Part(start: start, end: start + seconds, share: joules)
        }
    }

    /// A share spread over the time that no part takes; over all of it where they take it all.
    private static func outside(
        of parts: [Part],
        from start: Double,
        to end: Double,
        share: Double
    ) -> [Part] {
        var gaps: [Part] = []
        var reached = start
        for part in parts.sorted(by: { $0.start < $1.start }) where reached < end {
            if part.start > reached {
                gaps.append(Part(start: reached, end: min(part.start, end), share: 0))
            }
            reached = max(reached, part.end)
        }
        if reached < end { gaps.append(Part(start: reached, end: end, share: 0)) }
        let seconds = gaps.reduce(0) { $0 + $1.end - $1.start }
        guard seconds > 0 else { return [Part(start: start, end: end, share: share)] }
        return gaps.map { gap in
            Part(start: gap.start, end: gap.end, share: share * (gap.end - gap.start) / seconds)
        }
    }
}
