import JouleFile
import JouleQuantities

/// What the runs of one program have shown of its keys, bit for bit.
///
/// A key is left out of the recipe where runs that differ in it came to one result, none came to another,
/// and there is a reason: it names the run (a text that hardly two runs share), it was switched off by
/// another key, or it was absent in one and held its only value in the other.
struct LearnedRules {
    /// Texts that name a run, such as a folder of its own under a name that no rule knows.
    private(set) var names: Set<Int32> = []
    /// What the program takes where the key is absent.
    private(set) var defaults: Set<LeafTable.ID> = []
    /// Keys that do nothing while all of these others are off.
    private(set) var switches: [Int32: Set<Int32>] = [:]

    var isEmpty: Bool { names.isEmpty && defaults.isEmpty && switches.isEmpty }

    /// The leaves that count; nil where all do.
    func applied(to leaves: SharedConfiguration, _ table: LeafTable) -> [LeafTable.ID]? {
        isEmpty ? nil : Application(self, table).applied(to: leaves)
    }

    /// Rules made ready for many runs.
    struct Application {
        private let rules: LearnedRules
        private let table: LeafTable
        /// Paths of which something was learnt.
        private let paths: PathNumbers

        init(_ rules: LearnedRules, _ table: LeafTable) {
            self.rules = rules
            self.table = table
            let defaults = rules.defaults.map(table.path)
            let all = Array(rules.names) + defaults + rules.switches.keys
            paths = PathNumbers(all, table, size: table.paths.count)
        }

        /// The leaves that count; nil where none is under a rule.
        func applied(to leaves: SharedConfiguration) -> [LeafTable.ID]? {
            // Loops and no closures: one of these would hold all that the rules and the table are made of,
            // run after run and on every thread.
            var isUnderRule = false
            for leaf in leaves where paths[table.path(of: leaf)] != nil { isUnderRule = true }
            guard isUnderRule else { return nil }
            var off: Set<Int32> = []
            if !rules.switches.isEmpty {
                for leaf in leaves where table.isOff(leaf) { off.insert(table.path(of: leaf)) }
            }
            var kept: [LeafTable.ID] = []
            kept.reserveCapacity(leaves.count)
            for leaf in leaves where counts(leaf, off) { kept.append(leaf) }
            return kept
        }

        /// Whether a leaf counts where all at `off` are off.
        private func counts(_ leaf: LeafTable.ID, _ off: Set<Int32>) -> Bool {
            let path = table.path(of: leaf)
            guard paths[path] != nil else { return true }
            if rules.names.contains(path) || rules.defaults.contains(leaf) { return false }
            guard let switches = rules.switches[path] else { return true }
            return !switches.isSubset(of: off)
        }
    }

    /// The same for the leaves of another table.
    func moved(from table: LeafTable, to other: inout LeafTable) -> LearnedRules {
        var moved = LearnedRules()
        for path in names { moved.names.insert(other.place(of: path, in: table)) }
        for leaf in defaults { moved.defaults.insert(other.id(of: leaf, in: table)) }
        for (path, off) in switches {
            let place = other.place(of: path, in: table)
            for one in off {
                moved.switches[place, default: []].insert(other.place(of: one, in: table))
            }
        }
        return moved
    }

    private init() {}

    // MARK: Learning

    /// Pairs of runs that differ in one key alone, by what came out.
    private struct Pairs {
        var equal: [(KeyedRun, KeyedRun)] = []
        var differences = 0
        /// Keys that were off in some pair with different results.
        var offInDifferent: Set<LeafTable.ID> = []

        mutating func takeDifferent(_ run: KeyedRun, _ table: LeafTable) {
            differences += 1
            for leaf in run.keys.leaves where table.isOff(leaf) {
                offInDifferent.insert(leaf)
            }
        }
    }

    /// A key that hardly two of at least so many runs share names the run.
    private static let namingRunsMin = 5
    private static let distinctShareMin = 0.9

