import JouleFile
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
            let isUnread = unread.contains(leaf.path)
            switch Self.meaning(of: leaf, roles.role(of: leaf.path), kinds, roles, isUnread) {
            case .semantic(let leaf): semantic.append(leaf)
            case .seed(let leaf): seeds.append(leaf)
            case nil: break
            }
        }
        seeds.sort { $0.path.utf16.lexicographicallyPrecedes($1.path.utf16) }
    }

    /// What one leaf counts as.
    enum Meaning {
        case semantic(Leaf)
        case seed(Leaf)
    }

    /// Nil for a leaf that changes nothing that is computed.
    static func meaning(
        of leaf: RawLeaves.Leaf,
        _ role: KeyRoles.Role,
        _ kinds: KeyKinds,
        _ roles: KeyRoles,
        _ isUnread: Bool
    ) -> Meaning? {
        switch role {
        case .ignored: return nil
        case .seed: return .seed(Leaf(path: leaf.path, value: .ofSeed(leaf.value)))
        case .semantic where isUnread:
            // Another value would have changed nothing; that there is one may have been seen.
            return .semantic(Leaf(path: leaf.path, value: .unread))
        case .semantic:
            let value = kinds.canonical(leaf).withoutDeviceIndex(at: leaf.path)
            // Where the key is absent the program takes the same.
            if let standard = roles.rules.defaults[leaf.path],
                value == kinds.canonical(leaf.with(standard))
            {
                return nil
            }
            return .semantic(Leaf(path: leaf.path, value: value))
        }
    }
}

extension CanonicalConfiguration {
    /// The canonical JSON `[path, value]`: a line of the document that is hashed.
    static func line(_ path: String, _ value: JSON) -> [UInt8] {
        Array(JSON.array([.string(path), value]).canonicalText.utf8)
    }

    /// SHA-256 over the canonical array of lines in any order, in 64 hexadecimal digits.
    static func identity(of lines: [String]) -> String {
        // Every line is canonical by itself, so the sorted list is the canonical array.
        // Bytes order as UTF-16 does unless a character takes two of its units, which takes four bytes.
        let isShort = lines.allSatisfy { $0.utf8.allSatisfy { $0 < 0xF0 } }
        let sorted = lines.sorted { left, right in
            isShort
                ? left.utf8.lexicographicallyPrecedes(right.utf8)
                : left.utf16.lexicographicallyPrecedes(right.utf16)
        }
        return ContentHash.sha256Hex("[" + sorted.joined(separator: ",") + "]")
    }
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
        guard case .string(let text) = self, path == "device" || path.hasSuffix(".device"),
            let colon = text.firstIndex(of: ":"),
            text[text.index(after: colon)...].allSatisfy(\.isNumber)
        else { return self }
        return .string(String(text[..<colon]))
    }
}
