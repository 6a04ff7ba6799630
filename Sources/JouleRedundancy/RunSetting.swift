import JouleFile
import JouleQuantities

/// What there is to know of a run besides its configuration, its seed and its course; most runs
/// share one with others.
final class RunSetting {
    let facts: Facts
    /// Keys of one program mean the same in all its runs.
    let program: Int32
    /// Counts the settings of a vocabulary.
    let number: Int32

    init(_ facts: Facts, program: Int32, number: Int32) {
        self.facts = facts
        self.program = program
        self.number = number
    }

    struct Facts: Hashable, Sendable {
        let project: String?
        let entry: String?
        let commit: String?
        let isDirty: Bool
        let tree: String?
        /// SHA-256 over the normalised files that the program imported.
        let closure: String?
        let dataName: String?
        let fingerprint: String?
        /// Versions of what computes.
        let frameworks: [JSONObject.Member]
        let stage: Stage?
        let worldSize: Int?
        let parents: [Parent]
        /// The command line, where nothing else configures the run.
        let arguments: JSON?

        init(_ run: RunRecord) {
            project = run.project
            entry = run.code?.entry
            commit = run.code?.commit
            isDirty = run.code?.dirty == true
            tree = run.code?.tree
            closure = run.code?.extra["closure"]?["sha256"]?.string
            dataName = run.data?.name
            fingerprint = run.data?.fingerprint
            frameworks = Self.frameworks(of: run.env)
            stage = run.stage
            worldSize = run.worldSize
            parents = run.parents.filter { !Self.bookkeeping.contains($0.relation) }
            arguments = run.config?.isEmpty ?? true ? Self.arguments(of: run) : nil
        }

        /// Parents that say nothing about what is computed.
        private static let bookkeeping: Set<String> = ["resumes", "searches"]

        private static func frameworks(of env: JSONObject?) -> [JSONObject.Member] {
            guard let env else { return [] }
            let sections = [env] + versionSections.compactMap { env[$0]?.object }
            return sections.flatMap(\.members).filter {
                $0.value.string != nil && frameworkNames.contains($0.name)
            }
        }

        private static let versionSections = ["packages", "frameworks", "versions"]

        /// Packages whose version changes what is computed.
        private static let frameworkNames: Set<String> = [
            "torch", "pytorch", "tensorflow", "jax", "jaxlib", "flax", "keras", "lightning",
            "pytorch_lightning", "pytorch-lightning", "transformers", "sklearn", "scikit-learn",
            "xgboost", "lightgbm", "catboost", "numpy",
        ]

        /// The command line after the program.
        static func arguments(of run: RunRecord) -> JSON? {
            let given = run.extra["argv"] ?? run.code?.extra["argv"]
            guard let arguments = given?.array, !arguments.isEmpty else { return nil }
            return .array(Array(arguments.dropFirst()))
        }
    }
}

/// Who ran something, and where; most runs share it with others.
final class RunOrigin {
    let user: String?
    /// Nil where it is not known.
    let host: String?

    init(_ run: RunRecord) {
        user = run.user
        host = run.hardware?.host.flatMap { $0 == "unknown" ? nil : $0 }
    }

    init(user: String?, host: String?) { (self.user, self.host) = (user, host) }
}
