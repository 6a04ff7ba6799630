import Glibc
import JouleFile
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleRedundancy

/// Configurations that nobody means well with: bounded time and memory, and a verdict in the end.
@Suite("Hostile configurations")
struct HostileTests {
    private func audit(_ runs: [RunRecord]) -> Audit {
        Audit(ReconciledRuns(runs), liveness: { _ in .dead })
    }

    /// Processor seconds of this process that `work` takes.
    private func seconds(_ work: () -> Void) -> Double {
        var (start, end) = (timespec(), timespec())
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &start)
        work()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end)
        return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) / 1e9
    }

    private func runs(_ count: Int, _ config: (Int) -> JSONObject) -> [RunRecord] {
        (0..<count).map { place in
            var run = Sample.run("r\(place)", hour: Double(place) * 2, curve: UInt64(place) + 1)
            run.config = config(place)
            return run
        }
    }

    private func wide(_ keys: Int, _ value: (Int) -> JSON) -> JSONObject {
        JSONObject(
            uniqueMembers: (0..<keys).map { .init(name: "key\($0)", value: value($0)) }
        )
    }

    @Test("A hundred thousand keys are compared, and one that differs is found")
    func manyKeys() throws {
        let same = runs(2) { _ in wide(100_000) { .integer(Int64($0)) } }
        let finding = try #require(audit(same).findings.first)
        #expect(finding.class == .exactRerun)
        let other = runs(2) { place in wide(20_000) { $0 == 777 ? .integer(Int64(place)) : .null }
        }
        #expect(audit(other).findings.isEmpty)
        let answer = Preflight.check(PreflightQuestion(other[0]), against: [other[1]])
        #expect(answer.verdict == .new)
    }

    @Test(
        "All keys varying in all runs takes time that grows with what there is, not with its square"
    )
    func allVarying() {
        func world(_ count: Int) -> [RunRecord] {
            runs(count) { place in wide(400) { .integer(Int64(place &* 1000 &+ $0)) } }
        }
        let few = world(50)
        let many = world(200)
        let times = (seconds { _ = audit(few) }, seconds { _ = audit(many) })
        // Four times the leaves; a square would be sixteen.
        #expect(times.1 < 10 * times.0 + 0.2)
    }

    @Test("A configuration a thousand deep is compared without a stack for each level")
    func deep() {
        func nested(_ value: Int64) -> JSONObject {
            var inner: JSON = .integer(value)
            for _ in 0..<1000 {
                inner = .object(JSONObject(uniqueMembers: [.init(name: "a", value: inner)]))
            }
            return inner.object ?? JSONObject()
        }
        #expect(audit(runs(2) { _ in nested(1) }).findings.count == 1)
        #expect(audit(runs(2) { nested(Int64($0)) }).findings.isEmpty)
    }

    @Test("Values of ten megabytes are hashed, not kept as names, and shortened in words")
    func long() throws {
        let text = String(repeating: "x", count: 10_000_000)
        let same = runs(2) { place in
            wide(3) { $0 == 0 ? .string(text) : $0 == 1 ? .string("\(place)\(text)") : .null }
        }
        // The second text differs: other work.
        #expect(audit(same).findings.isEmpty)
        let equal = runs(2) { _ in wide(1) { _ in .string(text) } }
        let finding = try #require(audit(equal).findings.first)
        #expect(finding.explanation.utf8.count < 2000)
    }

    @Test(
        "Numbers of every kind have one identity each",
        arguments: [
            ("NaN", "NaN", true), ("1e400", "Infinity", true), ("-0.0", "0", true),
            ("9007199254740993", "9007199254740992", false),
            (#""123456789012345678901234567890""#, #""123456789012345678901234567891""#, false),
            ("1e308", "1e307", false), ("0.1", "0.10000000000000001", true),
        ]
    )
    func numbers(a: String, b: String, isSame: Bool) throws {
        guard let left = try? JSON(parsing: a), let right = try? JSON(parsing: b) else {
            // What JSON refuses never gets here.
            return
        }
        let values = [left, right]
        let found = audit(runs(2) { place in wide(1) { _ in values[place] } }).findings
        #expect(found.isEmpty == !isSame)
    }

    @Test("Names that imitate paths, escapes and separators stay apart")
    func imitations() throws {
        let texts = [
            #"{"a": {"b": 1}}"#, #"{"a.b": 1, "a": {"c": 2}}"#, #"{"a[0]": 1}"#, #"{"a": [2]}"#,
            #"{"a": {"": 1}}"#, #"{"a": "{\"b\":1}"}"#, #"{"a": [[1]]}"#, #"{"a": []}"#,
            #"{"a": {}}"#,
            #"{"a": null}"#, #"{"a\u0000b": 1}"#, #"{"ａ": 1}"#, #"{"á": 1}"#,
        ]
        let configs = try texts.map { try JSON(parsing: $0).object ?? JSONObject() }
        #expect(audit(runs(texts.count) { configs[$0] }).findings.isEmpty)
    }

    @Test("Leaves chosen so that sums of two pairs agree in 64 bits are told apart by the document")
    func collisions() {
        // Equal sums need equal hashes of 128 bits; permuted values have equal sets of texts and
        // another pairing, which a sum of hashes of names and values apart would confuse.
        let swapped = [("x", 1, "y", 2), ("x", 2, "y", 1)]
        let found = audit(
            runs(2) { place in
                let (a, first, b, second) = swapped[place]
                return JSONObject(uniqueMembers: [
                    .init(name: a, value: .integer(Int64(first))),
                    .init(name: b, value: .integer(Int64(second))),
                ])
            }
        )
        #expect(found.findings.isEmpty)
    }

    @Test("Checkpoints of epochs that no program counts are none")
    func checkpoints() {
        let runs = (0..<2).map { place in
            var run = Sample.run(
                "r\(place)",
                #"{"epochs": \#(place + 5)}"#,
                hour: Double(place) * 2,
                epochs: 1...(place + 5)
            )
            for epoch in run.epochs.indices { run.epochs[epoch].number = .min + epoch }
            run.extra["artifacts"] = [
                ["kind": "checkpoint", "epoch": .integer(.max)],
                ["kind": "checkpoint", "epoch": .integer(.min)], ["kind": .integer(1)], "x",
            ]
            return run
        }
        #expect(audit(runs).findings.map(\.class) == [.prefixExtension])
    }
}
