package import JouleFile
package import JouleQuantities

/// Two runs, key by key: what makes them one experiment, or two.
package struct RunComparison: Sendable {
    /// How a key of both runs compares.
    package enum Relation: String, Sendable, Hashable, CaseIterable {
        /// Another value: other work.
        case value
        /// Another seed: a replicate.
        case seed
        /// One of the runs does not say it, so that it is not known.
        case unknown
        /// The same value in another spelling.
        case spelling
        /// A key that changes nothing that is computed.
        case ignored
        /// The program never read the key.
        case unread
        /// The same in text.
        case same
    }

    package struct Row: Sendable, Hashable {
        package let path: String
        package let a: JSON?
        package let b: JSON?
        package let relation: Relation
    }

    /// What two runs are to each other.
    package enum Verdict: String, Sendable, Hashable {
        /// Recipe and seed are equal.
        case sameExperiment = "same_experiment"
        /// Only the seed differs.
        case replicate
        case different
        /// Nothing says what one of them did.
        case unknown
    }

    package let verdict: Verdict
    /// Those that differ most first, then by path.
    package let rows: [Row]
    /// Facts that one or both lack, which weakens any proof.
    package let missing: [String]
    /// Leading epochs whose metrics agree bit for bit; nil when one of the runs has none.
    package let epochsIdentical: Int?
    /// Whether all that they recorded agrees bit for bit; nil when one recorded nothing.
    package let resultsAreEqual: Bool?
    package let explanation: String

    /// Compares `a` with `b`; `others` teach which keys hold numbers.
    package init(
        _ a: RunRecord,
        _ b: RunRecord,
        among others: [RunRecord] = [],
        rules: KeyRules = .none
    ) {
        let roles = KeyRoles(rules)
        let program = others.filter {
            $0.project == a.project && $0.code?.entry == a.code?.entry
        }
        var maker = KeyMaker(learning: program + [a, b], roles: roles, asOneProgram: true)
        let keys = (maker.keys(of: a), maker.keys(of: b))
        let match = RecipeMatch(keys.0, keys.1, isPartial: false)
        let isSame = match != nil && keys.0.configuration == keys.1.configuration
        if !keys.0.isConfigured || !keys.1.isConfigured {
            verdict = .unknown
        } else if isSame {
            verdict = keys.0.seed == keys.1.seed ? .sameExperiment : .replicate
        } else {
            verdict = .different
        }
        missing = Set(keys.0.missing).union(keys.1.missing).sorted()
        let changed = keys.0.changedPaths(from: keys.1, maker.table)
        let rows = Self.configuration(a, b, changed, roles) + Self.context(keys.0, keys.1)
        let order = Relation.allCases
        self.rows = rows.sorted { left, right in
            let ranks = [left, right].map { order.firstIndex(of: $0.relation) ?? 0 }
            return ranks[0] != ranks[1] ? ranks[0] < ranks[1] : left.path < right.path
        }
        let curves = (Curve(a), Curve(b))
        if let left = curves.0, let right = curves.1 {
            resultsAreEqual = left == right
            let haveEpochs = !left.prefixes.isEmpty && !right.prefixes.isEmpty
            epochsIdentical = haveEpochs ? left.epochsShared(with: right) : nil
        } else {
            resultsAreEqual = nil
            epochsIdentical = nil
        }
        explanation = Self.words(verdict, self.rows, missing, resultsAreEqual, epochsIdentical)
    }

    private static func configuration(
        _ a: RunRecord,
        _ b: RunRecord,
        _ changed: Set<String>,
        _ roles: KeyRoles
    ) -> [Row] {
        let tables = [a, b].map { Comparison.table($0.config) }
        let unread = KeyMaker.unread(of: a).intersection(KeyMaker.unread(of: b))
        var rows = Set(tables[0].keys).union(tables[1].keys).map { path in
            let values = (tables[0][path], tables[1][path])
            let relation: Relation
            if values.0 == values.1 {
                relation = .same
            } else if unread.contains(path) {
                relation = .unread
            } else {
                switch roles.role(of: path) {
                case .ignored: relation = .ignored
                case .seed:
                    let seeds = [values.0, values.1].map { $0.map(CanonicalValue.ofSeed) }
                    relation = seeds[0] == seeds[1] ? .spelling : .seed
                case .semantic: relation = changed.contains(path) ? .value : .spelling
                }
            }
            return Row(path: path, a: values.0, b: values.1, relation: relation)
        }
        if !rows.contains(where: { $0.path == "seed" }), a.seed != nil || b.seed != nil {
            let seeds = [a.seed, b.seed].map { $0.map(CanonicalValue.ofSeed) }
            let relation: Relation =
                a.seed == b.seed
                ? .same
                : a.seed == nil || b.seed == nil
                    ? .unknown : seeds[0] == seeds[1] ? .spelling : .seed
            rows.append(Row(path: "seed", a: a.seed, b: b.seed, relation: relation))
        }
        return rows
    }

    /// Code, data, framework and inputs; a fact that one run lacks is not known to differ.
    private static func context(_ a: RunKeys, _ b: RunKeys) -> [Row] {
        let leaves = (a.context.leaves, b.context.leaves)
        return Set(leaves.0.keys).union(leaves.1.keys).map { path in
            let values = (leaves.0[path], leaves.1[path])
            let isUnknown =
                (values.0 == nil || values.1 == nil) && RecipeContext.Fact(leaf: path) != nil
                && path != "stage" && path != "world_size"
            let relation: Relation =
                values.0 == values.1 ? .same : isUnknown ? .unknown : .value
            return Row(path: path, a: values.0, b: values.1, relation: relation)
        }
    }

    private static func words(
        _ verdict: Verdict,
        _ rows: [Row],
        _ missing: [String],
        _ equal: Bool?,
        _ epochs: Int?
    ) -> String {
        func names(_ relation: Relation) -> [String] {
            let found = rows.filter { $0.relation == relation }.map { "`\($0.path)`" }
            return Array(found.prefix(4)) + (found.count > 4 ? ["…"] : [])
        }
        let unknown = missing.isEmpty ? "" : "; not known: \(Explanation.facts(missing))"
        var sentences: [String]
        switch verdict {
        case .sameExperiment:
            sentences = ["The same experiment: equal in all that counts\(unknown)."]
        case .replicate:
            sentences = ["Replicates: equal in all that counts but the seed\(unknown)."]
        case .different:
            sentences = [
                "Different experiments: they differ in \(Explanation.list(names(.value)))."
            ]
        case .unknown:
            sentences = ["Nothing says what one of them did: no configuration and no arguments."]
        }
        switch (equal, epochs) {
        case (true?, _): sentences.append("All recorded results are equal, bit for bit.")
        case (false?, 0?): sentences.append("The results differ from the first epoch on.")
        case (false?, let epochs?):
            sentences.append("The first \(epochs.counted("epoch")) are equal, bit for bit.")
        case (false?, nil): sentences.append("The results differ.")
        case (nil, _): sentences.append("One of them recorded no result.")
        }
        return sentences.joined(separator: " ")
    }

    /// `joulebook.explain/1` (`Schemas/explain.schema.json`).
    package var json: JSON {
        [
            "schema": "joulebook.explain/1",
            "verdict": .string(verdict.rawValue),
            "explanation": .string(explanation),
            "missing": .array(missing.map(JSON.string)),
            "results_equal": resultsAreEqual.map(JSON.bool) ?? .null,
            "epochs_identical": epochsIdentical.map { .integer(Int64($0)) } ?? .null,
            "keys": .array(
                rows.map { row in
                    [
                        "path": .string(row.path), "a": row.a ?? .null, "b": row.b ?? .null,
                        "relation": .string(row.relation.rawValue),
                    ]
                }
            ),
        ]
    }
}
