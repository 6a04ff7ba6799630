import JouleFile
package import JouleQuantities

extension PreflightAnswer {
    /// `joulebook.check/1` (`Schemas/check.schema.json`).
    package var json: JSON {
        [
            "schema": "joulebook.check/1",
            "verdict": .string(verdict.rawValue),
            "proof": .orNull(evidence.first?.proof.rawValue),
            "explanation": .string(explanation),
            "missing": .array(missing.map(JSON.string)),
            "evidence": .array(evidence.map(\.json)),
            "unfinished": .array(unfinished.map(\.json)),
            "replicates": .array(replicates.map { .string($0.description) }),
            "expected": expectation?.json ?? .null,
            "replicate_budget": replicateBudget?.json ?? .null,
            "hint": hint.map { hint in
                [
                    "keys": .array(hint.keys.map(JSON.string)),
                    "evidence": hint.evidence.json,
                ]
            } ?? .null,
        ]
    }
}

extension PreflightAnswer.Evidence {
    fileprivate var json: JSON {
        [
            "run_id": .string(run.description),
            "status": .string(status.rawValue),
            "proof": .string(proof.rawValue),
            "started": .orNull(started?.unixSeconds),
            "ended": .orNull(ended?.unixSeconds),
            "energy_kwh": .orNull(energy?.kilowattHours),
            "duration_s": .orNull(durationSeconds),
            "metrics": metrics.json,
            "last_epoch": lastEpoch.map { .integer(Int64($0)) } ?? .null,
            "differs": .array(differences.map(\.json)),
            "missing": .array(missing.map(JSON.string)),
        ]
    }
}

extension PreflightAnswer.Expectation {
    fileprivate var json: JSON {
        let energy = joules?.scaled(by: Energy(joules: 1).kilowattHours)
        var results = JSONObject()
        var ranges = JSONObject()
        for metric in metrics {
            results[metric.name] = .double(metric.value.central)
            ranges[metric.name] = metric.value.range
        }
        return [
            "from": .string(source.rawValue),
            "runs": .integer(Int64(runs)),
            "energy_kwh": .orNull(energy?.central),
            "energy_kwh_80": energy?.range ?? .null,
            "duration_s": .orNull(seconds?.central),
            "duration_s_80": seconds?.range ?? .null,
            "metrics": .object(results),
            "metrics_80": source == .recipe ? .null : .object(ranges),
        ]
    }
}

extension [Metric] {
    fileprivate var json: JSON {
        var object = JSONObject()
        for metric in self { object[metric.name] = .double(metric.value) }
        return .object(object)
    }
}
