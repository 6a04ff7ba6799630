package import JouleFile
import JouleQuantities
import JouleSystem

/// The runs that summaries are made of: every joule of each physical meter is in one of them.
package struct LifecycleRuns: Sendable {
    /// Each once, in an order that does not depend on where files were found, so that no sum does.
    let all: [RunFacts]
    /// Of the runs that shared a meter.
    let sharing: [RunID: SharedEnergy]
    /// What cannot be right of them.
    let remarks: [Remark]

    /// Of a ledger or a directory; without the records that `LifecycleOptions.needsRecords` tells of.
    package init(_ feed: RunFactsFeed) {
        all = feed.runs
        sharing = feed.sharing
        remarks = []
    }

    /// Of records, which are kept.
    ///
    /// Of different ones with one name the one counts that says more about energy.
    package init(_ reconciled: ReconciledRuns) {
        var kept: [RunID: Int] = [:]
        var remarks: [Remark] = []
        let records = reconciled.runs
        kept.reserveCapacity(records.count)
        for (place, run) in records.enumerated() {
            guard let other = kept.updateValue(place, forKey: run.id) else { continue }
            let isSame = records[other] == run
            if isSame || Self.rank(records[other]) >= Self.rank(run) { kept[run.id] = other }
            guard !isSame else { continue }
            remarks.append(
                Remark("conflicting_records", at: "run \(run.id)", "two records differ; one counts")
            )
        }
        var frames = RunFrames()
        all = kept.sorted { $0.key < $1.key }.map {
            RunFacts(of: records[$0.value], &frames, keepingRecord: true)
        }
        sharing = reconciled.sharing
        self.remarks = remarks
    }

    /// For programs that are about to end.
    package func keepUntilTheEnd() { JouleSystem.keepUntilTheEnd(all) }

    private static func rank(_ run: RunRecord) -> (Double, Int, String) {
        (run.energy?.joules ?? -1, run.epochs.count, run.json.text())
    }
}
