import JouleLifecycle
import JouleQuantities

extension LifecycleExport {
    /// An AI package of SPDX 3.0.1 in JSON-LD, with what training, fine-tuning and inference used.
    ///
    /// Equal summaries name their elements equally. The AI profile asks for a supplier, a version,
    /// a release date and a place to download from, which no ledger knows; so the document does not
    /// claim to conform to it.
    static func spdx(_ source: ExportSource) throws(ExportRefusal) -> LifecycleExport {
        let summary = source.summary
        let uses = SPDXUse.allCases.map { use in
            (
                use: use,
                stages: summary.stages.filter { use.stages.contains($0.stage) }
            )
        }
        var consumption = JSONObject()
        consumption["type"] = "ai_EnergyConsumption"
        var methods: [String] = []
        var unknown: [String] = []
        for (use, stages) in uses where !stages.isEmpty {
            let impact = Impact(of: stages.map(\.impact))
            let names = stages.map(\.stage.rawValue).joined(separator: ", ")
            guard let energy = impact.oneEnergy else {
                unknown.append("\(names), whose energy is \(impact.energyWords)")
                continue
            }
            consumption["ai_\(use.rawValue)EnergyConsumption"] = [
                [
                    "type": "ai_EnergyConsumptionDescription",
                    "ai_energyQuantity": .double(energy.kilowattHours),
                    "ai_energyUnit": "kilowattHour",
                ]
            ]
            methods.append(
                "Energy of \(use.rawValue) is \(energy.boundary.rawValue) energy of the stages "
                    + "\(names); \(source.method(of: impact))."
            )
        }
        guard !methods.isEmpty else { throw ExportRefusal("spdx: \(source.unknownSPDXEnergy)") }
        let placed = SPDXUse.allCases.flatMap(\.stages)
        let others = summary.stages.map(\.stage).filter { !placed.contains($0) }.map(\.rawValue)
        let losses = LossReport(
            .spdx,
            summary,
            carried: [.evidence, .coverage],
            further: unknown
                + (others.listed.map { ["\($0), of which the format knows nothing"] } ?? [])
        )
        return LifecycleExport(
            text: source.spdxDocument(.object(consumption), methods).text(.pretty) + "\n",
            losses: losses
        )
    }
}

/// What SPDX tells energies apart by.
private enum SPDXUse: String, CaseIterable {
    case training, finetuning, inference

    /// What makes or changes weights is training.
    var stages: Set<Stage> {
        switch self {
        case .training: [.search, .pretraining, .training, .distillation, .pruning, .quantization]
        case .finetuning: [.fineTuning]
        case .inference: [.inference]
        }
    }
}

extension ExportSource {
    fileprivate var unknownSPDXEnergy: String {
        summary.totals.oneEnergy == nil
            ? unknownEnergy
            : "no energy of training, fine-tuning or inference is known as one figure"
    }

    fileprivate func spdxDocument(_ consumption: JSON, _ methods: [String]) -> JSON {
        let base = "urn:joulebook:summary:\(summaryHash)#"
        let creation = "_:creation"
        return [
            "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
            "@graph": [
                [
                    "type": "CreationInfo", "@id": .string(creation), "specVersion": "3.0.1",
                    "created": .string(now.secondText + "Z"),
                    "createdBy": [.string(base + "program")],
                ],
                [
                    "type": "SoftwareAgent", "spdxId": .string(base + "program"),
                    "creationInfo": .string(creation), "name": .string("\(program) \(version)"),
                ],
                [
                    "type": "ai_AIPackage", "spdxId": .string(base + "model"),
                    "creationInfo": .string(creation), "name": .string(subject),
                    "comment": .string(methods.joined(separator: "\n")),
                    "ai_energyConsumption": consumption,
                ],
                [
                    "type": "SpdxDocument", "spdxId": .string(base + "document"),
                    "creationInfo": .string(creation), "name": .string(subject),
                    "rootElement": [.string(base + "model")],
                    "element": [.string(base + "model"), .string(base + "program")],
                ],
            ],
        ]
    }
}
