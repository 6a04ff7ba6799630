import JouleFile
import JouleQuantities

/// A finding in words.
struct Explanation {
    let text: String

    init(_ finding: Finding, run: AuditedRun, evidence: AuditedRun) {
        let sentences = [
            Self.what(finding, run: run, evidence: evidence),
            Self.sameness(finding.differences, missing: finding.missing),
            Self.cost(finding, run: run),
            Self.results(of: evidence),
            Self.curves(finding, run: run, evidence: evidence),
            Self.proof(finding, run: run, evidence: evidence),
            run.isVerification && finding.line == .notWaste
                ? "It is tagged verify, so nothing is counted as waste." : nil,
        ]
        text = sentences.compactMap { $0 }.joined(separator: " ")
    }

    private static func what(_ finding: Finding, run: AuditedRun, evidence: AuditedRun) -> String {
        let a = run.id.name
        let b = evidence.id.name
        let date = finding.evidenceEnded.map { " on " + CivilTime($0).text } ?? ""
        let end = evidence.status == .killed ? "was killed" : "failed"
        switch (finding.class, finding.line) {
        case (.failedRetry, .undetermined):
            return "\(a) and \(b) are one experiment, and one of them did not finish; which came "
                + "first is not known."
        case (.failedRetry, _):
            return "\(a) starts \(b) again, which \(end)\(date)."
        case (.resume, _):
            return "\(a) continues \(b) from epoch \(run.firstEpoch ?? 1)."
        case (.prefixExtension, _):
            let epochs = finding.epochsIdentical ?? 0
            return "\(a) trains what \(b) trained, for another number of epochs, and the first "
                + "\(epochs.counted("epoch")) came out the same"
                + Self.checkpoint(finding, isOrdered: evidence.precedence(over: run) != .unknown)
                + "."
        case (.seedInert, _):
            return "\(a) is \(b) with another seed, and the seed changes nothing: the results are "
                + "equal, bit for bit\(Self.discovery(finding))."
        case (.deadKnob, _):
            let keys = finding.differences.filter { $0.kind == .value }.map { "`\($0.path)`" }
            return "\(a) differs from \(b) in \(list(keys)), and the results are equal, bit for "
                + "bit\(Self.discovery(finding))."
        case (_, .concurrent):
            return "\(a) repeats \(b), which was still running when it started."
        case (_, .undetermined):
            return "\(a) and \(b) are the same experiment; which came first is not known."
        default:
            return "\(a) repeats \(b), which had finished\(date)."
        }
    }

    /// Whether a checkpoint could have spared the epochs.
    private static func checkpoint(_ finding: Finding, isOrdered: Bool) -> String {
        switch finding.line {
        case .avoidable: "; it could have gone on from a checkpoint"
        case .notWaste: "; no checkpoint of them was kept"
        case .undetermined where isOrdered: "; whether a checkpoint of them was kept is not known"
        case .undetermined: "; which came first is not known"
        default: ""
        }
    }

    /// When that could be known.
    private static func discovery(_ finding: Finding) -> String {
        switch finding.line {
        case .avoidable: ", as earlier runs had shown"
        case .hindsight: "; this run is the first to show it"
        case .concurrent: "; they ran at the same time"
        case .undetermined: "; which came first is not known"
        default: ""
        }
    }

    /// More seeds than the noise asks for.
    static func excess(_ finding: Finding, _ replication: Replication) -> String {
        let enough = replication.enough ?? 0
        return "\(finding.run.name) is a further seed of \(finding.evidence.name), of which "
            + "\(enough) had ended. Between seeds `\(replication.metric)` varies by "
            + "\(rounded(replication.seedDeviation)), between recipes by "
            + "\(rounded(replication.recipeDeviation ?? .nan)): \(enough) seeds tell recipes apart. "
            + "Worth a look, not waste."
    }

    /// A small step that the noise hides.
    static func near(_ finding: Finding, _ replication: Replication) -> String {
        let change = finding.differences.first { $0.kind == .value }
        let keys = change.map { "`\($0.path)` (\(spelling($0)))" } ?? "one number"
        return
            "\(finding.run.name) differs from \(finding.evidence.name) only in \(keys), by at most "
            + "3 %, and `\(replication.metric)` by no more than two seeds may "
            + "(σ \(rounded(replication.seedDeviation))). Worth a look, not waste."
    }

    /// What is equal, and which keys are spelt differently.
    static func sameness(_ differences: [Difference], missing: [String]) -> String {
        let known = ["code", "data", "seed"].filter { !missing.contains($0) }
        let assumed = differences.filter { $0.kind == .assumed }
        let isOther = differences.contains { $0.kind == .value }
        var names = known.filter {
            $0 != "seed" || !differences.contains { $0.kind == .value && $0.path == "seed" }
        }
        let isOtherCode = differences.contains { $0.kind == .context && $0.path == "code.tree" }
        if isOtherCode, let place = names.firstIndex(of: "code") {
            names[place] = "code (but for its form or files that were not imported)"
        }
        var text = isOther ? "Otherwise the same configuration" : "Same configuration"
        text += names.isEmpty ? "" : ", " + list(names)
        text += missing.isEmpty ? "" : " (\(facts(missing)) not known)"
        let spellings = differences.filter { $0.kind == .spelling }
        let ignored = differences.filter { $0.kind == .ignored }
        let keys = ignored.prefix(3).map { "`\($0.path)`" } + (ignored.count > 3 ? ["…"] : [])
        if spellings.count == 1, let only = spellings.first {
            text += "; only `\(only.path)` is spelt differently: \(spelling(only))"
        } else if !spellings.isEmpty {
            let shown = spellings.prefix(4).map { "`\($0.path)`: \(spelling($0))" }
            text += "; \(spellings.count) keys are spelt differently: "
            text += shown.joined(separator: ", ") + (spellings.count > 4 ? ", …" : "")
        }
        if !assumed.isEmpty {
            let shown = assumed.prefix(4).map { "`\($0.path)`: \(spelling($0))" }
            text += "; taken to change nothing here: " + shown.joined(separator: ", ")
            text += assumed.count > 4 ? ", …" : ""
        }
        if !keys.isEmpty {
            text +=
                "; \(list(keys)) \(ignored.count == 1 ? "differs but changes" : "differ but change") nothing"
        }
        return text + "."
    }

