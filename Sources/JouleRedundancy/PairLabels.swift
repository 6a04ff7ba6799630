package import JouleFile
package import JouleQuantities

/// An audit beside labels that list pairs or groups of runs by what they are to each other.
///
/// Labels of runs of other people, derived from provenance, bits and wall time.
package struct PairLabels: Sendable {
    /// How many of a label's groups were found as what they are.
    package struct Count: Sendable, Hashable {
        package var labelled = 0
        package var found = 0
    }

    package let recordCount: Int
    package let executionCount: Int
    package private(set) var counts: [String: Count] = [:]
    package private(set) var gates: [Gate] = []

    private let labels: [String: [[String]]]
    private let claims: [Claim]
    private let groups: [(class: String, runs: [String])]

    /// `json` maps a label to its pairs or groups of run ids; a pair may be followed by other facts.
    package init(_ audit: Audit, of runs: [RunRecord], labels json: JSON) throws(LabelError) {
        labels = try Self.labels(json, known: Set(runs.map(\.id.description)))
        recordCount = audit.recordCount
        executionCount = audit.executionCount
        claims = audit.findings.map(Claim.init)
        groups = audit.groups.map { ($0.class.rawValue, $0.runs.map(\.description)) }
        let same = Self.same.union(["seed_inert", "dead_knob"])
        for (label, members) in labels {
            var count = Count(labelled: members.count)
            switch label {
            case "replicate_group": count.found = wholeReplicates(members)
            case "seed_inert_group": count.found = joined(members, Self.same.union(["seed_inert"]))
            case "dead_knob_pair": count.found = joined(members, same)
            default: count.found = joined(members, Self.same)
            }
            counts[label] = count
        }
        ask()
    }

    private static func labels(
        _ json: JSON,
        known: Set<String>
    ) throws(LabelError) -> [String: [[String]]] {
        guard let object = json.object, !object.isEmpty else {
            throw LabelError(path: "", reason: "neither planted labels nor an object of groups")
        }
        var labels: [String: [[String]]] = [:]
        for member in object.members {
            guard let groups = member.value.array else {
                throw LabelError(path: member.name, reason: "is not an array of groups of run ids")
            }
            for (place, group) in groups.enumerated() {
                let path = "\(member.name)[\(place)]"
                let names = group.array.map { $0.map(\.string) } ?? []
                let runs = member.name.hasSuffix("_group") ? names : Array(names.prefix(2))
                guard runs.count > 1 else {
                    throw LabelError(path: path, reason: "is not a list of two run ids or more")
                }
                if let stranger = runs.first(where: { !known.contains($0 ?? "") }) {
                    let name = stranger ?? "something that is no string"
                    throw LabelError(path: path, reason: "\(name) is not among the records")
                }
                labels[member.name, default: []].append(runs.compactMap { $0 })
            }
        }
        return labels
    }
}

// MARK: Counting

extension PairLabels {
    /// Classes that say that two records are the same work with the same seed.
    private static let same: Set<String> = [
        "record_copy", "exact_rerun", "grid_overlap", "config_equivalent", "code_equivalent",
        "resume", "failed_retry",
    ]
    /// Lines on which a run counts as a repetition, its amount known or not.
    private static let repetition: Set<String> = [
        "avoidable", "hindsight", "concurrent", "undetermined",
    ]

    /// The root of each run, where claims and groups of these classes connect runs.
    private func roots(_ classes: Set<String>) -> Roots {
        var roots = Roots()
        for claim in claims where classes.contains(claim.class) {
            roots.join(claim.run, claim.evidence)
        }
        for group in groups where classes.contains(group.class) {
            for run in group.runs.dropFirst() { roots.join(run, group.runs[0]) }
        }
        return roots
    }

    private func joined(_ members: [[String]], _ classes: Set<String>) -> Int {
        let roots = roots(classes)
        return members.count { Set($0.map(roots.root)).count == 1 }
    }

    private func wholeReplicates(_ members: [[String]]) -> Int {
        let roots = roots(Self.same)
        var found: [String: [Set<String>]] = [:]
        for group in groups where group.class.hasSuffix("_replicate") {
            let set = Set(group.runs.map(roots.root))
            for run in set { found[run, default: []].append(set) }
        }
        return members.count { group in
            let wanted = group.map(roots.root)
            return found[wanted[0]]?.contains { $0.isSuperset(of: wanted) } == true
        }
    }

