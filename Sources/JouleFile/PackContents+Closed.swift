import JouleFormat

/// A hash of the file id and the Merkle root of a closed ledger: two that have the same hold the same.
package struct LedgerContent: Sendable, Hashable {
    package let number: Int64

    /// Both in hexadecimal.
    init(fileID: String, root: String) {
        let half = ContentHash.sha256Half(Array("\(fileID) \(root)".utf8))
        number = Int64(truncatingIfNeeded: half)
    }
}

extension LedgerDirectory {
    /// A ledger in a pack.
    package struct PackMember {
        /// Its path in the pack.
        package let path: String
        /// Nil where the ledger was not closed, or is not what the pack says of it.
        package let content: LedgerContent?
    }

    /// The ledgers of the pack at `path`, of each of which no more than both ends are read; nil for
    /// what is no pack, is damaged, or holds ledgers that go on in segments.
    package static func members(ofPack path: String) -> [PackMember]? {
        guard let contents = try? PackContents(at: path), contents.problems.isEmpty else {
            return nil
        }
        var members: [PackMember] = []
        for member in contents.distinctMembers {
            let source = contents.source(of: member)
            guard let header = try? BlockScanner.header(of: source), header.segment == 0 else {
                return nil
            }
            let content = source.closedContent(header, as: member)
            members.append(PackMember(path: member.path, content: content))
        }
        return members
    }
}

extension LedgerSource {
    /// Nil unless a trailer ends it and has the root that the pack says.
    fileprivate func closedContent(_ header: FileHeader, as member: PackContents.Member)
        -> LedgerContent?
    {
        let fileID = Digest.hex(header.fileID)
        guard member.state == .clean, member.fileID == fileID, !header.isPack,
            let size = try? size(), size >= UInt64(Layout.trailerSize),
            let end = try? read(at: size - UInt64(Layout.trailerSize), count: Layout.trailerSize),
            let trailer = try? BlockDecoder.trailer(end[...], salt: header.salt),
            trailer.root.hex == member.root
        else { return nil }
        return LedgerContent(fileID: fileID, root: member.root)
    }
}
