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

    private struct Place {
        let bucket: IndexSum
        let run: Int32
    }

    private let runs: [KeyedRun]
    private let table: LeafTable

    /// Only this many keys of a program are left out in turn, those with most values first.
    private static let pathsMax = 256

    /// `runs` in the order of their starts.
    init(_ runs: [KeyedRun], _ table: LeafTable) {
        self.runs = runs
        self.table = table
    }

    /// Calls `body` with every bucket of more than one run, key after key, of all keys or of `paths`.
    func forEachBucket(of paths: Set<Int32>? = nil, _ body: (Bucket) -> Void) {
        for path in paths?.sorted() ?? varyingPaths() {
            var places: [Place] = []
            places.reserveCapacity(runs.count)
            for (number, run) in runs.enumerated() {
                let leaf = leaf(of: run, at: path)
                let bucket = leaf.map { run.keys.exact - table.entries[Int($0)].hash }
                places.append(Place(bucket: bucket ?? run.keys.exact, run: Int32(number)))
            }
            places.sort { ($0.bucket.value, $0.run) < ($1.bucket.value, $1.run) }
            var first = 0
            while first < places.count {
                var end = first + 1
                while end < places.count, places[end].bucket == places[first].bucket { end += 1 }
                if end - first > 1 {
                    let members = places[first..<end].map { runs[Int($0.run)] }
                    body(Bucket(path: path, runs: members.map { ($0, leaf(of: $0, at: path)) }))
                }
                first = end
            }
        }
    }

    private func leaf(of run: KeyedRun, at path: Int32) -> LeafTable.ID? {
        run.keys.leaves.first { table.entries[Int($0)].path == path }
    }

    /// Keys that are not the same in all runs.
    private func varyingPaths() -> [Int32] {
        var values: [Int32: Set<LeafTable.ID>] = [:]
        var counts: [Int32: Int] = [:]
        for run in runs {
            for leaf in run.keys.leaves {
                let path = table.entries[Int(leaf)].path
                values[path, default: []].insert(leaf)
                counts[path, default: 0] += 1
            }
        }
        let varying = values.filter { $0.value.count > 1 || counts[$0.key] != runs.count }
        let ordered = varying.sorted {
            ($1.value.count, table.paths[Int($0.key)]) < ($0.value.count, table.paths[Int($1.key)])
        }
        return ordered.prefix(Self.pathsMax).map(\.key)
    }
}
