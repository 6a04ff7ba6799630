import JouleQuantities

/// Values by name, in the order in which the names first came, and those in them by paths of names.
struct WandbValues {
    private enum Value {
        case plain(JSON, sizeBytes: Int)
        case inner(WandbValues)

        var sizeBytes: Int {
            switch self {
            case .plain(_, let size): size
            case .inner(let values): values.sizeBytes
            }
        }

        var nameCount: Int {
            switch self {
            case .plain: 0
            case .inner(let values): values.nameCount
            }
        }
    }

    static let namesMax = 1 << 17
    /// A value in JSON takes up to 25 times its size in memory.
    static let sizeBytesMax = 8 << 20

    /// A value that was removed leaves its place empty.
    private var slots: [(name: String, value: Value?)] = []
    private var places: [ExactName: Int] = [:]
    /// Also of those that were removed, and of all in them.
    private var nameCount = 0
    /// Of the names, and of the values as texts.
    private var sizeBytes = 0

    var isBounded: Bool { nameCount <= Self.namesMax && sizeBytes <= Self.sizeBytesMax }

    var json: JSONObject {
        JSONObject(
            uniqueMembers: slots.compactMap { name, value in
                switch value {
                case .plain(let json, _): .init(name: name, value: json)
                case .inner(let values): .init(name: name, value: .object(values.json))
                case nil: nil
                }
            }
        )
    }

    init() {}

    /// The members of an object of that size together.
    private init(_ object: JSONObject, sizeBytes: Int) {
        for member in object.members { set([member.name], to: (member.value, 0)) }
        self.sizeBytes = sizeBytes
    }

    /// Sets what a path of names leads to, to a value that was so long a text, or removes it.
    mutating func set(_ path: ArraySlice<String>, to item: (json: JSON, sizeBytes: Int)?) {
        guard let name = path.first else { return }
        change(name, isMade: item != nil) { before in
            guard path.count > 1 else {
                return item.map { Value.plain($0.json, sizeBytes: $0.sizeBytes) }
            }
            var inner = Self.inner(consume before)
            inner.set(path.dropFirst(), to: item)
            return .inner(inner)
        }
    }

    /// Sets what `later` has values for.
    mutating func set(_ later: WandbValues) {
        for (name, value) in later.slots {
            if let value { change(name, isMade: true) { _ in value } }
        }
    }

    private mutating func change(
        _ name: String,
        isMade: Bool,
        _ made: (consuming Value?) -> Value?
    ) {
        let place = places[ExactName(name)] ?? slots.count
        if place == slots.count {
            guard isMade else { return }
            slots.append((name, nil))
            places[ExactName(name)] = place
            nameCount += 1
            sizeBytes += name.utf8.count
        }
        // Out of its place while it changes, so that nothing is copied.
        let before = slots[place].value
        slots[place].value = nil
        if let before {
            nameCount -= before.nameCount
            sizeBytes -= before.sizeBytes
        }
        let after = made(consume before)
        if let after {
            nameCount += after.nameCount
            sizeBytes += after.sizeBytes
        }
        slots[place].value = consume after
    }

    private static func inner(_ value: consuming Value?) -> WandbValues {
        switch consume value {
        case .inner(let values): values
        case .plain(let json, let size): WandbValues(json.object ?? JSONObject(), sizeBytes: size)
        case nil: WandbValues()
        }
    }
}
