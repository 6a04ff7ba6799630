package import JouleFile
package import JouleQuantities

/// An audit beside what was planted among its runs: precision and recall, in runs and in joules.
package struct DetectorScore: Sendable {
    /// Classes that need no judgement of noise: their energy is that on the line `avoidable`.
    package static let provable = [
        "re_evaluation", "exact_rerun", "grid_overlap", "config_equivalent", "code_equivalent",
        "prefix_extension", "seed_inert", "dead_knob",
    ]
    /// Lines that a label may put energy on, `avoidable` being the central sum.
    package static let lines = [
        "avoidable", "hindsight", "lost_work", "concurrent", "undetermined", "review",
    ]

    /// Runs that were planted to look like something else, and how many were not mistaken.
    package struct Trap: Sendable, Hashable {
        package var planted = 0
        package var held = 0
    }

    /// Two runs that were taken for the same work, or for replicates, and are not.
    package struct Merge: Sendable, Hashable {
        package let `class`: String
        package let run: String
        package let other: String
    }

    package let recordCount: Int
    package private(set) var classes: [String: Tally] = [:]
    package private(set) var lines: [String: Tally] = [:]
    package private(set) var traps: [String: Trap] = [:]
    package private(set) var merges: [Merge] = []

    private let truth: PlantedTruth
    private let costs: [String: RunCost]
    private let claims: [(claim: Claim, owner: String)]
    private let groups: [(class: String, runs: [String])]

    package init(
        _ audit: Audit,
        of runs: [RunRecord],
        truth: PlantedTruth
    ) throws(LabelError) {
        // Names that differ in their bytes only are one key here.
        let costs = Dictionary(runs.map { ($0.id.description, RunCost($0)) }) { first, _ in first }
        if let stranger = truth.labels.keys.filter({ costs[$0] == nil }).min() {
            throw LabelError(path: "runs.\(stranger)", reason: "is not among the records")
        }
        self.truth = truth
        self.costs = costs
        recordCount = runs.count
        claims = audit.findings.map(Claim.init).map { ($0, Self.owner(of: $0, in: truth)) }
        groups = audit.groups.map { ($0.class.rawValue, $0.runs.map(\.description)) }
        let members = self.members()
        scoreLines()
        scoreClasses(members)
        scoreTraps(members)
        merges = unintended()
    }

    /// The run that a claim is about.
    ///
    /// Where the order of two runs is not known, either one may be said to repeat the other; copies
    /// have none.
    private static func owner(of claim: Claim, in truth: PlantedTruth) -> String {
        let isLabelled = truth.labels[claim.run]?.class == claim.class
        guard !isLabelled, let other = truth.labels[claim.evidence],
            other.line == "undetermined" || claim.class == "record_copy",
            other.class == claim.class, other.of.contains(claim.run)
        else { return claim.run }
        return claim.evidence
    }
}

// MARK: Scoring

extension DetectorScore {
    /// The runs that are in each class, as found.
    private func members() -> [String: Set<String>] {
        var members: [String: Set<String>] = [:]
        for (claim, owner) in claims {
            members[claim.class, default: []].insert(owner)
            // The runs that discover something belong to its class like those that repeat it.
            if truth.labels[claim.evidence]?.class == claim.class {
                members[claim.class, default: []].insert(claim.evidence)
            }
        }
        for group in groups { members[group.class, default: []].formUnion(group.runs) }
        return members
    }

    /// Without classes of which only some members are labelled.
    private mutating func scoreLines() {
        for line in Self.lines {
            let planted = truth.labels.filter {
                $0.value.line == line && !truth.open.contains($0.value.class ?? "")
            }
            let found = found(on: line) { !truth.open.contains($0.class) }
            lines[line] = tally(planted.mapValues(\.amount), found, isOpen: false)
        }
    }

    private mutating func scoreClasses(_ members: [String: Set<String>]) {
        var planted: [String: [String: PlantedTruth.Label]] = [:]
        for (run, label) in truth.labels {
            if let name = label.class { planted[name, default: [:]][run] = label }
        }
        for name in Set(planted.keys).union(members.keys) {
            classes[name] = tally(of: name, planted[name] ?? [:], members[name] ?? [])
        }
    }

    private func tally(
        of name: String,
        _ labels: [String: PlantedTruth.Label],
        _ members: Set<String>
    ) -> Tally {
        let isOpen = truth.open.contains(name)
        var tally: Tally
        if Self.provable.contains(name) {
            let avoidable = labels.filter { $0.value.line == "avoidable" }.mapValues(\.amount)
            let found = found(on: "avoidable") { $0.class == name }
            tally = self.tally(avoidable, found, isOpen: isOpen)
        } else {
            tally = self.tally(whole(Set(labels.keys)), whole(members), isOpen: isOpen)
        }
        tally.runs = Agreement(
            planted: Double(labels.count),
            found: Double(members.count),
            both: Double(members.count { labels[$0] != nil }),
            isOpen: isOpen
        )
        return tally
    }

    /// What each run used, all of it.
    private func whole(_ runs: Set<String>) -> [String: PlantedTruth.Amount] {
        Dictionary(
            uniqueKeysWithValues: runs.map {
                ($0, .init(joules: costs[$0]?.joules, seconds: costs[$0]?.seconds))
            }
        )
    }

