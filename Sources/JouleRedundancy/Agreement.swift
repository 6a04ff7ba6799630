import JouleQuantities

/// How far what was found is what was planted, in one unit.
package struct Agreement: Sendable, Hashable {
    package var planted = 0.0
    package var found = 0.0
    package var both = 0.0
    /// Only some of what there is was labelled: what else is found is not wrong.
    var isOpen = false

    /// The part of what was found that was planted; nil when nothing was found.
    package var precision: Double? { isOpen || found <= 0 ? nil : min(1, both / found) }
    /// The part of what was planted that was found; nil when nothing was planted.
    package var recall: Double? { planted <= 0 ? nil : min(1, both / planted) }

    mutating func add(planted: Double, found: Double) {
        self.planted += planted
        self.found += found
        both += min(planted, found)
    }

    func json(_ unit: String) -> JSON {
        [
            "planted_\(unit)": .double(planted), "found_\(unit)": .double(found),
            "precision": .orNull(precision), "recall": .orNull(recall),
        ]
    }
}

/// Agreement in runs, in joules, and in seconds of those runs whose energy is not known.
package struct Tally: Sendable, Hashable {
    package var runs = Agreement()
    package var joules = Agreement()
    package var seconds = Agreement()

    init(isOpen: Bool) {
        runs.isOpen = isOpen
        joules.isOpen = isOpen
        seconds.isOpen = isOpen
    }

    var json: JSON {
        ["runs": runs.json("runs"), "energy": joules.json("j"), "time": seconds.json("s")]
    }
}

/// A bound that a figure has to keep.
package struct Gate: Sendable, Hashable {
    package enum Bound: Sendable, Hashable {
        case least(Double)
        case most(Double)
    }

    package let name: String
    package let value: Double
    package let bound: Bound

    package var holds: Bool {
        switch bound {
        case .least(let least): value >= least
        case .most(let most): value <= most
        }
    }

    var json: JSON {
        var object = JSONObject()
        object["name"] = .string(name)
        object["value"] = .double(value)
        switch bound {
        case .least(let least): object["least"] = .double(least)
        case .most(let most): object["most"] = .double(most)
        }
        object["holds"] = .bool(holds)
        return .object(object)
    }
}
