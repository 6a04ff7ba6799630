import JouleQuantities

/// Values by name, in the order in which the names first came, and those in them by paths of names.
struct WandbValues {
    private enum Value {
        case plain(JSON, sizeBytes: Int)
        case inner(Inner)

        var sizeBytes: Int {
            switch self {
            case .plain(_, let size): size
            case .inner(let inner): inner.values.sizeBytes
            }
        }

        var nameCount: Int {
            switch self {
            case .plain: 0
            case .inner(let inner): inner.values.nameCount
            }
        }
    }

    /// Values that change in their place, however many they are.
    private final class Inner {
        var values: WandbValues

        init(_ values: WandbValues) { self.values = values }
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
                case .inner(let inner): .init(name: name, value: .object(inner.values.json))
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
        guard let name = path.first, let place = place(of: name, isMade: item != nil) else {
            return
        }
        guard path.count > 1 else {
            let value = item.map { Value.plain($0.json, sizeBytes: $0.sizeBytes) }
            return put(value, at: place)
        }
        let inner =
            switch slots[place].value {
            case .inner(let inner): inner
            case .plain(let json, let size):
                Inner(WandbValues(json.object ?? JSONObject(), sizeBytes: size))
            case nil: Inner(WandbValues())
            }
        put(nil, at: place)
        inner.values.set(path.dropFirst(), to: item)
        put(.inner(inner), at: place)
    }

    /// Sets what `later` has values for, which is then of no use any more.
    mutating func set(_ later: WandbValues) {
        for (name, value) in later.slots {
            guard let value, let place = place(of: name, isMade: true) else { continue }
            put(value, at: place)
        }
    }

    private mutating func place(of name: String, isMade: Bool) -> Int? {
        if let place = places[ExactName(name)] { return place }
        guard isMade else { return nil }
        slots.append((name, nil))
        places[ExactName(name)] = slots.count - 1
        nameCount += 1
        sizeBytes += name.utf8.count
        return slots.count - 1
    }

    private mutating func put(_ value: Value?, at place: Int) {
        for (other, sign) in [(slots[place].value, -1), (value, 1)] {
            nameCount += sign * (other?.nameCount ?? 0)
            sizeBytes += sign * (other?.sizeBytes ?? 0)
        }
        slots[place].value = value
    }
}
