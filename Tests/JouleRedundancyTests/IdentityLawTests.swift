import JouleFile
import JouleQuantities
import JouleTestSupport
import Testing

@testable import JouleRedundancy

@Suite("Identity of a recipe")
struct IdentityLawTests {
    private static let base = """
        {"optim": {"lr": 0.001, "betas": [0.9, 0.999], "nesterov": true}, "width": 64, \
        "dropout": 0.25, "name": "mlp", "resume": null}
        """

    private func keys(_ a: RunRecord, _ b: RunRecord) -> (RunKeys, RunKeys) {
        var maker = KeyMaker(learning: [a, b])
        return (maker.keys(of: a), maker.keys(of: b))
    }

    @Test("Order, spelling and launcher keys do not change it", arguments: UInt64(0)..<200)
    func invariance(seed: UInt64) {
        var generator = SplitMix(seed: seed)
        let run = Sample.run("a", Self.base)
        let (a, b) = keys(run, Perturbation.rewrite(run, using: &generator))
        #expect(a.exact == b.exact)
        #expect(a.seed == b.seed)
    }

    @Test(
        "A changed value does",
        arguments: [
            (#""lr": 0.001"#, #""lr": 0.0010000001"#), (#""lr": 0.001"#, #""lr": "fast""#),
            ("[0.9, 0.999]", "[0.999, 0.9]"), ("[0.9, 0.999]", "[0.9]"), ("true", "false"),
            (#""resume": null"#, #""resume": "x""#), (#", "resume": null"#, ""),
            (#""width""#, #""height""#), ("64", "640000000000001"), (#""mlp""#, #""MLP""#),
            ("[0.9, 0.999]", "[]"), ("[0.9, 0.999]", "{}"),
        ]
    )
    func sensitivity(before: String, after: String) {
        let changed = Self.base.replacing(before, with: after)
        #expect(changed != Self.base)
        let (a, b) = keys(Sample.run("a", Self.base), Sample.run("b", changed))
        #expect(a.recipe != b.recipe)
        var maker = KeyMaker(learning: [Sample.run("a", Self.base), Sample.run("b", changed)])
        let keys = [Self.base, changed].map { maker.keys(of: Sample.run("x", $0)) }
        let identities = keys.map { maker.recipeIdentity(of: $0) }
        #expect(identities[0] != identities[1])
    }

    @Test("A string is a number only where the key is a number elsewhere")
    func spellings() {
        let version = keys(
            Sample.run("a", #"{"version": "1.10"}"#),
            Sample.run("b", #"{"version": "1.1"}"#)
        )
        #expect(version.0.recipe != version.1.recipe)
        let rate = keys(Sample.run("a", #"{"lr": "1e-3"}"#), Sample.run("b", #"{"lr": 0.001}"#))
        #expect(rate.0.recipe == rate.1.recipe)
        let flag = keys(Sample.run("a", #"{"amp": "True"}"#), Sample.run("b", #"{"amp": true}"#))
        #expect(flag.0.recipe == flag.1.recipe)
    }

    @Test("Kinds of one program say nothing about another's keys")
    func programs() {
        var (a, b) = (Sample.run("a", #"{"x": "1.0"}"#), Sample.run("b", #"{"x": "1"}"#))
        var other = Sample.run("c", #"{"x": 1}"#)
        other.code?.entry = "other.py"
        var maker = KeyMaker(learning: [a, b, other])
        #expect(maker.keys(of: a).recipe != maker.keys(of: b).recipe)
        a.code?.entry = "other.py"
        b.code?.entry = "other.py"
        maker = KeyMaker(learning: [a, b, other])
        #expect(maker.keys(of: a).recipe == maker.keys(of: b).recipe)
    }

    @Test("Launcher keys are known by their whole path, never by a bare name")
    func anchoring() {
        let ignored = ["output_dir", "trainer.output_dir", "hydra.run.dir", "wandb.project"]
        for path in ignored { #expect(KeyRoles.shipped.role(of: path) == .ignored, "\(path)") }
        let semantic = [
            "model.output_dir", "model.name", "data.name", "a.b.output_dir", "size",
            "checkpoint_dir", "data.port", "rank", "num_workers", "trainer.devices",
        ]
        for path in semantic { #expect(KeyRoles.shipped.role(of: path) == .semantic, "\(path)") }
        #expect(KeyRoles.shipped.role(of: "data.split_seed") == .semantic)
        #expect(KeyRoles.shipped.role(of: "train.seed") == .seed)
    }

    @Test("A device index is not part of a recipe, a kind of device is")
    func device() {
        func recipe(_ device: String) -> IndexSum {
            let run = Sample.run("a", #"{"device": "\#(device)"}"#)
            var maker = KeyMaker(learning: [run])
            return maker.keys(of: run).recipe
        }
        #expect(recipe("cuda:0") == recipe("cuda:3"))
        #expect(recipe("cuda:0") != recipe("cpu"))
    }

    @Test("Seeds merge in all spellings, and large ones stay apart")
    func seeds() {
        let spellings: [JSON] = [0, 0.0, "0", "0.0", "+0", "00"]
        #expect(Set(spellings.map(CanonicalValue.ofSeed)).count == 1)
        let large: [JSON] = [
            1_234_567_890_123_456, 1_234_567_890_123_457, "12345678901234567890123",
            "12345678901234567890124",
        ]
        #expect(Set(large.map(CanonicalValue.ofSeed)).count == 4)
    }

    @Test("A seed in the configuration serves where the run states none")
    func seedInConfiguration() {
        let stated = Sample.run("a", #"{"lr": 0.1, "seed": 3}"#, seed: 3)
        let (a, b) = keys(stated, Sample.run("b", #"{"lr": 0.1, "seed": "3"}"#, seed: nil))
        #expect(a.exact == b.exact)
        let (c, d) = keys(stated, Sample.run("d", #"{"lr": 0.1, "seed": 4}"#, seed: 4))
        #expect(c.recipe == d.recipe)
        #expect(c.exact != d.exact)
    }

    @Test("Points in names nest, unless that would give two leaves one path")
    func points() {
        let nested = keys(
            Sample.run("a", #"{"a.b": 1}"#),
            Sample.run("b", #"{"a": {"b": 1}}"#)
        )
        #expect(nested.0.recipe == nested.1.recipe)
        let clash = keys(
            Sample.run("a", #"{"a.b": 1, "a": {"b": 2}}"#),
            Sample.run("b", #"{"a.b": 2, "a": {"b": 1}}"#)
        )
        #expect(clash.0.recipe != clash.1.recipe)
    }

    @Test("Removing a leaf's hash gives the index without it")
    func leaveOneOut() {
        let leaf = IndexSum.leaf(path: "config.width", value: 64)
        let rest = IndexSum.leaf(path: "config.lr", value: 0.1)
        #expect(rest + leaf - leaf == rest)
    }

    @Test("The identity is the hash that the page on keys recomputes by hand")
    func vector() {
        var run = Sample.run("a", #"{"optim": {"lr": "1e-3"}, "width": 64}"#)
        run.config = Sample.config(#"{"width": 64.0, "optim": {"lr": 0.001}, "output_dir": "x"}"#)
        let document =
            #"[["code.tree","t1"],["config.optim.lr",0.001],["config.width",64],"#
            + #"["data.fingerprint","sha256:d1"],["entry","train.py"]]"#
        var maker = KeyMaker(learning: [run])
        let keys = maker.keys(of: run)
        #expect(maker.recipeIdentity(of: keys) == ContentHash.sha256Hex(document))
    }
}
