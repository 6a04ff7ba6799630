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
            "differs": .array(differences.map(\.json)),
            "missing": .array(missing.map(JSON.string)),
        ]
    }
}

extension PreflightAnswer.Expectation {
    fileprivate var json: JSON {
        [
            "runs": .integer(Int64(runs)),
            "energy_kwh": .orNull(energy?.kilowattHours),
            "duration_s": .orNull(durationSeconds),
            "metrics": metrics.json,
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
