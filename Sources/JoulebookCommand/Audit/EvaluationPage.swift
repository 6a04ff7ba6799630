import JouleFile
import JouleQuantities
import JouleRedundancy

/// An audit beside labels, set for a person to read.
struct EvaluationPage {
    private enum Score {
        case planted(DetectorScore)
        case groups(PairLabels)
    }

    private let score: Score
    private let look: Console.Look

    init(
        _ audit: Audit,
        of runs: [RunRecord],
        labels: JSON,
        look: Console.Look
    ) throws(LabelError) {
        self.look = look
        if labels["schema"] != nil {
            let truth = try PlantedTruth(labels)
            score = .planted(try DetectorScore(audit, of: runs, truth: truth))
        } else {
            score = .groups(try PairLabels(audit, of: runs, labels: labels))
        }
    }

    var json: JSON {
        switch score {
        case .planted(let score): score.json
        case .groups(let score): score.json
        }
    }

    var gates: [Gate] {
        switch score {
        case .planted(let score): score.gates
        case .groups(let score): score.gates
        }
    }

    /// The page from top to bottom.
    func lines() -> [String] {
        var lines: [String]
        switch score {
        case .planted(let score): lines = planted(score)
        case .groups(let score): lines = labelled(score)
        }
        return lines + [""] + gateLines()
    }

    // MARK: Planted labels

    private func planted(_ score: DetectorScore) -> [String] {
        let provable = DetectorScore.provable.filter { score.classes[$0] != nil }
        let others = score.classes.keys.filter { !provable.contains($0) }.sorted()
        let count = score.recordCount.counted("run")
        var lines = ["\(count); precision and recall of energy, of runs, of time", ""]
        lines += table(
            "class",
            (provable + others).map { ($0, score.classes[$0]) },
            mark: provable
        )
        lines += [""]
        lines += table(
            "line",
            DetectorScore.lines.map { ($0, score.lines[$0]) },
            mark: ["avoidable"]
        )
        return lines + [""] + traps(score) + [""] + merges(score)
    }

    private func table(_ title: String, _ rows: [(String, Tally?)], mark: [String]) -> [String] {
        var table = Table(
            [.init(title: title, mayShrink: true)]
                + ["planted", "found", "energy P", "R", "runs P", "R", "time P", "R"]
                .map { .init(title: $0, isRight: true) }
        )
        for case (let name, let tally?) in rows {
            let shares = [tally.joules, tally.runs, tally.seconds].flatMap {
                [$0.precision, $0.recall]
            }
            table.append(
                [
                    .init(name, mark.contains(name) ? .strong : nil),
                    .init("\(Int(tally.runs.planted))"), .init("\(Int(tally.runs.found))"),
                ] + shares.map { .init($0.map { Units.fixed($0, decimals: 3) } ?? "–") }
            )
        }
        return table.lines(look: look)
    }

    private func traps(_ score: DetectorScore) -> [String] {
        var table = Table([
            .init(title: "trap"), .init(title: "planted", isRight: true),
            .init(title: "held", isRight: true),
        ])
        for name in score.traps.keys.sorted() {
            guard let trap = score.traps[name] else { continue }
            table.append([
                .init(name), .init("\(trap.planted)"),
                .init("\(trap.held)", trap.held < trap.planted ? .bad : .good),
            ])
        }
        return table.lines(look: look)
    }

    private func merges(_ score: DetectorScore) -> [String] {
        let shown = score.merges.prefix(8).map {
            "  \($0.class): \($0.run.visible) and \($0.other.visible)".shortened(to: look.width)
        }
        return ["unintended merges: \(score.merges.count)"] + shown
    }

    // MARK: Labelled groups

    private func labelled(_ score: PairLabels) -> [String] {
        var table = Table([
            .init(title: "label"), .init(title: "labelled", isRight: true),
            .init(title: "found", isRight: true),
        ])
        for name in score.counts.keys.sorted() {
            guard let count = score.counts[name] else { continue }
            table.append([.init(name), .init("\(count.labelled)"), .init("\(count.found)")])
        }
        let runs = score.recordCount.counted("record")
        return ["\(runs), \(score.executionCount.counted("execution"))", ""]
            + table.lines(look: look)
    }

    // MARK: Gates

    private func gateLines() -> [String] {
        var table = Table([
            .init(title: "gate", mayShrink: true), .init(title: "value", isRight: true),
            .init(title: "bound", isRight: true), .init(title: ""),
        ])
        for gate in gates {
            let bound =
                switch gate.bound {
                case .least(let least): "≥ \(Units.significant(least))"
                case .most(let most): "≤ \(Units.significant(most))"
                }
            table.append([
                .init(gate.name), .init(Units.significant(gate.value)), .init(bound),
                .init(gate.holds ? "holds" : "fails", gate.holds ? .good : .bad),
            ])
        }
        return table.lines(look: look)
    }
}
