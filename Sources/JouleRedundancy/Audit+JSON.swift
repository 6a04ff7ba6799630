import JouleFile
package import JouleQuantities

extension Audit {
    /// `joulebook.audit/1` (`Schemas/audit.schema.json`).
    package var json: JSON {
        var object = summary
        object["findings"] = .array(findings.map(\.json))
        object["groups"] = .array(groups.map(\.json))
        object["replication"] = .array(replications.map(\.json))
        object["effects"] = .array(effects.map(\.json))
        object["lessons"] = .array(lessons.map(\.json))
        object["sweeps"] = .array(sweeps.map(\.json))
        object["trends"] = [
            "weeks": .array(trends.weeks.map(\.json)),
            "projects": .array(trends.projects.map(\.json)),
            "users": .array(trends.users.map(\.json)),
        ]
        return .object(object)
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

extension Audit.Group {
    var json: JSON {
        [
            "class": .string(`class`.rawValue),
            "run_ids": .array(runs.map { .string($0.description) }),
            "recipe_sha256": .string(recipe),
        ]
    }
}
