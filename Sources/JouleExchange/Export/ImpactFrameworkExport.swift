import JouleFile
import JouleLifecycle
import JouleQuantities

extension LifecycleExport {
    /// A manifest of the Impact Framework: a child for each stage with an observation for each run,
    /// whose carbon the framework computes itself.
    ///
    /// It is JSON, which is YAML 1.2. An observation has a date, a duration, the energy, and the
    /// grid's intensity; a run that lacks one of them is none.
    static func impactFramework(_ source: ExportSource) throws(ExportRefusal) -> LifecycleExport {
        let summary = source.summary
        var children = JSONObject()
        var leftOut = 0
        for (stage, _) in summary.stages {
            let runs = summary.runs.filter { $0.stage == stage }
            let observations = runs.compactMap(source.observation)
            leftOut += runs.count - observations.count
            guard !observations.isEmpty else { continue }
            children[stage.rawValue] = [
                "pipeline": ["compute": ["operational-carbon"]], "inputs": .array(observations),
            ]
        }
        guard !children.isEmpty else {
            throw ExportRefusal(
                "if: no run has a start, a duration, an energy and a grid; state --region and --pue"
            )
        }
        let manifest: JSON = [
            "name": .string(source.subject),
            "description": .string(source.method(of: summary.totals)),
            "tags": .null,
            "initialize": [
                "plugins": [
                    "operational-carbon": [
                        "method": "Multiply",
                        "path": "builtin",
                        "config": [
                            "input-parameters": ["energy", "grid/carbon-intensity"],
                            "output-parameter": "carbon-operational",
                        ],
                    ]
                ]
            ],
            "tree": ["children": .object(children)],
        ]
        return LifecycleExport(
            text: manifest.text(.pretty) + "\n",
            losses: LossReport(
                .impactFramework,
                summary,
                carried: [.stages, .runs, .facilityEnergy, .evidence, .coverage, .carbon],
                further: leftOut == 0
                    ? []
                    : ["\(leftOut.counted("run")) without a start, a duration, an energy or a grid"]
            )
        )
    }
}

extension ExportSource {
    fileprivate func observation(of run: RunImpact) -> JSON? {
        guard let started = run.run.started, let seconds = run.run.seconds,
            let energy = run.facility?.point, let grams = run.gramsPerKilowattHour
        else { return nil }
        return [
            "timestamp": .string(started.secondText + "Z"), "duration": .double(seconds),
            "energy": .double(energy.kilowattHours), "grid/carbon-intensity": .double(grams),
            "run-id": .string(run.run.id.description),
            "energy-method": .string(run.impact.howKnown ?? ""),
        ]
    }
}