    /// `runs` are those of one program, in the order of their starts.
    init(_ runs: [KeyedRun], _ table: LeafTable, bound: CoincidenceBound, roles: KeyRoles) {
        let ended = runs.filter { $0.isProof(bound) }
        guard ended.count > 1 else { return }
        let rows = LeafRows(runs)
        learnNames(ended, among: rows, table, roles)
        let endedRows = ended.count == runs.count ? rows : LeafRows(ended)
        var pairs: [Int32: Pairs] = [:]
        Neighbours(ended, endedRows, table).forEachBucket { bucket in
            for (left, right) in zip(bucket.runs, bucket.runs.dropFirst())
            where left.leaf != right.leaf {
                if left.run.run.curve == right.run.run.curve {
                    pairs[bucket.path, default: Pairs()].equal.append((left.run, right.run))
                } else {
                    pairs[bucket.path, default: Pairs()].takeDifferent(left.run, table)
                }
            }
        }
        for (path, found) in pairs where !found.equal.isEmpty {
            let name = table.paths[Int(path)]
            guard !roles.isProtected(name) else { continue }
            learnSwitch(path, name, found, table)
            if found.differences == 0 { learnDefault(path, rows, table) }
        }
    }

    private mutating func learnNames(
        _ ended: [KeyedRun],
        among rows: LeafRows,
        _ table: LeafTable,
        _ roles: KeyRoles
    ) {
        let naming = Set(
            Self.texts(of: rows, table).filter { text in
                text.count >= Self.namingRunsMin
                    && Double(text.values) >= Self.distinctShareMin * Double(text.count)
                    && !roles.isProtected(table.paths[Int(text.path)])
            }.map(\.path)
        )
        guard !naming.isEmpty else { return }
        let isNaming = PathNumbers(Array(naming), table, size: table.paths.count)
        var works = KeyChains(count: ended.count)
        for run in ended {
            works.add(
                run.keys.leaves.reduce(run.keys.exact) { sum, leaf in
                    isNaming[table.path(of: leaf)] != nil ? sum - table.hash(of: leaf) : sum
                }
            )
        }
        var equal: Set<Int32> = []
        var other: Set<Int32> = []
        for first in works.shared {
            var same: [KeyedRun] = []
            works.forEach(from: first) { same.append(ended[$0]) }
            for (left, right) in zip(same, same.dropFirst()) {
                let paths = left.keys.changedPlaces(from: right.keys, table)
                if left.run.curve == right.run.curve {
                    equal.formUnion(paths)
                } else {
                    other.formUnion(paths)
                }
            }
        }
        names = equal.subtracting(other)
    }

    /// How many texts stand at each path, and how many of them differ.
    private static func texts(of rows: LeafRows, _ table: LeafTable)
        -> [(path: Int32, count: Int, values: Int)]
    {
        var numbers = PathNumbers(table, size: rows.all.count)
        var counts: [(count: Int, last: LeafTable.ID)] = []
        // Most texts are the same from one run to the next, and are taken once.
        var leaves: [Set<LeafTable.ID>] = []
        for leaf in rows.all where table.isText(leaf) {
            let number = numbers.number(of: table.path(of: leaf))
            if number == counts.count {
                counts.append((0, leaf))
                leaves.append([leaf])
            }
            counts[number].count += 1
            guard counts[number].last != leaf else { continue }
            counts[number].last = leaf
            leaves[number].insert(leaf)
        }
        return numbers.paths.indices.map { (numbers.paths[$0], counts[$0].count, leaves[$0].count) }
    }

    /// A key that does nothing in all pairs in which another one switches it off, as its name says.
    private mutating func learnSwitch(
        _ path: Int32,
        _ name: String,
        _ pairs: Pairs,
        _ table: LeafTable
    ) {
        var off: Set<LeafTable.ID>?
        for (left, right) in pairs.equal {
            let shared = Set(left.keys.leaves).intersection(right.keys.leaves)
                .filter(table.isOff)
            off = off?.intersection(shared) ?? shared
        }
        // Some key is off in any handful of runs: only one whose name says so switches this one off.
        let candidates = (off ?? []).subtracting(pairs.offInDifferent)
            .map(table.path)
            .filter { SwitchedOff.names(table.paths[Int($0)], name) }
        if !candidates.isEmpty { switches[path] = Set(candidates) }
    }

    /// A key that is absent in one run of each pair, and holds its only value in the other.
    private mutating func learnDefault(
        _ path: Int32,
        _ rows: LeafRows,
        _ table: LeafTable
    ) {
        var values: Set<LeafTable.ID> = []
        for leaf in rows.all where table.path(of: leaf) == path {
            values.insert(leaf)
            if values.count > 1 { return }
        }
        defaults.formUnion(values)
    }
}
