/// The inputs of a case while a shape takes what it knows; what is left makes it another shape.
struct Inputs {
    private(set) var left: [Stated]
    private(set) var missing: [QuantityName]
    let labels: [String: String]
    /// Published figures, for shapes whose only statement of the energy is one of them.
    let published: [Stated]

    init(_ example: WorkedCase) {
        left = example.inputs.numbers
        missing = example.inputs.missing
        labels = example.inputs.labels
        published = example.published.numbers
    }

    var isEmpty: Bool { left.isEmpty && missing.isEmpty }

    /// Takes the first single number of a unit that holds all of `words` and none of `lacking`.
    mutating func take(
        _ unit: Unit,
        _ words: Set<String> = [],
        lacking: Set<String> = []
    ) -> Stated? {
        take { !$0.isList && $0.name.unit == unit && Self.fits($0.name, words, lacking) }
    }

    /// As `take`, the number itself.
    mutating func number(
        _ unit: Unit,
        _ words: Set<String> = [],
        lacking: Set<String> = []
    ) -> Double? {
        take(unit, words, lacking: lacking)?.values.first
    }

    /// Takes the first list of a unit.
    mutating func list(_ unit: Unit, _ words: Set<String> = []) -> Stated? {
        take { $0.isList && $0.name.unit == unit && $0.name.words.isSuperset(of: words) }
    }

    /// Takes all lists of a unit.
    mutating func lists(_ unit: Unit) -> [Stated] {
        var found: [Stated] = []
        while let next = list(unit) { found.append(next) }
        return found
    }

    /// Takes all single numbers of a unit.
    mutating func numbers(_ unit: Unit, _ words: Set<String> = []) -> [Stated] {
        var found: [Stated] = []
        while let next = take(unit, words) { found.append(next) }
        return found
    }

    /// Takes a name of a dimension that is said to be not stated.
    mutating func takeMissing(_ unit: Unit) -> Bool {
        guard let place = missing.firstIndex(where: { $0.unit == unit }) else { return false }
        missing.remove(at: place)
        return true
    }

    private mutating func take(where fits: (Stated) -> Bool) -> Stated? {
        left.firstIndex(where: fits).map { left.remove(at: $0) }
    }

    private static func fits(
        _ name: QuantityName,
        _ words: Set<String>,
        _ lacking: Set<String>
    ) -> Bool {
        name.words.isSuperset(of: words) && name.words.isDisjoint(with: lacking)
    }

    /// The number of devices in a label such as `V100x64`.
    var devicesInLabel: Double? {
        for text in labels.values.sorted() {
            let parts = text.split(separator: "x")
            if parts.count > 1, let count = parts.last.flatMap({ Int($0) }), count > 0 {
                return Double(count)
            }
        }
        return nil
    }
}
