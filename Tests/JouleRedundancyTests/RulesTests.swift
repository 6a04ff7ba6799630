import JouleFile
import JouleQuantities
import Testing

@testable import JouleRedundancy

@Suite("Rules and assumptions about keys")
struct RulesTests {
    private func rules(_ text: String) throws -> KeyRules {
        try KeyRules(parsing: Array(text.utf8))
    }

    private func verdicts(_ runs: [RunRecord], _ rules: KeyRules = .none) -> [String: String] {
        let audit = Audit(ReconciledRuns(runs), rules: rules, liveness: { _ in .dead })
        return Dictionary(
            audit.findings.map {
                let words = [$0.class.rawValue, $0.proof.rawValue, $0.line.rawValue]
                return ($0.run.description, words.joined(separator: " "))
            },
            uniquingKeysWith: { "\($0), \($1)" }
        )
    }

    private func pair(_ a: String, _ b: String, curves: (UInt64, UInt64) = (1, 2)) -> [RunRecord] {
        [
            Sample.run("a", a, hour: 0, curve: curves.0),
            Sample.run("b", b, hour: 2, curve: curves.1),
        ]
    }

    // MARK: Patterns

    @Test(
        "A pattern matches whole paths",
        arguments: [
            ("a.b", "a.b", true), ("a.b", "a.b.c", false), ("a.b", "x.a.b", false),
            ("a.*", "a.b", true), ("a.*", "a.b.c", false), ("a.**", "a.b.c", true),
            ("a.**", "a", true), ("**.size", "model.block.size", true), ("**.size", "size", true),
            ("**.size", "model.sizes", false), ("a.**.z", "a.b.c.z", true), ("*", "a.b", false),
            ("**", "a.b", true), ("**.a.**.b", "a.a.c.b.b", true), ("**.a.**.b", "a.c.b.d", false),
        ]
    )
    func patterns(pattern: String, path: String, matches: Bool) throws {
        #expect(try #require(KeyPattern(pattern)).matches(path) == matches)
    }

    @Test("Many stars take no more than path times pattern")
    func manyStars() throws {
        let pattern = try #require(KeyPattern(String(repeating: "**.a.", count: 400) + "b"))
        #expect(!pattern.matches(String(repeating: "a.", count: 20_000) + "c"))
    }

