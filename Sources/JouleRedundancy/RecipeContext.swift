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
    init(_ run: RunRecord, tree: String? = nil) {
        entry(of: run)
        code(of: run, tree: tree ?? run.code?.tree)
        data(of: run)
        framework(of: run)
        inputs(of: run)
    }

    private mutating func entry(of run: RunRecord) {
        if let entry = run.code?.entry {
            leaves["entry"] = .string(entry.hasPrefix("./") ? String(entry.dropFirst(2)) : entry)
        } else {
            missing.insert(.entry)
        }
    }

    /// The tree when it is known, else a clean commit, else only the project's name.
    private mutating func code(of run: RunRecord, tree: String?) {
        if let tree {
            leaves["code.tree"] = .string(tree)
        } else if let commit = run.code?.commit, run.code?.dirty != true {
            leaves["code.commit"] = .string(commit)
        } else {
            // Without it, `{"seed": 0}` of two projects would be one recipe.
            if let project = run.project { leaves["project"] = .string(project) }
            missing.insert(.code)
        }
    }

    private mutating func data(of run: RunRecord) {
        if let fingerprint = run.data?.fingerprint {
            leaves["data.fingerprint"] = .string(fingerprint)
        } else {
            if let name = run.data?.name { leaves["data.name"] = .string(name) }
            missing.insert(.data)
        }
    }

    private mutating func framework(of run: RunRecord) {
        guard let env = run.env else { return }
        let sections = [env] + Self.versionSections.compactMap { env[$0]?.object }
        for section in sections {
            for member in section.members where Self.frameworks.contains(member.name) {
                guard let version = member.value.string else { continue }
                leaves["framework." + member.name] = .string(version)
            }
        }
    }

    private static let versionSections = ["packages", "frameworks", "versions"]

    /// Packages whose version changes what is computed.
    private static let frameworks: Set<String> = [
        "torch", "pytorch", "tensorflow", "jax", "jaxlib", "flax", "keras", "lightning",
        "pytorch_lightning", "pytorch-lightning", "transformers", "sklearn", "scikit-learn",
        "xgboost", "lightgbm", "catboost", "numpy",
    ]

    private mutating func inputs(of run: RunRecord) {
        leaves["stage"] = Self.work(of: run.stage).map(JSON.string)
        if let size = run.worldSize, size > 1 { leaves["world_size"] = .integer(Int64(size)) }
        let parents = run.parents.filter { !Self.bookkeeping.contains($0.relation) }
            .map { $0.relation + ":" + $0.id.description }.sorted()
        if !parents.isEmpty { leaves["parents"] = .array(parents.map(JSON.string)) }
        evaluatesKnownCheckpoint = run.stage == .evaluation && !parents.isEmpty
        if run.config?.isEmpty ?? true, let arguments = Self.arguments(of: run) {
            leaves["argv"] = arguments
        }
    }

    /// Parents that say nothing about what is computed.
    private static let bookkeeping: Set<String> = ["resumes", "searches"]

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

    /// The command line after the program, which configures a program that was given no other
    /// configuration.
    static func arguments(of run: RunRecord) -> JSON? {
        let given = run.extra["argv"] ?? run.code?.extra["argv"]
        guard let arguments = given?.array, !arguments.isEmpty else { return nil }
        return .array(Array(arguments.dropFirst()))
    }
}
