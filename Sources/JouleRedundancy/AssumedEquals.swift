import JouleFile
import JouleQuantities

/// Runs that are equal but for keys that are taken to change nothing: what another key switches off,
/// and what the program takes by itself where a run does not say it.
///
/// Names and habits suggest that, and nothing proves it until two such runs with one seed came to one
/// result, bit for bit. Before that the proof is statistical. Where they came to different results and
/// the program is not known to be random by itself, the suggestion is wrong and nothing is said.
struct AssumedEquals {
    /// What pairs of runs that differ in one set of keys have shown.
    struct Trial {
        var hasEqualResults = false
        var hasOtherResults = false
    }

    private let table: LeafTable
    private let bound: CoincidenceBound
    private let vocabulary: RunVocabulary
    /// Whether runs with equal inputs came to different results.
    private let isRandom: Bool

    /// Only this many earlier runs are compared with one.
    private static let comparedMax = 64

    init(
        _ table: LeafTable,
        bound: CoincidenceBound,
        _ vocabulary: RunVocabulary,
        isRandom: Bool
    ) {
        self.table = table
        self.bound = bound
        self.vocabulary = vocabulary
        self.isRandom = isRandom
    }

    /// `runs` are the originals of one program, in the order of their starts.
    func judge(_ runs: [KeyedRun], into verdicts: inout Verdicts) {
        let suspected = suspected(among: runs, constantPaths(runs))
        let trials = trials(of: suspected)
        for works in suspected { judge(works, trials, into: &verdicts) }
    }

    /// Finished runs that are equal but for keys that are taken to change nothing.
    func suspected(among runs: [KeyedRun], _ constants: Set<Int32>) -> [[KeyedRun]] {
        let finished = runs.filter { $0.run.status == .finished }
        let isConstant = PathNumbers(Array(constants), table, size: table.paths.count)
        var shapes = Shapes(table)
        var works = KeyChains(count: finished.count)
        for run in finished {
            let leaves = run.keys.leaves
            let idle = shapes.switchedOff(leaves)
            var rest = run.keys.exact
            for leaf in leaves {
                let path = table.path(of: leaf)
                let isIdle =
                    isConstant[path] != nil || idle?.contains(path) == true && !isProtected(path)
                if isIdle { rest = rest - table.hash(of: leaf) }
            }
            works.add(rest)
        }
        var suspected: [[KeyedRun]] = []
        for first in works.shared {
            var same: [KeyedRun] = []
            works.forEach(from: first) { same.append(finished[$0]) }
            let exact = same[0].keys.exact
            if same.contains(where: { $0.keys.exact != exact }) { suspected.append(same) }
        }
        return suspected.sorted { AuditedRun.startsBefore($0[0].run, $1[0].run) }
    }

    func trials(of works: [[KeyedRun]]) -> [Set<String>: Trial] {
        var trials: [Set<String>: Trial] = [:]
        for same in works {
            let ended = same.filter { $0.isProof(bound) }
            for (left, right) in zip(ended, ended.dropFirst()) {
                let paths = left.keys.changedPaths(from: right.keys, table)
                if left.run.curve == right.run.curve {
                    trials[paths, default: Trial()].hasEqualResults = true
                } else {
                    trials[paths, default: Trial()].hasOtherResults = true
                }
            }
        }
        return trials
    }

    private func judge(
        _ runs: [KeyedRun],
        _ trials: [Set<String>: Trial],
        into verdicts: inout Verdicts
    ) {
        for place in runs.indices.dropFirst() where !verdicts.hasJudged(runs[place].run) {
            let run = runs[place]
            let earlier = runs[..<place].prefix(Self.comparedMax)
            guard let evidence = earlier.first(where: { $0.keys.exact != run.keys.exact }),
                run.keys.seed.isKnown || run.keys.isReEvaluation
            else { continue }
            let paths = run.keys.changedPaths(from: evidence.keys, table)
            let trial = trials[paths] ?? Trial()
            guard trial.hasEqualResults || !trial.hasOtherResults || isRandom else { continue }
            let line: Finding.Line
            switch evidence.run.precedence(over: run.run) {
            case _ where run.run.isVerification: line = .notWaste
            case .finished: line = .avoidable
            case .overlapping: line = .concurrent
            case .unknown: line = .undetermined
            }
            let comparison = Comparison(
                run.run,
                evidence.run,
                changed: paths,
                as: .assumed,
                vocabulary
            )
            verdicts.take(
                .configEquivalent,
                trial.hasEqualResults ? .config : .statistical,
                line,
                run,
                evidence,
                differences: comparison.differences
            )
        }
    }

    // MARK: What is taken to change nothing

    /// Keys that some runs do not hold and that have one value in all others, at least two.
    private func constantPaths(_ runs: [KeyedRun]) -> Set<Int32> {
        let constant = PathValues(LeafRows(runs), table).all.filter {
            !$0.varies && $0.count > 1 && $0.count < runs.count && !isProtected($0.path)
        }
        return Set(constant.map(\.path))
    }

    /// What is switched off in configurations that hold the same keys, those that are off among them,
    /// which most runs of a program share.
    private struct Shapes {
        private let table: LeafTable
        private var known: [[Int32]: SwitchedOff] = [:]
        private var shape: [Int32] = []

