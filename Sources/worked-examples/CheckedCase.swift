import JouleLifecycle

/// A case recomputed: each published quantity beside what the formulae give.
struct CheckedCase {
    /// What became of one published number.
    enum Verdict: String {
        case ok
        /// No formula gives it without an intensity or an energy, but what it implies is possible.
        case implied
        case anomaly
        case notComputed = "not computed"
    }

    /// One published number; both figures are in the unit of its name.
    struct Row {
        let name: String
        let computed: Double?
        let published: Double
        let relativeError: Double?
        let verdict: Verdict
    }

    let example: WorkedCase
    /// Nil for a shape that is not known.
    private(set) var shape: String?
    private(set) var rows: [Row] = []
    /// What was raised.
    private(set) var remarks: [Remark] = []
    private(set) var notes: [String] = []
    /// Where a computed value is not the one that the file's own recomputation prints.
    private(set) var disagreements: [String] = []
    private(set) var recomputedCount = 0
    private var isDisclosure = false
    private var impliedIntensities: [Double] = []
    private var impliedEnergies: [(words: Set<String>, kilowattHours: Double)] = []

    init(_ example: WorkedCase) {
        self.example = example
        guard var derivation = Shapes.derivation(for: Inputs(example)) else { return }
        shape = derivation.shape
        notes = derivation.notes
        remarks = derivation.remarks
        isDisclosure = derivation.isDisclosure
        for stated in example.published.numbers { check(stated, derivation) }
        giveImplied(&derivation)
        for stated in example.recomputed?.numbers ?? [] { compare(stated, derivation) }
        notes += (example.recomputed?.unread ?? []).map { "\($0), and is passed over" }
    }

    /// Whether the case is what its status says: a sound one reproduces, another is caught.
    var holds: Bool {
        guard shape != nil, disagreements.isEmpty else { return false }
        return switch example.status {
        case .reproduces: remarks.isEmpty && rows.allSatisfy(isSound)
        case .publishedInconsistent: !remarks.isEmpty
        }
    }

    private func isSound(_ row: Row) -> Bool {
        switch row.verdict {
        case .ok, .implied: true
        case .notComputed: isDisclosure
        case .anomaly: false
        }
    }

    // MARK: Published figures

    private mutating func check(_ stated: Stated, _ derivation: Derivation) {
        guard stated.path != derivation.taken else {
            return add(stated, 0, nil, .implied)
        }
        guard let figure = figure(for: stated.name, derivation) else {
            for index in stated.values.indices { imply(stated, index, derivation) }
            return
        }
        let only = figure.readings.count == 1 && figure.readings[0].values.count == 1
        if stated.values.count == 2, only, stated.name.words.contains("range") {
            checkRange(stated, figure.readings[0].values[0])
        } else if only, stated.isList, stated.values.count > 1 {
            remark(Anomalies.publishedTwice(stated.values.map(stated.printed), at: stated.path))
            for index in stated.values.indices {
                compare(stated, index, figure.readings.map { ($0.label, $0.values[0]) }, 0)
            }
        } else if figure.readings.allSatisfy({ $0.values.count == stated.values.count }) {
            for index in stated.values.indices {
                let leeway = index < figure.leeway.count ? figure.leeway[index] : 0
                compare(stated, index, figure.readings.map { ($0.label, $0.values[index]) }, leeway)
            }
        } else {
            for index in stated.values.indices { add(stated, index, nil, .notComputed) }
        }
    }

    /// The formulae's figure, else an input of the same unit and words: it is published again.
    private func figure(for name: QuantityName, _ derivation: Derivation) -> Derivation.Figure? {
        if let figure = derivation.figure(for: name) { return figure }
        let again = example.inputs.numbers.filter {
            $0.name.unit == name.unit
                && ($0.name.words == name.words
                    || !name.words.isEmpty && $0.name.words.isSuperset(of: name.words))
        }
        guard again.count == 1 else { return nil }
        return Derivation.Figure(
            unit: name.unit,
            words: name.words,
            readings: [("", again[0].values)]
        )
    }

    private mutating func compare(
        _ stated: Stated,
        _ index: Int,
        _ readings: [(label: String, value: Double)],
        _ leeway: Double
    ) {
        let published = stated.values[index]
        guard let best = readings.min(by: { abs($0.value - published) < abs($1.value - published) })
        else { return add(stated, index, nil, .notComputed) }
        if readings.count > 1 {
            notes.append("\(stated.path) names no side or calendar; compared as \(best.label)")
        }
        let allowed = max(abs(published) * example.tolerance, leeway)
        let printed = stated.printed(published)
        let isNear =
            abs(best.value - published) <= allowed
            || PrintedNumber(printed).isRounding(of: stated.printed(best.value), printed: printed)
        add(stated, index, best.value, isNear ? .ok : .anomaly)
        let (figure, location) = (stated.printed(best.value), Self.path(stated, index))
        guard isNear else {
            return remark(Anomalies.contradiction(printed, computed: figure, at: location))
        }
        // Near enough for the case, yet further off than its digits explain.
        guard leeway == 0,
            let found = Anomalies.published(printed, computed: figure, at: location)
        else { return }
        if example.status == .reproduces {
            notes.append("\(location): \(found.message); within its tolerance")
        } else {
            remark(found)
        }
    }

