package import JouleFile

/// An object that is a version of a ledger: `PREFIX/FILE/BLOCKS-ROOT.joule`.
///
/// The name says what is in it, so that equal bytes have one name and no push changes what another one
/// has stored (`Schemas/push.md`).
package struct LedgerObject: Sendable, Hashable {
    package let key: String
    package let version: LedgerVersion
    package let sizeBytes: UInt64

    /// Nil where a key is not named so.
    package init?(key: String, sizeBytes: UInt64) {
        let parts = key.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 2, let version = Self.version(parts[parts.count - 2], parts.last ?? "")
        else { return nil }
        self.key = key
        self.version = version
        self.sizeBytes = sizeBytes
    }

    init(_ version: LedgerVersion, below prefix: String, sizeBytes: UInt64) {
        key = Self.key(of: version, below: prefix)
        self.version = version
        self.sizeBytes = sizeBytes
    }

    package static func key(of version: LedgerVersion, below prefix: String) -> String {
        folder(of: version.fileID, below: prefix) + name(of: version)
    }

    /// What the keys of all versions of a file begin with.
    package static func folder(of fileID: String, below prefix: String) -> String {
        "\(prefix.isEmpty ? "" : prefix + "/")\(fileID)/"
    }

    /// So many that names sort as the numbers do, which are below 2⁶³.
    private static let blockDigits = 19
    private static let ending = ".joule"

    private static func name(of version: LedgerVersion) -> String {
        let digits = String(version.blocks)
        let zeros = String(repeating: "0", count: max(0, blockDigits - digits.count))
        return "\(zeros)\(digits)-\(version.root)\(ending)"
    }

    private static func version(_ fileID: Substring, _ name: Substring) -> LedgerVersion? {
        guard name.hasSuffix(ending) else { return nil }
        let parts = name.dropLast(ending.count).split(
            separator: "-",
            omittingEmptySubsequences: false
        )
        guard parts.count == 2, parts[0].utf8.count == blockDigits,
            parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let blocks = UInt64(parts[0]), blocks < 1 << 63
        else { return nil }
        return LedgerVersion(fileID: String(fileID), blocks: blocks, root: String(parts[1]))
    }
}