    /// What claims put on a line, by run; of several claims on one run the largest.
    private func found(
        on line: String,
        where isWanted: (Claim) -> Bool
    ) -> [String: PlantedTruth.Amount] {
        var found: [String: PlantedTruth.Amount] = [:]
        for (claim, owner) in claims where claim.line == line && isWanted(claim) {
            let known = found[owner]
            found[owner] = .init(
                joules: max(known?.joules ?? 0, claim.amount.joules ?? 0),
                seconds: max(known?.seconds ?? 0, claim.amount.seconds ?? 0)
            )
        }
        return found
    }

    /// What was planted and found, run by run.
    private func tally(
        _ planted: [String: PlantedTruth.Amount],
        _ found: [String: PlantedTruth.Amount],
        isOpen: Bool
    ) -> Tally {
        var tally = Tally(isOpen: isOpen)
        // Sorted, so that sums of floating-point numbers are the same each time.
        for run in Set(planted.keys).union(found.keys).sorted() {
            let (truth, claim) = (planted[run], found[run])
            tally.runs.add(planted: truth == nil ? 0 : 1, found: claim == nil ? 0 : 1)
            if costs[run]?.joules != nil {
                tally.joules.add(planted: truth?.joules ?? 0, found: claim?.joules ?? 0)
            } else {
                tally.seconds.add(planted: truth?.seconds ?? 0, found: claim?.seconds ?? 0)
            }
        }
        return tally
    }

    /// A trap holds when the run is in its class and on its line, and nowhere else.
    private mutating func scoreTraps(_ members: [String: Set<String>]) {
        let heavy: Set = ["avoidable", "lost_work", "concurrent", "undetermined"]
        let byOwner = Dictionary(grouping: claims, by: \.owner)
        for (run, label) in truth.labels {
            guard let trap = label.trap else { continue }
            let own = byOwner[run]?.map(\.claim) ?? []
            let isPlaced =
                label.class.map { members[$0]?.contains(run) == true }
                ?? !own.contains { Claim.sameWork.contains($0.class) }
            let isHeld =
                isPlaced
                && Set(own.map(\.line)).intersection(heavy) == heavy.intersection([label.line])
            traps[trap, default: Trap()].planted += 1
            traps[trap, default: Trap()].held += isHeld ? 1 : 0
        }
    }

    private func unintended() -> [Merge] {
        let work = { (run: String) in truth.labels[run]?.work ?? run }
        let recipe = { (run: String) in truth.labels[run]?.recipe ?? run }
        let pairs = claims.map(\.claim).filter {
            Claim.sameWork.contains($0.class) && work($0.run) != work($0.evidence)
        }
        let recipes = groups.filter { ["seed_replicate", "seed_inert"].contains($0.class) }
        let mixed = recipes.compactMap { group -> Merge? in
            guard let first = group.runs.first,
                let other = group.runs.first(where: { recipe($0) != recipe(first) })
            else { return nil }
            return Merge(class: group.class, run: other, other: first)
        }
        return pairs.map { Merge(class: $0.class, run: $0.run, other: $0.evidence) } + mixed
    }
}

// MARK: Results

extension DetectorScore {
    /// What the energy of avoidable repetitions has to reach, overall and by provable class.
    package var gates: [Gate] {
        var gates: [Gate] = []
        func ask(_ name: String, _ tally: Tally?, _ least: Double) {
            guard let tally else { return }
            for (unit, agreement) in [("energy", tally.joules), ("time", tally.seconds)] {
                // Nothing found of what was planted is no precision, and a recall of zero.
                if agreement.planted <= 0, agreement.found <= 0 { continue }
                let figures = [("precision", agreement.precision), ("recall", agreement.recall)]
                for case (let figure, let value?) in figures {
                    gates.append(
                        Gate(name: "\(name): \(unit) \(figure)", value: value, bound: .least(least))
                    )
                }
            }
        }
        ask("avoidable", lines["avoidable"], 0.98)
        for name in Self.provable { ask(name, classes[name], 0.95) }
        return gates
    }

    /// `joulebook.evaluate/1` (`Schemas/evaluate.schema.json`).
    package var json: JSON {
        var object = JSONObject()
        object["schema"] = "joulebook.evaluate/1"
        object["labels"] = "planted"
        object["runs"] = .integer(Int64(recordCount))
        object["classes"] = Self.named(classes) { $0.json }
        object["lines"] = Self.named(lines) { $0.json }
        object["traps"] = Self.named(traps) {
            ["planted": .integer(Int64($0.planted)), "held": .integer(Int64($0.held))]
        }
        object["unintended_merges"] = .integer(Int64(merges.count))
        object["merges"] = .array(
            merges.prefix(Self.mergesMax).map {
                ["class": .string($0.class), "run_id": .string($0.run), "of": .string($0.other)]
            }
        )
        object["gates"] = .array(gates.map(\.json))
        return .object(object)
    }

    /// So many merges are listed; all are counted.
    package static let mergesMax = 100

    private static func named<Value>(_ values: [String: Value], _ json: (Value) -> JSON) -> JSON {
        .object(
            JSONObject(
                uniqueMembers: values.keys.sorted().map { name in
                    .init(name: name, value: values[name].map(json) ?? .null)
                }
            )
        )
    }
}
