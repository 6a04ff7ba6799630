import JouleFile
import JouleQuantities

/// How two runs of one recipe differ on the surface.
struct Comparison {
    /// Keys whose text differs though they mean the same, ordered by path.
    let differences: [Difference]

    /// Leaves of two configurations that are not the same in text, by path.
    private typealias Leaves = [String: (a: JSON?, b: JSON?)]

    /// What is compared besides configurations.
    fileprivate struct Facts {
        let seed: JSON?
        let commit: String?
        let tree: String?
        let curve: CurveMark?
        let arguments: String?
        let sweep: String?
        let project: String?
        let dataName: String?
    }

    /// `later` is the run at hand, `earlier` the evidence; their keys are equal but for those at the
    /// paths `changed`, `seed` for their seeds.
    init(
        _ later: RunRecord,
        _ earlier: RunRecord,
        changed: Set<String> = [],
        as kind: Difference.Kind = .value,
        roles: KeyRoles
    ) {
        let a = Self.table(later.config)
        let b = Self.table(earlier.config)
        var leaves: Leaves = [:]
        for path in Set(a.keys).union(b.keys) where a[path] != b[path] {
            leaves[path] = (a[path], b[path])
        }
        self.init(leaves, Facts(later), Facts(earlier), changed, kind, roles)
    }

    /// The same of two runs of one audit, which `vocabulary` is of.
    init(
        _ later: AuditedRun,
        _ earlier: AuditedRun,
        changed: Set<String> = [],
        as kind: Difference.Kind = .value,
        _ vocabulary: RunVocabulary
    ) {
        let details = (later.details, earlier.details)
        var leaves: Leaves = [:]
        func take(_ bytes: ArraySlice<UInt8>, isLater: Bool) {
            let path = vocabulary.paths[Spelling.path(of: bytes)].text
            let value = Spelling.value(of: bytes)
            if isLater {
                leaves[path, default: (nil, nil)].a = value
            } else {
                leaves[path, default: (nil, nil)].b = value
            }
        }
        let places = (details.0.leaves.sorted(), details.1.leaves.sorted())
        let own = Set(details.0.leaves)
        places.0.forEachDifference(from: places.1) { place in
            take(vocabulary.spellings[place], isLater: own.contains(place))
        }
        let ignored = (Set(details.0.ignored), Set(details.1.ignored))
        for leaf in ignored.0.symmetricDifference(ignored.1) {
            take(leaf[...], isLater: ignored.0.contains(leaf))
        }
        self.init(
            leaves,
            Facts(later, details.0),
            Facts(earlier, details.1),
            changed,
            kind,
            vocabulary.roles
        )
    }

    private init(
        _ leaves: Leaves,
        _ later: Facts,
        _ earlier: Facts,
        _ changed: Set<String>,
        _ kind: Difference.Kind,
        _ roles: KeyRoles
    ) {
        var found = Self.configuration(leaves, changed, kind, roles)
        // A configuration that holds the seed has told it already.
        if let a = later.seed, let b = earlier.seed, a != b, a != .null, b != .null,
            !found.contains(where: { $0.path == "seed" })
        {
            let kind: Difference.Kind = changed.contains("seed") ? .value : .spelling
            found.append(Difference(path: "seed", kind: kind, a: a, b: b))
        }
        found += Self.context("code.commit", later.commit, earlier.commit)
        found += Self.context("code.tree", later.tree, earlier.tree)
        // The command line mostly says again what the configuration says; where the results differ it may
        // say why.
        if let a = later.curve, let b = earlier.curve, a != b {
            found += Self.context("argv", later.arguments, earlier.arguments)
        }
        found += Self.context("sweep", later.sweep, earlier.sweep)
        found += Self.context("project", later.project, earlier.project)
        found += Self.context("data.name", later.dataName, earlier.dataName)
        differences = found
    }

    private static func configuration(
        _ leaves: Leaves,
        _ changed: Set<String>,
        _ changedKind: Difference.Kind,
        _ roles: KeyRoles
    ) -> [Difference] {
        leaves.sorted { $0.key < $1.key }.compactMap { path, values in
            let role = roles.role(of: path)
            // A seed that stands elsewhere, or is not known, is not spelt differently.
            if role == .seed, values.a == nil || values.b == nil { return nil }
            let isChanged = changed.contains(role == .seed ? "seed" : path)
            let kind: Difference.Kind
            if isChanged {
                kind = changedKind
            } else if role == .ignored {
                kind = .ignored
            } else {
                // What is no other spelling has been shown to do nothing.
                kind = Self.areSpellings(values.a, values.b) ? .spelling : .assumed
            }
            return Difference(path: path, kind: kind, a: values.a, b: values.b)
        }
    }

    static func table(_ config: JSONObject?) -> [String: JSON] {
        guard let config else { return [:] }
        return Dictionary(
            RawLeaves(config).leaves.map { ($0.path, $0.value) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    /// Whether two values may be spellings of one.
    private static func areSpellings(_ a: JSON?, _ b: JSON?) -> Bool {
        guard let a, let b else { return false }
        return KeyKinds.any.canonical(.init(path: "", kindPath: "", value: a))
            == KeyKinds.any.canonical(.init(path: "", kindPath: "", value: b))
    }

    private static func context(_ path: String, _ a: String?, _ b: String?) -> [Difference] {
        guard let a, let b, a != b else { return [] }
        return [Difference(path: path, kind: .context, a: .string(a), b: .string(b))]
    }

    /// The class of a repetition: split by sweep, then by text, then by the state of the code.
    var repetition: Finding.Class {
        let context = Set(differences.lazy.filter { $0.kind == .context }.map(\.path))
        if context.contains("sweep") { return .gridOverlap }
        if differences.contains(where: { $0.kind != .context }) { return .configEquivalent }
        let isOtherCode = context.contains("code.commit") || context.contains("code.tree")
        return isOtherCode ? .codeEquivalent : .exactRerun
    }
}

extension Comparison.Facts {
    fileprivate init(_ run: RunRecord) {
        seed = run.seed
        commit = run.code?.commit
        tree = run.code?.tree
        curve = Curve(run)?.mark
        arguments = RunSetting.Facts.arguments(of: run)?.text()
        sweep = run.sweep
        project = run.project
        dataName = run.data?.name
    }

    fileprivate init(_ run: AuditedRun, _ details: RunDetails) {
        seed = run.seed
        commit = run.setting.facts.commit
        tree = run.setting.facts.tree
        curve = run.curve
        arguments = details.arguments
        sweep = run.sweep
        project = run.setting.facts.project
        dataName = run.setting.facts.dataName
    }
}
