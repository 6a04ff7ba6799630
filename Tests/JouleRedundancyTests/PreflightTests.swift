import JouleFile
import JouleQuantities
import Testing

@testable import JouleRedundancy

@Suite("Pre-flight")
struct PreflightTests {
    private func ask(_ run: RunRecord, _ history: [RunRecord]) -> PreflightAnswer {
        Preflight.check(PreflightQuestion(run), against: history)
    }

    @Test("A finished run with another spelling is found, and the key is named")
    func alreadyRun() {
        let done = Sample.run("done", hour: 1)
        let asked = Sample.run("now", #"{"width": 64.0, "optim": {"lr": "1e-3"}}"#, seed: "0")
        let answer = ask(asked, [done])
        #expect(answer.verdict == .alreadyRun)
        #expect(answer.verdict.exitCode == 3)
        #expect(answer.evidence.map(\.run) == [done.id])
        #expect(answer.evidence.first?.proof == .config)
        #expect(answer.explanation.contains(#"`optim.lr`: "1e-3" and 0.001"#))
        #expect(answer.expectation?.energy?.kilowattHours == 1)
    }

    @Test("Exactly one key spelt differently is said in the words of the design page")
    func onlyKey() {
        let asked = Sample.run("now", #"{"optim": {"lr": "1e-3"}, "width": 64}"#)
        let answer = ask(asked, [Sample.run("done", hour: 1)])
        #expect(
            answer.explanation.contains(#"only `optim.lr` is spelt differently: "1e-3" and 0.001"#)
        )
    }

    @Test("A change of value, code, data, entry or framework is new")
    func new() {
        let done = Sample.run("done", hour: 1)
        var changes = [Sample.run("a", #"{"optim": {"lr": 0.002}, "width": 64}"#)]
        changes += Array(repeating: Sample.run("b"), count: 4)
        changes[1].code?.tree = "t2"
        changes[2].data?.fingerprint = "sha256:d2"
        changes[3].code?.entry = "other.py"
        changes[4].env = Sample.config(#"{"torch": "2.6"}"#)
        var withFramework = done
        withFramework.env = Sample.config(#"{"torch": "2.5"}"#)
        for change in changes {
            let answer = ask(change, [withFramework])
            #expect(answer.verdict == .new)
            #expect(answer.verdict.exitCode == 0)
        }
    }

    @Test("Another seed is a replicate, and the ones there are are listed")
    func replicates() {
        let history = (0..<3).map { Sample.run("r\($0)", seed: .integer($0), hour: Double($0)) }
        let answer = ask(Sample.run("now", seed: 7), history)
        #expect(answer.verdict == .new)
        #expect(answer.replicates == history.map(\.id))
        #expect(answer.expectation?.runs == 3)
    }

    @Test("A run with a live process is running now; its own ranks are not")
    func runningNow() {
        var live = Sample.run("live", hour: 1, status: .running)
        live.ended = nil
        let question = PreflightQuestion(Sample.run("now"))
        func verdict(_ liveness: Liveness) -> PreflightAnswer.Verdict {
            Preflight.check(question, against: [live], liveness: { _ in liveness }).verdict
        }
        #expect(verdict(.alive) == .runningNow)
        #expect(verdict(.alive).exitCode == 4)
        #expect(verdict(.dead) == .new)
        #expect(verdict(.unknown) == .new)
        let sibling = PreflightQuestion(Sample.run("live"))
        let answer = Preflight.check(sibling, against: [live], liveness: { _ in .alive })
        #expect(answer.verdict == .new)
    }

    @Test("A failed run is no evidence, but it is mentioned")
    func failed() {
        let answer = ask(Sample.run("now"), [Sample.run("bad", hour: 1, status: .failed)])
        #expect(answer.verdict == .new)
        #expect(answer.unfinished.map(\.run.description) == ["bad"])
    }

    @Test("A fact that is not given weakens the proof and is named")
    func missingFacts() {
        let question = PreflightQuestion(
            project: "digits",
            config: Sample.config(#"{"optim": {"lr": 1e-3}, "width": 64}"#)
        )
        let answer = Preflight.check(question, against: [Sample.run("done", hour: 1)])
        #expect(answer.verdict == .alreadyRun)
        #expect(answer.evidence.first?.proof == .statistical)
        #expect(answer.missing == ["code", "data", "entry", "seed"])
    }

    @Test("Unseeded runs with different results make another one a replicate")
    func unseeded() {
        let first = Sample.run("a", seed: nil, hour: 1)
        let answer = ask(Sample.run("now", seed: nil), [first])
        #expect(answer.verdict == .alreadyRun)
        #expect(answer.evidence.first?.proof == .statistical)
        #expect(answer.missing == ["seed"])
        let second = Sample.run("b", seed: nil, hour: 3, curve: 2)
        let later = ask(Sample.run("now", seed: nil), [first, second])
        #expect(later.verdict == .new)
        #expect(later.replicates == [first.id, second.id])
    }

    @Test("A few facts match a run on many ranks, but a full question does not")
    func partial() {
        var done = Sample.run("done", hour: 1)
        done.worldSize = 8
        #expect(ask(Sample.run("now"), [done]).verdict == .new)
        let question = PreflightQuestion(
            project: "digits",
            entry: "train.py",
            config: Sample.config(#"{"optim": {"lr": 1e-3}, "width": 64}"#),
            seed: "0",
            codeTree: "t1",
            dataFingerprint: "sha256:d1"
        )
        let answer = Preflight.check(question, against: [done])
        #expect(answer.verdict == .alreadyRun)
        #expect(answer.missing == ["world_size"])
    }

    @Test("A run of which nothing is configured matches nothing")
    func unconfigured() {
        var asked = Sample.run("now")
        asked.config = nil
        #expect(ask(asked, [Sample.run("done", hour: 1)]).verdict == .new)
    }
}
