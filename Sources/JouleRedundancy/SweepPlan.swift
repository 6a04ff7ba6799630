package import JouleFile
package import JouleQuantities

/// What remains of a search when everything is taken away that was run already.
package struct SweepPlan: Sendable {
    /// What is known of one trial.
    package enum Verdict: String, Sendable, Hashable, CaseIterable {
        /// A finished run of this recipe and seed exists.
        case known
        /// Another process is running it.
        case runningNow = "running_now"
        /// It differs from a finished run only in keys that have never changed a result.
        case inert
        /// The same search holds it before.
        case repeated
        case new
    }

    package struct Trial: Sendable {
        /// Its place in the search, from 0.
        package let number: Int
        package let config: JSONObject
        package let verdict: Verdict
        /// The run that has done it, or does.
        package let run: RunID?
        /// What that run used; nil when it is not known.
        package let joules: Double?
        package let seconds: Double?
        package let metrics: [Metric]
        /// Keys in which it differs from that run, or the trial that it repeats.
        package let differences: [Difference]
        package let proof: Finding.Proof?
        /// The trial that it repeats.
        package let repeats: Int?
    }

    package let trials: [Trial]
    /// Mean energy of a finished run of the same program; nil when none is known.
    package let joulesPerRun: Double?
    /// Some of these joules were computed by a model or declared, not measured.
    package let energyIsModelled: Bool
    /// Keys that no pair of runs with the same rest and seed has shown to do anything, and one that
    /// they do nothing.
    package let inertKeys: [String]

    package var remaining: [Trial] { trials.filter { $0.verdict == .new } }

    /// Joules that need not be spent: what the runs used that have done it; where that is not known,
    /// and for trials that are repeated, the mean of a run.
    package var savedJoules: Double? {
        let spared = trials.filter { [.known, .inert, .repeated].contains($0.verdict) }
        let parts = spared.map { $0.joules ?? joulesPerRun }
        return parts.contains(nil) ? nil : parts.compactMap { $0 }.reduce(0, +)
    }

    /// Joules that the rest will take, at the mean of a run.
    package var remainingJoules: Double? {
        joulesPerRun.map { $0 * Double(remaining.count) }
    }

    /// Takes from `configurations` what `runs` have done; `question` holds what all trials share.
    package init(
        _ configurations: [JSONObject],
        asking question: PreflightQuestion,
        against runs: [RunRecord],
        rules: KeyRules = .none,
        liveness: (RunRecord) -> Liveness = { Liveness($0) }
    ) {
        let questions = question.asking(configurations)
        var index = PreflightIndex(runs, asked: questions, rules: rules, liveness: liveness)
        self.init(questions, &index)
    }

    /// Takes from the trials that `questions` are about what the runs of `index` have done.
    init(_ questions: [PreflightQuestion], _ index: inout PreflightIndex) {
        let dead = index.inertPaths()
        inertKeys = dead.names
        var trials: [Trial] = []
        var first: [IndexSum: Int] = [:]
        for (number, asked) in questions.enumerated() {
            let config = asked.run.config ?? JSONObject()
            let keys = index.keys(of: asked.run)
            let trial: Trial
            if let before = first[keys.exact], keys.isConfigured {
                trial = Trial(number, config, repeating: before)
            } else {
                first[keys.exact] = number
                trial = index.trial(number, config, asked, without: dead)
            }
            trials.append(trial)
        }
        self.trials = trials
        joulesPerRun = index.meanJoules
        energyIsModelled = index.energyIsModelled
    }

    /// `joulebook.sweep/1` (`Schemas/sweep.schema.json`).
    package var json: JSON {
        let counts = Verdict.allCases.map { verdict in
            JSONObject.Member(
                name: verdict.rawValue,
                value: .integer(Int64(trials.count { $0.verdict == verdict }))
            )
        }
        return [
            "schema": "joulebook.sweep/1",
            "trials": .integer(Int64(trials.count)),
            "counts": .object(JSONObject(uniqueMembers: counts)),
            "saved_kwh": .orNull(savedJoules.map { Energy(joules: $0).kilowattHours }),
            "remaining_kwh": .orNull(remainingJoules.map { Energy(joules: $0).kilowattHours }),
            "inert_keys": .array(inertKeys.map(JSON.string)),
            "results": .array(trials.map(\.json)),
        ]
    }
}

extension PreflightQuestion {
    /// The same question about each of these configurations.
    func asking(_ configurations: [JSONObject]) -> [PreflightQuestion] {
        configurations.map { configuration in
            var asked = self
            asked.run.config = configuration
            return asked
        }
    }
}

extension SweepPlan.Trial {
    fileprivate init(_ number: Int, _ config: JSONObject, repeating before: Int) {
        self.init(
            number: number,
            config: config,
            verdict: .repeated,
            run: nil,
            joules: nil,
            seconds: nil,
            metrics: [],
            differences: [],
            proof: nil,
            repeats: before
        )
    }

    fileprivate init(
        _ number: Int,
        _ config: JSONObject,
        _ verdict: SweepPlan.Verdict,
        _ evidence: PreflightAnswer.Evidence?
    ) {
        self.init(
            number: number,
            config: config,
            verdict: verdict,
            run: evidence?.run,
            joules: evidence?.energy?.joules,
            seconds: evidence?.durationSeconds,
            metrics: evidence?.metrics ?? [],
            differences: evidence?.differences ?? [],
            proof: evidence?.proof,
            repeats: nil
        )
    }

    package var json: JSON {
        var metrics = JSONObject()
        for metric in self.metrics { metrics[metric.name] = .double(metric.value) }
        return [
            "trial": .integer(Int64(number)),
            "verdict": .string(verdict.rawValue),
            "config": .object(config),
            "run_id": .orNull(run?.description),
            "proof": .orNull(proof?.rawValue),
            "energy_kwh": .orNull(joules.map { Energy(joules: $0).kilowattHours }),
            "duration_s": .orNull(seconds),
            "metrics": .object(metrics),
            "differs": .array(differences.map(\.json)),
            "repeats": repeats.map { .integer(Int64($0)) } ?? .null,
        ]
    }
}

/// Keys that are taken to do nothing in one program.
struct InertPaths {
    let places: Set<Int32>
    let names: [String]
}

extension PreflightIndex {
    /// What is known of one trial, keys `without` effect left out where nothing is known otherwise.
    fileprivate mutating func trial(
        _ number: Int,
        _ config: JSONObject,
        _ asked: PreflightQuestion,
        without dead: InertPaths
    ) -> SweepPlan.Trial {
        let answer = answer(asked)
        switch answer.verdict {
        case .alreadyRun: return .init(number, config, .known, answer.evidence.first)
        case .runningNow: return .init(number, config, .runningNow, answer.evidence.first)
        case .new:
            let evidence = inertEvidence(for: asked, without: dead)
            return .init(number, config, evidence == nil ? .new : .inert, evidence)
        }
    }
}
