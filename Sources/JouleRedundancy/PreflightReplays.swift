package import JouleFile
package import JouleQuantities

/// Earlier finished runs of a project, each by the hash of as many of its first epochs as say enough
/// to be no coincidence.
///
/// Metrics that are equal bit for bit say the same, so that a run that ends its epochs needs to know
/// nothing of information: it looks its own hash up.
package struct ReplayTable: Sendable {
    /// A run that another one may repeat.
    package struct Earlier: Sendable {
        package let run: RunID
        /// The number of epochs from which on a run that is equal in all of them is a replay.
        package let epochsEnough: Int
        package let epochs: Int
        package let ended: WallTime?
        package let joules: Double?
        /// Joules that it used after `epochsEnough`; nil when they are not known.
        package let joulesLeft: Double?
        package let isModelled: Bool
        package let metrics: [Metric]
        /// Keys in which the run that asks differs, spellings and what changes nothing left out.
        package fileprivate(set) var differences: [Difference] = []
        fileprivate let facts: Facts
        /// Where its hashes behind `epochsEnough` lie.
        fileprivate let later: Range<Int>
    }

    /// A run as the table keeps it: what is told of one is put together when it is found.
    private struct Kept {
        let epochsEnough: Int
        let epochs: Int
        let joulesDone: Double?
        let later: Range<Int>
        let origin: Origin
    }

    /// What a run came to.
    private enum Origin {
        case told(Told)
        /// As the catalog keeps it.
        case bytes([UInt8], names: [Int64: String])

        var told: Told? {
            switch self {
            case .told(let told): told
            case .bytes(let bytes, let names):
                (try? KeptRun.decode(bytes, .list(names))).map(Told.init)
            }
        }
    }

    private struct Told {
        let run: RunID
        let ended: WallTime?
        let cost: RunCost
        let metrics: [Metric]
        let facts: Facts

        init(_ run: RunRecord) {
            self.run = run.id
            ended = Execution(run).ended
            cost = RunCost(run)
            metrics = Array(ResultSummary.metrics(of: run).prefix(ReplayTable.metricsMax))
            facts = Facts(run)
        }
    }

    /// What a run was given.
    fileprivate struct Facts: Sendable {
        let config: JSONObject?
        let seed: JSON?
        let code: CodeIdentity?
        let data: DataIdentity?
    }

    /// The newest of them are kept.
    package static let runsMax = 2000
    /// Half a mebibyte of hashes.
    package static let hashesMax = 1 << 16
    private static let metricsMax = 3

    private var earlier: [Kept] = []
    private var hashes: [UInt64] = []
    /// Of runs that began alike, the one that went on longest, then the one that ended first.
    private var places: [UInt64: Int] = [:]
    private let asked: Facts?
    private let rules: KeyRules

    /// Takes those of `runs` that have finished, for the run `asked`, which is about to start.
    package init(_ runs: [RunRecord], asked: RunRecord? = nil, rules: KeyRules = .none) {
        self.asked = asked.map(Facts.init)
        self.rules = rules
        let finished = runs.filter { $0.status == .finished && !$0.epochs.isEmpty }
            .sorted { left, right in
                let a = left.ended?.unixNanoseconds ?? .min
                let b = right.ended?.unixNanoseconds ?? .min
                return a != b ? a > b : left.id < right.id
            }
            .prefix(Self.runsMax)
        // The run that is about to start is one more.
        let bound = CoincidenceBound(runs: finished.count + 1)
        var names = MetricHashes()
        for run in finished {
            guard let course = RunCourse(run, &names) else { continue }
            add(course, bound) { .told(Told(run)) }
        }
    }

    /// Takes finished runs as the catalog keeps them, the newest first.
    init(
        _ runs: [(course: RunCourse, kept: [UInt8])],
        _ names: NameSource,
        asked: RunRecord,
        rules: KeyRules
    ) throws(CatalogFailure) {
        self.asked = Facts(asked)
        self.rules = rules
        let bound = CoincidenceBound(runs: runs.count + 1)
        for run in runs {
            let origin: Origin
            switch names {
            case .list(let names): origin = .bytes(run.kept, names: names)
            case .database: origin = .told(Told(try KeptRun.decode(run.kept, names)))
            }
            add(run.course, bound) { origin }
        }
    }

    package var isEmpty: Bool { earlier.isEmpty }

    /// The run whose first epochs were these, once they say enough.
    package func find(_ chain: CurveChain) -> Earlier? {
        guard let place = places[chain.hash], earlier[place].epochsEnough == chain.epochs,
            var found = found(earlier[place])
        else { return nil }
        found.differences = differences(from: found)
        return found
    }

    private func differences(from found: Earlier) -> [Difference] {
        guard let asked else { return [] }
        let roles = KeyRoles(rules)
        let now = asked.record(found.run)
        let then = found.facts.record(found.run)
        let isOtherSeed = SeedKey(now, roles) != SeedKey(then, roles)
        let all = Comparison(now, then, changed: isOtherSeed ? ["seed"] : [], roles: roles)
        return all.differences.compactMap { difference in
            var difference = difference
            // Nothing has shown yet that a key with another value does nothing.
            if difference.kind == .assumed { difference.kind = .value }
            return [.value, .context].contains(difference.kind) ? difference : nil
        }
    }

    /// Whether `run`, a replay so far, still is one; nil where what `run` did is not kept.
    package func agrees(_ chain: CurveChain, with run: Earlier) -> Bool? {
        let place = run.later.lowerBound + chain.epochs - run.epochsEnough - 1
        guard run.later.contains(place) else { return chain.epochs > run.epochs ? false : nil }
        return hashes[place] == chain.hash
    }

    private func found(_ kept: Kept) -> Earlier? {
        guard let told = kept.origin.told else { return nil }
        let cost = told.cost
        return Earlier(
            run: told.run,
            epochsEnough: kept.epochsEnough,
            epochs: kept.epochs,
            ended: told.ended,
            joules: cost.joules,
            joulesLeft: cost.joules.flatMap { all in kept.joulesDone.map { max(0, all - $0) } },
            isModelled: cost.isModelled || cost.isAssumed,
            metrics: told.metrics,
            facts: told.facts,
            later: kept.later
        )
    }

    private mutating func add(
        _ course: RunCourse,
        _ bound: CoincidenceBound,
        _ origin: () -> Origin
    ) {
        guard let enough = course.epochsEnough(bound) else { return }
        let key = course.hashes[enough - 1]
        // Runs come the newest first.
        if let place = places[key], course.epochs < earlier[place].epochs { return }
        let start = hashes.count
        let room = min(RunCourse.hashesMax, Self.hashesMax - start)
        hashes += course.hashes.dropFirst(enough).prefix(room)
        places[key] = earlier.count
        earlier.append(
            Kept(
                epochsEnough: enough,
                epochs: course.epochs,
                joulesDone: course.joules(ofFirst: enough),
                later: start..<hashes.count,
                origin: origin()
            )
        )
    }
}

