import JouleFile
import JouleQuantities

/// What programs are known, or taken, to pay no heed to, as far as it decides which runs are looked at.
struct ProgramHabits {
    /// Whether texts may be names of runs.
    let hasNames: Bool
    /// Values that may be stated or not.
    let optional: [WorkKey.Leaf]

    /// Beyond so many, values are left out and added one by one, or not at all.
    private static let togglesMax = 8

    /// What is to be left out of a configuration, or added, to find runs that say more or less.
    func toggles(of run: RunRecord, _ roles: KeyRoles) -> [[WorkKey.Leaf]] {
        guard !optional.isEmpty, let config = run.config else { return [[]] }
        let leaves = RawLeaves(config).leaves
        let values = Dictionary(
            leaves.map { ($0.path, CanonicalValue.unspelt($0.value)) },
            uniquingKeysWith: { first, _ in first }
        )
        let own = optional.filter { one in values[one.path].map { $0 == one.value } ?? true }
            .prefix(Self.togglesMax)
        let all = own.count > 1 ? [Array(own)] : []
        return [[]] + own.map { [$0] } + all
    }
}

extension PreflightIndex {
    /// Of the programs of its runs.
    var habits: ProgramHabits {
        let programs = lessons.programs.values
        let optional = Set(programs.flatMap { $0.assumptions.optional + $0.rules.defaults })
        return ProgramHabits(
            hasNames: programs.contains { !$0.rules.names.isEmpty },
            optional: optional.compactMap { WorkKey.Leaf(maker.table.line(of: $0)) }
                .sorted { $0.path < $1.path }
        )
    }
}

extension WorkKey.Leaf {
    /// Of the canonical JSON of a leaf; nil for a number that JSON cannot hold.
    fileprivate init?(_ line: ArraySlice<UInt8>) {
        let prefix = "config."
        guard let parts = (try? JSON(parsing: Array(line)))?.array, parts.count == 2,
            let path = parts[0].string, path.hasPrefix(prefix), parts[1].object == nil
        else { return nil }
        self.init(path: String(path.dropFirst(prefix.count)), value: .unspelt(parts[1]))
    }
}
