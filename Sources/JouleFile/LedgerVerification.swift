import JouleFormat

/// What `verify` finds out about a file, without keeping what is in it.
package struct LedgerVerification: Sendable {
    /// Of a pack that of its own blocks.
    package var integrity: Integrity
    /// The ledgers of a pack.
    package let members: [PackedLedger]
    /// Whether rows were decoded, too, and compared with what is derived from them.
    package let isDeep: Bool

    /// Ledgers up to this size are always checked to the last row.
    private static let deepSizeMax: UInt64 = 16 << 20

    /// Compares everything that is stored twice.
    ///
    /// Rows of a large ledger are read only where `deeply` says so, those of a pack always. `named`
    /// is whom seals should be from.
    ///
    /// Throws when the file is no ledger, of a newer kind, or unreadable.
    package init(of path: String, deeply: Bool = false, sealedBy named: PublicKey? = nil)
        throws(LedgerError)
    {
        let source = try LedgerSource(path)
        if try BlockScanner.header(of: source).isPack {
            let pack = try PackScan(source, verifies: true, sealedBy: named?.identity) { _ in }
            integrity = pack.integrity
            members = pack.members
            isDeep = true
        } else {
            let size = try source.size()
            isDeep = deeply || size <= Self.deepSizeMax
            integrity = try Ledger(
                source,
                verifies: isDeep,
                readsRows: isDeep,
                sealedBy: named?.identity
            ).integrity
            members = []
        }
    }
}