    private mutating func checkRange(_ stated: Stated, _ value: Double) {
        let low = min(stated.values[0], stated.values[1])
        let high = max(stated.values[0], stated.values[1])
        let isInside =
            value >= low - abs(low) * example.tolerance
            && value <= high + abs(high) * example.tolerance
        for index in stated.values.indices {
            add(stated, index, value, isInside ? .ok : .anomaly, isRange: true)
        }
    }

    // MARK: Figures that imply something

    private mutating func imply(_ stated: Stated, _ index: Int, _ derivation: Derivation) {
        let value = stated.values[index]
        let words = stated.name.words
        if stated.name.unit == .mass,
            let use = derivation.uses.first(where: {
                $0.words == words.subtracting(["location", "market"])
            }) ?? derivation.uses.first(where: { _ in words.isSubset(of: Self.sides) }),
            use.energy.joules > 0
        {
            let isMarketBased = words.contains("market")
            let intensity = value / use.energy.kilowattHours
            let found = Anomalies.intensity(
                grams: value,
                of: use.energy,
                isMarketBased: isMarketBased,
                at: stated.path
            )
            remark(found)
            add(stated, index, nil, found == nil ? .implied : .anomaly)
            if !isMarketBased { impliedIntensities.append(intensity) }
            notes.append(
                "\(stated.path): no intensity is stated; it implies "
                    + "\(Figure.number(intensity)) g/kWh"
            )
        } else if stated.name.unit == .money, let tariff = derivation.tariffPerKWh,
            let energy = Money(value, tariff.currency).energy(tariffPerKWh: tariff),
            let billed = derivation.billed.first(where: {
                $0.words.isSuperset(of: words.subtracting(["electricity"]))
            }), billed.hours.hours > 0
        {
            let watts = energy.kilowattHours * 1000 / billed.hours.hours
            let found = Anomalies.power(wattsPerDevice: watts, at: stated.path)
            remark(found)
            add(stated, index, nil, found == nil ? .implied : .anomaly)
            impliedEnergies.append((billed.words, energy.kilowattHours))
            notes.append(
                "\(stated.path): no energy is stated; it implies \(Figure.number(watts)) W a device"
            )
        } else {
            add(stated, index, nil, .notComputed)
        }
    }

    private static let sides: Set<String> = ["location", "market", "total"]

    private func giveImplied(_ derivation: inout Derivation) {
        if !impliedIntensities.isEmpty {
            derivation.give(impliedIntensities, .intensity, ["implied"])
        }
        for implied in impliedEnergies {
            derivation.give(implied.kilowattHours, .energy, implied.words.union(["implied"]))
        }
    }

    // MARK: The file's own recomputation

    private mutating func compare(_ stated: Stated, _ derivation: Derivation) {
        guard let figure = derivation.figure(for: stated.name) else { return }
        for index in stated.values.indices {
            let candidates = figure.readings.compactMap {
                index < $0.values.count ? $0.values[index] : nil
            }
            let printed = stated.printed(stated.values[index])
            // Three digits and more were perhaps rounded on the way, too: the last may be off by one.
            let digits = PrintedNumber(printed)
            let units = digits.significantDigits > 2 ? 2.0 : 1.02
            let allowed = digits.halfUnit * units + abs(printed) * 1e-9
            recomputedCount += 1
            if !candidates.contains(where: { abs(stated.printed($0) - printed) <= allowed }) {
                let computed = candidates.map { Figure.number(stated.printed($0)) }
                disagreements.append(
                    "\(Self.path(stated, index)): the file's own recomputation is "
                        + "\(Figure.number(printed)), computed "
                        + (computed.isEmpty ? "nothing" : computed.joined(separator: " or "))
                )
            }
        }
    }

    // MARK: Rows

    private mutating func remark(_ found: Remark?) {
        if let found { remarks.append(found) }
    }

    private mutating func add(
        _ stated: Stated,
        _ index: Int,
        _ computed: Double?,
        _ verdict: Verdict,
        isRange: Bool = false
    ) {
        let published = stated.values[index]
        let error: Double? = computed.flatMap { value in
            guard !isRange else { return nil }
            return published == 0 ? (value == 0 ? 0 : .infinity) : abs(value / published - 1)
        }
        rows.append(
            Row(
                name: Self.path(stated, index),
                computed: computed.map(stated.printed),
                published: stated.printed(published),
                relativeError: error,
                verdict: verdict
            )
        )
    }

    private static func path(_ stated: Stated, _ index: Int) -> String {
        stated.isList ? "\(stated.path)[\(index)]" : stated.path
    }
}
