import JouleQuantities

/// Values by name, in the order in which the names first came, and those in them by paths of names.
struct WandbValues {
    private enum Value {
        case plain(JSON)
        case inner(WandbValues)
    }

    /// A value that was removed leaves its place empty.
    private var slots: [(name: String, value: Value?)] = []
    private var places: [ExactName: Int] = [:]
    private(set) var count = 0

    var json: JSONObject {
        JSONObject(
            uniqueMembers: slots.compactMap { name, value in
                switch value {
                case .plain(let json): .init(name: name, value: json)
                case .inner(let values): .init(name: name, value: .object(values.json))
                case nil: nil
                }
            }
        )
    }

    init() {}

    private init(_ object: JSONObject) {
        for member in object.members { set([member.name], to: member.value) }
    }

    /// Sets or removes what a path of names leads to.
    mutating func set(_ path: ArraySlice<String>, to json: JSON?) {
        guard let name = path.first else { return }
        let place = places[ExactName(name)] ?? slots.count
        if place == slots.count {
            guard json != nil || path.count > 1 else { return }
            slots.append((name, nil))
            places[ExactName(name)] = place
        }
        // Out of its place while it changes, so that nothing is copied.
        let before = slots[place].value
        slots[place].value = nil
        if before != nil { count -= 1 }
        if path.count > 1 {
            var inner = Self.inner(consume before)
            inner.set(path.dropFirst(), to: json)
            slots[place].value = .inner(inner)
        } else {
            slots[place].value = json.map(Value.plain)
        }
        if slots[place].value != nil { count += 1 }
    }

    private static func inner(_ value: consuming Value?) -> WandbValues {
        switch consume value {
        case .inner(let values): values
        case .plain(let json): WandbValues(json.object ?? JSONObject())
        case nil: WandbValues()
        }
    }
}
