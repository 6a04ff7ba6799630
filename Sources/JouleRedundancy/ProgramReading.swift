import JouleFile

/// The configurations of the runs of one program, before their leaves are in a table.
struct ProgramReading {
    /// Leaves as their lines one after the other, with where each ends.
    struct Leaves {
        var lines: [UInt8] = []
        var ends: [Int] = []
        var entries: [LeafTable.Entry] = []
        var paths: [ConfigurationPaths.Place] = []

        /// Adds a leaf; its number.
        mutating func add(
            _ line: [UInt8],
            _ entry: LeafTable.Entry,
            at path: ConfigurationPaths.Place
        ) -> Int {
            lines += line
            ends.append(lines.count)
            entries.append(entry)
            paths.append(path)
            return entries.count - 1
        }
    }

    var found = Leaves()
    var settings: [RunSetting] = []
    var runs: [AuditedRun] = []
    /// By run its leaves, one run's after the other's, with where each ends.
    var leaves: [Int32] = []
    var ends: [Int] = []
    var seeds: [SharedSeed] = []
    /// By run the place of its setting.
    var places: [Int32] = []
    var areConfigured: [Bool] = []

    /// What was found, which is then no longer kept here.
    mutating func takeLeaves() -> Leaves {
        defer { found = Leaves() }
        return found
    }

    /// The runs with their keys; `places` are those of the leaves in the table.
    func keyed(
        _ places: [LeafTable.ID],
        _ contexts: [SharedContext],
        _ table: LeafTable,
        _ shared: inout SharedConfigurations
    ) -> [KeyedRun] {
        var keyed: [KeyedRun] = []
        keyed.reserveCapacity(runs.count)
        var start = 0
        var leaves: [LeafTable.ID] = []
        for (number, run) in runs.enumerated() {
            defer { start = ends[number] }
            let context = contexts[Int(self.places[number])]
            guard areConfigured[number] || context.context.leaves["argv"] != nil else { continue }
            leaves.removeAll(keepingCapacity: true)
            for leaf in self.leaves[start..<ends[number]] { leaves.append(places[Int(leaf)]) }
            leaves.sort()
            let keys = RunKeys(
                shared.shared(leaves, table),
                seeds[number],
                context,
                isConfigured: true
            )
            keyed.append(KeyedRun(run: run, keys: keys))
        }
        return keyed
    }
}