    private static func spelling(_ difference: Difference) -> String {
        let a = difference.a.map { $0.text() } ?? "absent"
        let b = difference.b.map { $0.text() } ?? "absent"
        return "\(a.shortened) and \(b.shortened)"
    }

    private static func cost(_ finding: Finding, run: AuditedRun) -> String? {
        let isLost = finding.line == .lostWork
        let verb = isLost ? "Lost:" : "It cost"
        let mark = finding.energyIsAssumed ? " (assumed, not recorded)" : ""
        if finding.line == .undetermined { return "So the waste is not known." }
        if let joules = finding.line == .notWaste ? run.cost.joules : finding.wasteJoules {
            return "\(verb) \(energyText(joules, isModelled: finding.energyIsModelled))\(mark)."
        }
        let seconds = finding.line == .notWaste ? run.cost.seconds : finding.wasteSeconds
        return seconds.map { "\(verb) \(secondsText($0)); its energy is not known." }
    }

    /// The metrics that the evidence had reached, at most three.
    private static func results(of evidence: AuditedRun) -> String? {
        let metrics = evidence.metrics.prefix(3)
        guard !metrics.isEmpty else { return nil }
        let values = metrics.map { "\($0.name) \(rounded($0.value))" }
        return "\(evidence.id.name) had reached \(list(values))."
    }

    private static func curves(
        _ finding: Finding,
        run: AuditedRun,
        evidence: AuditedRun
    ) -> String? {
        if let epochs = finding.epochsIdentical {
            let all = max(run.epochCount, evidence.epochCount)
            if epochs == 0, finding.isOfEqualInputs {
                return
                    "Equal inputs gave different results: the program draws at random by itself, or "
                    + "something that is not in its configuration differs."
            }
            if epochs == 0 { return "Their curves differ from the first epoch." }
            let whole = all == 1 ? "their only epoch" : "all \(all) epochs"
            let of = epochs == all ? whole : "the first \(epochs) of \(all) epochs"
            return "Their curves are identical, bit for bit, over \(of)."
        }
        guard let a = run.curve, let b = evidence.curve, a.isFinal, b.isFinal else { return nil }
        return a == b ? "Their final metrics are identical, bit for bit." : nil
    }

    /// Which level was proven, and why it is not a higher one.
    private static func proof(
        _ finding: Finding,
        run: AuditedRun,
        evidence: AuditedRun
    ) -> String? {
        guard finding.line != .undetermined else { return nil }
        let unknown = facts(finding.missing) + (finding.missing.count == 1 ? " is" : " are")
        let isEqual = run.curve != nil && run.curve == evidence.curve
        let isAssumed = finding.differences.contains { $0.kind == .assumed }
        switch finding.proof {
        case .bit: return "Proof bit: the results are equal."
        case .config where isAssumed:
            return
                "Proof config: runs that differ in just these keys came to one result, bit for bit."
        case .statistical where isAssumed && finding.missing.isEmpty:
            return "Proof statistical: that these keys change nothing is not shown."
        case .config where !finding.missing.isEmpty:
            return "Proof config, one step below bit, because \(unknown) not known."
        case .config where isEqual:
            return "Proof config: all that went in is equal; the results are too short for bit."
        case .config: return "Proof config: all that went in is equal."
        case .statistical:
            return "Proof statistical, one step below config, because \(unknown) not known."
        }
    }

    // MARK: Words

    /// The names of facts, as a person calls them.
    static func facts(_ names: [String]) -> String {
        list(names.map { $0 == "entry" ? "entry point" : $0 })
    }

    static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and " + last
    }

    /// `≈` marks what was computed by a model or declared, not measured.
    static func energyText(_ joules: Double, isModelled: Bool) -> String {
        (isModelled ? "≈" : "")
            + (joules >= 36_000 ? "\(rounded(joules / 3.6e6)) kWh" : "\(rounded(joules)) J")
    }

    static func secondsText(_ seconds: Double) -> String {
        seconds >= 5400 ? "\(rounded(seconds / 3600)) h" : "\(rounded(seconds)) s"
    }

    /// Four significant digits, enough to recognise a value.
    static func rounded(_ value: Double) -> String {
        guard var decimal = DecimalNumber(value) else { return JSON.double(value).text() }
        decimal.round(toSignificantDigits: 4)
        return decimal.ecmaScriptText
    }
}

extension String {
    /// Long values would bury the sentence.
    fileprivate var shortened: String { count > 60 ? prefix(59) + "…" : self }
}

extension RunID {
    /// The name in a sentence: short for the long numbers that this library gives, else whole.
    var name: String {
        let isNumber = description.utf8.count >= 16 && description.utf8.allSatisfy(\.isHexDigit)
        return isNumber ? short : description
    }
}

extension UInt8 {
    fileprivate var isHexDigit: Bool {
        (0x30...0x39).contains(self) || (0x61...0x66).contains(self)
    }
}

extension Finding {
    /// Whether all that went in was equal, so that other results need an explanation.
    fileprivate var isOfEqualInputs: Bool {
        switch `class` {
        case .exactRerun, .gridOverlap, .configEquivalent, .codeEquivalent, .reEvaluation:
            missing.isEmpty
        default: false
        }
    }
}
