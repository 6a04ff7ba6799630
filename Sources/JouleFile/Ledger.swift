package import JouleQuantities

/// A ledger file as a reader finds it: finished, live, torn or damaged.
package struct Ledger: Sendable {
    package let path: String
    /// What its runs are, epochs included, in the order of the file.
    package let runs: [RunRecord]
    package let integrity: Integrity

    /// Reads everything, the ring of a live or dead writer included.
    ///
    /// `verifies` has everything that is stored twice compared, as only `verify` needs.
    ///
    /// Throws when the file is no ledger, of a newer kind, or unreadable; damage behind its header
    /// is told by `integrity`, and what is whole is there all the same.
    package init(reading path: String, verifies: Bool = false) throws(LedgerError) {
        var assembly = RunAssembly()
        let scan = try LedgerScan(path, verifies: verifies, visitor: &assembly)
        var integrity = scan.integrity
        let (runs, problems) = assembly.runs(state: integrity.state, drops: scan.drops.json)
        if !problems.isEmpty {
            integrity.state = .damaged
            integrity.problems += problems.map { .init(kind: .record, offset: 0, message: $0) }
        }
        self.path = path
        self.runs = runs
        self.integrity = integrity
    }
}

/// One logged step.
package struct StepRecord: Sendable, Hashable {
    /// Number of the run within its ledger.
    package let run: Int
    package let step: Int64
    package let time: WallTime
    package let metrics: [Metric]
}
