import JouleFile
package import JouleQuantities

/// What the uses of a model took, as told by the runs that served it.
package struct Serving: Sendable {
    /// What uses are counted in: a metric of the runs.
    package enum Unit: String, Sendable, CaseIterable {
        case requests, tokens
    }

    package let unit: Unit
    package private(set) var uses = 0.0
    package private(set) var runs = 0
    package private(set) var it = EnergyIT.zero
    /// Nil unless known of every one of these runs.
    package private(set) var carbon: CarbonMass<LocationAverage>? = .zero
    /// Runs that served it and do not tell its uses or their energy.
    package private(set) var runsLeftOut = 0
    private(set) var factorsUsed: [UsedFactor] = []

    /// Nil where no run served the model and told both.
    init?(of model: RunID, among runs: [RunFacts], impact: (RunFacts) -> RunImpact) {
        let serving = runs.filter { $0.serves(model) }
        let counted = Unit.allCases.first { unit in
            serving.contains { $0.uses(in: unit) != nil }
        }
        guard let counted else { return nil }
        unit = counted
        for run in serving {
            let impact = impact(run)
            guard let uses = run.uses(in: counted), let energy = impact.it?.point else {
                runsLeftOut += 1
                continue
            }
            self.uses += uses
            self.runs += 1
            it = it + energy
            factorsUsed += impact.factorsUsed
            carbon = carbon.flatMap { sum in impact.carbon?.point.map { sum + $0 } }
        }
        guard uses > 0 else { return nil }
    }

    /// Of one use.
    var perUse: EnergyIT { it.scaled(by: 1 / uses) }
}

/// A model in use: what it takes to use it, beside what it took to make it (F11).
package struct ModelInUse: Sendable {
    /// A model that was made from another so that its uses take less.
    package struct Compression: Sendable {
        package let of: RunID
        package let relation: String
        /// What making it from the other took.
        package let cost: EnergyIT
        package let before: EnergyIT
        package let after: EnergyIT
        package let verdict: BreakEven
    }

    package let serving: Serving
    /// What making it took, of that and of its uses; nil where the first is not known.
    package let trainingShare: Double?
    /// Uses that take as much as making it did.
    package let usesAsTraining: Double?
    /// Against each model that it was made from and whose uses are counted in the same unit.
    package let compressions: [Compression]

    /// `making` is the energy of the model with its ancestors; `own` that of its run alone.
    ///
    /// Nil where nothing is known of its uses.
    init?(
        of model: RunID,
        among runs: [RunFacts],
        making: EnergyIT?,
        own: EnergyIT?,
        impact: (RunFacts) -> RunImpact
    ) {
        guard let serving = Serving(of: model, among: runs, impact: impact) else { return nil }
        self.serving = serving
        trainingShare = making.flatMap { making in
            let all = making.joules + serving.it.joules
            return all > 0 ? making.joules / all : nil
        }
        usesAsTraining = making.flatMap {
            BreakEven.uses(
                training: $0,
                batch: serving.it,
                usesPerBatch: serving.uses,
                amount: \.joules
            )
        }
        let parents = runs.filter { $0.id == model }.flatMap(\.parents)
            .filter { Self.relations.contains($0.relation) }
        compressions = parents.compactMap { parent in
            guard let own, let before = Serving(of: parent.id, among: runs, impact: impact),
                before.unit == serving.unit
            else { return nil }
            return Compression(
                of: parent.id,
                relation: parent.relation,
                cost: own,
                before: before.perUse,
                after: serving.perUse,
                verdict: .compression(
                    cost: own,
                    perUseBefore: before.perUse,
                    perUseAfter: serving.perUse,
                    amount: \.joules
                )
            )
        }
    }

    private static let relations: Set<String> = ["distils", "prunes", "quantizes"]
}

extension RunFacts {
    /// Whether the run is one of using a model, not of making another.
    func serves(_ model: RunID) -> Bool {
        parents.contains { $0.id == model && isUse(of: $0) }
    }

    /// Whether a parent is a model that the run used.
    func isUse(of parent: Parent) -> Bool {
        parent.relation == "serves" || stage == .inference
    }

    /// How often: the sum over its epochs, else what its end states; nil where neither tells.
    fileprivate func uses(in unit: Serving.Unit) -> Double? {
        let counts = (record?.epochs ?? []).compactMap { epoch in
            epoch.metrics.last { $0.name == unit.rawValue }?.value
        }
        let uses = counts.isEmpty ? record?.finalValue(of: unit.rawValue) : counts.reduce(0, +)
        return uses.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
    }
}

extension ModelInUse {
    /// What it says, for a person.
    var sentences: [String] {
        let unit = serving.unit.rawValue
        let energy = Scale.energy(upTo: serving.it.joules)
        let each = Scale.energy(upTo: serving.perUse.joules)
        var text =
            "In use: \(Figure.number(serving.uses)) \(unit) took "
            + "\(energy.text(serving.it.joules)) \(energy.unit), "
            + "\(each.text(serving.perUse.joules)) \(each.unit) each"
        if let grams = serving.carbon?.grams {
            let mass = Scale.mass(upTo: grams / serving.uses)
            text += " and \(mass.text(grams / serving.uses)) \(mass.unit) CO2e"
        }
        if let trainingShare, let usesAsTraining {
            text += "; making it was \(Figure.percent(trainingShare)) of all, as much as "
            text += "\(Figure.number(usesAsTraining)) \(unit)"
        }
        return [text + "."]
            + compressions.map { one in
                switch one.verdict {
                case .never:
                    "\(one.relation) \(one.of.short): never pays back, as one of the \(unit) takes "
                        + "no less than before."
                case .after(let uses):
                    "\(one.relation) \(one.of.short): pays back after \(Figure.number(uses)) \(unit)."
                }
            }
    }

    /// `inference` in `Schemas/lifecycle.schema.json`.
    var json: JSON {
        [
            "unit": .string(serving.unit.rawValue),
            "uses": .double(serving.uses),
            "runs": .integer(Int64(serving.runs)),
            "runs_left_out": .integer(Int64(serving.runsLeftOut)),
            "it_kwh": .double(serving.it.kilowattHours),
            "it_j_per_use": .double(serving.perUse.joules),
            "location_g_per_use": .orNull(serving.carbon.map { $0.grams / serving.uses }),
            "training_share": .orNull(trainingShare),
            "training_in_uses": .orNull(usesAsTraining),
            "compressions": .array(compressions.map(\.json)),
        ]
    }
}

extension ModelInUse.Compression {
    fileprivate var json: JSON {
        var payback: JSON = .null
        if case .after(let uses) = verdict { payback = .double(uses) }
        return [
            "of": .string(of.description),
            "relation": .string(relation),
            "cost_kwh": .double(cost.kilowattHours),
            "it_j_per_use_before": .double(before.joules),
            "it_j_per_use_after": .double(after.joules),
            "never": .bool(verdict == .never),
            "pays_back_after_uses": payback,
        ]
    }
}
