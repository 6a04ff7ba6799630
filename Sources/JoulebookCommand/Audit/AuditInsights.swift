import JouleFile
import JouleQuantities
import JouleRedundancy

/// What an audit says beyond repetition: seeds, keys, searches, weeks.
struct AuditInsights {
    let audit: Audit
    let look: Console.Look
    /// `≈` where a sum holds what no meter told.
    let sign: String

    /// Only so many lines of each kind; the JSON has all of them.
    private static let shownMax = 10

    func lines() -> [String] {
        lessons() + seeds() + keys() + searches() + trends()
    }

    private func lessons() -> [String] {
        section(
            "What diverges",
            audit.lessons.map { lesson in
                let cost = lesson.joules > 0 ? ", \(energy(lesson.joules))" : ""
                return "\(lesson.text)\(cost)\(place(lesson.project, lesson.entry))"
            }
        )
    }

    private func seeds() -> [String] {
        section(
            "How many seeds are enough",
            audit.replications.map { found in
                let count =
                    found.enough.map { "\($0) seeds tell configurations apart" }
                    ?? (found.recipeDeviation == nil
                        ? "one configuration with seeds only, so nothing tells"
                        : "not even 100 seeds tell configurations apart")
                let deviations =
                    "σ between seeds \(number(found.seedDeviation))"
                    + (found.recipeDeviation.map { ", between configurations \(number($0))" } ?? "")
                return
                    "\(count): \(found.metric), \(deviations)\(place(found.project, found.entry))"
            }
        )
    }

    private func keys() -> [String] {
        let idle = audit.effects.filter { $0.isNegligible || $0.identicalPairs == $0.pairs }
        return section(
            "Keys that did nothing that shows",
            idle.map { effect in
                let pairs = effect.pairs.counted("pair")
                let words =
                    effect.identicalPairs == effect.pairs
                    ? "results equal in all of \(pairs)"
                    : "\(effect.metric) within the noise over \(pairs)"
                return "\(effect.key): \(words)\(place(effect.project, effect.entry))"
            }
        )
    }

    private func searches() -> [String] {
        let costly = audit.sweeps.filter { $0.dominatedRuns > 0 }
            .sorted { ($1.dominatedJoules, $0.sweep) < ($0.dominatedJoules, $1.sweep) }
        return section(
            "Searches, in hindsight and never waste",
            costly.map { sweep in
                "\(sweep.sweep): best \(sweep.metric) \(number(sweep.bestValue)) "
                    + "(\(sweep.best.short)); \(sweep.dominatedRuns) of \(sweep.runs.counted("run")) "
                    + "were beaten in result and energy, \(energy(sweep.dominatedJoules))"
            }
        )
    }

    private func trends() -> [String] {
        let weeks = audit.trends.weeks.filter { $0.name != nil }
        guard weeks.count > 1 else { return [] }
        var table = Table([
            .init(title: "week of"), .init(title: "runs", isRight: true),
            .init(title: "energy", isRight: true, hasUnits: true),
            .init(title: "avoidable", isRight: true, hasUnits: true), .init(title: "", mayGo: 0),
        ])
        let highest = weeks.suffix(Self.shownMax).map(\.joules).max() ?? 0
        for week in weeks.suffix(Self.shownMax) {
            table.append([
                .init(week.name ?? ""), .init("\(week.runs)"), .init(energy(week.joules)),
                .init(energy(week.avoidableJoules)),
                .init(highest > 0 ? Bar.text(week.joules / highest, width: 20) : ""),
            ])
        }
        return [""] + table.lines(look: look)
    }

    // MARK: Words

    private func section(_ title: String, _ lines: [String]) -> [String] {
        guard !lines.isEmpty else { return [] }
        let shown = lines.prefix(Self.shownMax).flatMap { line in
            line.visible.wrapped(to: look.width - 2).map { "  \($0)" }
        }
        let rest = lines.count - Self.shownMax
        return ["", look.painted(title, .strong)] + shown
            + (rest > 0 ? ["  … and \(rest) more (--json lists all)"] : [])
    }

    private func place(_ project: String?, _ entry: String?) -> String {
        let names = [project, entry].compactMap { $0 }
        return names.isEmpty ? "" : " (\(names.joined(separator: ", ")))"
    }

    private func energy(_ joules: Double) -> String { sign + Units.energy(joules: joules) }

    private func number(_ value: Double) -> String { Units.significant(value) }
}
