import JouleQuantities

extension RankMerge {
    /// What the processes of a run say is theirs of the energy of the meters, together; nil unless each of
    /// them says something.
    ///
    /// Parts of processes add, as do those of attempts. Processes of one job or pod tell of the same scope,
    /// the job's, so that of these the largest stands. A meter of which they tell by different rules has
    /// none, and no part is more than what was measured.
    static func attribution(of parts: [RunRecord], in run: RunRecord) -> JSON? {
        var shares: [Int: MeterShare] = [:]
        var scopes: Set<Scope> = []
        var until: Double?
        for (number, part) in parts.enumerated() {
            guard let told = part.extra["attribution"]?.object else { return nil }
            let scope = Scope(told)
            scopes.insert(scope)
            if let known = told["until"]?.double { until = min(until ?? known, known) }
            for device in told["devices"]?.array ?? [] {
                guard let name = device["device"]?.string, let rule = device["rule"]?.string,
                    let joules = device["attributed_j"]?.double, joules.isFinite, joules >= 0,
                    let meter = place(of: name, told: part, in: run)
                else { continue }
                // Processes that are their own scope have nothing in common.
                let owner = Owner(scope: scope, process: scope.isOfOneProcess ? number : nil)
                shares[meter, default: MeterShare()]
                    .add(joules, by: rule, rank: part.rank ?? 0, of: owner)
            }
        }
        guard var members = document(shares, of: run, scopes) else { return nil }
        members["until"] = until.map(JSON.double)
        return .object(members)
    }

    /// Whose time counted.
    private struct Scope: Hashable {
        let kind: String?
        let name: String?

        init(_ attribution: JSONObject) {
            kind = attribution["scope"]?.string
            name = attribution["name"]?.string
        }

        var isOfOneProcess: Bool { kind == nil || kind == "process_tree" }
    }

    private struct Owner: Hashable {
        let scope: Scope
        let process: Int?
    }

    /// What is the run's of one meter.
    private struct MeterShare {
        private(set) var rules: Set<String> = []
        /// By owner and rank, all attempts of which add.
        private var joules: [Owner: [Int: Double]] = [:]

        mutating func add(_ more: Double, by rule: String, rank: Int, of owner: Owner) {
            rules.insert(rule)
            joules[owner, default: [:]][rank, default: 0] += more
        }

        var total: Double { joules.values.reduce(0) { $0 + ($1.values.max() ?? 0) } }
    }

    private static func document(
        _ shares: [Int: MeterShare],
        of run: RunRecord,
        _ scopes: Set<Scope>
    ) -> JSONObject? {
        var measured: [Int: Double] = [:]
        for item in run.deviceEnergy { measured[item.meter] = item.measured.energy.joules }
        var own: [Int: Double] = [:]
        var list: [JSON] = []
        for (meter, share) in shares.sorted(by: { $0.key < $1.key }) {
            guard share.rules.count == 1, let rule = share.rules.first, let all = measured[meter],
                all > 0
            else { continue }
            let joules = min(share.total, all)
            own[meter] = joules
            list.append([
                "device": .string(run.meters[meter].device.description), "rule": .string(rule),
                "share": .double(joules / all), "attributed_j": .double(joules),
            ])
        }
        guard !list.isEmpty else { return nil }
        let total = run.meters.additive { measured[$0] != nil }
            .reduce(0) { $0 + (measured[$1] ?? 0) }
        let attributed = run.meters.additive { own[$0] != nil }.reduce(0) { $0 + (own[$1] ?? 0) }
        var object = JSONObject()
        if scopes.count == 1, let scope = scopes.first {
            object["scope"] = scope.kind.map(JSON.string)
            object["name"] = scope.name.map(JSON.string)
        }
        object["devices"] = .array(list)
        object["attributed_j"] = .double(attributed)
        object["unattributed_j"] = .double(max(0, total - attributed))
        return object
    }

    /// The meter of the whole run that a process calls so; nil for one without an identity, which
    /// other processes may call otherwise.
    private static func place(of name: String, told part: RunRecord, in run: RunRecord) -> Int? {
        let meter = part.meters.first { $0.device.description == name }
        guard let identity = meter?.identity else { return nil }
        return run.meters.firstIndex { $0.identity == identity }
    }
}