    private func share(_ label: String) -> Double? {
        counts[label].flatMap { $0.labelled > 0 ? Double($0.found) / Double($0.labelled) : nil }
    }

    /// Claims of seed-inert runs that lie within a labelled group, among all of them.
    private var seedInertPrecision: Double? {
        var home: [String: Int] = [:]
        for (place, group) in (labels["seed_inert_group"] ?? []).enumerated() {
            for run in group { home[run] = place }
        }
        let claimed = claims.filter { $0.class == "seed_inert" }.map { [$0.run, $0.evidence] }
        let pairs = claimed + groups.filter { $0.class == "seed_inert" }.map(\.runs)
        guard !pairs.isEmpty else { return nil }
        let right = pairs.count { pair in
            home[pair[0]] != nil && Set(pair.map { home[$0] }).count == 1
        }
        return Double(right) / Double(pairs.count)
    }

    /// Pairs of a label that a claim calls a repetition.
    private func repetitions(_ label: String) -> Double {
        let claimed = Set(
            claims.filter { $0.class != "record_copy" && Self.repetition.contains($0.line) }
                .map { Set([$0.run, $0.evidence]) }
        )
        return Double((labels[label] ?? []).count { claimed.contains(Set($0)) })
    }

    /// Replicate groups of which a claim takes a member for waste because of another member.
    private var wastedReplicates: Double {
        let waste = claims.filter {
            $0.class != "record_copy" && Self.repetition.contains($0.line)
                && ($0.amount.joules ?? $0.amount.seconds ?? 0) > 0
        }
        let evidence = Dictionary(grouping: waste, by: \.run)
        return Double(
            (labels["replicate_group"] ?? []).count { group in
                let members = Set(group)
                return group.contains { run in
                    evidence[run]?.contains { members.contains($0.evidence) } == true
                }
            }
        )
    }

    private mutating func ask() {
        for label in ["record_copy", "record_copy_reserialised"] where labels[label] != nil {
            gates.append(
                Gate(name: "\(label) as waste", value: repetitions(label), bound: .most(0))
            )
        }
        let shares = [
            ("exact_rerun_bit_identical", 0.98), ("seed_inert_group", 0.95), ("dead_knob_pair", 1),
        ]
        for (label, least) in shares {
            if let share = share(label) {
                gates.append(Gate(name: "\(label) found", value: share, bound: .least(least)))
            }
        }
        if labels["seed_inert_group"] != nil, let precision = seedInertPrecision {
            gates.append(
                Gate(name: "seed_inert precision", value: precision, bound: .least(0.95))
            )
        }
        if labels["replicate_group"] != nil {
            gates.append(
                Gate(name: "replicate_group as waste", value: wastedReplicates, bound: .most(0))
            )
        }
    }

    /// `joulebook.evaluate/1` (`Schemas/evaluate.schema.json`).
    package var json: JSON {
        var found = JSONObject()
        for label in counts.keys.sorted() {
            guard let count = counts[label] else { continue }
            found[label] = [
                "labelled": .integer(Int64(count.labelled)), "found": .integer(Int64(count.found)),
            ]
        }
        return [
            "schema": "joulebook.evaluate/1",
            "labels": "groups",
            "runs": .integer(Int64(recordCount)),
            "executions": .integer(Int64(executionCount)),
            "groups": .object(found),
            "gates": .array(gates.map(\.json)),
        ]
    }
}

/// Sets of names that grow together, each known by one of its names.
private struct Roots {
    private var parents: [String: String] = [:]
    private var sizes: [String: Int] = [:]

    func root(_ name: String) -> String {
        var name = name
        while let next = parents[name] { name = next }
        return name
    }

    mutating func join(_ one: String, _ other: String) {
        let (one, other) = (root(one), root(other))
        guard one != other else { return }
        // The smaller set joins the larger one, which keeps the way to a root short.
        let counts = (sizes[one] ?? 1, sizes[other] ?? 1)
        let (root, joined) = counts.0 < counts.1 ? (other, one) : (one, other)
        parents[joined] = root
        sizes[root] = counts.0 + counts.1
    }
}
