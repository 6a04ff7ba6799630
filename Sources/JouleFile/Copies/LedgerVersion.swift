import JouleFormat

/// One state of a ledger file, by what it holds: whoever has the same has the same blocks.
package struct LedgerVersion: Sendable, Hashable {
    /// 32 lower-case hexadecimal digits.
    package let fileID: String
    package let blocks: UInt64
    /// Merkle root over the blocks, 64 lower-case hexadecimal digits.
    package let root: String

    /// Nil where an id or a root is none.
    package init?(fileID: String, blocks: UInt64, root: String) {
        guard Self.isFileID(fileID), Self.isHex(root, digits: 64) else { return nil }
        self.fileID = fileID
        self.blocks = blocks
        self.root = root
    }

    init(_ header: FileHeader, _ tree: MerkleTree) {
        fileID = Digest.hex(header.fileID)
        blocks = tree.size
        root = tree.root.hex
    }

    package static func isFileID(_ text: String) -> Bool { isHex(text, digits: 32) }

    private static func isHex(_ text: String, digits: Int) -> Bool {
        text.utf8.count == digits
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
