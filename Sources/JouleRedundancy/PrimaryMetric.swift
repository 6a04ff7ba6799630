import JouleFile
import JouleQuantities

/// The metric by which runs of one program on one data set are compared, where nobody selected one.
struct PrimaryMetric {
    let name: String
    let isHigherBetter: Bool

    /// What a program selects its result by.
    struct Selection: Hashable {
        let name: String
        let isHigherBetter: Bool

        fileprivate var order: Int { isHigherBetter ? 0 : 1 }

        init(name: String, isHigherBetter: Bool) {
            (self.name, self.isHigherBetter) = (name, isHigherBetter)
        }

        /// Nil where the record does not say.
        init?(_ run: RunRecord) {
            guard let choice = run.extra["selected"], let name = choice["metric"]?.string else {
                return nil
            }
            self.name = name
            isHigherBetter = choice["goal"]?.string != "lower"
        }
    }

    /// The one that most runs hold, among those of validation before those of test and of training.
    init?(_ runs: [KeyedRun]) {
        var results = ResultCounts()
        var selected: [Selection: Int] = [:]
        for run in runs {
            run.run.countResults(into: &results)
            if let choice = run.run.selection { selected[choice, default: 0] += 1 }
        }
        let most = selected.max {
            ($0.value, $1.key.name, $1.key.order) < ($1.value, $0.key.name, $0.key.order)
        }
        if let choice = most?.key {
            isHigherBetter = choice.isHigherBetter
            name = choice.name
            return
        }
        let best = results.byName.min { left, right in
            let a = Self.rank(left.key)
            let b = Self.rank(right.key)
            if (a.part, a.kind) != (b.part, b.kind) { return (a.part, a.kind) < (b.part, b.kind) }
            return left.value != right.value ? left.value > right.value : left.key < right.key
        }
        guard let best else { return nil }
        name = best.key
        isHigherBetter = Self.isHigherBetter(best.key)
    }

    func value(of run: AuditedRun) -> Double? {
        run.result(name)
    }

    private static func rank(_ name: String) -> (part: Int, kind: Int) {
        known.value(for: name, decide: decide)
    }

    private static let known = NameMemo<(part: Int, kind: Int)>()

    private static func decide(_ name: String) -> (part: Int, kind: Int) {
        let words = words(of: name)
        let part =
            !words.isDisjoint(with: validation)
            ? 0 : !words.isDisjoint(with: training) ? 3 : words.contains("test") ? 1 : 2
        let kind =
            !words.isDisjoint(with: scores) ? 0 : !words.isDisjoint(with: losses) ? 1 : 2
        return (part, kind)
    }

    /// Whether a metric of this name is better when it is larger; errors and losses are not.
    static func isHigherBetter(_ name: String) -> Bool { words(of: name).isDisjoint(with: losses) }

    private static func words(of name: String) -> Set<String> {
        Set(name.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init))
    }

    private static let validation: Set<String> = ["val", "valid", "validation", "eval", "dev"]
    private static let training: Set<String> = ["train", "training"]
    private static let scores: Set<String> = [
        "score", "accuracy", "acc", "top1", "f1", "auc", "auroc", "r2", "bleu", "rouge", "map",
        "miou", "iou", "dice", "ndcg", "recall", "precision", "reward", "psnr", "ssim",
    ]
    private static let losses: Set<String> = [
        "loss", "error", "err", "rmse", "mse", "mae", "mape", "perplexity", "ppl", "nll", "bpb",
        "bpc", "wer", "cer", "fid", "logloss", "brier", "crps", "regret", "entropy",
    ]
}
