package import JouleQuantities

/// Of some runs, those that shared a meter with others.
package struct SharedRuns: Sendable {
    /// By what was given to others, the most first.
    package let items: [(run: RunID, energy: SharedEnergy)]

    /// How many a document lists.
    package static let listedMax = 1000

    package init(_ reconciled: ReconciledRuns, among runs: some Sequence<RunID>) {
        self.init(reconciled.sharing, among: runs)
    }

    package init(_ sharing: [RunID: SharedEnergy], among runs: some Sequence<RunID>) {
        let known = sharing.isEmpty ? [] : Array(runs)
        items = known.compactMap { id in sharing[id].map { (run: id, energy: $0) } }
            .sorted { left, right in
                let given = (left.energy.given, right.energy.given)
                return given.0 == given.1 ? left.run < right.run : given.0 > given.1
            }
    }

    /// What they say themselves, which holds joules more than once.
    package var measured: Energy { items.reduce(.zero) { $0 + ($1.energy.measured ?? .zero) } }

    /// What they are counted with.
    package var counted: Energy { items.reduce(.zero) { $0 + ($1.energy.counted ?? .zero) } }

    /// One sentence for a person, about runs that knew nothing of each other; nil when there are none.
    package func sentence(of count: Int, _ text: (Energy) -> String) -> String? {
        let divided = items.filter { $0.energy.reasons.contains(.divided) }
        guard let who = Self.sentence(of: divided.count, among: count) else { return nil }
        let sum = { (part: KeyPath<SharedEnergy, Energy?>) in
            divided.reduce(Energy.zero) { $0 + ($1.energy[keyPath: part] ?? .zero) }
        }
        return "\(who); of \(text(sum(\.measured))) that they measured, "
            + "\(text(sum(\.counted))) are counted, divided equally among those who read at each moment"
    }

    /// That so many of all runs shared meters; nil when none did.
    package static func sentence(of sharing: Int, among count: Int) -> String? {
        sharing > 0 ? "\(sharing) of \(count.counted("run")) shared meters with others" : nil
    }

    /// The member `shared` of documents that add runs up.
    package var json: JSON {
        [
            "runs": .integer(Int64(items.count)), "rule": .string(ReconciledRuns.rule),
            "measured_j": .double(measured.joules), "counted_j": .double(counted.joules),
            "by_run": .array(
                items.prefix(Self.listedMax).map { item in
                    var object = item.energy.members
                    object["run_id"] = .string(item.run.description)
                    return .object(object)
                }
            ),
        ]
    }
}

extension SharedEnergy {
    /// Joules that others are counted with.
    fileprivate var given: Double { (measured?.joules ?? 0) - (counted?.joules ?? 0) }

    /// As documents say it of one run.
    package var members: JSONObject {
        var object = occasion
        object["counted_j"] = .orNull(counted?.joules)
        object["contradiction_rel"] = .orNull(contradiction)
        return object
    }

    /// The members that do not depend on the course of the energy.
    package var occasion: JSONObject {
        var object = JSONObject()
        object["measured_j"] = .orNull(measured?.joules)
        object["seconds"] = .double(seconds)
        object["reasons"] = .array(
            Reason.allCases.filter(reasons.contains).map { .string($0.rawValue) }
        )
        object["others"] = .array(others.map { .string($0.description) })
        object["has_more_others"] = .bool(hasMore)
        return object
    }
}
