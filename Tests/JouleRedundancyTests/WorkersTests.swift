import JouleFile
import JouleQuantities
import JouleSystem
import JouleTestSupport
import Testing

@testable import JouleRedundancy

/// What an audit says depends neither on how many threads work on it nor on which of them was first.
@Suite("Threads of an audit")
struct WorkersTests {
    private func text(_ runs: [RunRecord], threads: Int) -> String {
        Audit(
            ReconciledRuns(runs),
            liveness: { _ in .dead },
            on: Workers(count: threads)
        ).json.text()
    }

    /// Several programs, some of which share recipes.
    private static func world(seed: UInt64) -> [RunRecord] {
        (0..<4).flatMap { program in
            AuditLawTests.world(seed: seed + UInt64(program / 2), count: 300).map { run in
                var run = run
                run.id = RunID("\(run.id)-\(program)") ?? run.id
                run.project = "p\(program)"
                run.sweep = program == 1 ? "s" : nil
                return run
            }
        }
    }

    @Test("The number of threads changes nothing", arguments: UInt64(0)..<4)
    func threads(seed: UInt64) {
        let runs = Self.world(seed: seed)
        let alone = text(runs, threads: 1)
        #expect(alone.contains(#""class":"#))
        for threads in [2, 3, 16] { #expect(text(runs, threads: threads) == alone) }
        var generator = SplitMix(seed: seed)
        #expect(text(runs.shuffled(using: &generator), threads: 3) == alone)
    }

    @Test("What is written piece by piece is the document", arguments: [0, 1, 1000])
    func pieces(count: Int) {
        let runs = AuditLawTests.world(seed: 7, count: count)
        let audit = Audit(ReconciledRuns(runs), liveness: { _ in .dead })
        var more = JSONObject()
        more["problems"] = ["one", .null]
        var written: [UInt8] = []
        audit.write(with: more) { written += $0 }
        var whole = audit.json.object ?? JSONObject()
        whole["problems"] = more["problems"]
        #expect(String(decoding: written, as: UTF8.self) == JSON.object(whole).text())
    }

    @Test("Results come in the order of the pieces", arguments: [0, 1, 2, 7, 1000])
    func order(count: Int) {
        for threads in [1, 2, 5] {
            let workers = Workers(count: threads)
            #expect(workers.map(count) { $0 * 3 } == (0..<count).map { $0 * 3 })
            #expect(workers.mapEach(Array(0..<count * 9)) { $0 } == Array(0..<count * 9))
        }
    }

    @Test("Each thread keeps its own, and no piece is done twice")
    func states() {
        let counts = Workers(count: 3).map(500, with: { 0 }) { number, done in
            done += 1
            return (number, done)
        }
        #expect(counts.map(\.0) == Array(0..<500))
        #expect(counts.count { $0.1 == 1 } <= 3)
    }

    @Test("Sorting on several threads is sorting", arguments: [0, 1, 4095, 4096, 20_001])
    func sorting(count: Int) {
        var generator = SplitMix(seed: UInt64(count))
        let items = (0..<count).map { (key: generator.next() % 100, place: $0) }
        func precedes(_ left: (key: UInt64, place: Int), _ right: (key: UInt64, place: Int)) -> Bool
        {
            left < right
        }
        for threads in [1, 2, 3, 5] {
            let sorted = Workers(count: threads).sorted(items, by: precedes)
            #expect(sorted.map(\.place) == items.sorted(by: precedes).map(\.place))
        }
    }

    @Test("Chains are the groups of a dictionary")
    func chains() {
        var generator = SplitMix(seed: 3)
        let keys = (0..<2000).map { _ in IndexSum(value: UInt128(generator.next() % 700) << 9) }
        var chains = KeyChains(count: keys.count)
        for key in keys { chains.add(key) }
        let groups = Dictionary(grouping: keys.indices) { keys[$0] }.values
        var found: Set<[Int]> = []
        for first in chains.shared {
            var members: [Int] = []
            chains.forEach(from: first) { members.append($0) }
            found.insert(members)
        }
        #expect(found == Set(groups.filter { $0.count > 1 }))
        let alone = keys.indices.filter(chains.isAlone)
        #expect(Set(alone) == Set(groups.filter { $0.count == 1 }.map { $0[0] }))
    }

    @Test("A number that is written as it is has the line of any leaf")
    func numbers() {
        var generator = SplitMix(seed: 5)
        var values: [Double] = [
            0, -0.0, 1e15, 1e16, 1e-7, 1e-6, 0.1, -3, .leastNonzeroMagnitude, 1e308, .nan,
        ]
        for _ in 0..<2000 { values.append(Double(bitPattern: generator.next())) }
        for _ in 0..<2000 { values.append(Double(generator.next() % 1_000_000) / 1e5) }
        var plain = 0
        for value in values {
            let leaf = CanonicalConfiguration.Leaf(
                path: "a.b",
                value: CanonicalValue(number: value)
            )
            guard case .number(let text) = leaf.value, CanonicalValue.isPlain(Array(text.utf8)[...])
            else { continue }
            plain += 1
            let line = String(decoding: LeafTable.line(of: leaf), as: UTF8.self)
            #expect(line == #"["config.a.b",\#(text)]"#)
            #expect(leaf.value.finiteNumber == Double(text))
        }
        #expect(plain > 2000)
    }

    @Test("What keys are made of is read from the details as from the whole")
    func storedInputs() {
        var places: [(DetailStore.Place, unread: [ConfigurationPaths.Place])] = []
        let store = DetailStore(tailMax: 1)
        for unread in [[], [ConfigurationPaths.Place(4), 9]] {
            for checkpoints in [nil, [], [3, 4]] {
                let details = RunDetails(
                    prefixes: [1, 2, 3],
                    epochs: [.init(number: 1, joules: 2, seconds: nil)],
                    checkpoints: checkpoints,
                    arguments: checkpoints == nil ? nil : #"["é"]"#,
                    leaves: [7, 8, 9],
                    ignored: [[1, 2, 3, 4, 5]],
                    unread: unread,
                    isConfigured: !unread.isEmpty
                )
                places.append((store.add(details), unread))
            }
        }
        for isForgotten in [false, true] {
            if isForgotten { store.forgetInputs() }
            var inputs = StoredInputs()
            for (place, unread) in places {
                store.read(place, into: &inputs)
                #expect(inputs.leaves == [7, 8, 9])
                #expect(inputs.unread == unread)
                #expect(inputs.isConfigured == !unread.isEmpty)
            }
        }
    }
}
