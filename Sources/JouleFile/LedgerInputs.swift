/// Which ledgers were read, by the Merkle roots of their blocks: who has the same has the same content.
package struct LedgerInputs: Sendable, Hashable {
    /// In hexadecimal, sorted; of copies of one ledger there is one.
    package let roots: [String]

    init(roots: [String]) {
        self.roots = roots.sorted()
    }

    /// SHA-256 over the roots, sorted and in hexadecimal, each with a line feed behind it.
    package var sha256: String {
        ContentHash.sha256Hex(roots.map { $0 + "\n" }.joined())
    }
}
