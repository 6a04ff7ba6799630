/// Which values of a metric are better, as far as its name tells.
package enum MetricDirection: String, Sendable {
    case higher, lower

    private static let scores: Set<String> = [
        "acc", "accuracy", "auc", "auroc", "bleu", "dice", "f1", "iou", "miou", "mrr", "ndcg",
        "precision", "psnr", "r2", "recall", "reward", "rouge", "score", "ssim",
    ]
    private static let costs: Set<String> = [
        "bpb", "bpc", "brier", "cer", "ece", "err", "error", "fid", "latency", "logloss", "loss",
        "mae", "mape", "merror", "mlogloss", "mse", "nll", "perplexity", "ppl", "rmse", "rmsle",
        "smape", "wer",
    ]

    /// Nil where no word of the name says it; a word that is a cost decides.
    package init?(ofMetric name: String) {
        let words = Self.words(of: name)
        if words.contains(where: Self.costs.contains) {
            self = .lower
        } else if words.contains(where: Self.scores.contains) {
            self = .higher
        } else {
            return nil
        }
    }

    /// The metric to compare by: the first score, else the first loss, else the first.
    package static func mainMetric(of names: [String]) -> String? {
        func first(_ direction: Self) -> String? {
            names.first { Self(ofMetric: $0) == direction }
        }
        return first(.higher) ?? first(.lower) ?? names.first
    }

    /// The words of `val/topLoss_2`, small, each also without the digits at its end.
    private static func words(of name: String) -> [String] {
        var words: [String] = []
        var word = ""
        var isSmall = false
        for character in name {
            let isPart = character.isLetter || character.isNumber
            if !isPart || isSmall && character.isUppercase {
                words.append(word)
                word = ""
            }
            if isPart { word += character.lowercased() }
            isSmall = character.isLowercase
        }
        words.append(word)
        return words.flatMap { word in
            [word, String(word.prefix { !$0.isNumber })]
        }.filter { !$0.isEmpty }
    }
}
