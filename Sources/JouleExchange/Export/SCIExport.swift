import JouleLifecycle
import JouleQuantities

extension LifecycleExport {
    /// A report of software carbon intensity: the score, and what it is made of.
    ///
    /// The standard (ISO/IEC 21031:2024) asks that a score states its functional unit, its boundary and
    /// how its parts were found, and has no form of a file.
    static func sci(_ source: ExportSource) throws(ExportRefusal) -> LifecycleExport {
        let summary = source.summary
        guard let score = summary.score, let life = summary.options.life else {
            throw ExportRefusal("sci: state --functional-unit and --lifetime", isUsage: true)
        }
        guard let grams = score.gramsPerUnit, let operational = score.operational,
            let embodied = score.embodied
        else { throw ExportRefusal("sci: \(score.sentence)") }
        let totals = summary.totals
        let report: JSON = [
            "sci": .double(grams),
            "unit": .string("gCO2e/\(score.unit.name)"),
            "functional_unit": [
                "name": .string(score.unit.name), "amount": .double(score.unit.amount),
            ],
            "operational": [
                "carbon_g": .double(operational.grams),
                "energy_kwh": .orNull(totals.facility?.point?.kilowattHours),
                "signal": .string(LocationAverage.name),
                "method": .string(source.method(of: totals)),
            ],
            "embodied": [
                "carbon_g": .double(embodied.value),
                "lifetime_years": .double(life.years),
                "utilisation": .double(life.utilisation),
                "hardware": .array(summary.runs.hardwareWords.map(JSON.string)),
            ],
            "boundary": [
                "subject": .string(source.subject),
                "stages": .array(summary.stages.map { .string($0.stage.rawValue) }),
                "runs": .integer(Int64(totals.runs)),
                "not_measured": .array(summary.notMeasured.map { .string($0.sentence) }),
            ],
            "factors": .array(summary.factorsUsed.map(\.json)),
        ]
        return LifecycleExport(
            text: report.text(.pretty) + "\n",
            losses: LossReport(
                .sci,
                summary,
                carried: [
                    .facilityEnergy, .evidence, .coverage, .carbon, .embodied, .score, .factors,
                    .gaps,
                ]
            )
        )
    }
}
