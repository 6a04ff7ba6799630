import JouleFormat

/// What `verify` finds out about a file, without keeping what is in it.
package struct LedgerVerification: Sendable {
    /// Of a pack that of its own blocks.
    package var integrity: Integrity
    /// The ledgers of a pack.
    package let members: [PackedLedger]

    /// Compares everything that is stored twice; `named` is whom seals should be from.
    ///
    /// Throws when the file is no ledger, of a newer kind, or unreadable.
    package init(of path: String, sealedBy named: PublicKey? = nil) throws(LedgerError) {
        let source = try LedgerSource(path)
        if try BlockScanner.header(of: source).isPack {
            let pack = try PackScan(source, verifies: true, sealedBy: named?.identity) { _ in }
            integrity = pack.integrity
            members = pack.members
        } else {
            integrity = try Ledger(source, verifies: true, sealedBy: named?.identity).integrity
            members = []
        }
    }
}
