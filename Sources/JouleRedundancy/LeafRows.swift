/// The leaves of some runs, one run's behind the other's.
///
/// For what looks at all leaves of a program more than once: runs and their configurations lie anywhere
/// in memory, and to hold one while it is looked at takes as long as to look at it.
struct LeafRows {
    private(set) var all: [LeafTable.ID] = []
    private var ends: [Int] = []

    init(_ runs: [KeyedRun]) {
        ends.reserveCapacity(runs.count)
        for run in runs {
            all += run.keys.leaves
            ends.append(all.count)
        }
    }

    /// Calls `body` with each leaf and the place of its run.
    @inline(__always)
    func forEach(_ body: (_ run: Int, _ leaf: LeafTable.ID) -> Void) {
        var start = 0
        for (run, end) in ends.enumerated() {
            for place in start..<end { body(run, all[place]) }
            start = end
        }
    }
}
