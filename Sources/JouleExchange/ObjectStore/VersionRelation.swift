import JouleFile

/// How the versions of a ledger file that a store has stand to one that is here.
struct VersionRelation {
    /// The same version; its object may lack the trailer that the file has got since.
    private(set) var same: LedgerObject?
    /// Those that it begins with.
    private(set) var earlier: [LedgerObject] = []
    /// Whether one goes on behind it.
    private(set) var hasLater = false
    /// Those that it does not begin with, nor they with it.
    private(set) var forks: [LedgerObject] = []

    /// `snapshot` knows its roots at the numbers of blocks of the others; of one that has more blocks,
    /// `continues` tells whether it begins with the snapshot.
    init<Failure: Error>(
        of snapshot: LedgerSnapshot,
        to others: [LedgerObject],
        continues: (LedgerObject) throws(Failure) -> Bool
    ) throws(Failure) {
        for other in others {
            if other.version == snapshot.version {
                same = other
            } else if snapshot.begins(with: other.version) {
                earlier.append(other)
            } else if other.version.blocks > snapshot.version.blocks, try continues(other) {
                hasLater = true
            } else {
                forks.append(other)
            }
        }
    }
}
