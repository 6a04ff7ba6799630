package import JouleQuantities

/// What a person says of the keys of a configuration, in a file beside the ledgers.
///
/// It goes before what the library ships. `joulebook-rules.json` in the ledger directory:
/// `{"ignored": ["paths.**"], "seeds": ["data.split_seed"], "semantic": ["run.name"],
/// "protected": ["model.kind"], "budget": ["schedule.length"], "defaults": {"optim.nesterov": false}}`.
/// A pattern is a whole path from the root; `*` stands for one name, `**` for any number of them.
package struct KeyRules: Sendable, Hashable {
    /// The name of the file in a ledger directory.
    package static let fileName = "joulebook-rules.json"
    package static let fileBytesMax = 1 << 20
    /// More patterns than anybody writes by hand would slow every key.
    package static let patternsMax = 1000

    /// Keys that change nothing that is computed.
    package private(set) var ignored: [KeyPattern] = []
    /// Keys that hold seeds.
    package private(set) var seeds: [KeyPattern] = []
    /// Keys that count although a shipped rule would ignore them, or take them for seeds.
    package private(set) var semantic: [KeyPattern] = []
    /// Keys that are never called inert.
    package private(set) var protected: [KeyPattern] = []
    /// Keys that say only how long a run goes on.
    package private(set) var budget: [KeyPattern] = []
    /// What the program takes where a key is absent, by path.
    package private(set) var defaults: [String: JSON] = [:]

    package static let none = KeyRules()

    private init() {}

    /// Reads the text of a file.
    package init(parsing bytes: [UInt8]) throws(KeyRulesError) {
        guard bytes.count <= Self.fileBytesMax else {
            throw KeyRulesError("is larger than \(Self.fileBytesMax >> 20) MiB")
        }
        let parsed: JSON
        do { parsed = try JSON(parsing: bytes) } catch { throw KeyRulesError("not JSON: \(error)") }
        guard let object = parsed.object else { throw KeyRulesError("not a JSON object") }
        var count = 0
        for member in object.members {
            switch member.name {
            case "ignored": ignored = try Self.patterns(member, &count)
            case "seeds": seeds = try Self.patterns(member, &count)
            case "semantic": semantic = try Self.patterns(member, &count)
            case "protected": protected = try Self.patterns(member, &count)
            case "budget": budget = try Self.patterns(member, &count)
            case "defaults": defaults = try Self.defaults(member, &count)
            default:
                throw KeyRulesError(
                    "`\(member.name)` is no rule; there are ignored, seeds, semantic, protected, "
                        + "budget and defaults"
                )
            }
        }
    }

    private static func patterns(
        _ member: JSONObject.Member,
        _ count: inout Int
    ) throws(KeyRulesError) -> [KeyPattern] {
        guard let list = member.value.array else {
            throw KeyRulesError("`\(member.name)` is not a list of paths")
        }
        var patterns: [KeyPattern] = []
        for (place, element) in list.enumerated() {
            guard let text = element.string, let pattern = KeyPattern(text) else {
                throw KeyRulesError("`\(member.name)[\(place)]` is not a path such as optim.lr")
            }
            patterns.append(pattern)
        }
        try add(patterns.count, to: &count)
        return patterns
    }

    private static func defaults(
        _ member: JSONObject.Member,
        _ count: inout Int
    ) throws(KeyRulesError) -> [String: JSON] {
        guard let object = member.value.object else {
            throw KeyRulesError("`defaults` is not an object of paths and values")
        }
        try add(object.members.count, to: &count)
        return Dictionary(
            object.members.map { ($0.name, $0.value) },
            uniquingKeysWith: { _, last in last }
        )
    }

    private static func add(_ more: Int, to count: inout Int) throws(KeyRulesError) {
        count += more
        guard count <= patternsMax else {
            throw KeyRulesError("holds more than \(patternsMax) rules; use * and **")
        }
    }
}

/// Why a file of rules cannot be used.
package struct KeyRulesError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Paths from the root, with `*` for one name and `**` for any number of names.
package struct KeyPattern: Sendable, Hashable {
    private let names: [Substring]

    /// Nil when `text` is empty or too long for a path.
    init?(_ text: String) {
        guard (1...4096).contains(text.utf8.count) else { return nil }
        names = text.split(separator: ".", omittingEmptySubsequences: false)
    }

    /// As it was written.
    var text: String { names.joined(separator: ".") }

    func matches(_ path: String) -> Bool {
        Self.matches(names[...], path.split(separator: ".", omittingEmptySubsequences: false)[...])
    }

    /// Goes back to the last `**` only, which is enough, so that no pattern takes exponential time.
    private static func matches(_ names: ArraySlice<Substring>, _ path: ArraySlice<Substring>)
        -> Bool
    {
        var name = names.startIndex
        var place = path.startIndex
        var retry: (name: Int, place: Int)?
        while place < path.endIndex {
            if name < names.endIndex, names[name] == "**" {
                retry = (name + 1, place)
                name += 1
            } else if name < names.endIndex, names[name] == "*" || names[name] == path[place] {
                name += 1
                place += 1
            } else if let (next, taken) = retry {
                retry = (next, taken + 1)
                name = next
                place = taken + 1
            } else {
                return false
            }
        }
        return names[name...].allSatisfy { $0 == "**" }
    }
}
