package import JouleQuantities

/// What `joulebook factors` answers: factors of a set, all of them or found by something.
package struct FactorListing: Sendable {
    package let set: FactorSet
    package let queries: [String]
    package let factors: [Factor]
    package let choice: FactorChoice?

    /// The factors that every query finds.
    package init(of set: FactorSet, matching queries: [String]) {
        self.set = set
        self.queries = queries
        factors = set.factors(matching: queries)
        choice = nil
    }

    /// The factors that a summary takes for runs of a region.
    package init(of set: FactorSet, explaining choice: FactorChoice) {
        self.set = set
        queries = []
        factors = choice.quantities.flatMap(\.rows).map(\.factor)
        self.choice = choice
    }

    /// The document `joulebook.factors/1` of `Schemas/factors.schema.json`.
    package var json: JSON {
        [
            "schema": "joulebook.factors/1",
            "set": .string(set.name),
            "version": .string(set.version),
            "attribution": .string(FactorSet.attribution),
            "queries": .array(queries.map(JSON.string)),
            "factors": .array(factors.map(\.json)),
            "explanation": choice?.json ?? .null,
        ]
    }
}

extension FactorChoice {
    fileprivate var json: JSON {
        [
            "region": .string(region),
            "year": year.map { .integer(Int64($0)) } ?? .null,
            "near": .array(near.map(JSON.string)),
            "quantities": .array(quantities.map(\.json)),
            "missing": .array(Self.missing.map(JSON.string)),
        ]
    }
}

extension FactorChoice.Quantity {
    fileprivate var json: JSON {
        [
            "kind": .string(kind.rawValue),
            "state": .string(isStated ? "stated" : "not_stated"),
            "value": .orNull(value),
            "low": .orNull(low),
            "high": .orNull(high),
            "unit": .string(kind.unit),
            "steps": .array(steps.map(JSON.string)),
            "rows": .array(rows.map(\.json)),
        ]
    }
}
