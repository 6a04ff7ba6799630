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
            "inputs": inputs?.json ?? .null,
            "factors": [
                "set": .string(factorSet.name),
                "version": .string(factorSet.version),
                "rows_used": .array(factorsUsed.map(\.json)),
                "attribution": .string(FactorSet.attribution),
            ],
            "stages": .array(
                stages.map { stage, impact in
                    .object(
                        impact.members(options.site, first: ("stage", .string(stage.rawValue)))
                    )
                }
            ),
            "totals": .object(totals.members(options.site, first: nil)),
            "beside": .array(beside.map { $0.json(of: totals) }),
            "lineage": [
                "own": lineage.own?.json ?? .null,
                "inherited": lineage.inherited?.json ?? .null,
                "allocated": lineage.allocated.json,
                "unallocated": lineage.unallocated.json,
            ],
            "overhead": overhead.json,
            "shared": shared.json,
            "making": making,
            "inference": inUse?.json ?? .null,
            "efficiency": MetricEfficiency.json(efficiency, score),
            "anomalies": .array(anomalies.map(\.json)),
            "not_measured": .array(notMeasured.map(\.json)),
        ]
    }

    private var making: JSON {
        guard let life = options.life else { return .null }
        return [
            "lifetime_years": .double(life.years),
            "utilisation": .double(life.utilisation),
            "sensitivity": sensitivity?.json ?? .null,
        ]
    }

    private var scope: JSON {
        [
            "runs": .integer(Int64(totals.runs)),
            "runs_available": .integer(Int64(runsAvailable)),
            "model": .orNull(model?.description),
            "region": .orNull(options.region),
            "pue": .orNull(options.pue),
            "wue": .orNull(options.site.wue?.litresPerKilowattHour),
            "ewif": .orNull(options.site.ewif?.litresPerKilowattHour),
            "land": .orNull(options.site.land?.squareMetresPerKilowattHour),
            "tariff": options.site.tariff?.json ?? .null,
            "purchase": options.site.purchase?.json ?? .null,
            "project": .orNull(options.project),
            "user": .orNull(options.user),
            "account": .orNull(options.account),
            "since": .orNull(options.since?.unixSeconds),
            "until": .orNull(options.until?.unixSeconds),
        ]
    }
}

extension LedgerInputs {
    private static let listedMax = 1000

    fileprivate var json: JSON {
        [
            "ledgers": .integer(Int64(roots.count)),
            "sha256": .string(sha256),
            "roots": .array(roots.prefix(Self.listedMax).map(JSON.string)),
        ]
    }
}

extension UsedFactor {
    /// The row with its role in the JSON of a summary.
    package var json: JSON {
        guard case .object(var row) = factor.json else { return factor.json }
        row["series"] = factor.series?.json ?? .null
        row["role"] = .string(role.rawValue)
        return .object(row)
    }
}

extension Money {
    fileprivate var json: JSON { ["amount": .double(amount), "currency": .string(currency)] }
}

extension Overhead {
    fileprivate var json: JSON {
        [
            "search_kwh": .orNull(search?.kilowattHours),
            "failed_kwh": .orNull(failed?.kilowattHours),
            "duplicate_kwh": .orNull(duplicate?.kilowattHours),
            "share": .orNull(share),
            "selected_kwh": .orNull(selected?.kilowattHours),
            "unselected_share": .orNull(unselectedShare),
        ]
    }
}

extension Impact {
    /// An element of `stages`, or `totals`.
    func members(
        _ site: SiteStatement,
        first: (name: String, value: JSON)?
    ) -> JSONObject {
        var object = JSONObject()
        if let first { object[first.name] = first.value }
        object["runs"] = .integer(Int64(runs))
        object["runs_with_energy"] = .integer(Int64(runsWithEnergy))
        object["coverage"] = .orNull(coverage)
        object["energy"] = energyJSON
        let market = marketCarbon(site)
        object["carbon"] = [
            "location_kg": .orNull(carbon?.point?.kilograms),
            "market_annual_kg": .orNull(market?.point?.kilograms),
            "market_hourly_kg": .orNull(matched.carbon?.point?.kilograms),
            "embodied_kg": .orNull(embodied.flatMap { $0.point?.value }.map { $0 / 1000 }),
            "embodied_range_kg": Self.range(
                embodied.map { $0.low.value / 1000 },
                embodied.map { $0.high.value / 1000 }
            ),
            "market_annual_range_kg": Self.range(market?.low.kilograms, market?.high.kilograms),
            "market_hourly_range_kg": Self.range(
                matched.carbon?.low.kilograms,
                matched.carbon?.high.kilograms
            ),
        ]
        object["water_l"] = .orNull(water(site)?.point?.value)
        object["water"] = [
            "on_site": Self.split(waterOnSite(site)),
            "off_site": Self.split(waterOffSite(site)),
        ]
        object["land_m2"] = .orNull(land(site)?.point?.value)
        object["land_range_m2"] = Self.range(land(site)?.low.value, land(site)?.high.value)
        let cost = cost(site)
        object["cost"] = [
            "amount": .orNull(cost?.point?.value),
            "currency": .orNull(cost.flatMap { _ in site.tariff?.currency }),
            "range": Self.range(cost?.low.value, cost?.high.value),
        ]
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

    private static func split(_ water: Estimate<Water>?) -> JSON {
        guard let water else { return .null }
        return [
            "litres": .orNull(water.point?.value),
            "range": range(water.low.value, water.high.value),
        ]
    }

    private static func range(_ low: Double?, _ high: Double?) -> JSON {
        guard let low, let high, low < high else { return .null }
        return ["low": .double(low), "high": .double(high)]
    }
}

extension Portion {
    /// A part of `lineage`.
    fileprivate var json: JSON {
        [
            "runs": .integer(Int64(runs)),
            "runs_with_energy": .integer(Int64(runsWithEnergy)),
            "it_kwh": .orNull(it?.point?.kilowattHours),
            "facility_kwh": .orNull(facility?.point?.kilowattHours),
            "location_kg": .orNull(carbon?.point?.kilograms),
        ]
    }
}
