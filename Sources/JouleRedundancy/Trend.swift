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
    ///
    /// `key` tells runs of one name apart from most others, at little cost.
    static func all<Key: Hashable>(
        _ runs: [Expense],
        by key: (Expense) -> Key,
        name: (Expense) -> String?
    ) -> [Trend] {
        var trends: [Trend] = []
        var byKey: [Key: Int] = [:]
        var byName: [String?: Int] = [:]
        for run in runs {
            let key = key(run)
            if let place = byKey[key] {
                trends[place].take(run)
                continue
            }
            let name = name(run)
            let place = byName[name] ?? trends.count
            if place == trends.count {
                byName[name] = place
                trends.append(Trend(name: name))
            }
            byKey[key] = place
            trends[place].take(run)
        }
        return trends.sorted { left, right in
            switch (left.name, right.name) {
            case (let a?, let b?): a < b
            case (let a, let b): a != nil && b == nil
            }
        }
    }

    private mutating func take(_ run: Expense) {
        runs += 1
        joules += run.cost.joules ?? 0
        avoidableJoules += run.avoidableJoules
    }

    var json: JSON {
        [
            "name": .orNull(name), "runs": .integer(Int64(runs)), "energy_j": .double(joules),
            "avoidable_j": .double(avoidableJoules),
        ]
    }
}
