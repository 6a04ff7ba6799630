import JouleFile
import JouleQuantities

/// Values of a number from which on every run came to nothing: knowledge that cost energy.
package struct Lesson: Sendable, Hashable {
    package enum Relation: String, Sendable, Hashable {
        case atLeast = ">="
        case atMost = "<="
    }

    package let project: String?
    package let entry: String?
    package let key: String
    package let relation: Relation
    package let value: Double
    /// Runs there, of which each diverged.
    package let runs: Int
    /// Joules of those whose energy is known.
    package let joules: Double

    /// Fewer runs on either side are no rule.
    static let runsMin = 5
    /// How often chance may make up a rule, over all keys of a program.
    private static let chanceMax = 0.001

    var json: JSON {
        [
            "project": .orNull(project), "entry": .orNull(entry), "key": .string(key),
            "relation": .string(relation.rawValue), "value": .double(value),
            "runs": .integer(Int64(runs)), "energy_j": .double(joules),
            "explanation": .string(text),
        ]
    }

    /// Such as "`lr` of 0.003 and more: all 41 runs diverged".
    package var text: String {
        let side = relation == .atLeast ? "more" : "less"
        return "`\(key)` of \(Explanation.rounded(value)) and \(side): all \(runs) runs diverged"
    }

    /// Looks for rules among the runs of one program.
    static func all(of runs: [KeyedRun], _ table: LeafTable) -> [Lesson] {
        let ended = runs.filter { $0.run.status != .running }
        let diverged = ended.map(\.run.hasDiverged)
        let count = diverged.count { $0 }
        guard count >= runsMin, ended.count - count >= runsMin else { return [] }
        let rate = Double(count) / Double(ended.count)
        var points: [Int32: [(value: Double, run: Int)]] = [:]
        for (number, run) in ended.enumerated() {
            for leaf in run.keys.leaves {
                guard let value = table.number(of: leaf) else { continue }
                points[table.path(of: leaf), default: []].append((value, number))
            }
        }
        let varying = points.filter {
            $0.value.contains { [first = $0.value[0].value] in $0.value != first }
        }
        let limit = chanceMax / Double(max(1, 2 * varying.count))
        return varying.sorted { table.paths[Int($0.key)] < table.paths[Int($1.key)] }.flatMap {
            path,
            all in
            let ordered = all.sorted { ($0.value, $0.run) < ($1.value, $1.run) }
            let sides: [(Relation, [(value: Double, run: Int)])] = [
                (.atLeast, ordered.reversed()), (.atMost, ordered),
            ]
            return sides.compactMap { relation, points -> Lesson? in
                guard let end = edge(of: points, diverged, rate: rate, limit: limit) else {
                    return nil
                }
                let those = points[..<end].map { ended[$0.run] }
                return Lesson(
                    project: those[0].run.setting.facts.project,
                    entry: those[0].run.setting.facts.entry,
                    key: table.paths[Int(path)],
                    relation: relation,
                    value: points[end - 1].value,
                    runs: end,
                    joules: those.compactMap(\.run.cost.joules).reduce(0, +)
                )
            }
        }
    }

    /// How many points from the outside diverged, all of them, where that is no chance.
    private static func edge(
        of points: [(value: Double, run: Int)],
        _ diverged: [Bool],
        rate: Double,
        limit: Double
    ) -> Int? {
        var end = points.firstIndex { !diverged[$0.run] } ?? points.count
        // A value that sometimes works is no rule.
        if end < points.count {
            while end > 0, points[end - 1].value == points[end].value { end -= 1 }
        }
        guard end >= runsMin, points.count - end >= runsMin else { return nil }
        var chance = 1.0
        for _ in 0..<end {
            chance *= rate
            if chance <= limit { return end }
        }
        return nil
    }
}