    @Test(
        "A file of rules that is wrong says where",
        arguments: [
            ("[]", "not a JSON object"), ("{", "not JSON"),
            (#"{"ignore": []}"#, "`ignore` is no rule"),
            (#"{"ignored": "a"}"#, "not a list"), (#"{"ignored": ["a", 1]}"#, "`ignored[1]`"),
            (#"{"defaults": []}"#, "`defaults`"),
        ]
    )
    func wrong(text: String, reason: String) {
        #expect {
            try rules(text)
        } throws: { error in
            "\(error)".contains(reason)
        }
    }

    // MARK: What a person says

    @Test("Rules of a person go before shipped ones")
    func persons() throws {
        let apart = pair(#"{"lr": 1, "run_name": "x"}"#, #"{"lr": 1, "run_name": "y"}"#)
        #expect(verdicts(apart)["b"] == "config_equivalent config avoidable")
        #expect(verdicts(apart, try rules(#"{"semantic": ["run_name"]}"#)).isEmpty)

        let paths = pair(#"{"lr": 1, "paths": {"a": 1}}"#, #"{"lr": 1, "paths": {"a": 2}}"#)
        #expect(verdicts(paths).isEmpty)
        #expect(
            verdicts(paths, try rules(#"{"ignored": ["paths.**"]}"#))["b"]
                == "config_equivalent config avoidable"
        )

        let seeds = pair(#"{"lr": 1, "draw": 1}"#, #"{"lr": 1, "draw": 2}"#)
        let audit = Audit(
            ReconciledRuns(seeds),
            rules: try rules(#"{"seeds": ["draw"]}"#),
            liveness: { _ in .dead }
        )
        #expect(audit.groups.map(\.class) == [.seedReplicate])
    }

    @Test("A default that a person states makes absent and present one, in any spelling")
    func statedDefault() throws {
        let runs = pair(#"{"lr": 1, "nesterov": false}"#, #"{"lr": 1}"#)
        let stated = try rules(#"{"defaults": {"nesterov": false}}"#)
        #expect(verdicts(runs, stated)["b"] == "config_equivalent config avoidable")
        let other = try rules(#"{"defaults": {"nesterov": true}}"#)
        #expect(verdicts(runs, other)["b"]?.contains("config avoidable") != true)
    }

    @Test("A key that a person protects is never called dead")
    func protectedKey() throws {
        let runs = (0..<3).map {
            Sample.run("r\($0)", #"{"task": {"kind": \#($0)}}"#, hour: Double($0) * 2)
        }
        #expect(verdicts(runs).count == 2)
        #expect(verdicts(runs, try rules(#"{"protected": ["task.*"]}"#)).isEmpty)
    }

    // MARK: What was never read

    @Test("Keys that both programs never read make no difference; read by one, they do")
    func unread() {
        var runs = pair(#"{"lr": 1, "legacy": 1}"#, #"{"lr": 1, "legacy": 2}"#)
        runs[0].extra["config_unread"] = ["legacy"]
        #expect(verdicts(runs).isEmpty)
        runs[1].extra["config_unread"] = ["legacy"]
        #expect(verdicts(runs)["b"] == "config_equivalent config avoidable")
    }

    // MARK: What is taken to change nothing

    @Test(
        "What another key switches off is taken to change nothing, which is no proof",
        arguments: [
            (
                #"{"ema": {"enabled": false, "decay": 0.9}}"#,
                #"{"ema": {"enabled": false, "decay": 0.5}}"#
            ),
            (#"{"use_ema": false, "ema_decay": 0.9}"#, #"{"use_ema": false, "ema_decay": 0.5}"#),
            (
                #"{"use_ema": false, "ema": {"decay": 0.9}}"#,
                #"{"use_ema": false, "ema": {"decay": 0.5}}"#
            ),
            (
                #"{"scheduler": "none", "scheduler_gamma": 1}"#,
                #"{"scheduler": "none", "scheduler_gamma": 2}"#
            ),
            (#"{"s": {"type": null, "gamma": 1}}"#, #"{"s": {"type": null, "gamma": 2}}"#),
        ]
    )
    func switchedOff(a: String, b: String) {
        var runs = pair(a, b)
        runs[1].epochs = []
        #expect(verdicts(runs)["b"] == "config_equivalent statistical avoidable")
    }

    @Test(
        "What is switched on, or only looks alike, makes other work",
        arguments: [
            (
                #"{"ema": {"enabled": true, "decay": 0.9}}"#,
                #"{"ema": {"enabled": true, "decay": 0.5}}"#
            ),
            (#"{"use_ema": false, "emas_decay": 0.9}"#, #"{"use_ema": false, "emas_decay": 0.5}"#),
            (#"{"amp": false, "lr": 1}"#, #"{"amp": false, "lr": 2}"#),
            (#"{"data": {"cache": false, "fold": 1}}"#, #"{"data": {"cache": false, "fold": 2}}"#),
            (#"{"type": null, "gamma": 1}"#, #"{"type": null, "gamma": 2}"#),
        ]
    )
    func notSwitchedOff(a: String, b: String) {
        var runs = pair(a, b)
        runs[1].epochs = []
        #expect(verdicts(runs).isEmpty)
    }

    @Test("Results that are equal bit for bit prove it; other results make it nothing")
    func promoted() {
        let off = { (decay: Double) in #"{"use_ema": false, "ema_decay": \#(decay)}"# }
        let equal = pair(off(0.9), off(0.5), curves: (1, 1))
        #expect(verdicts(equal)["b"] == "config_equivalent bit avoidable")
        // Where the program is known to do nothing with the key, equal inputs are enough.
        var third = Sample.run("c", off(0.1), hour: 4)
        third.epochs = []
        #expect(verdicts(equal + [third])["c"] == "config_equivalent config avoidable")
        #expect(verdicts(pair(off(0.9), off(0.5), curves: (1, 2))).isEmpty)
    }

    @Test("A value that is the only one ever given is taken for the default where it is absent")
    func impliedDefault() {
        var runs = [
            Sample.run("a", #"{"lr": 1, "nesterov": false}"#, hour: 0),
            Sample.run("b", #"{"lr": 1}"#, hour: 2),
            Sample.run("c", #"{"lr": 2, "nesterov": false}"#, hour: 4, curve: 3),
        ]
        #expect(verdicts(runs)["b"] == "config_equivalent bit avoidable")
        runs[1].epochs = []
        #expect(verdicts(runs)["b"] == "config_equivalent statistical avoidable")
        runs.append(Sample.run("d", #"{"lr": 3, "nesterov": true}"#, hour: 6, curve: 4))
        #expect(verdicts(runs)["b"] == nil)
    }

    // MARK: What results have shown

    private func learning(_ config: (Int) -> String, curve: (Int) -> UInt64, _ count: Int)
        -> [RunRecord]
    {
        (0..<count).map {
            Sample.run("r\($0)", config($0), hour: Double($0) * 2, curve: curve($0))
        }
    }

    @Test("A text that is another in every run, and changes nothing, names the run")
    func namingTexts() {
        // Two runs of each width under names of their own; one pair shows that the name does nothing.
        let runs = learning(
            { #"{"width": \#($0 / 2), "place": "here/\#($0)"}"# },
            curve: { UInt64($0 / 2) + 1 },
            6
        )
        #expect(verdicts(runs)["r1"] == "config_equivalent bit avoidable")
        let random = learning(
            { #"{"width": \#($0 / 2), "place": "here/\#($0)"}"# },
            curve: { UInt64($0) + 1 },
            6
        )
        #expect(verdicts(random).isEmpty)
    }

    @Test("A key that did nothing while another was off stays, where no name says why")
    func coincidence() {
        let off = learning({ #"{"amp": false, "size": \#($0)}"# }, curve: { _ in 1 }, 2)
        #expect(verdicts(off) == ["r1": "dead_knob bit hindsight"])
    }

    @Test("A setting of a schedule that is off drops out once results have shown it")
    func schedule() {
        let off = learning({ #"{"scheduler": "none", "step_size": \#($0)}"# }, curve: { _ in 1 }, 2)
        #expect(verdicts(off) == ["r1": "config_equivalent bit avoidable"])
    }

    // MARK: Code

    @Test("Trees whose imported files are equal but for their form are one code")
    func closures() {
        func runs(_ closures: [String?]) -> [RunRecord] {
            closures.enumerated().map { place, closure in
                var run = Sample.run("r\(place)", hour: Double(place) * 2, curve: UInt64(place) + 1)
                run.code?.tree = "t\(place)"
                if let closure { run.code?.extra["closure"] = ["sha256": .string(closure)] }
                return run
            }
        }
        #expect(verdicts(runs(["x", "x"])) == ["r1": "code_equivalent config avoidable"])
        #expect(verdicts(runs(["x", "y"])).isEmpty)
        #expect(verdicts(runs(["x", nil])).isEmpty)
        #expect(verdicts(runs(["x", "y", "x"])) == ["r2": "code_equivalent config avoidable"])
    }
}
