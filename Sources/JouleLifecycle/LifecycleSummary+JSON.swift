import JouleFile
package import JouleQuantities

extension LifecycleSummary {
    /// The document `joulebook.lifecycle/1` of `Schemas/lifecycle.schema.json`.
    ///
    /// What is not known, or not computed by this version, is null.
    package var json: JSON {
        [
            "schema": "joulebook.lifecycle/1",
            "scope": scope,
            "factors": [
                "set": .string(factorSet.name),
                "version": .string(factorSet.version),
                "rows_used": .array(factorsUsed.map(\.json)),
                "attribution": .string(FactorSet.attribution),
            ],
            "stages": .array(
                stages.map { stage, impact in
                    .object(impact.members(first: ("stage", .string(stage.rawValue))))
                }
            ),
            "totals": .object(totals.members(first: nil)),
            "lineage": [
                "own": lineage.map(\.own.brief) ?? .null,
                "inherited": lineage.map(\.inherited.brief) ?? .null,
                "allocated": .null,
                "unallocated": .null,
            ],
            "overhead": overhead.json,
            "shared": shared.json,
            "efficiency": ["kwh_to_target": .null, "pareto": .null, "sci": .null],
            "anomalies": .array(anomalies.map(\.json)),
            "not_measured": .array(notMeasured.map(\.json)),
        ]
    }

    private var scope: JSON {
        [
            "runs": .integer(Int64(totals.runs)),
            "runs_available": .integer(Int64(runsAvailable)),
            "model": .orNull(model?.description),
            "region": .orNull(options.region),
            "pue": .orNull(options.pue),
            "project": .orNull(options.project),
            "user": .orNull(options.user),
            "since": .orNull(options.since?.unixSeconds),
            "until": .orNull(options.until?.unixSeconds),
        ]
    }
}

extension UsedFactor {
    /// The row with its role in the JSON of a summary.
    var json: JSON {
        guard case .object(var row) = factor.json else { return factor.json }
        row["role"] = .string(role.rawValue)
        return .object(row)
    }
}

extension Overhead {
    fileprivate var json: JSON {
        [
            "search_kwh": .orNull(search?.kilowattHours),
            "failed_kwh": .orNull(failed?.kilowattHours),
            "duplicate_kwh": .orNull(duplicate?.kilowattHours),
            "share": .orNull(share),
        ]
    }
}

extension Impact {
    /// An element of `stages`, or `totals`.
    fileprivate func members(first: (name: String, value: JSON)?) -> JSONObject {
        var object = JSONObject()
        if let first { object[first.name] = first.value }
        object["runs"] = .integer(Int64(runs))
        object["runs_with_energy"] = .integer(Int64(runsWithEnergy))
        object["coverage"] = .orNull(coverage)
        object["energy"] = energyJSON
        object["carbon"] = [
            "location_kg": .orNull(carbon?.point?.kilograms),
            "market_annual_kg": .null,
            "market_hourly_kg": .null,
            "embodied_kg": .null,
        ]
        object["water_l"] = .null
        object["land_m2"] = .null
        object["cost"] = ["amount": .null, "currency": .null]
        object["range"] = [
            "low": .orNull(carbonRange?.low.kilograms),
            "high": .orNull(carbonRange?.high.kilograms),
            "of": "carbon.location_kg",
        ]
        object["uncertainty_rel"] = .orNull(uncertaintyRelative)
        return object
    }

    private var energyJSON: JSON {
        let evidence = evidence
        let known = runsWithEnergy > 0
        return [
            "it_kwh": .orNull(it?.point?.kilowattHours),
            "facility_kwh": .orNull(facility?.point?.kilowattHours),
            "it_range_kwh": Self.range(it?.low.kilowattHours, it?.high.kilowattHours),
            "facility_range_kwh": Self.range(
                facility?.low.kilowattHours,
                facility?.high.kilowattHours
            ),
            "measured_kwh": .orNull(known ? evidence.measured / 3.6e6 : nil),
            "model_kwh": .orNull(known ? evidence.model / 3.6e6 : nil),
            "declared_kwh": .orNull(known ? evidence.declared / 3.6e6 : nil),
        ]
    }

    private static func range(_ low: Double?, _ high: Double?) -> JSON {
        guard let low, let high, low < high else { return .null }
        return ["low": .double(low), "high": .double(high)]
    }

    /// An impact inside `lineage`.
    fileprivate var brief: JSON {
        [
            "runs": .integer(Int64(runs)),
            "runs_with_energy": .integer(Int64(runsWithEnergy)),
            "it_kwh": .orNull(it?.point?.kilowattHours),
            "facility_kwh": .orNull(facility?.point?.kilowattHours),
            "location_kg": .orNull(carbon?.point?.kilograms),
        ]
    }
}
