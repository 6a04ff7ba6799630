import JouleFile
import JouleQuantities

/// The metric by which runs of one program on one data set are compared, where nobody selected one.
struct PrimaryMetric {
    let name: String
    let isHigherBetter: Bool

    /// The one that most runs hold, among those of validation before those of test and of training.
    init?(_ runs: [KeyedRun]) {
        var counts: [String: Int] = [:]
        var selected: [String: Int] = [:]
        for run in runs {
            for metric in run.run.results { counts[metric.name, default: 0] += 1 }
            if let choice = run.run.run.extra["selected"], let name = choice["metric"]?.string {
                selected[name + (choice["goal"]?.string == "lower" ? "\0" : ""), default: 0] += 1
            }
        }
        if let choice = selected.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key {
            isHigherBetter = !choice.hasSuffix("\0")
            name = isHigherBetter ? choice : String(choice.dropLast())
            return
        }
        let best = counts.min { left, right in
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
        run.results.first { $0.name == name }.map(\.value)
    }

    private static func rank(_ name: String) -> (part: Int, kind: Int) {
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
