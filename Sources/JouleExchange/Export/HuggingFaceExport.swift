import JouleLifecycle
import JouleQuantities

extension LifecycleExport {
    /// The front matter of a model card with `co2_eq_emissions`, in grams.
    ///
    /// Readers of it take `emissions` for one number, so without one there is no such block:
    /// `huggingface_hub` fails on a block that lacks it.
    static func huggingFace(_ source: ExportSource) throws(ExportRefusal) -> LifecycleExport {
        let making = source.making
        guard let grams = making.carbon?.point?.grams else {
            throw ExportRefusal("hf: " + source.unknownCarbon(making))
        }
        let runs = source.makingRuns
        let fields: [(name: String, value: String?)] = [
            ("source", source.method(of: making)), ("training_type", source.trainingType),
            ("geographical_location", runs.locations.listed),
            ("hardware_used", runs.hardwareWords.listed),
        ]
        let losses = LossReport(
            .hf,
            source.summary,
            carried: [.carbon, .evidence, .coverage],
            further: source.useLeftOut
        )
        var lines = ["---", "co2_eq_emissions:", "  emissions: \(YAMLText.number(grams))"]
        for (name, value) in fields {
            if let value { lines.append("  \(name): \(YAMLText.quoted(value))") }
        }
        lines += losses.lines.map { "# \($0)" } + ["---"]
        return LifecycleExport(text: lines.joined(separator: "\n") + "\n", losses: losses)
    }
}

extension ExportSource {
    /// Why there is no figure of carbon, and what would give one.
    fileprivate func unknownCarbon(_ making: Impact) -> String {
        guard making.runs > 0 else {
            return "no run made a model; all are of its use, or there is none"
        }
        guard let carbon = making.carbon else {
            return making.runsWithEnergy == 0
                ? "the energy of no run is known, and with it no carbon"
                : "no carbon is known; state --region"
        }
        return "carbon is known only as \(carbon.limits(\.kilograms)) kg, and the format takes one "
            + "figure; state --region and --pue"
    }

    /// In the two words that the format has for it; nil where the stages do not say.
    fileprivate var trainingType: String? {
        let stages = summary.stages.map(\.stage)
        let words = [(Stage.pretraining, "pre-training"), (.fineTuning, "fine-tuning")]
            .filter { stages.contains($0.0) }.map(\.1)
        return words.isEmpty ? nil : words.joined(separator: " and ")
    }
}
