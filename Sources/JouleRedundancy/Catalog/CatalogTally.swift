import JouleFile
import JouleQuantities

/// What all runs of a project teach together, counted so that a run that goes away takes its part.
///
/// Changes are gathered and written once for many runs.
struct CatalogTally {
    struct KindKey: Hashable {
        let project: Int64
        let path: String
    }

    struct CodeKey: Hashable {
        let project: Int64
        let tree: String
        let closure: String
    }

    struct TreeKey: Hashable {
        let tree: Int64
        let project: Int64
    }

    private var kinds: [KindKey: (numbers: Int64, truths: Int64, nulls: Int64)] = [:]
    private var codes: [CodeKey: Int64] = [:]
    private var trees: [TreeKey: Int64] = [:]
    private var projects: [Int64: Int64] = [:]

    /// How many things are kept in memory.
    var count: Int { kinds.count + codes.count + trees.count }

    /// Counts a run in, or out where `sign` is −1.
    mutating func count(_ run: RunRecord, in project: Int64, _ sign: Int64) {
        let isConfigured =
            !(run.config?.isEmpty ?? true) || RunSetting.Facts.arguments(of: run) != nil
        projects[project, default: 0] += isConfigured ? sign : 0
        if let tree = run.code?.tree {
            trees[TreeKey(tree: Self.hash(tree), project: project), default: 0] += sign
            if let closure = run.code?.extra["closure"]?["sha256"]?.string {
                codes[CodeKey(project: project, tree: tree, closure: closure), default: 0] += sign
            }
        }
        for leaf in run.config.map({ RawLeaves($0).leaves }) ?? [] {
            let key = KindKey(project: project, path: leaf.kindPath)
            switch leaf.value {
            case .integer, .double: kinds[key, default: (0, 0, 0)].numbers += sign
            case .bool: kinds[key, default: (0, 0, 0)].truths += sign
            case .null: kinds[key, default: (0, 0, 0)].nulls += sign
            default: break
            }
        }
    }

    static func hash(_ tree: String) -> Int64 { Int64(bitPattern: Fingerprint64.of(tree)) }

    /// Adds everything to the tables, and is empty then.
    mutating func write(to database: Database) throws(CatalogFailure) {
        for (key, count) in kinds {
            try database.run(
                """
                INSERT INTO kinds VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (project, path) DO UPDATE SET
                numbers = numbers + ?3, truths = truths + ?4, nulls = nulls + ?5
                """,
                [
                    .integer(key.project), .text(key.path), .integer(count.numbers),
                    .integer(count.truths), .integer(count.nulls),
                ]
            )
        }
        for (key, count) in codes {
            try database.run(
                """
                INSERT INTO codes VALUES (?1, ?2, ?3, ?4) ON CONFLICT (project, tree, closure) DO UPDATE SET
                runs = runs + ?4
                """,
                [.integer(key.project), .text(key.tree), .text(key.closure), .integer(count)]
            )
        }
        for (key, count) in trees {
            try database.run(
                """
                INSERT INTO trees VALUES (?1, ?2, ?3) ON CONFLICT (tree, project) DO UPDATE SET runs = runs + ?3
                """,
                [.integer(key.tree), .integer(key.project), .integer(count)]
            )
        }
        for (project, count) in projects where count != 0 {
            try database.run(
                "UPDATE projects SET runs = runs + ?2 WHERE id = ?1",
                [.integer(project), .integer(count)]
            )
        }
        self = CatalogTally()
    }
}
