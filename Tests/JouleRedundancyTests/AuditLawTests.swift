import Glibc
import JouleFile
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleRedundancy

@Suite("Laws of the audit")
struct AuditLawTests {
    /// A small world in which every class occurs.
    static func world(seed: UInt64, count: Int) -> [RunRecord] {
        var generator = SplitMix(seed: seed)
        return (0..<count).map { place in
            let lr = [0.1, 0.01, 0.001].randomElement(using: &generator) ?? 0.1
            let status = [RunStatus.finished, .finished, .failed, .killed, .running]
                .randomElement(using: &generator)
            let draw = Int64.random(in: 0..<3, using: &generator)
            let dated = Int.random(in: 0..<5, using: &generator) > 0
            var run = Sample.run(
                "run\(place)",
                #"{"lr": \#(Bool.random(using: &generator) ? "\(lr)" : "\"\(lr)\"")}"#,
                seed: Bool.random(using: &generator) ? .integer(draw) : .string("\(draw)"),
                hour: dated ? Double.random(in: 0..<200, using: &generator) : nil,
                status: status ?? .finished,
                curve: UInt64.random(in: 0..<3, using: &generator),
                epochs: Int.random(in: 1...3, using: &generator)...10,
                joules: Bool.random(using: &generator)
                    ? Double.random(in: 0..<1e6, using: &generator) : nil
            )
            if place % 17 == 0 { run.tags = ["verify"] }
            return run
        }
    }

    private func audit(_ runs: [RunRecord]) -> Audit {
        Audit(ReconciledRuns(runs), liveness: { _ in .dead })
    }

    @Test("The order of the records changes nothing", arguments: UInt64(0)..<20)
    func shuffling(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        let runs = Self.world(seed: seed, count: 60)
        let shuffled = runs.shuffled(using: &generator)
        #expect(audit(runs).json.text() == audit(shuffled).json.text())
    }

    @Test("The lines add up to the total and none is negative", arguments: UInt64(0)..<20)
    func conservation(seed: UInt64) {
        let totals = audit(Self.world(seed: seed, count: 80)).totals
        let lines = [
            totals.avoidableHigh, totals.hindsight, totals.lostWork, totals.concurrent,
            totals.undetermined, totals.notWaste,
        ]
        #expect(lines.allSatisfy { $0.joules >= 0 && $0.secondsWithoutEnergy >= 0 })
        let sum = lines.reduce(0) { $0 + $1.joules }
        #expect(abs(sum - totals.total.joules) <= 1e-9 * totals.total.joules)
        #expect(totals.avoidableLow.joules <= totals.avoidableCentral.joules)
        #expect(totals.avoidableCentral.joules <= totals.avoidableHigh.joules)
    }

    @Test("A copy of any record adds no energy and no waste", arguments: UInt64(0)..<20)
    func copies(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        let runs = Self.world(seed: seed, count: 40).filter {
            $0.started != nil && $0.status != .running
        }
        guard let original = runs.randomElement(using: &generator) else { return }
        var copy = original
        copy.id = Sample.id("zz-copy")
        let (before, after) = (audit(runs), audit(runs + [copy]))
        #expect(after.totals == before.totals)
        #expect(audit(runs + [original]).totals == before.totals)
    }

    @Test("Nothing that is alone is a finding")
    func alone() {
        let runs = (0..<20).map {
            Sample.run("r\($0)", #"{"lr": \#($0)}"#, hour: Double($0), curve: UInt64($0) + 1)
        }
        let audit = audit(runs)
        #expect(audit.findings.isEmpty)
        #expect(audit.groups.isEmpty)
        #expect(Audit(ReconciledRuns([])).totals.total.joules == 0)
    }

    @Test("Hostile records never trap")
    func hostile() throws {
        let deep =
            String(repeating: #"{"a":["#, count: 60) + "1" + String(repeating: "]}", count: 60)
        let wide = "{" + (0..<1000).map { #""k\#($0)": \#($0)"# }.joined(separator: ",") + "}"
        var runs = [
            Sample.run("deep", deep, hour: 1), Sample.run("wide", wide, hour: 1),
            Sample.run("long", #"{"s": "\#(String(repeating: "x", count: 1 << 18))"}"#, hour: 1),
            Sample.run(
                "odd",
                #"{"": {"": [[], {}, [[]]]}, ".": NaN, "a.b": 1e308, "[": -0.0, "a": {"b": -9e99}}"#,
                seed: .array([1, [2]]),
                hour: 1
            ),
        ]
        var numbers = Sample.run("numbers", hour: 2)
        numbers.energy = Energy(joules: .nan)
        numbers.durationSeconds = -.infinity
        numbers.started = WallTime(unixNanoseconds: .min)
        numbers.ended = WallTime(unixNanoseconds: .max)
        numbers.epochs = [Int.min, 0, Int.max].map { number in
            var epoch = EpochRecord(number: number)
            epoch.metrics = [Metric(name: "", value: .nan), Metric(name: "x", value: -.infinity)]
            epoch.durationSeconds = .infinity
            epoch.energy = Energy(joules: -1)
            return epoch
        }
        runs.append(numbers)
        var empty = RunRecord(id: Sample.id("empty"), status: .killed)
        empty.config = JSONObject()
        runs.append(empty)
        let twins = runs.map { run in
            var twin = run
            twin.id = Sample.id(run.id.description + "-2")
            return twin
        }
        let audit = audit(runs + twins)
        #expect(audit.recordCount == 2 * runs.count)
        #expect(try JSON(parsing: audit.json.text())["runs"]?.integer == Int64(2 * runs.count))
        for run in runs {
            _ = Preflight.check(PreflightQuestion(run), against: twins, liveness: { _ in .alive })
        }
    }

    @Test("In a crowd every repetition of the crowd's recipe is found; prints the time it took")
    func scale() {
        func seconds(_ count: Int) -> Double {
            let runs = Self.crowd(count)
            var (start, end) = (timespec(), timespec())
            unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start)
            let audit = audit(runs)
            unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end)
            #expect(audit.findings.count == count / 2 - 1)
            return Double(end.tv_sec - start.tv_sec) + Double(end.tv_nsec - start.tv_nsec) * 1e-9
        }
        let count = ProcessInfoCount.runs
        let (small, large) = (seconds(count / 10), seconds(count))
        print("audit of \(count) runs: \(large) s; of \(count / 10): \(small) s")
    }

    /// Half of the runs are alone, a quarter repeat another, a quarter are all of one recipe.
    private static func crowd(_ count: Int) -> [RunRecord] {
        (0..<count).map { place in
            let lr = place % 4 == 0 ? 1 : place % 4 == 1 ? place + 1 : place
            return Sample.run(
                "run\(place)",
                #"{"optim": {"lr": \#(lr), "name": "adam"}, "width": 64, "depth": 4}"#,
                seed: 0,
                hour: Double(place) * 2,
                curve: UInt64(lr),
                epochs: 1...2
            )
        }
    }
}

/// How many runs the scale test takes: `JOULEBOOK_SCALE_RUNS`, else few.
enum ProcessInfoCount {
    static let runs: Int = {
        guard let text = unsafe getenv("JOULEBOOK_SCALE_RUNS") else { return 600 }
        return unsafe Int(String(cString: text)) ?? 600
    }()
}
