import JouleFile
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleRedundancy

@Suite("Replays")
struct ReplayTests {
    /// Ends the epochs of `run` one after the other, their metrics in another order, until one is
    /// found; the run that it repeats, and after how many epochs.
    private func replay(of run: RunRecord, among history: [RunRecord]) -> (RunID, Int)? {
        let table = ReplayTable(history)
        var chain = CurveChain()
        for epoch in run.epochs {
            chain.end(Self.sum(epoch.metrics.reversed()))
            if let found = table.find(chain) { return (found.run, chain.epochs) }
        }
        return nil
    }

    private static func sum(_ metrics: [Metric]) -> UInt64 {
        metrics.reduce(0) { sum, metric in
            guard let hash = CurveChain.hash(ofMetric: metric.name) else { return sum }
            return sum &+ CurveChain.term(hash, metric.value)
        }
    }

    @Test("The chain of a run that goes on is that of its curve, at every epoch")
    func chain() throws {
        let run = Sample.run("a")
        let curve = try #require(Curve(run))
        var chain = CurveChain()
        for (place, epoch) in run.epochs.enumerated() {
            chain.end(Self.sum(epoch.metrics))
            #expect(chain.hash == curve.prefixes[place])
        }
    }

    @Test("A replay is found at the first epoch that makes a coincidence impossible")
    func first() throws {
        // Two numbers of some 16 digits an epoch say more than 64 bits.
        let found = try #require(replay(of: Sample.run("now"), among: [Sample.run("old", hour: 1)]))
        #expect(found.0 == Sample.id("old") && found.1 == 1)
        // Among 1,024 runs 84 bits are needed; an epoch of one metric of 53 says that in its second.
        func narrow(_ name: String, curve: UInt64) -> RunRecord {
            var run = Sample.run(name, hour: 1, curve: curve)
            for place in run.epochs.indices {
                run.epochs[place].metrics.removeAll { $0.name != "loss" }
            }
            return run
        }
        let many = (0..<1024).map { narrow("r\($0)", curve: UInt64($0)) }
        let late = try #require(replay(of: narrow("now", curve: 700), among: many))
        #expect(late.0 == Sample.id("r700") && late.1 == 2)
    }

    @Test("What an epoch says counts by its digits, and what was said before says nothing")
    func information() throws {
        func rounded(_ name: String, _ values: [Double]) -> RunRecord {
            var run = Sample.run(name, hour: 1)
            run.epochs = values.enumerated().map { place, value in
                var epoch = EpochRecord(number: place)
                epoch.metrics = [Metric(name: "accuracy", value: value)]
                return epoch
            }
            return run
        }
        // 10 bits each, 66 needed among two.
        let values = [0.911, 0.922, 0.933, 0.933, 0.944, 0.955, 0.966, 0.977, 0.988]
        let history = [rounded("old", values)]
        let found = try #require(replay(of: rounded("now", values), among: history))
        #expect(found.1 == 8)
        let constant = Array(repeating: 0.123_456_789_012_345_6, count: 500)
        #expect(replay(of: rounded("now", constant), among: [rounded("old", constant)]) == nil)
    }

    @Test(
        "One other bit in any epoch until then, or an epoch more, and it is none",
        arguments: 0..<8
    )
    func otherBit(place: Int) {
        func digits(_ name: String) -> RunRecord {
            var run = Sample.run(name, hour: 1)
            for place in run.epochs.indices {
                run.epochs[place].metrics = [
                    Metric(name: "accuracy", value: Double(901 + place) / 1000)
                ]
            }
            return run
        }
        var run = digits("now")
        run.epochs[place].metrics[0].value = run.epochs[place].metrics[0].value.nextUp
        // Seven epochs of 10 bits are enough: the eighth is not looked at any more.
        let found = replay(of: run, among: [digits("old")])
        #expect((found == nil) == (place < 7))
        var longer = digits("now")
        longer.epochs.insert(EpochRecord(number: 0), at: place)
        #expect((replay(of: longer, among: [digits("old")]) == nil) == (place < 7))
    }

    @Test("A run that has not finished is repeated by nobody", arguments: RunStatus.allCases)
    func unfinished(status: RunStatus) {
        let history = [Sample.run("old", hour: 1, status: status)]
        #expect((replay(of: Sample.run("now"), among: history) != nil) == (status == .finished))
    }

