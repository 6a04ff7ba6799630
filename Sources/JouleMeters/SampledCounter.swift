import JouleQuantities

/// One value of power and the moment it is of.
struct PowerSample: Sendable, Hashable {
    var at: Int64
    var watts: Double
}

/// Puts a counter that is renewed seldom and read at a high price together with a dense series of power.
///
/// The samples say how energy is spread over time, the counter how much it is. What is given out is
/// the integral of the samples; where it leaves what the counter says by more than the counter's own
/// renewal explains, the power that follows is scaled until both agree again. So the energy of a long
/// time is the counter's, and that of a short one is not rounded to its steps.
struct SampledCounter: Sendable {
    /// How long what the counter shows may be old.
    private let renewalSeconds: Double
    private let powerMax: Double

    /// What was given out so far.
    private var given = 0.0
    private var last: PowerSample?
    private var base: Base?
    private var integral = 0.0
    /// What the integral of the power that follows is multiplied by.
    private(set) var scale = 1.0
    private var anchoredAt: Int64?

    /// How everything stood when the counter was first read.
    private struct Base {
        var at: Int64
        var counter: Double
        var integral: Double
        var given: Double
        var watts: Double
    }

    /// The counter is asked for again this long after the first time, and then after each.
    private static let secondAnchorNS: Int64 = 2_000_000_000
    private static let anchorNS: Int64 = 10_000_000_000
    /// Samples closer than this are one: the clocks that date them are read anew each time.
    private static let sameNS: Int64 = 1_000_000
    /// Samples are missing where they are further apart.
    private static let pauseNSMax: Int64 = 200_000_000

    init(renewalSeconds: Double, powerMax: Double) {
        self.renewalSeconds = renewalSeconds
        self.powerMax = powerMax
    }

    /// When the last sample was that was taken in.
    var horizon: Int64? { last?.at }

    /// Whether the counter should be asked for now.
    func wantsAnchor(at now: Int64) -> Bool {
        guard let base, let anchoredAt else { return true }
        let rest = anchoredAt == base.at ? Self.secondAnchorNS : Self.anchorNS
        return now &- anchoredAt >= rest
    }

    /// Whether the samples leave a pause open behind those before, which only the counter knows of.
    func hasPause(before samples: [PowerSample]) -> Bool {
        guard let last, let first = samples.first(where: { $0.at > last.at &+ Self.sameNS })
        else { return false }
        return first.at &- last.at > Self.pauseNSMax
    }

    /// Takes samples in; what is not later than those before is known already.
    ///
    /// A pause in front of them holds what the `counter`, in joules, leaves for it.
    mutating func take(
        _ samples: [PowerSample],
        counter: Double? = nil,
        at now: Int64
    ) -> [EnergyPoint] {
        let left =
            hasPause(before: samples)
            ? counter.flatMap { rest(for: samples, counter: $0, at: now) } : nil
        var points: [EnergyPoint] = []
        for sample in samples {
            if let last {
                guard sample.at > last.at &+ Self.sameNS else { continue }
                var joules = Self.joules(from: last, to: sample) * scale
                if let left, points.isEmpty {
                    let seconds = Double(sample.at &- last.at) * 1e-9
                    joules = min(max(0, joules + left), powerMax * seconds)
                }
                given += joules
                integral += joules / scale
            }
            last = sample
            let energy = Energy(joules: given)
            points.append(EnergyPoint(at: Instant(nanoseconds: sample.at), energy: energy))
        }
        return points
    }

    /// By how much the counter exceeds what will have been given out when these are taken in too.
    private func rest(for samples: [PowerSample], counter: Double, at now: Int64) -> Double? {
        guard let base, counter >= base.counter else { return nil }
        var trial = self
        _ = trial.take(samples, at: now)
        return counter - base.counter - trial.reached(at: now, since: base)
    }

    /// Compares with the counter, in joules, as it was read at `now`.
    mutating func anchor(_ counter: Double, at now: Int64) {
        guard let last else { return }
        anchoredAt = now
        guard let base, counter >= base.counter,
            counter - base.counter
                <= powerMax * (Double(now &- base.at) * 1e-9 + renewalSeconds)
        else {
            // The first time, or a counter that restarted.
            base = Base(
                at: now,
                counter: counter,
                integral: integral(until: now),
                given: given + (integral(until: now) - integral) * scale,
                watts: last.watts
            )
            scale = 1
            return
        }
        let counted = counter - base.counter
        let summed = integral(until: now) - base.integral
        let slack = renewalSeconds * max(base.watts, last.watts)
        let goal = min(max(summed, counted - slack), counted + slack)
        let reached = reached(at: now, since: base)
        let seconds = Double(now &- base.at) * 1e-9
        let next = seconds > 0 ? summed / seconds * Double(Self.anchorNS) * 1e-9 : 0
        guard summed > 0, next > 0 else { return }
        scale = min(max(goal / summed + (goal - reached) / next, 0.5), 2)
    }

    /// What was given out since then, as if the last power went on until `now`.
    private func reached(at now: Int64, since base: Base) -> Double {
        given + (integral(until: now) - integral) * scale - base.given
    }

    /// The samples' integral, as if the last power went on until `now`.
    private func integral(until now: Int64) -> Double {
        guard let last else { return integral }
        return integral + last.watts * Double(max(0, now &- last.at)) * 1e-9
    }

    private static func joules(from left: PowerSample, to right: PowerSample) -> Double {
        (left.watts + right.watts) / 2 * Double(right.at &- left.at) * 1e-9
    }
}
