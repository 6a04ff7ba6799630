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
    /// By path of these and then by run one more than the leaf; 0 where there is none.
    private let cells: [LeafTable.ID]

    /// Only this many keys of a program are left out in turn, those with most values first.
    private static let pathsMax = 256

    /// `runs` in the order of their starts, with their leaves; looks at all keys, or at `wanted` alone.
    init(
        _ runs: [KeyedRun],
        _ rows: LeafRows,
        _ table: LeafTable,
        of wanted: Set<Int32>? = nil
    ) {
        self.runs = runs
        self.table = table
        var varying = wanted?.sorted() ?? Self.varyingPaths(rows, of: runs.count, table)
        if wanted == nil, varying.count > Self.pathsMax {
            varying = Self.mostVarying(varying, rows, table)
        }
        paths = varying
        let columns = PathNumbers(varying, table, size: runs.count * varying.count)
        var cells = [LeafTable.ID](repeating: 0, count: runs.count * varying.count)
        rows.forEach { run, leaf in
            guard let column = columns[table.path(of: leaf)] else { return }
            cells[column * runs.count + run] = leaf + 1
        }
        self.cells = cells
    }

    /// Calls `body` with every bucket of more than one run, key after key.
    func forEachBucket(_ body: (Bucket) -> Void) {
        var chains = KeyChains(count: runs.count)
        let sums = runs.map(\.keys.exact)
        for (column, path) in paths.enumerated() {
            chains.reset()
            for number in runs.indices {
                let cell = cells[column * runs.count + number]
                let sum = sums[number]
                chains.add(cell == 0 ? sum : sum - table.hash(of: cell - 1))
            }
            for first in chains.shared {
                var members: [(run: KeyedRun, leaf: LeafTable.ID?)] = []
                chains.forEach(from: first) { number in
                    let cell = cells[column * runs.count + number]
                    members.append((runs[number], cell == 0 ? nil : cell - 1))
                }
                body(Bucket(path: path, runs: members))
            }
        }
    }

    /// Keys that are not the same in all runs, by name.
    private static func varyingPaths(
        _ rows: LeafRows,
        of count: Int,
        _ table: LeafTable
    ) -> [Int32] {
        guard count > 1 else { return [] }
        return PathValues(rows, table).all
            .filter { $0.varies || $0.count != count }
            .map(\.path)
            .sorted { table.paths[Int($0)] < table.paths[Int($1)] }
    }

    /// Those with most values.
    private static func mostVarying(
        _ paths: [Int32],
        _ rows: LeafRows,
        _ table: LeafTable
    ) -> [Int32] {
        var values: [Int32: Set<LeafTable.ID>] = [:]
        for leaf in rows.all { values[table.path(of: leaf), default: []].insert(leaf) }
        let ordered = paths.sorted { left, right in
            let counts = (values[left]?.count ?? 0, values[right]?.count ?? 0)
            return counts.0 != counts.1
                ? counts.0 > counts.1 : table.paths[Int(left)] < table.paths[Int(right)]
        }
        return Array(ordered.prefix(pathsMax))
    }
}
