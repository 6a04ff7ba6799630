import JouleFile
import JouleQuantities

/// How two runs of one recipe differ on the surface.
struct Comparison {
    /// Keys whose text differs though they mean the same, ordered by path.
    let differences: [Difference]

    /// `later` is the run at hand, `earlier` the evidence; their keys are equal but for those at the
    /// paths `changed`, `seed` for their seeds.
    init(
        _ later: RunRecord,
        _ earlier: RunRecord,
        changed: Set<String> = [],
        as kind: Difference.Kind = .value,
        roles: KeyRoles
    ) {
        var found = Self.configuration(later.config, earlier.config, changed, kind, roles)
        // A configuration that holds the seed has told it already.
        if let a = later.seed, let b = earlier.seed, a != b, a != .null, b != .null,
            !found.contains(where: { $0.path == "seed" })
        {
            let kind: Difference.Kind = changed.contains("seed") ? .value : .spelling
            found.append(Difference(path: "seed", kind: kind, a: a, b: b))
        }
        found += Self.context("code.commit", later.code?.commit, earlier.code?.commit)
        found += Self.context("code.tree", later.code?.tree, earlier.code?.tree)
        // The command line mostly says again what the configuration says; where the results differ it may
        // say why.
        if let a = Curve(later), let b = Curve(earlier), a != b {
            found += Self.context("argv", Self.arguments(later), Self.arguments(earlier))
        }
        found += Self.context("sweep", later.sweep, earlier.sweep)
        found += Self.context("project", later.project, earlier.project)
        found += Self.context("data.name", later.data?.name, earlier.data?.name)
        differences = found
    }

    private static func configuration(
        _ later: JSONObject?,
        _ earlier: JSONObject?,
        _ changed: Set<String>,
        _ changedKind: Difference.Kind,
        _ roles: KeyRoles
    ) -> [Difference] {
        let a = table(later)
        let b = table(earlier)
        let paths = Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }
        return paths.sorted().compactMap { path in
            let role = roles.role(of: path)
            // A seed that stands elsewhere, or is not known, is not spelt differently.
            if role == .seed, a[path] == nil || b[path] == nil { return nil }
            let isChanged = changed.contains(role == .seed ? "seed" : path)
            let kind: Difference.Kind
            if isChanged {
                kind = changedKind
            } else if role == .ignored {
                kind = .ignored
            } else {
                // What is no other spelling has been shown to do nothing.
                kind = Self.areSpellings(a[path], b[path]) ? .spelling : .assumed
            }
            return Difference(path: path, kind: kind, a: a[path], b: b[path])
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

    /// The command line after the program, where it is recorded.
    private static func arguments(_ run: RunRecord) -> String? {
        RecipeContext.arguments(of: run)?.text()
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
