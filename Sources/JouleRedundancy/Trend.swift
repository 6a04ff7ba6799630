import JouleQuantities

/// What one week, project or user spent, and could have spared.
package struct Trend: Sendable, Hashable {
    /// The Monday of the week (`2026-03-02`), the project or the user; nil where it is not known.
    package let name: String?
    package internal(set) var runs = 0
    package internal(set) var joules = 0.0
    /// By equal bits or inputs.
    package internal(set) var avoidableJoules = 0.0

    /// One entry for each name, unknown ones last, of runs in the order of their names: sums depend
    /// on order in their last bits.
    static func all(
        _ runs: [AuditedRun],
        avoidable: [RunID: Energy?],
        by name: (AuditedRun) -> String?
    ) -> [Trend] {
        var trends: [String?: Trend] = [:]
        for run in runs {
            let name = name(run)
            trends[name, default: Trend(name: name)].take(run, avoidable[run.id] ?? nil)
        }
        return trends.values.sorted { left, right in
            switch (left.name, right.name) {
            case (let a?, let b?): a < b
            case (let a, let b): a != nil && b == nil
            }
        }
    }

    private mutating func take(_ run: AuditedRun, _ avoidable: Energy?) {
        runs += 1
        joules += run.cost.joules ?? 0
        avoidableJoules += avoidable?.joules ?? 0
    }

    var json: JSON {
        [
            "name": .orNull(name), "runs": .integer(Int64(runs)), "energy_j": .double(joules),
            "avoidable_j": .double(avoidableJoules),
        ]
    }
}
