import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleFile

@Suite("Laws of shared meters")
struct SharingLawTests {
    private typealias Fixture = SharingFixture

    /// Runs at random, some of them within others, and their windows.
    private func runs(_ count: Int, seed: UInt64, curve: Fixture.Curve, quantum: Double) throws
        -> (runs: [RunRecord], windows: [(Double, Double)])
    {
        var random = SplitMix(seed: seed)
        var windows: [(Double, Double)] = []
        var runs: [RunRecord] = []
        let length = Double(curve.watts.count)
        for number in 0..<count {
            let outer =
                number > 0 && random.next() % 3 == 0 ? Int(random.next() % UInt64(number)) : nil
            let bounds = outer.map { windows[$0] } ?? (0, length)
            let places = (0..<2).map { _ in
                let part = Double(random.next() % 10_000) / 10_000
                return ((bounds.0 + (bounds.1 - bounds.0) * part) / quantum).rounded() * quantum
            }
            let window = (places.min() ?? 0, (places.max() ?? 0) + quantum)
            windows.append(window)
            let joules = curve.joules(from: window.0, to: window.1)
            let within = outer.map { "run-\($0)" }
            runs.append(
                try Fixture.run(
                    "run-\(number)",
                    window.0,
                    window.1,
                    joules: [Fixture.zone: joules],
                    inside: within
                )
            )
        }
        return (runs, windows)
    }

    private func isClose(_ left: Double, _ right: Double) -> Bool {
        abs(left - right) <= 1e-7 * max(1, abs(right))
    }

    @Test(
        "At constant power, runs sum to what the meter used while any of them ran",
        arguments: 0..<200
    )
    func constant(seed: Int) throws {
        let curve = Fixture.Curve(watts: Array(repeating: 100, count: 120))
        let (runs, windows) = try runs(
            2 + seed % 23,
            seed: UInt64(seed),
            curve: curve,
            quantum: 0.001
        )
        let reconciled = ReconciledRuns(runs)
        #expect(isClose(Fixture.sum(reconciled.runs), 100 * Fixture.union(windows)))
        #expect(reconciled.runs.allSatisfy { ($0.energy?.joules ?? 0) > -1e-9 })
    }

    @Test("The order of the runs changes nothing", arguments: 0..<50)
    func order(seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed))
        let watts = (0..<120).map { _ in Double(50 + random.next() % 100) }
        let (runs, _) = try runs(12, seed: UInt64(seed), curve: .init(watts: watts), quantum: 1)
        func answer(_ runs: [RunRecord]) -> [RunID: RunRecord] {
            Dictionary(uniqueKeysWithValues: ReconciledRuns(runs).runs.map { ($0.id, $0) })
        }
        let shuffled = runs.shuffled(using: &random)
        #expect(answer(runs) == answer(shuffled))
        #expect(ReconciledRuns(runs).sharing == ReconciledRuns(shuffled).sharing)
    }

    @Test(
        "What is told of wanted runs is what is told of all, and asks of no others",
        arguments: 0..<50
    )
    func wanted(seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed))
        let watts = (0..<120).map { _ in Double(50 + random.next() % 100) }
        let (runs, _) = try runs(12, seed: UInt64(seed), curve: .init(watts: watts), quantum: 1)
        let all = ReconciledRuns(runs)
        for (place, run) in runs.enumerated() {
            let one = ReconciledRuns(runs, wanted: [run.id])
            #expect(one.runs[place] == all.runs[place])
            #expect(one.sharing == all.sharing.filter { $0.key == run.id })
            let others = runs.indices.filter { $0 != place }
            #expect(others.allSatisfy { one.runs[$0] == runs[$0] })
        }
        var asked = 0
        let apart = try Fixture.run("apart", 1000, 1010)
        _ = ReconciledRuns(runs + [apart], wanted: [apart.id]) { requests in
            asked += requests.count
            return []
        }
        #expect(asked == 0)
    }

    /// What each run should have of a known curve, and what all of them should have.
    private func truth(_ windows: [(Double, Double)], _ curve: Fixture.Curve)
        -> (shares: [Double], sum: Double)
    {
        var shares = windows.map { _ in 0.0 }
        var sum = 0.0
        let edges = Set(windows.flatMap { [$0.0, $0.1] }).sorted()
        for (start, end) in zip(edges, edges.dropFirst()) {
            let present = windows.indices.filter { windows[$0].0 <= start && end <= windows[$0].1 }
            guard !present.isEmpty else { continue }
            let joules = curve.joules(from: start, to: end)
            for run in present { shares[run] += joules / Double(present.count) }
            sum += joules
        }
        return (shares, sum)
    }

    @Test(
        "With telemetry of each second, parts are the true ones within the stated interval",
        arguments: 0..<40
    )
    func varying(seed: Int) throws {
        var random = SplitMix(seed: UInt64(seed) &+ 1000)
        // Power that changes every five seconds, and telemetry that tells it each second.
        var watts: [Double] = []
        while watts.count < 120 {
            watts += Array(repeating: Double(20 + random.next() % 200), count: 5)
        }
        let curve = Fixture.Curve(watts: watts)
        let (all, windows) = try runs(8, seed: UInt64(seed), curve: curve, quantum: 0.001)
        let runs = all.map { run in
            var run = run
            run.env = nil
            return run
        }
        let offset = 0.37
        let reconciled = ReconciledRuns(runs) { requests in
            requests.map { request in
                var course = EnergyCourse(of: request.span, at: request.momentsNS)
                let start = Double(request.span.startNS) / 1e9
                for second in 0..<130 {
                    let time = Double(second) + offset
                    course.take(curve.joules(from: start, to: time), atNS: Int64(time * 1e9))
                }
                return course.finished()
            }
        }
        let (shares, sum) = truth(windows, curve)
        #expect(abs(Fixture.sum(reconciled.runs) - sum) < 0.005 * sum + 10)
        for (run, share) in zip(reconciled.runs, shares) {
            let measured = run.deviceEnergy[0].measured
            let joules = measured.energy.joules
            let halfWidth = (measured.uncertaintyRelative ?? 0) * joules
            #expect(abs(joules - share) <= halfWidth + 1, "\(run.id): \(joules) for \(share)")
        }
    }

    @Test("Ten thousand runs at once are looked at by their edges, not by their pairs")
    func scale() throws {
        var random = SplitMix(seed: 7)
        let runs = try (0..<10_000).map { number in
            let start = Double(random.next() % 1_000_000) / 1e3
            return try Fixture.run(
                "run-\(number)",
                start,
                start + 5000 + Double(random.next() % 1000)
            )
        }
        var moments = 0
        let reconciled = ReconciledRuns(runs) { requests in
            moments += requests.reduce(0) { $0 + $1.momentsNS.count }
            return requests.map { _ in nil }
        }
        #expect(moments < 4 * 2 * runs.count)
        let windows = runs.map { ($0.started?.unixSeconds ?? 0, $0.ended?.unixSeconds ?? 0) }
        #expect(isClose(Fixture.sum(reconciled.runs), 100 * Fixture.union(windows)))
        let shared = reconciled.sharing.values
        #expect(shared.count == runs.count)
        #expect(shared.allSatisfy { $0.others.count == SharedEnergy.othersMax && $0.hasMore })
    }
}
