import JouleFile
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleLifecycle

@Suite("Formulae of efficiency and uncertainty")
struct EfficiencyFormulaTests {
    @Test("F10: LISA's final model is 0.05 % of its 239 942 GPU-hours")
    func overhead() {
        #expect(closeTo(Efficiency.overhead(selected: 120, all: 239_942), 0.9995, relative: 1e-5))
        #expect(Efficiency.overhead(selected: 1, all: 1) == 0)
        #expect(Efficiency.overhead(selected: 2, all: 1) == nil)
        #expect(Efficiency.overhead(selected: 0, all: 0) == nil)
    }

    @Test("F11: OLMo 2 13B's 101 t are 22 billion prompts of 11 g a batch of 2400")
    func breakEven() {
        let training = CarbonMass<LocationAverage>(grams: 101e6)
        let batch = CarbonMass<LocationAverage>(grams: 11)
        func uses(_ batch: CarbonMass<LocationAverage>, _ count: Double) -> Double? {
            BreakEven.uses(training: training, batch: batch, usesPerBatch: count, amount: \.grams)
        }
        #expect(closeTo(uses(batch, 2400), 2.2036e10, relative: 1e-4))
        #expect(uses(.zero, 2400) == nil)
        #expect(uses(batch, 0) == nil)
        #expect(BreakEven.payback(cost: .zero, saving: training) == nil)
    }

    @Test("F11: compression is never won back where a use costs no less than before")
    func compression() {
        func after(_ before: Double, _ after: Double) -> BreakEven {
            BreakEven.compression(
                cost: EnergyIT(joules: 100),
                perUseBefore: EnergyIT(joules: before),
                perUseAfter: EnergyIT(joules: after),
                amount: \.joules
            )
        }
        #expect(after(3, 1) == .after(uses: 50))
        #expect(after(1, 1) == .never)
        #expect(after(1, 2) == .never)
        #expect(after(.nan, 1) == .never)
    }

    @Test("F12: a shared ancestor counts once, whatever the order of the runs", arguments: 0..<20)
    func cumulative(seed: UInt64) throws {
        var runs = try ["base", "left", "right", "top", "alone"].map { try makeRun($0) }
        let base = Parent(id: runs[0].id, relation: "initialises")
        runs[1].parents = [base]
        runs[2].parents = [base]
        runs[3].parents = [
            Parent(id: runs[1].id, relation: "distils"),
            Parent(id: runs[2].id, relation: "initialises"), base,
        ]
        let own = Dictionary(
            uniqueKeysWithValues: zip(runs.map(\.id), [1, 0.1, 0.01, 1e-3, 1e-4]).map {
                ($0, EnergyIT(joules: $1))
            }
        )
        let top = runs[3].id
        let all = runs.map(\.id)
        var random = SeededGenerator(seed: seed)
        runs.shuffle(using: &random)
        #expect(closeTo(Lineage.cumulative(of: [top], own: own, in: runs.facts).joules, 1.111))
        let portfolio = Lineage.cumulative(
            of: all.shuffled(using: &random),
            own: own,
            in: runs.facts
        )
        #expect(portfolio == Lineage.cumulative(of: all, own: own, in: runs.facts.reversed()))
        #expect(closeTo(portfolio.joules, 1.1111))
    }

    @Test("F13: independent factors of 10 % give 14 %, shared ones add up")
    func products() {
        #expect(closeTo(Uncertainty.product(ofRelative: [0.1, 0.1]), 0.02.squareRoot()))
        #expect(Uncertainty.product(ofRelative: []) == 0)
        #expect(closeTo(Uncertainty.shared([3, -4]), 7))
    }

