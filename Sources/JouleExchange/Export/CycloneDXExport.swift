import JouleLifecycle
import JouleQuantities

extension LifecycleExport {
    /// An ML-BOM of CycloneDX 1.6: the model as the subject, with the energy of its activities.
    ///
    /// Stages that are one activity there stay entries of their own, and what the format has no
    /// field for is a property of its entry. Who provided the energy is not known, so nobody is
    /// named.
    static func cycloneDX(_ source: ExportSource) throws(ExportRefusal) -> LifecycleExport {
        let summary = source.summary
        let activities = summary.stages.compactMap(source.consumption)
        guard !activities.isEmpty else {
            throw ExportRefusal("cyclonedx: \(source.unknownEnergy)")
        }
        let card: JSON = [
            "considerations": [
                "environmentalConsiderations": ["energyConsumptions": .array(activities)]
            ]
        ]
        let document: JSON = [
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": [
                "tools": [
                    "components": [
                        [
                            "type": "application", "name": .string(source.program),
                            "version": .string(source.version),
                        ]
                    ]
                ],
                "component": [
                    "type": "machine-learning-model",
                    "bom-ref": "model",
                    "name": .string(source.subject),
                    "modelCard": card,
                ],
            ],
        ]
        return LifecycleExport(
            text: document.text(.pretty) + "\n",
            losses: LossReport(
                .cyclonedx,
                summary,
                carried: [
                    .stages, .itEnergy, .facilityEnergy, .energyRange, .evidence, .coverage,
                    .uncertainty, .carbon, .carbonRange,
                ],
                further: source.stagesWithoutFigure
            )
        )
    }
}

extension ExportSource {
    /// An element of `energyConsumptions`; nil where the energy is not one figure, as it must be.
    fileprivate func consumption(of stage: Stage, _ impact: Impact) -> JSON? {
        guard let energy = impact.oneEnergy else { return nil }
        var object = JSONObject()
        object["activity"] = .string(stage.cycloneDXActivity)
        object["energyProviders"] = []
        object["activityEnergyCost"] = [
            "value": .double(energy.kilowattHours), "unit": "kWh",
        ]
        object["co2CostEquivalent"] = impact.carbon?.point.map { carbon in
            ["value": .double(carbon.kilograms / 1000), "unit": "tCO2eq"]
        }
        let facts: [(name: String, value: String?)] = [
            ("stage", stage.rawValue), ("boundary", energy.boundary.rawValue),
            ("method", method(of: impact)), ("it_kwh", impact.it?.figure(\.kilowattHours)),
            ("facility_kwh", impact.facility?.figure(\.kilowattHours)),
            ("uncertainty_rel", impact.uncertaintyRelative?.description),
            ("location_kg", impact.carbon?.figure(\.kilograms)),
            ("location_range_kg", impact.carbonRange?.interval(\.kilograms)),
        ]
        object["properties"] = .array(
            facts.compactMap { name, value in
                value.map { ["name": .string("joulebook:\(name)"), "value": .string($0)] }
            }
        )
        return .object(object)
    }
}

extension Estimate {
    /// All digits of the figure, or of its limits where it has none.
    fileprivate func figure(_ value: (Quantity) -> Double) -> String {
        point.map { value($0).description } ?? interval(value)
    }

    /// All digits of both limits, as ISO 80000-2 writes an interval.
    fileprivate func interval(_ value: (Quantity) -> Double) -> String {
        "[\(value(low)), \(value(high))]"
    }
}

extension Stage {
    /// The word of CycloneDX for what is done in it.
    fileprivate var cycloneDXActivity: String {
        switch self {
        case .dataCollection: "data-collection"
        case .dataPreparation: "data-preparation"
        case .search, .pretraining, .training, .distillation: "training"
        case .fineTuning: "fine-tuning"
        case .evaluation: "validation"
        case .deployment: "deployment"
        case .inference: "inference"
        case .pruning, .quantization, .other: "other"
        }
    }
}