extension ReplayTable.Facts {
    init(_ run: RunRecord) {
        config = run.config
        seed = run.seed
        code = run.code
        data = run.data
    }

    func record(_ id: RunID) -> RunRecord {
        var run = RunRecord(id: id, status: .finished)
        run.config = config
        run.seed = seed
        run.code = code
        run.data = data
        return run
    }
}

extension SeedKey {
    /// The seed as it is without knowing any other run.
    init(_ run: RunRecord, _ roles: KeyRoles) {
        let leaves = RawLeaves(run.config ?? JSONObject())
        let configuration = CanonicalConfiguration(leaves, kinds: KeyKinds(), roles: roles)
        self.init(run.seed, configuration.seeds)
    }
}

extension ReplayTable.Earlier {
    /// What is told when epoch `number` ends a replay's `epochsEnough`th.
    ///
    /// `goesOn`: the run is going to have more epochs than this one had.
    package func explanation(epoch number: Int, goesOn: Bool) -> String {
        var facts: [String] = []
        if let ended { facts.append("finished \(CivilTime(ended).text)") }
        if let joules { facts.append(Explanation.energyText(joules, isModelled: isModelled)) }
        facts += metrics.map { "\($0.name) \(Explanation.rounded($0.value))" }
        if !differences.isEmpty { facts.append("differs in \(differingKeys)") }
        let known = facts.isEmpty ? "" : " (\(facts.joined(separator: ", ")))"
        return "epoch \(number) is bit for bit a replay of \(run.name)\(known)"
            + advice(goesOn: goesOn)
    }

    private var differingKeys: String {
        let names = differences.prefix(3).map { "`\($0.path)`" }
        let more = differences.count - names.count
        return Explanation.list(more > 0 ? names + ["\(more) more"] : names)
    }

    private func advice(goesOn: Bool) -> String {
        if goesOn { return ", which ended after \(epochs) epochs: only what follows is new" }
        guard epochs > epochsEnough else { return ", which ended there" }
        guard let joulesLeft, joulesLeft > 0 else { return ": stop now, the rest is known" }
        let energy = Explanation.energyText(joulesLeft, isModelled: false)
        return ": stop now and save about \(energy)"
    }

    /// What `Schemas/replay.schema.json` says of the earlier run.
    package var json: JSONObject {
        var results = JSONObject()
        for metric in metrics { results[metric.name] = .double(metric.value) }
        var object = JSONObject()
        object["schema"] = "joulebook.replay/1"
        object["verdict"] = "replay"
        object["of"] = .string(run.description)
        object["finished"] = .orNull(ended?.unixSeconds)
        object["energy_kwh"] = .orNull(joules.map { Energy(joules: $0).kilowattHours })
        object["remaining_kwh"] = .orNull(joulesLeft.map { Energy(joules: $0).kilowattHours })
        object["metrics"] = .object(results)
        object["differs"] = .array(differences.map(\.json))
        return object
    }
}