    @Test("It stays one while the epochs agree, and what ended before it agrees with nothing")
    func until() throws {
        let old = Sample.run("old", hour: 1, epochs: 1...5)
        let table = ReplayTable([old])
        var chain = CurveChain()
        chain.end(Self.sum(old.epochs[0].metrics))
        let found = try #require(table.find(chain))
        #expect(found.joulesLeft == 3.6e6 - 3.6e5)
        for epoch in old.epochs.dropFirst() {
            var other = chain
            other.end(Self.sum(epoch.metrics) &+ 1)
            #expect(table.agrees(other, with: found) == false)
            chain.end(Self.sum(epoch.metrics))
            #expect(table.agrees(chain, with: found) == true)
        }
        chain.end(0)
        #expect(table.agrees(chain, with: found) == false)
    }

    @Test("Of runs that began alike the one that went on longest is named, then the earliest")
    func longest() throws {
        let history = [
            Sample.run("short", hour: 1, epochs: 1...3), Sample.run("late", hour: 9),
            Sample.run("early", hour: 5), Sample.run("between", hour: 7),
        ]
        #expect(replay(of: Sample.run("now"), among: history)?.0 == Sample.id("early"))
        #expect(replay(of: Sample.run("now"), among: history.reversed())?.0 == Sample.id("early"))
    }

    @Test("What is kept of earlier runs is bounded, the newest first")
    func bounded() {
        let many = (0..<2100).map { number -> RunRecord in
            var run = Sample.run("r\(number)", hour: Double(number), epochs: 1...2)
            run.epochs[0].metrics[0].value = Double(number) * 0.123_456_789_123
            return run
        }
        #expect(replay(of: many[2099], among: many)?.0 == Sample.id("r2099"))
        #expect(replay(of: many[0], among: many) == nil)
        // A run of a million epochs is known by its first ones.
        let long = Sample.run("long", hour: 1, epochs: 1...100_000)
        let table = ReplayTable([long])
        var chain = CurveChain()
        for epoch in long.epochs.prefix(4097) { chain.end(Self.sum(epoch.metrics)) }
        var start = CurveChain()
        start.end(Self.sum(long.epochs[0].metrics))
        let found = table.find(start)
        #expect(found.map { table.agrees(chain, with: $0) } == .some(true))
        chain.end(0)
        #expect(found.map { table.agrees(chain, with: $0) } == .some(nil))
    }

    @Test("What the two were given differently is named, spellings and what does nothing left out")
    func differences() throws {
        let old = Sample.run("old", #"{"lr": "1e-3", "width": 64, "output_dir": "a"}"#, hour: 1)
        var now = Sample.run("now", #"{"lr": 0.001, "width": 65, "output_dir": "b"}"#, seed: 1)
        now.code?.tree = "t2"
        var chain = CurveChain()
        chain.end(Self.sum(old.epochs[0].metrics))
        let found = try #require(ReplayTable([old], asked: now).find(chain))
        #expect(found.differences.map(\.path) == ["width", "seed", "code.tree"])
        #expect(found.differences.map(\.kind) == [.value, .value, .context])
        let text = found.explanation(epoch: 1, goesOn: false)
        #expect(text.contains("differs in `width`, `seed` and `code.tree`)"))
    }

    @Test("What is said names the run and its result, and no energy that nobody knows")
    func words() throws {
        func text(_ run: RunRecord, goesOn: Bool = false) throws -> String {
            var chain = CurveChain()
            for epoch in run.epochs.prefix(1) { chain.end(Self.sum(epoch.metrics)) }
            let found = try #require(ReplayTable([run]).find(chain))
            return found.explanation(epoch: 0, goesOn: goesOn)
        }
        let known = try text(Sample.run("old", hour: 1))
        #expect(known.hasPrefix("epoch 0 is bit for bit a replay of old (finished 1970-01-01 02:0"))
        #expect(known.contains("1 kWh, accuracy 0."))
        #expect(known.hasSuffix(": stop now and save about 0.9 kWh"))
        var unmeasured = Sample.run("old", hour: 1, joules: nil)
        for place in unmeasured.epochs.indices { unmeasured.epochs[place].energy = nil }
        let unknown = try text(unmeasured)
        #expect(!unknown.contains("kWh") && unknown.hasSuffix(": stop now, the rest is known"))
        #expect(try text(Sample.run("old", epochs: 1...1)).hasSuffix(", which ended there"))
        let further = try text(Sample.run("old"), goesOn: true)
        #expect(further.hasSuffix(", which ended after 10 epochs: only what follows is new"))
    }
}
