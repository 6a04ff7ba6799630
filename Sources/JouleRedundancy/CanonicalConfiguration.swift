import JouleQuantities

/// A configuration without its spelling: typed leaves, launcher settings and seeds set apart.
struct CanonicalConfiguration: Sendable {
    struct Leaf: Hashable, Sendable {
        let path: String
        let value: CanonicalValue
    }

    /// What is computed, ordered by path (UTF-16) and then by value.
    private(set) var semantic: [Leaf] = []
    /// Keys named like seeds.
    private(set) var seeds: [Leaf] = []

    init(_ leaves: RawLeaves, kinds: KeyKinds, roles: KeyRoles, unread: Set<String> = []) {
        for leaf in leaves.leaves {
            switch roles.role(of: leaf.path) {
            case .ignored: break
            case .seed: seeds.append(Leaf(path: leaf.path, value: .ofSeed(leaf.value)))
            case .semantic where unread.contains(leaf.path):
                // Another value would have changed nothing; that there is one may have been seen.
                semantic.append(Leaf(path: leaf.path, value: .unread))
            case .semantic:
                let value = kinds.canonical(leaf).withoutDeviceIndex(at: leaf.path)
                // Where the key is absent the program takes the same.
                if let standard = roles.rules.defaults[leaf.path],
                    value == kinds.canonical(leaf.with(standard))
                {
                    continue
                }
                semantic.append(Leaf(path: leaf.path, value: value))
            }
        }
        seeds.sort { $0.path.utf16.lexicographicallyPrecedes($1.path.utf16) }
    }
}

extension CanonicalConfiguration {
    /// Leaves out what the results of the program's runs have shown to do nothing.
    mutating func apply(_ rules: LearnedRules) { semantic = rules.applied(to: semantic) }
}

extension CanonicalValue {
    /// Seeds are numbers by their nature, so every spelling of a number merges.
    static func ofSeed(_ value: JSON) -> CanonicalValue {
        switch value {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .number(String(value))
        case .double(let value): CanonicalValue(number: value)
        case .string(let text): CanonicalValue(spelling: text) ?? .string(text)
        // Lists of seeds are rare; their text is compared as it is.
        case .array, .object: .string(value.text(.compact))
        }
    }

    /// `cuda:1` computes what `cuda:0` computes, but not what `cpu` does.
    fileprivate func withoutDeviceIndex(at path: String) -> CanonicalValue {
        guard path == "device" || path.hasSuffix(".device"), case .string(let text) = self,
            let colon = text.firstIndex(of: ":"),
            text[text.index(after: colon)...].allSatisfy(\.isNumber)
        else { return self }
        return .string(String(text[..<colon]))
    }
}
