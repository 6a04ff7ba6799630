import JouleFile
import JouleQuantities
import JouleRedundancy

/// An audit, set for a person to read.
struct AuditPage {
    let audit: Audit
    let runs: [RunRecord]
    let look: Console.Look

    /// The page from top to bottom.
    func lines() -> [String] {
        var lines = heading() + totals() + findings() + groups()
        if !sign.isEmpty { lines += ["", look.painted(EnergyMark.legend, .faint)] }
        return lines
    }

    /// One modelled run is enough to mark every sum.
    private var sign: String {
        runs.contains { EnergyMark($0).sign == "≈" } ? "≈" : ""
    }

    // MARK: The sums

    private func heading() -> [String] {
        let count = audit.recordCount.counted("run")
        let copies = audit.recordCount - audit.executionCount
        let note =
            copies > 0 ? ", \(copies) of them recorded twice and counted once" : ""
        let energy = hasEnergy ? energy(of: audit.totals.total) + " in all" : "energy not known"
        var lines = ["\(count)\(note), \(energy)"]
        if let words = audit.shared.sentence(
            of: audit.recordCount,
            { sign + Units.energy(joules: $0.joules) }
        ) {
            lines += words.wrapped(to: look.width)
        }
        let unknown = audit.totals.runsWithoutEnergy
        if unknown > 0, hasEnergy { lines.append("\(unknown) without known energy") }
        let assumed = audit.totals.runsWithAssumedEnergy
        if assumed > 0 { lines.append("\(assumed) with an energy that was assumed, not recorded") }
        return lines + [""]
    }

    /// Whether any run's energy is known, so that a sum means something.
    private var hasEnergy: Bool {
        audit.totals.runsWithoutEnergy < audit.executionCount || audit.executionCount == 0
    }

    /// Joules and seconds never share a column: durations have a table of their own.
    private func totals() -> [String] {
        let hasDurations = audit.totals.total.secondsWithoutEnergy > 0
        var lines: [String] = []
        if hasEnergy || !hasDurations { lines += table("energy", \.joules, energy(of:)) }
        if hasDurations {
            lines += lines.isEmpty ? [] : [""]
            lines += table("duration, energy not known", \.secondsWithoutEnergy) {
                Units.duration(seconds: $0.secondsWithoutEnergy)
            }
        }
        let proofs =
            "low: proof bit, equal results; central: and proof config, equal inputs; high: and proof "
            + "statistical, a fact is missing"
        return lines + proofs.wrapped(to: look.width).map { look.painted($0, .faint) }
    }

    private func table(
        _ title: String,
        _ unit: KeyPath<AuditTotals.Amount, Double>,
        _ text: (AuditTotals.Amount) -> String
    ) -> [String] {
        let totals = audit.totals
        var table = Table([
            .init(title: title), .init(title: "low", isRight: true),
            .init(title: "central", isRight: true), .init(title: "high", isRight: true),
            .init(title: "", mayShrink: true),
        ])
        let isBad = totals.avoidableCentral[keyPath: unit] > 0
        table.append([
            .init("avoidable", .strong), .init(text(totals.avoidableLow)),
            .init(text(totals.avoidableCentral), isBad ? .bad : .good),
            .init(text(totals.avoidableHigh)), .init("known before the run began"),
        ])
        func row(_ name: String, _ value: AuditTotals.Amount, _ words: String) {
            table.append([.init(name, .strong), "", .init(text(value)), "", .init(words)])
        }
        row("hindsight", totals.hindsight, "shown only by the run's result")
        row("lost work", totals.lostWork, "lost with a failure, done again")
        row("not waste", totals.notWaste, "everything else")
        if totals.concurrent[keyPath: unit] > 0 {
            row("concurrent", totals.concurrent, "its twin ran at the same time")
        }
        if totals.undetermined[keyPath: unit] > 0 {
            row("undetermined", totals.undetermined, "the order is not known")
        }
        return table.lines(look: look)
    }

    private func energy(of amount: AuditTotals.Amount) -> String {
        hasEnergy ? sign + Units.energy(joules: amount.joules) : Units.unknown
    }

    // MARK: The cases

    private func findings() -> [String] {
        audit.findings.flatMap { finding in
            let mark = finding.energyIsModelled ? "≈" : ""
            let cost = finding.wasteJoules.map { mark + Units.energy(joules: $0) }
            let instead = finding.wasteSeconds.map {
                "\(Units.duration(seconds: $0)), energy not known"
            }
            let title = look.painted(finding.class.rawValue, .strong)
            let facts =
                "\(finding.run.short.visible) repeats \(finding.evidence.short.visible): "
                + "\(cost ?? instead ?? "energy not known"), \(finding.line.words), "
                + "proof \(finding.proof.rawValue)"
            let explanation = finding.explanation.visible.wrapped(to: look.width - 2)
            let differences = finding.differences.map(describe)
            return ["", "\(title)  \(facts)"] + (explanation + differences).map { "  \($0)" }
        }
    }

    private func describe(_ difference: Difference) -> String {
        let a = difference.a?.text() ?? "absent"
        let b = difference.b?.text() ?? "absent"
        return "\(difference.path): \(b) then, \(a) here".visible.shortened(to: look.width - 2)
    }

    private func groups() -> [String] {
        audit.groups.flatMap { group in
            let title = look.painted(group.class.rawValue, .strong)
            let names = group.runs.map { $0.short.visible }.joined(separator: " ")
            let words =
                "\(group.runs.count) runs that differ in their seed only, no waste: \(names)"
            return ["", title] + words.wrapped(to: look.width - 2).map { "  \($0)" }
        }
    }
}

extension Finding.Line {
    /// In words.
    fileprivate var words: String {
        switch self {
        case .avoidable: "avoidable"
        case .hindsight: "known only in hindsight"
        case .lostWork: "lost work"
        case .concurrent: "at the same time"
        case .undetermined: "order not known"
        case .notWaste: "no waste"
        }
    }
}
