package import JouleFile
import JouleQuantities

/// Which of a person's rules say something of a key that any run has: others are mostly mistyped.
package struct RuleUse {
    private let rules: [KeyRules.Rule]
    private(set) var used: Set<Int> = []
    private var seen: Set<String> = []

    package init(_ rules: KeyRules) { self.rules = rules.all }

    /// Takes the keys of a run.
    package mutating func take(_ run: RunRecord) {
        guard used.count < rules.count, let config = run.config else { return }
        for leaf in RawLeaves(config).leaves { take(leaf.path) }
    }

    /// Takes a key.
    mutating func take(_ path: String) {
        guard used.count < rules.count, seen.insert(path).inserted else { return }
        for place in rules.indices where !used.contains(place) && rules[place].matches(path) {
            used.insert(place)
        }
    }

    /// Takes what was found out before.
    mutating func take(used places: Set<Int>) { used.formUnion(places) }

    /// The rules that match nothing, as a person finds them in the file.
    package var idle: [String] {
        rules.indices.filter { !used.contains($0) }.map { rules[$0].name }
    }
}

extension KeyRules {
    /// One pattern or default.
    struct Rule {
        /// `ignored[2] "ouput_dir"`.
        let name: String
        let matches: (String) -> Bool
    }

    /// All of them, in one order.
    var all: [Rule] {
        let lists = [
            ("ignored", ignored), ("seeds", seeds), ("semantic", semantic),
            ("protected", protected), ("budget", budget),
        ]
        let patterns = lists.flatMap { name, patterns in
            patterns.enumerated().map { place, pattern in
                Rule(
                    name: "`\(name)[\(place)]` \(pattern.text.debugDescription)",
                    matches: pattern.matches
                )
            }
        }
        return patterns
            + defaults.keys.sorted().map { path in
                Rule(name: "`defaults` \(path.debugDescription)", matches: { $0 == path })
            }
    }

    /// What is said of rules that match nothing; nil where there are none.
    package static func complaint(ofIdle rules: [String]) -> String? {
        guard !rules.isEmpty else { return nil }
        let namedMax = 3
        let more = rules.count - namedMax
        let names = rules.prefix(namedMax) + (more > 0 ? ["\(more) more"] : [])
        let verb = rules.count == 1 ? "matches" : "match"
        return "\(Explanation.list(Array(names))) \(verb) no key of a run; "
            + "a rule is a whole path, such as optim.lr, or a pattern such as **.lr"
    }
}

extension AuditFeed {
    /// Rules that match no key of any run.
    package var idleRules: [String] {
        let rules = maker.vocabulary.roles.rules
        var use = RuleUse(rules)
        let paths = maker.vocabulary.paths.all.map(\.text)
        // What has keys below it is a section.
        var sections: Set<Substring> = []
        for path in paths {
            for place in path.indices where path[place] == "." || path[place] == "[" {
                sections.insert(path[..<place])
            }
        }
        for path in paths where !sections.contains(path[...]) { use.take(path) }
        return use.idle
    }
}

extension RunCatalog {
    /// Rules that match no key of any run, nor of these; nil where not all ledgers were read.
    package func idleRules(with runs: [RunRecord]) -> [String]? {
        read { database, _ throws(CatalogFailure) in
            var use = RuleUse(roles.rules)
            guard !use.idle.isEmpty else { return [] }
            guard try database.integer("SELECT 1 FROM files WHERE size < 0 LIMIT 1") == nil else {
                return nil
            }
            use.take(used: try CatalogRules.used(database))
            for run in runs { use.take(run) }
            return use.idle
        } ?? nil
    }
}