    @Test("F13: Monte Carlo gives the same digits for a seed, and the known interval of a sum")
    func monteCarlo() throws {
        let inputs = [Uncertainty.Between(low: 0, high: 1), .init(low: 0, high: 1)]
        func interval(seed: UInt64) throws -> (low: Double, median: Double, high: Double) {
            try #require(
                Uncertainty.interval(of: inputs, draws: 20_000, seed: seed) { $0[0] + $0[1] }
            )
        }
        let first = try interval(seed: 7)
        #expect(first == (try interval(seed: 7)))
        #expect(first != (try interval(seed: 8)))
        // A triangle over 0…2: its 2.5 % quantile is √0.05.
        #expect(closeTo(first.low, 0.05.squareRoot(), relative: 0.05))
        #expect(closeTo(first.median, 1, relative: 0.02))
        #expect(closeTo(first.high, 2 - 0.05.squareRoot(), relative: 0.02))
        #expect(Uncertainty.interval(of: inputs, draws: 0, seed: 1) { $0[0] } == nil)
        #expect(Uncertainty.interval(of: inputs, seed: 1) { _ in .nan } == nil)
    }

    private let moments = [(1.0, 0.5), (2.0, 0.9), (3.0, 0.8), (4.0, 0.95)].map {
        Efficiency.Moment(energy: EnergyIT(joules: $0), metric: $1)
    }

    @Test("F15: the energy to a target is that of the first moment that reached it")
    func target() {
        #expect(Efficiency.energy(to: 0.9, .higher, over: moments)?.joules == 2)
        #expect(Efficiency.energy(to: 0.99, .higher, over: moments) == nil)
        #expect(Efficiency.energy(to: 0.5, .lower, over: moments)?.joules == 1)
    }

    @Test("F15: a point that was lost has no price")
    func marginal() {
        #expect(
            closeTo(
                Efficiency.marginalJoules(from: moments[0], to: moments[1], .higher),
                2.5,
                relative: 1e-9
            )
        )
        #expect(Efficiency.marginalJoules(from: moments[1], to: moments[2], .higher) == nil)
        #expect(Efficiency.marginalJoules(from: moments[0], to: moments[0], .higher) == nil)
    }

    @Test("F15: no run of the Pareto front is beaten, and every other one is", arguments: 0..<50)
    func front(seed: UInt64) {
        var random = SplitMix(seed: seed)
        let runs = (0..<20).map { _ in
            Efficiency.Moment(
                energy: EnergyIT(joules: Double.random(in: 0...9, using: &random).rounded()),
                metric: Double.random(in: 0...9, using: &random).rounded()
            )
        }
        for direction in [Efficiency.Direction.higher, .lower] {
            let sign = direction == .higher ? 1.0 : -1.0
            func beats(_ left: Efficiency.Moment, _ right: Efficiency.Moment) -> Bool {
                left.energy <= right.energy && sign * left.metric >= sign * right.metric
                    && (left.energy < right.energy || left.metric != right.metric)
            }
            let front = Efficiency.paretoFront(runs, direction)
            for index in runs.indices {
                let isBeaten = runs.contains { beats($0, runs[index]) }
                let isAlike = front.contains { front in
                    runs[front].energy == runs[index].energy
                        && runs[front].metric == runs[index].metric
                }
                #expect(isAlike == !isBeaten, "seed \(seed), run \(index)")
            }
        }
    }

    @Test("Rates are averaged, parts of a run carried on, curves read between their points")
    func series() {
        #expect(Series.mean([89, 59]) == 74)
        #expect(Series.mean([]) == nil)
        #expect(closeTo(Series.extrapolated(13.8, over: 8, to: 60), 103.5))
        #expect(Series.extrapolated(1, over: 0, to: 60) == nil)
        #expect(Series.interpolated(at: 30, xs: [50, 10], ys: [0.75, 0.35]) == 0.55)
        #expect(Series.interpolated(at: 51, xs: [10, 50], ys: [0.35, 0.75]) == nil)
        #expect(Series.interpolated(at: 10, xs: [10, 50], ys: [0.35]) == nil)
        #expect(Series.increaseOverBest([]) == nil)
        #expect(Series.increaseOverBest([3, 2, 4]) == 0.5)
    }
}
