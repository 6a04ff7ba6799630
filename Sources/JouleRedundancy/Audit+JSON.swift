import JouleFile
package import JouleQuantities
import JouleSystem

extension Audit {
    /// `joulebook.audit/1` (`Schemas/audit.schema.json`).
    package var json: JSON { json(listsMax: .max).document }

    /// The same with at most so many elements of each list, and how many of which were left out.
    package func json(listsMax: Int) -> (document: JSON, leftOut: JSONObject) {
        var object = summary
        var leftOut = JSONObject()
        for list in lists {
            let count = min(list.count, listsMax)
            object[list.name] = .array((0..<count).map(list.element))
            if count < list.count { leftOut[list.name] = .integer(Int64(list.count - count)) }
        }
        object["trends"] = trends.json
        return (.object(object), leftOut)
    }

    /// The text of `json` with more members at its end, piece by piece: there may be hundreds of
    /// megabytes of it.
    package func write<Failure: Error>(
        with more: JSONObject,
        to write: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        var piece = Self.members(of: summary)
        piece.insert(UInt8(ascii: "{"), at: 0)
        for list in lists {
            piece += ",\"\(list.name)\":[".utf8
            var start = 0
            while start < list.count {
                for text in list.texts(from: start, on: .all) {
                    if start > 0 { piece.append(UInt8(ascii: ",")) }
                    start += List.textSize
                    try write(piece + text)
                    piece = []
                }
            }
            piece.append(UInt8(ascii: "]"))
        }
        var rest = JSONObject()
        rest["trends"] = trends.json
        for member in more.members { rest[member.name] = member.value }
        piece.append(UInt8(ascii: ","))
        try write(piece + Self.members(of: rest) + [UInt8(ascii: "}")])
    }

    /// A list of the document, each of whose elements is made when it is asked for.
    private struct List {
        let name: String
        let count: Int
        let element: (Int) -> JSON

        init<Item>(_ name: String, _ items: [Item], _ json: @escaping (Item) -> JSON) {
            self.name = name
            count = items.count
            element = { json(items[$0]) }
        }

        /// So many elements make one text.
        static let textSize = 256
        /// Texts that are made at once.
        private static let textsMax = 32

        /// The next elements, with commas between them.
        func texts(from start: Int, on workers: Workers) -> [[UInt8]] {
            let left = (count - start + Self.textSize - 1) / Self.textSize
            return workers.map(min(left, Self.textsMax)) { number in
                var text: [UInt8] = []
                let first = start + number * Self.textSize
                for place in first..<min(first + Self.textSize, count) {
                    if place > first { text.append(UInt8(ascii: ",")) }
                    element(place).write(into: &text)
                }
                return text
            }
        }
    }

    private var lists: [List] {
        [
            List("findings", findings, \.json), List("groups", groups, \.json),
            List("replication", replications, \.json), List("effects", effects, \.json),
            List("lessons", lessons, \.json), List("sweeps", sweeps, \.json),
        ]
    }

    /// The text of an object without its braces.
    private static func members(of object: JSONObject) -> [UInt8] {
        var text: [UInt8] = []
        JSON.object(object).write(into: &text)
        return Array(text.dropFirst().dropLast())
    }

    /// Everything but the findings and groups; the first line of `--jsonl`.
    package var summary: JSONObject {
        var object = JSONObject()
        object["schema"] = "joulebook.audit/1"
        object["runs"] = .integer(Int64(recordCount))
        object["executions"] = .integer(Int64(executionCount))
        object["energy_j"] = .double(totals.total.joules)
        object["avoidable_j"] = Self.range(totals, \.joules)
        object["hindsight_j"] = .double(totals.hindsight.joules)
        object["lost_work_j"] = .double(totals.lostWork.joules)
        object["concurrent_j"] = .double(totals.concurrent.joules)
        object["undetermined_j"] = .double(totals.undetermined.joules)
        object["review_j"] = .double(totals.review.joules)
        object["not_waste_j"] = .double(totals.notWaste.joules)
        object["energy_assumed_runs"] = .integer(Int64(totals.runsWithAssumedEnergy))
        object["energy_modelled_runs"] = .integer(Int64(modelledCount))
        object["shared"] = shared.json
        object["without_energy"] = [
            "runs": .integer(Int64(totals.runsWithoutEnergy)),
            "duration_s": .double(totals.total.secondsWithoutEnergy),
            "avoidable_s": Self.range(totals, \.secondsWithoutEnergy),
            "hindsight_s": .double(totals.hindsight.secondsWithoutEnergy),
            "lost_work_s": .double(totals.lostWork.secondsWithoutEnergy),
            "concurrent_s": .double(totals.concurrent.secondsWithoutEnergy),
            "undetermined_s": .double(totals.undetermined.secondsWithoutEnergy),
            "review_s": .double(totals.review.secondsWithoutEnergy),
        ]
        return object
    }

    private static func range(
        _ totals: AuditTotals,
        _ unit: KeyPath<AuditTotals.Amount, Double>
    ) -> JSON {
        [
            "low": .double(totals.avoidableLow[keyPath: unit]),
            "central": .double(totals.avoidableCentral[keyPath: unit]),
            "high": .double(totals.avoidableHigh[keyPath: unit]),
        ]
    }
}

extension Audit.Trends {
    fileprivate var json: JSON {
        [
            "weeks": .array(weeks.map(\.json)), "projects": .array(projects.map(\.json)),
            "users": .array(users.map(\.json)),
        ]
    }
}

extension Audit.Group {
    var json: JSON {
        [
            "class": .string(`class`.rawValue),
            "run_ids": .array(runs.map { .string($0.description) }),
            "recipe_sha256": .string(recipe),
        ]
    }
}