        /// Beyond this many the table starts anew.
        private static let knownMax = 1000

        init(_ table: LeafTable) { self.table = table }

        /// Nil where nothing is.
        mutating func switchedOff(_ leaves: SharedConfiguration) -> SwitchedOff? {
            shape.removeAll(keepingCapacity: true)
            var hasOff = false
            for leaf in leaves {
                let (path, isOff) = (table.path(of: leaf), table.isOff(leaf))
                shape.append(isOff ? -1 - path : path)
                hasOff = hasOff || isOff
            }
            guard hasOff else { return nil }
            // Places of leaves say nothing of the order of their keys.
            shape.sort()
            if let found = known[shape] { return found }
            if known.count >= Self.knownMax { known.removeAll(keepingCapacity: true) }
            let found = SwitchedOff(leaves, table)
            known[shape] = found
            return found
        }
    }

    private func isProtected(_ path: Int32) -> Bool {
        vocabulary.roles.isProtected(table.paths[Int(path)])
    }
}

/// The keys of one configuration that another of its keys switches off, as far as names tell.
///
/// `ema.enabled: false` switches off `ema.decay`; `use_ema: false` switches off `ema_decay` and `ema.decay`;
/// `scheduler: none` switches off `scheduler_gamma` and `scheduler.gamma`; `scheduler.type: none`
/// switches off `scheduler.gamma`. Of schedulers of the learning rate the usual settings are known, too: `step_size`
/// belongs to `scheduler` beside it.
struct SwitchedOff {
    private var idle: Set<Int32> = []

    private static let switches: Set<Substring> = ["enabled", "enable", "use", "active"]
    private static let selectors: Set<Substring> = ["type", "name", "kind", "_target_"]
    /// Settings that belong to a choice without having its name in theirs.
    private static let settings: [Substring: Set<Substring>] = {
        let schedule: Set<Substring> = [
            "step_size", "lr_step_size", "gamma", "lr_gamma", "milestones", "lr_milestones",
            "t_max",
            "T_max", "eta_min", "decay_rate", "decay_epochs", "lr_decay_epochs", "lr_decay_rate",
        ]
        let names: [Substring] = ["scheduler", "lr_scheduler", "sched", "lr_schedule", "lr_policy"]
        return Dictionary(names.map { ($0, schedule) }, uniquingKeysWith: { first, _ in first })
    }()

    private static let verbs = ["use_", "enable_", "with_", "do_"]

    init(_ leaves: SharedConfiguration, _ table: LeafTable) {
        guard leaves.contains(where: table.isOff) else { return }
        let keys = leaves.map {
            (path: table.paths[Int(table.path(of: $0))], isOff: table.isOff($0))
        }
        idle = Set(Self.places(in: keys).map { table.path(of: leaves[$0]) })
    }

    /// Places of the keys that another one switches off.
    static func places(in keys: [(path: String, isOff: Bool)]) -> Set<Int> {
        var idle: Set<Int> = []
        let paths = keys.indices.map { (place: $0, text: keys[$0].path) }
            .sorted { $0.text < $1.text }
        let byText = Dictionary(paths.map { ($0.text, $0.place) }, uniquingKeysWith: { a, _ in a })
        for (number, key) in keys.enumerated() where key.isOff {
            idle.formUnion(settings(of: key.path).compactMap { byText[$0] })
            for prefix in prefixes(of: key.path) {
                var place = paths.partition { $0.text < prefix }
                while place < paths.count, paths[place].text.hasPrefix(prefix) {
                    if paths[place].place != number { idle.insert(paths[place].place) }
                    place += 1
                }
            }
        }
        return idle
    }

    /// Whether the name of a key that is off says that it switches `key` off.
    static func names(_ path: String, _ key: String) -> Bool {
        path != key
            && (prefixes(of: path).contains { key.hasPrefix($0) }
                || settings(of: path).contains(key))
    }

    /// Whole paths of settings that belong to the choice at `path`.
    private static func settings(of path: String) -> [String] {
        let (section, name) = split(path)
        let parent = section.map { $0 + "." } ?? ""
        return (settings[name] ?? []).map { parent + $0 }
    }

    private static func split(_ path: String) -> (section: String?, name: Substring) {
        let point = path.lastIndex(of: ".")
        return (
            point.map { String(path[..<$0]) },
            path[(point.map { path.index(after: $0) } ?? path.startIndex)...]
        )
    }

    func contains(_ path: Int32) -> Bool { idle.contains(path) }

    /// How the paths begin that a key at `path` switches off.
    private static func prefixes(of path: String) -> [String] {
        let (section, name) = split(path)
        if switches.contains(name) || selectors.contains(name) {
            return section.map { [$0 + "."] } ?? []
        }
        let parent = section.map { $0 + "." } ?? ""
        for verb in verbs where name.hasPrefix(verb) {
            let base = parent + name.dropFirst(verb.count)
            return [base + ".", base + "_"]
        }
        if name.hasSuffix("_enabled") {
            let base = parent + name.dropLast("_enabled".count)
            return [base + ".", base + "_"]
        }
        return [path + ".", path + "_"]
    }
}

extension Array {
    /// The first place whose element does not satisfy `isBefore`, in an array that is ordered by it.
    fileprivate func partition(_ isBefore: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
