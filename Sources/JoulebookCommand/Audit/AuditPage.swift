import JouleFile
import JouleQuantities
import JouleRedundancy

/// An audit, set for a person to read.
struct AuditPage {
    let audit: Audit
    let look: Console.Look

    /// The page from top to bottom.
    func lines() -> [String] {
        var lines = heading() + totals() + classes() + findings() + groups()
        lines += AuditInsights(audit: audit, look: look, sign: sign).lines()
        if !sign.isEmpty { lines += [""] + EnergyMark.legend(look) }
        return lines
    }

    /// One run that nobody measured is enough to mark every sum.
    private var sign: String { audit.modelledCount > 0 ? "≈" : "" }

    // MARK: The sums

    private func heading() -> [String] {
        let count = audit.recordCount.counted("run")
        let copies = audit.recordCount - audit.executionCount
        let note =
            copies > 0 ? ", \(copies) of them recorded twice and counted once" : ""
        let energy = hasEnergy ? energy(of: audit.totals.total) + " in all" : "energy not known"
        var lines = "\(count)\(note), \(energy)".wrapped(to: look.width)
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
            .init(title: title),
            .init(title: "low", isRight: true, hasUnits: true, mayGo: 2),
            .init(title: "central", isRight: true, hasUnits: true),
            .init(title: "high", isRight: true, hasUnits: true, mayGo: 3),
            .init(title: "of all", mayGo: 1), .init(title: "", mayShrink: true, mayGo: 0),
        ])
        func share(_ value: AuditTotals.Amount) -> Table.Cell {
            let all = totals.total[keyPath: unit]
            guard all > 0 else { return "" }
            let part = value[keyPath: unit] / all
            let percent = Units.significant(part * 100, digits: 2)
            return .init("\(Bar.text(part, width: 8)) \(percent) %")
        }
        let isBad = totals.avoidableCentral[keyPath: unit] > 0
        table.append([
            .init("avoidable", .strong), .init(text(totals.avoidableLow)),
            .init(text(totals.avoidableCentral), isBad ? .bad : .good),
            .init(text(totals.avoidableHigh)), share(totals.avoidableCentral),
            .init("known before it began"),
        ])
        func row(_ name: String, _ value: AuditTotals.Amount, _ words: String) {
            table.append([
                .init(name, .strong), "", .init(text(value)), "", share(value), .init(words),
            ])
        }
        row("hindsight", totals.hindsight, "told only by its result")
        row("lost work", totals.lostWork, "lost with a failure")
        row("not waste", totals.notWaste, "everything else")
        if totals.review[keyPath: unit] > 0 {
            row("  of it", totals.review, "many seeds, tiny steps")
        }
        if totals.concurrent[keyPath: unit] > 0 {
            row("concurrent", totals.concurrent, "ran beside its twin")
        }
        if totals.undetermined[keyPath: unit] > 0 {
            row("undetermined", totals.undetermined, "order not known")
        }
        return table.lines(look: look)
    }

    /// In the unit of all of it, so that the lines can be compared.
    private func energy(of amount: AuditTotals.Amount) -> String {
        guard hasEnergy else { return Units.unknown }
        return sign + Units.energy(joules: amount.joules, like: audit.totals.total.joules)
    }

    /// How often each class was found, and what it comes to.
    private func classes() -> [String] {
        guard audit.findings.count > 1 else { return [] }
        var table = Table([
            .init(title: "class", mayShrink: true), .init(title: "found", isRight: true),
            .init(title: "energy", isRight: true, hasUnits: true),
            .init(title: "line", mayShrink: true),
        ])
        let byClass = Dictionary(grouping: audit.findings, by: \.class)
        for kind in Finding.Class.allCases {
            let byLine = Dictionary(grouping: byClass[kind] ?? [], by: \.line)
            for line in Finding.Line.allCases {
                guard let found = byLine[line] else { continue }
                let joules = found.compactMap(\.wasteJoules)
                let isKnown = line != .notWaste && line != .review && !joules.isEmpty
                table.append([
                    .init(kind.rawValue), .init("\(found.count)"),
                    .init(isKnown ? sign + Units.energy(joules: joules.reduce(0, +)) : ""),
                    .init(line.words),
                ])
            }
        }
        return [""] + table.lines(look: look)
    }

    // MARK: The cases

    /// So many findings and groups of a class are shown; the JSON has all of them.
    private static let shownMax = 25

    private func findings() -> [String] {
        let shown = audit.findings.prefix(Self.shownMax).flatMap(lines(of:))
        let rest = audit.findings.count - Self.shownMax
        return shown + (rest > 0 ? ["", "… and \(rest) more (--jsonl lists all)"] : [])
    }

    private func lines(of finding: Finding) -> [String] {
        let mark = finding.energyIsModelled ? "≈" : ""
        let cost = finding.wasteJoules.map { mark + Units.energy(joules: $0) }
        let instead = finding.wasteSeconds.map {
            "\(Units.duration(seconds: $0)), energy not known"
        }
        let title = look.painted(finding.class.rawValue, .strong)
        let names =
            "\(finding.run.short.visible) \(finding.class.verb) \(finding.evidence.short.visible)"
        let amount =
            finding.line == .undetermined
            ? "waste not known" : cost ?? instead ?? "energy not known"
        let facts = "\(amount), \(finding.line.words), proof \(finding.proof.rawValue)"
            .wrapped(to: look.width - 2)
        let explanation = finding.explanation.visible.wrapped(to: look.width - 2)
        let differences = finding.differences.map(describe)
        let heading =
            finding.class.rawValue.columns + 2 + names.columns <= look.width
            ? ["\(title)  \(names)"] : [title] + names.wrapped(to: look.width)
        return [""] + heading + (facts + explanation + differences).map { "  \($0)" }
    }

    private func describe(_ difference: Difference) -> String {
        let a = difference.a?.text() ?? "absent"
        let b = difference.b?.text() ?? "absent"
        return "\(difference.path): \(b) then, \(a) here".visible.shortened(to: look.width - 2)
    }

    private func groups() -> [String] {
        Audit.Group.Class.allCases.flatMap { kind -> [String] in
            let groups = audit.groups.filter { $0.class == kind }
            let shown = groups.prefix(Self.shownMax).flatMap { group in
                let names = group.runs.prefix(Self.shownMax).map { $0.short.visible }
                let rest = group.runs.count > names.count ? " …" : ""
                let words =
                    "\(group.runs.count) runs \(kind.words): \(names.joined(separator: " "))\(rest)"
                return ["", look.painted(kind.rawValue, .strong)]
                    + words.wrapped(to: look.width - 2).map { "  \($0)" }
            }
            let rest = groups.count - Self.shownMax
            let more = "… and \(rest) more groups \(kind.rawValue) (--json lists all)"
            return shown + (rest > 0 ? ["", more] : [])
        }
    }
}

extension Audit.Group.Class {
    /// In words.
    fileprivate var words: String {
        switch self {
        case .seedReplicate: "of one configuration with other seeds or none, no waste"
        case .seedInert: "of one configuration whose seed changes nothing"
        case .newData: "of one configuration on different data"
        case .newCode: "of one configuration with different code"
        case .newEnvironment: "of one configuration in different environments"
        }
    }
}

extension Finding.Class {
    /// What a run does to its evidence.
    fileprivate var verb: String {
        switch self {
        case .recordCopy, .reEvaluation, .exactRerun, .gridOverlap, .configEquivalent,
            .codeEquivalent:
            "repeats"
        case .resume: "continues"
        case .failedRetry: "retries"
        case .prefixExtension: "trains again what is in"
        case .seedInert, .deadKnob: "comes to the result of"
        case .excessReplicate: "is one more seed of"
        case .nearDuplicate: "is close to"
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
        case .undetermined: "cannot be told"
        case .review: "worth a look"
        case .notWaste: "no waste"
        }
    }
}
