import JouleQuantities

/// What kinds of value each key of a configuration takes, over the runs of one program.
///
/// `"0.001"` is a number only where the same key is a number in another run, and `"true"` is a
/// truth value only where it is one elsewhere: a version `"1.10"` stays a string.
struct KeyKinds: Sendable {
    struct Kinds: OptionSet {
        let rawValue: UInt8
        static let number = Kinds(rawValue: 1)
        static let bool = Kinds(rawValue: 2)
        static let null = Kinds(rawValue: 4)
    }

    private var kinds: [String: Kinds] = [:]

    /// Takes the key of an empty path for one that holds everything.
    static let any: KeyKinds = {
        var any = KeyKinds()
        any.kinds[""] = [.number, .bool, .null]
        return any
    }()

    /// Learns that the values of the key at `path` may be of these kinds.
    mutating func learn(_ kind: Kinds, at path: String) {
        kinds[path, default: []].formUnion(kind)
    }

    /// The value of `leaf` with its spelling removed.
    func canonical(_ leaf: RawLeaves.Leaf) -> CanonicalValue {
        switch leaf.value {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .number(String(value))
        case .double(let value): CanonicalValue(number: value)
        case .string(let text): canonical(text, at: leaf.kindPath)
        case .array: .emptyArray
        case .object: .emptyObject
        }
    }

    private func canonical(_ text: String, at path: String) -> CanonicalValue {
        guard let kinds = kinds[path] else { return .string(text) }
        if kinds.contains(.number), let value = CanonicalValue(spelling: text) { return value }
        if kinds.contains(.bool), let value = Self.truth(text) { return .bool(value) }
        if kinds.contains(.null), text == "None" || text == "null" { return .null }
        return .string(text)
    }

    private static func truth(_ text: String) -> Bool? {
        switch text {
        case "true", "True", "TRUE", "yes", "Yes", "on", "On": true
        case "false", "False", "FALSE", "no", "No", "off", "Off": false
        default: nil
        }
    }
}

extension KeyKinds.Kinds {
    /// Of a leaf as it was spelt; nil where that says nothing of its key.
    init?(_ spelling: ArraySlice<UInt8>) {
        switch Spelling.kind(of: spelling) {
        case UInt8(ascii: "i"), UInt8(ascii: "d"): self = .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): self = .bool
        case UInt8(ascii: "n"): self = .null
        default: return nil
        }
    }
}
