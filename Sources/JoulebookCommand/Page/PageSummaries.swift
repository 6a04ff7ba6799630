import JouleExchange
import JouleFile
import JouleLifecycle
import JouleQuantities
import JouleRedundancy
import Joulebook

/// The pages that are about all runs at once: what was repeated, and what the lifecycle came to.
enum PageSummaries {
    /// So many elements of each list of an audit the page is told; its sums are of all.
    static let listsMax = 2000

    /// `Schemas/page-duplicates.schema.json`.
    static func duplicates(below path: String, listsMax: Int = listsMax) throws(CommandFailure)
        -> JSON
    {
        let rules = try rules(beside: path)
        do throws(LedgerError) {
            let feed = try AuditFeed(reading: path, rules: rules)
            let idle = [LedgerDirectory.Problem].ofRules(
                feed.idleRules,
                at: KeyRules.path(beside: path)
            )
            let (document, leftOut) = Audit(feed).json(listsMax: listsMax)
            var charts = JSONObject()
            charts["weeks"] = Charts.weeks(of: document)
            return [
                "schema": "joulebook.page.duplicates/1",
                "audit": document.listing(feed.problems + idle),
                "left_out": .object(leftOut),
                "weeks": document["trends"]?["weeks"] ?? [],
                "charts": .object(charts),
            ]
        } catch {
            throw CommandFailure(error)
        }
    }

    private static func rules(beside path: String) throws(CommandFailure) -> KeyRules {
        do throws(KeyRulesError) { return try .beside(path) } catch {
            throw .badData("\(KeyRules.path(beside: path)): \(error)")
        }
    }

    /// `Schemas/page-lifecycle.schema.json`; `audits` to tell what of it was repetition.
    static func lifecycle(below path: String, audits: Bool) throws(CommandFailure) -> JSON {
        let rules = try rules(beside: path)
        let feed: RunFactsFeed
        var duplicates: [RunID: Energy?]?
        do throws(LedgerError) {
            // The audit, which holds more, is over before the facts are read.
            if audits {
                duplicates = Audit(try AuditFeed(reading: path, rules: rules)).totals.avoidableByRun
            }
            feed = try RunFactsFeed(reading: path)
        } catch {
            throw CommandFailure(error)
        }
        do throws(LifecycleError) {
            let summary = try LifecycleSummary(
                LifecycleRuns(feed),
                options: LifecycleOptions(),
                factors: .shipped,
                duplicates: duplicates,
                inputs: feed.inputs
            )
            let document = summary.json
            var charts = JSONObject()
            charts["stages"] = Charts.stages(of: document)
            return [
                "schema": "joulebook.page.lifecycle/1",
                "lifecycle": document.listing(feed.problems),
                "lineage": LineageGraph(of: feed.runs).json,
                "formulae": .array(FormulaWords.all.map(\.json)),
                "charts": .object(charts),
            ]
        } catch {
            throw CommandFailure(error)
        }
    }
}

extension FormulaWords {
    fileprivate var json: JSON {
        [
            "id": .string(id), "formula": .string(formula), "symbols": .string(symbols),
            "source": .string(source),
        ]
    }
}

/// Which runs build on which: those that have to do with others, the newest first.
struct LineageGraph {
    private var nodes: [RunFacts] = []
    private var edges: [(from: RunID, to: RunID, relation: String)] = []
    private var leftOut = 0

    /// More than this nobody can look at.
    private static let nodesMax = 300
    private static let edgesMax = 2000

    init(of runs: [RunFacts]) {
        let children = runs.filter { !$0.parents.isEmpty }.sorted { left, right in
            (right.started?.unixNanoseconds ?? .min, left.id)
                < (left.started?.unixNanoseconds ?? .min, right.id)
        }
        guard !children.isEmpty else { return }
        let known = Dictionary(runs.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var taken: Set<RunID> = []
        for child in children {
            var new: Set<RunID> = []
            // A parent may be one in several ways.
            let family = ([child.id] + child.parents.map(\.id)).filter {
                !taken.contains($0) && new.insert($0).inserted
            }
            guard taken.count + new.count <= Self.nodesMax,
                edges.count + child.parents.count <= Self.edgesMax
            else {
                leftOut += 1
                continue
            }
            taken.formUnion(new)
            nodes += family.compactMap { known[$0] }
            edges += child.parents.map { (from: $0.id, to: child.id, relation: $0.relation) }
        }
    }

    var json: JSON {
        [
            "nodes": .array(
                nodes.map { run in
                    [
                        "id": .string(run.id.description),
                        "project": .orNull(run.project),
                        "stage": .orNull(run.stage?.rawValue),
                        "energy_j": .orNull(run.energy?.joules),
                    ]
                }
            ),
            "edges": .array(
                edges.map { edge in
                    [
                        "from": .string(edge.from.description), "to": .string(edge.to.description),
                        "relation": .string(edge.relation),
                    ]
                }
            ),
            "left_out": .integer(Int64(leftOut)),
        ]
    }
}
