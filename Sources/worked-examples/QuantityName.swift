/// A name taken apart: its unit, and the words that say what the quantity is for.
///
/// Only words count, in any order: `gross_tco2e` is tonnes of what is told as `location`.
struct QuantityName: Hashable, Sendable {
    let unit: Unit
    /// Canonical units per unit of the name.
    let scale: Double
    let words: Set<String>
    /// The words as they stand, for roles that are silent elsewhere.
    let spelled: Set<String>

    /// Takes `name` apart at `_`; any text is some name.
    init(_ name: String) {
        let tokens = name.split(separator: "_").map(String.init)
        let place = tokens.firstIndex(of: "per")
        var over = Half(tokens[..<(place ?? tokens.endIndex)], isDenominator: false)
        over.followCodeCarbon(tokens)
        var words = over.words
        var scale = over.scale
        var per: Dimension?
        if let place {
            let half = Half(tokens[(place + 1)...], isDenominator: true)
            per = half.dimension
            scale /= half.scale
            words.formUnion(half.words)
        } else if tokens.contains("price") {
            per = .time
        } else if tokens == ["emissions", "rate"] {
            per = .time
            scale *= 3600
        }
        unit = Unit(over.dimension, per: per)
        self.scale = scale
        self.words = words
        spelled = Set(tokens)
    }

    /// A name under the unit of `parent`, told apart by its own words.
    init(_ label: String, under parent: QuantityName) {
        unit = parent.unit
        scale = parent.scale
        let tokens = label.split(separator: "_").map(String.init)
        words = parent.words.union(tokens)
        spelled = parent.spelled.union(tokens)
    }

    /// Whether the name says a unit or a counted thing at all.
    var hasUnit: Bool { unit.over != .number || unit.per != nil }
}

/// What stands on one side of `per`.
private struct Half {
    var dimension = Dimension.number
    var scale = 1.0
    var words: Set<String> = []

    init(_ tokens: ArraySlice<String>, isDenominator: Bool) {
        let isUnit = { (token: String) in
            Vocabulary.units[token] != nil || Vocabulary.units[token.lowercased()] != nil
        }
        let place = tokens.lastIndex(where: isUnit)
        var counted: Set<String> = []
        for (index, token) in zip(tokens.indices, tokens) {
            if index == place,
                let unit = Vocabulary.units[token] ?? Vocabulary.units[token.lowercased()]
            {
                (dimension, scale) = (unit.0, scale * unit.1)
            } else if let thing = Vocabulary.counted[token.lowercased()] {
                counted.insert(thing)
            } else if let factor = Vocabulary.multipliers[token.lowercased()],
                isDenominator || tokens.count > 1
            {
                scale *= factor
                if place == nil { dimension = .count }
            } else if token == "exaflop" {
                scale *= 1e18
                counted.insert("flop")
            } else if isDenominator, let amount = SpelledAmount(token) {
                scale *= amount.size
                if let unit = amount.unit { dimension = unit } else { counted.insert("") }
            } else if token.lowercased() == "sb" {
                continue
            } else {
                let word = Vocabulary.roles[token.lowercased()] ?? token.lowercased()
                if !Vocabulary.silent.contains(word) { words.insert(word) }
            }
        }
        // `gpu_energy` is an energy, not a number of devices.
        let isAmount = tokens.contains("energy") || tokens.contains("price")
        if dimension == .number, place == nil, !counted.isEmpty, !isAmount { dimension = .count }
        if dimension == .mass, tokens.contains(where: { $0.lowercased() == "sb" }) {
            dimension = .antimony
        }
        words.formUnion(counted.filter { !$0.isEmpty })
    }

    /// The columns of CodeCarbon whose names say no unit: energies are kWh, a rate is in kg/s.
    mutating func followCodeCarbon(_ tokens: [String]) {
        guard dimension == .number else { return }
        if tokens == ["emissions", "rate"] {
            (dimension, scale, words) = (.mass, 1e3, [])
        } else if tokens.contains("energy") {
            dimension = .energy
        } else if tokens.contains("price") {
            dimension = .money
        }
    }
}

/// A number inside a name, such as `1e15` or `500mL`.
private struct SpelledAmount {
    let size: Double
    let unit: Dimension?

    init?(_ token: String) {
        if let size = Double(token) {
            (self.size, unit) = (size, nil)
            return
        }
        let digits = token.prefix { $0.isASCII && $0.isNumber }
        guard let size = Double(digits),
            let unit = Vocabulary.units[String(token.dropFirst(digits.count))]
        else { return nil }
        (self.size, self.unit) = (size * unit.1, unit.0)
    }
}
