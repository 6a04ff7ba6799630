import JouleFile
import JouleQuantities

/// What a recipe consists of besides its configuration: code, data, framework, inputs.
struct RecipeContext: Sendable, Hashable {
    /// A fact without which two recipes are not provably the same.
    enum Fact: String, Sendable, Hashable, CaseIterable, Comparable {
        case code, data, entry, parents, seed, stage
        case worldSize = "world_size"

        /// The fact that the leaf `name` states, if it is one of these.
        init?(leaf name: String) {
            self.init(rawValue: name.split(separator: ".").first.map(String.init) ?? "")
        }

        static func < (left: Fact, right: Fact) -> Bool { left.rawValue < right.rawValue }
    }

    /// Leaves of the identity document, by path; a fact that is not known is left out.
    private(set) var leaves: [String: JSON] = [:]
    /// Whether the run evaluates a checkpoint that it names.
    private(set) var evaluatesKnownCheckpoint = false
    /// Facts that identify code or data and are not known.
    private(set) var missing: Set<Fact> = []

    /// `tree` names the run's code where it is known to be equivalent to other code.
    init(_ setting: RunSetting.Facts, tree: String? = nil) {
        entry(of: setting)
        code(of: setting, tree: tree ?? setting.tree)
        data(of: setting)
        for member in setting.frameworks { leaves["framework." + member.name] = member.value }
        inputs(of: setting)
    }

    init(_ run: RunRecord) { self.init(RunSetting.Facts(run)) }

    private mutating func entry(of setting: RunSetting.Facts) {
        if let entry = setting.entry {
            leaves["entry"] = .string(entry.hasPrefix("./") ? String(entry.dropFirst(2)) : entry)
        } else {
            missing.insert(.entry)
        }
    }

    /// The tree when it is known, else a clean commit, else only the project's name.
    private mutating func code(of setting: RunSetting.Facts, tree: String?) {
        if let tree {
            leaves["code.tree"] = .string(tree)
        } else if let commit = setting.commit, !setting.isDirty {
            leaves["code.commit"] = .string(commit)
        } else {
            // Without it, `{"seed": 0}` of two projects would be one recipe.
            if let project = setting.project { leaves["project"] = .string(project) }
            missing.insert(.code)
        }
    }

    private mutating func data(of setting: RunSetting.Facts) {
        if let fingerprint = setting.fingerprint {
            leaves["data.fingerprint"] = .string(fingerprint)
        } else {
            if let name = setting.dataName { leaves["data.name"] = .string(name) }
            missing.insert(.data)
        }
    }

    private mutating func inputs(of setting: RunSetting.Facts) {
        leaves["stage"] = Self.work(of: setting.stage).map(JSON.string)
        if let size = setting.worldSize, size > 1 {
            leaves["world_size"] = .integer(Int64(size))
        }
        let parents = setting.parents.map { $0.relation + ":" + $0.id.description }.sorted()
        if !parents.isEmpty { leaves["parents"] = .array(parents.map(JSON.string)) }
        evaluatesKnownCheckpoint = setting.stage == .evaluation && !parents.isEmpty
        leaves["argv"] = setting.arguments
    }

    /// What kind of work a stage is, where it is not training.
    ///
    /// Training is one kind whatever its purpose, because a search's winner trained again is the
    /// same work. Evaluating with the same configuration is not.
    private static func work(of stage: Stage?) -> String? {
        switch stage {
        case nil, .search, .pretraining, .training, .fineTuning, .other: nil
        case let stage?: stage.rawValue
        }
    }
}
