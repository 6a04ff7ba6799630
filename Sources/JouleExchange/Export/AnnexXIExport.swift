import JouleFile
import JouleLifecycle
import JouleQuantities

extension LifecycleExport {
    /// A table in Markdown for points 2 (d) and 2 (e) of Annex XI, Section 1, of the EU's AI Act,
    /// Regulation (EU) 2024/1689, and how its figures came about.
    static func annexXI(_ source: ExportSource) -> LifecycleExport {
        let summary = source.summary
        let losses = LossReport(
            .annexXI,
            summary,
            carried: [
                .stages, .itEnergy, .facilityEnergy, .energyRange, .evidence, .coverage,
                .uncertainty, .anomalies, .gaps, .inputs,
            ]
        )
        var text = "## Compute and energy: \(TextTable.escaped(source.subject))\n\n"
        text += "For Annex XI, Section 1, point 2, of Regulation (EU) 2024/1689.\n\n"
        text += TextTable.markdown(
            header: ["Point", "Information", "Value", "How it is known"],
            rows: (source.computeRows + source.energyRows).map {
                [$0.point, $0.name, $0.value, $0.basis]
            },
            texts: 4
        )
        let lists = [
            ("Methodology", source.methodology),
            ("What cannot be right", summary.anomalies.map { "\($0.location): \($0.message)" }),
            ("Not measured", summary.notMeasuredSentences), ("Not in this document", losses.facts),
        ]
        for (title, items) in lists where !items.isEmpty {
            text += "\n### \(title)\n\n" + items.map { "- \(TextTable.escaped($0))\n" }.joined()
        }
        return LifecycleExport(text: text, losses: losses)
    }
}

private struct AnnexRow {
    let point: String
    let name: String
    let value: String
    let basis: String
}

extension ExportSource {
    private static let notRecorded = "not recorded"

    /// Point (d): what the model was trained with, and how long.
    fileprivate var computeRows: [AnnexRow] {
        let runs = makingRuns
        let timed = runs.compactMap(\.run.seconds)
        let deviceHours = runs.compactMap(\.acceleratorHours)
        let of = { (count: Int) in "of \(count) of \(runs.count.counted("run"))" }
        let hours = { (seconds: Double) in "\(Figure.number(seconds / 3600)) h" }
        let first = runs.compactMap(\.run.started).min()
        let last = runs.compactMap(\.run.ended).max()
        let elapsed = first.flatMap { first in last.map { $0.unixSeconds - first.unixSeconds } }
        let rows: [(name: String, value: String?, basis: String)] = [
            ("Floating-point operations", nil, ""),
            (
                "Accelerator time",
                deviceHours.isEmpty
                    ? nil : "\(Figure.number(deviceHours.reduce(0, +))) device-hours",
                "recorded devices times duration, \(of(deviceHours.count))"
            ),
            (
                "Training time, added up",
                timed.isEmpty ? nil : hours(timed.reduce(0, +)),
                "recorded durations, \(of(timed.count))"
            ),
            (
                "Training time, from the first start to the last end",
                elapsed.flatMap { $0 >= 0 ? hours($0) : nil }, "recorded dates"
            ),
            ("Hardware", runs.hardwareWords.listed, "recorded"),
            ("Place", runs.locations.listed, "recorded or stated, as the grid factors name it"),
        ]
        return rows.map { name, value, basis in
            let isKnown = value != nil
            return AnnexRow(
                point: "2 (d)",
                name: name,
                value: value ?? Self.notRecorded,
                basis: isKnown ? basis : Self.notRecorded
            )
        }
    }

    /// Point (e): the energy of making the model and of each stage.
    fileprivate var energyRows: [AnnexRow] {
        let parts =
            [("Energy of making the model", making)]
            + summary.stages.map { ("Energy, stage \($0.stage.rawValue)", $0.impact) }
        return parts.map { name, impact in
            let figures = [
                impact.it.map { "\($0.words("kWh", \.kilowattHours)) of the IT" },
                impact.facility.map { "\($0.words("kWh", \.kilowattHours)) of the facility" },
                impact.uncertaintyRelative.map { "± \(Figure.percent($0))" },
            ].compactMap(\.self)
            return AnnexRow(
                point: "2 (e)",
                name: name,
                value: figures.isEmpty ? "not known" : figures.joined(separator: ", "),
                basis: impact.standing
            )
        }
    }

    fileprivate var methodology: [String] {
        var lines = [
            method(of: making),
            "Measured is what was read from counters or power meters, modelled what was computed "
                + "from utilisation, declared what somebody stated; only the first is known, the "
                + "rest estimated.",
            "Facility energy = IT energy · PUE (F1 of Schemas/formulae.md).",
            "Making the model is all stages but deployment and inference, with its search, its "
                + "failed runs and its evaluation.",
        ]
        if let pue = summary.options.pue {
            lines.append("A PUE of \(pue) is stated for energies that hold none yet.")
        }
        if let inputs = summary.inputs {
            lines.append(
                "From \(inputs.roots.count.counted("ledger")), SHA-256 over their Merkle roots: "
                    + inputs.sha256
            )
        }
        return lines
    }
}

extension RunImpact {
    /// Hours of all accelerators of the run; nil where their number or the duration is not known.
    fileprivate var acceleratorHours: Double? {
        let accelerators = (run.hardware?.devices ?? [])
            .filter { ["gpu", "accelerator"].contains($0.kind) }
        let counts = accelerators.compactMap(\.count)
        guard let seconds = run.seconds, !counts.isEmpty, counts.count == accelerators.count else {
            return nil
        }
        return seconds / 3600 * Double(counts.reduce(0, +))
    }
}

extension Impact {
    /// The words of the Annex, known or estimated, with the evidence.
    fileprivate var standing: String {
        guard let words = howKnown else { return "not known" }
        let evidence = evidence
        let isMeasured = evidence.model == 0 && evidence.declared == 0
        let word =
            evidence.measured == 0
            ? "estimated" : isMeasured && !isPartial ? "known" : "known in part"
        return "\(word): \(words)"
    }
}
