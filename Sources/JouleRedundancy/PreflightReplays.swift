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
    /// Of one run; what it did later is not compared.
    private static let hashesOfRunMax = 4096
    private static let metricsMax = 3

    private var earlier: [Earlier] = []
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
        for run in finished { add(run, bound, &names) }
    }

    package var isEmpty: Bool { earlier.isEmpty }

    /// The run whose first epochs were these, once they say enough.
    package func find(_ chain: CurveChain) -> Earlier? {
        guard let place = places[chain.hash] else { return nil }
        var found = earlier[place]
        guard found.epochsEnough == chain.epochs else { return nil }
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

    private mutating func add(
        _ run: RunRecord,
        _ bound: CoincidenceBound,
        _ names: inout MetricHashes
    ) {
        guard let chain = Self.beginning(of: run, bound, &names) else { return }
        let key = chain.hash
        let enough = chain.epochs
        // Runs come the newest first.
        if let place = places[key], run.epochs.count < earlier[place].epochs { return }
        let start = hashes.count
        let room = min(Self.hashesOfRunMax, Self.hashesMax - start)
        var later = chain
        for epoch in run.epochs.dropFirst(enough).prefix(room) {
            later.end(names.sum(of: epoch.metrics))
            hashes.append(later.hash)
        }
        let cost = RunCost(run)
        let done = RunCost.share(of: run, epochs: enough)
        let found = Earlier(
            run: run.id,
            epochsEnough: enough,
            epochs: run.epochs.count,
            ended: Execution(run).ended,
            joules: cost.joules,
            joulesLeft: cost.joules.flatMap { all in done.joules.map { max(0, all - $0) } },
            isModelled: cost.isModelled || cost.isAssumed,
            metrics: Array(ResultSummary.metrics(of: run).prefix(Self.metricsMax)),
            facts: Facts(run),
            later: start..<hashes.count
        )
        places[key] = earlier.count
        earlier.append(found)
    }

    /// As many of its first epochs as say enough; nil when all of them do not.
    private static func beginning(
        of run: RunRecord,
        _ bound: CoincidenceBound,
        _ names: inout MetricHashes
    ) -> CurveChain? {
        var chain = CurveChain()
        var information = CurveInformation()
        for epoch in run.epochs {
            chain.end(names.sum(of: epoch.metrics))
            for metric in epoch.metrics where names.hash(of: metric.name) != nil {
                information.count(metric.value)
            }
            if information.bits >= bound.bits { return chain }
        }
        return nil
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
