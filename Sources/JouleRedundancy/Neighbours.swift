import JouleQuantities

/// Runs of one program that are equal but for one key: leave-one-out blocking.
///
/// The index of a run is a sum over its leaves, so that taking one out is a subtraction: runs that
/// agree without a key fall into one bucket. No pair is missed and none is guessed.
struct Neighbours {
    /// Runs that agree in everything but the key at `path`.
    struct Bucket {
        let path: Int32
        /// In the order of their starts, with the leaf at the path; nil where there is none.
        let runs: [(run: KeyedRun, leaf: LeafTable.ID?)]
    }

    private let runs: [KeyedRun]
    private let table: LeafTable
    /// Keys that are not the same in all runs.
    private let paths: [Int32]
    /// By run and then by path of these one more than the leaf; 0 where there is none.
    private var cells: [LeafTable.ID] = []

    /// Only this many keys of a program are left out in turn, those with most values first.
    private static let pathsMax = 256

    /// `runs` in the order of their starts; looks at all keys, or at `wanted` alone.
    init(_ runs: [KeyedRun], _ table: LeafTable, of wanted: Set<Int32>? = nil) {
        self.runs = runs
        self.table = table
        var varying = Self.varyingPaths(runs, table)
        if let wanted {
            varying = wanted.sorted()
        } else if varying.count > Self.pathsMax {
            varying = Self.mostVarying(varying, runs, table)
        }
        paths = varying
        var columns = [Int32](repeating: -1, count: table.paths.count)
        for (column, path) in varying.enumerated() { columns[Int(path)] = Int32(column) }
        cells = [LeafTable.ID](repeating: 0, count: runs.count * varying.count)
        for (number, run) in runs.enumerated() {
            for leaf in run.keys.leaves {
                let column = columns[Int(table.entries[Int(leaf)].path)]
                if column >= 0 { cells[number * varying.count + Int(column)] = leaf + 1 }
            }
        }
    }

    /// Calls `body` with every bucket of more than one run, key after key.
    func forEachBucket(_ body: (Bucket) -> Void) {
        var chains = Chains(count: runs.count)
        for (column, path) in paths.enumerated() {
            chains.reset()
            for (number, run) in runs.enumerated() {
                let cell = cells[number * paths.count + column]
                let sum = run.keys.exact
                chains.add(cell == 0 ? sum : sum - table.entries[Int(cell - 1)].hash)
            }
            for first in chains.shared {
                var members: [(run: KeyedRun, leaf: LeafTable.ID?)] = []
                chains.forEach(from: first) { number in
                    let cell = cells[number * paths.count + column]
                    members.append((runs[number], cell == 0 ? nil : cell - 1))
                }
                body(Bucket(path: path, runs: members))
            }
        }
    }

    /// Keys that are not the same in all runs, by name.
    private static func varyingPaths(_ runs: [KeyedRun], _ table: LeafTable) -> [Int32] {
        var counts = [Int](repeating: 0, count: table.paths.count)
        var first = [LeafTable.ID](repeating: 0, count: table.paths.count)
        var varies = [Bool](repeating: false, count: table.paths.count)
        for run in runs {
            for leaf in run.keys.leaves {
                let path = Int(table.entries[Int(leaf)].path)
                if counts[path] == 0 { first[path] = leaf }
                counts[path] += 1
                if first[path] != leaf { varies[path] = true }
            }
        }
        return counts.indices
            .filter { counts[$0] > 0 && (varies[$0] || counts[$0] != runs.count) }
            .map { Int32($0) }
            .sorted { table.paths[Int($0)] < table.paths[Int($1)] }
    }

    /// Those with most values.
    private static func mostVarying(
        _ paths: [Int32],
        _ runs: [KeyedRun],
        _ table: LeafTable
    ) -> [Int32] {
        var values: [Int32: Set<LeafTable.ID>] = [:]
        for run in runs {
            for leaf in run.keys.leaves {
                values[table.entries[Int(leaf)].path, default: []].insert(leaf)
            }
        }
        let ordered = paths.sorted { left, right in
            let counts = (values[left]?.count ?? 0, values[right]?.count ?? 0)
            return counts.0 != counts.1
                ? counts.0 > counts.1 : table.paths[Int(left)] < table.paths[Int(right)]
        }
        return Array(ordered.prefix(pathsMax))
    }
}

/// Numbers of one key in a chain each, in the order in which they came.
private struct Chains {
    private var keys: [IndexSum]
    private var next: [Int32]
    /// By number of the first of a chain the last one.
    private var last: [Int32]
    /// One more than the first of a chain; 0 where there is none.
    private var slots: [Int32]
    private var count = 0
    /// The first of each chain of more than one.
    private(set) var shared: [Int] = []

    init(count: Int) {
        var size = 16
        while size < 2 * count { size *= 2 }
        slots = Array(repeating: 0, count: size)
        keys = Array(repeating: IndexSum(), count: count)
        next = Array(repeating: -1, count: count)
        last = Array(repeating: -1, count: count)
    }

    mutating func reset() {
        for slot in slots.indices { slots[slot] = 0 }
        count = 0
        shared.removeAll(keepingCapacity: true)
    }

    /// Adds the next number, counted from 0.
    mutating func add(_ key: IndexSum) {
        let mask = slots.count - 1
        let number = Int32(count)
        keys[count] = key
        next[count] = -1
        last[count] = number
        count += 1
        var slot = Int(truncatingIfNeeded: key.value) & mask
        while slots[slot] != 0 {
            let first = slots[slot] - 1
            if keys[Int(first)] == key {
                if last[Int(first)] == first { shared.append(Int(first)) }
                next[Int(last[Int(first)])] = number
                last[Int(first)] = number
                return
            }
            slot = (slot + 1) & mask
        }
        slots[slot] = number + 1
    }

    func forEach(from first: Int, _ body: (Int) -> Void) {
        var number = Int32(first)
        while number >= 0 {
            body(Int(number))
            number = next[Int(number)]
        }
    }
}
