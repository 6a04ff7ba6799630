import JouleLifecycle

/// What the formulae give for the inputs of one shape.
struct Derivation {
    /// One quantity, under the words that its name may hold.
    struct Figure {
        let unit: Unit
        let words: Set<String>
        /// Readings of a name that leaves one open, such as energy before or after the PUE.
        var readings: [(label: String, values: [Double])]
        /// What the rounding of the inputs leaves open, for each value; empty for nothing.
        var leeway: [Double] = []
    }

    /// Energy that published carbon can be held against where no intensity is stated.
    struct Use {
        let words: Set<String>
        let energy: EnergyFacility
    }

    let shape: String
    private(set) var figures: [Figure] = []
    private(set) var uses: [Use] = []
    /// Hours of devices by label, beside a tariff: a published bill then implies a power.
    var billed: [(words: Set<String>, hours: DeviceHours)] = []
    var tariffPerKWh: Money?
    /// What cannot be true of the inputs.
    var remarks: [Remark] = []
    /// What a reader should know.
    var notes: [String] = []
    /// The published figure that the others are computed from, where the inputs state none.
    var taken: String?
    /// Whether the shape holds figures side by side that no formula ties together.
    var isDisclosure = false

    init(_ shape: String) {
        self.shape = shape
    }

    mutating func give(_ value: Double?, _ unit: Unit, _ words: Set<String> = []) {
        if let value { give([value], unit, words) }
    }

    mutating func give(
        _ values: [Double],
        _ unit: Unit,
        _ words: Set<String> = [],
        leeway: [Double] = []
    ) {
        figures.append(
            Figure(unit: unit, words: words, readings: [("", values)], leeway: leeway)
        )
    }

    mutating func give(
        readings: [(label: String, value: Double)],
        _ unit: Unit,
        _ words: Set<String> = []
    ) {
        figures.append(
            Figure(unit: unit, words: words, readings: readings.map { ($0.label, [$0.value]) })
        )
    }

    mutating func use(_ energy: EnergyFacility, _ words: Set<String> = []) {
        uses.append(Use(words: words, energy: energy))
    }

    mutating func remark(_ remark: Remark?) {
        if let remark { remarks.append(remark) }
    }

    /// The figure that a name asks for: by all its words, else the only one whose words hold them.
    func figure(for name: QuantityName) -> Figure? {
        let asked = name.words.subtracting(["range"])
        let alike = figures.filter { $0.unit == name.unit }
        if let exact = alike.first(where: { $0.words == asked }) { return exact }
        guard !asked.isEmpty else { return nil }
        let holding = alike.filter { $0.words.isSuperset(of: asked) }
        return holding.count == 1 ? holding[0] : nil
    }
}
