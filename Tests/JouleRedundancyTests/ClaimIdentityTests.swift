import JouleFile
import JouleQuantities
import Testing

@testable import JouleRedundancy

@Suite("Identity of a claim")
struct ClaimIdentityTests {
    private func name(_ config: String, seed: JSON? = 0) -> String? {
        ClaimIdentity(Sample.run("now", config, seed: seed))?.name
    }

    @Test(
        "Order and spelling do not matter, whatever anybody has learnt",
        arguments: [
            #"{"width": 64.0, "optim": {"lr": "1e-3"}, "amp": true}"#,
            #"{"amp": "True", "optim.lr": 0.001, "width": "64"}"#,
            #"{"amp": "yes", "optim": {"lr": "0.0010"}, "width": 64, "output_dir": "elsewhere"}"#,
        ]
    )
    func spelling(_ config: String) {
        #expect(name(config) == name(#"{"optim": {"lr": 0.001}, "width": 64, "amp": true}"#))
        #expect(name(config, seed: "0") == name(config, seed: 0))
        #expect(name(config)?.utf8.count == 64)
    }

    @Test("Every value and every fact counts")
    func differences() {
        let plain = Sample.run("now")
        var changes = Array(repeating: plain, count: 6)
        changes[0].code?.tree = "t2"
        changes[1].data?.fingerprint = "sha256:d2"
        changes[2].code?.entry = "other.py"
        changes[3].seed = 1
        changes[4].config?["width"] = 65
        changes[5].worldSize = 8
        let names = ([plain] + changes).map { ClaimIdentity($0)?.name }
        #expect(Set(names).count == 7)
    }

    @Test("Neither who runs nor when nor how far is part of it")
    func who() {
        var other = Sample.run("other", hour: 3, status: .failed)
        other.rank = 3
        other.user = "somebody"
        other.process = ProcessIdentity(host: "h", bootID: nil, pid: 7, startTicks: nil)
        #expect(ClaimIdentity(other)?.name == ClaimIdentity(Sample.run("now"))?.name)
    }

    @Test("Of a run of which nothing is configured nothing can be claimed")
    func nothing() {
        var run = Sample.run("now")
        run.config = JSONObject()
        #expect(ClaimIdentity(run) == nil)
        run.extra["argv"] = ["train.py", "--lr", "0.1"]
        #expect(ClaimIdentity(run) != nil)
    }
}
