import JouleQuantities

/// What one week, project or user spent, and could have spared.
package struct Trend: Sendable, Hashable {
    /// The Monday of the week (`2026-03-02`), the project or the user; nil where it is not known.
    package let name: String?
    package internal(set) var runs = 0
    package internal(set) var joules = 0.0
    /// By equal bits or inputs.
    package internal(set) var avoidableJoules = 0.0

    /// Adds runs up by name.
    ///
    /// `key` tells runs of one name apart from most others, at little cost.
    struct Sums<Key: Hashable> {
        private let key: (Expense) -> Key
        private let name: (Expense) -> String?
        private var trends: [Trend] = []
        private var byKey: [Key: Int] = [:]
        private var byName: [String?: Int] = [:]

        init(by key: @escaping (Expense) -> Key, name: @escaping (Expense) -> String?) {
            self.key = key
            self.name = name
        }

        /// Takes the next runs in the order of their names: sums depend on order in their last bits.
        mutating func add(_ runs: [Expense]) {
            for run in runs {
                let key = key(run)
                let place = byKey[key] ?? place(of: name(run))
                byKey[key] = place
                trends[place].take(run)
            }
        }

        private mutating func place(of name: String?) -> Int {
            let place = byName[name] ?? trends.count
            if place == trends.count {
                byName[name] = place
                trends.append(Trend(name: name))
            }
            return place
        }

        /// One entry for each name, unknown ones last.
        var ordered: [Trend] {
            trends.sorted { left, right in
                switch (left.name, right.name) {
                case (let a?, let b?): a < b
                case (let a, let b): a != nil && b == nil
                }
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
