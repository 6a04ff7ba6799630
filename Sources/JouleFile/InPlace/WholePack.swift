import Glibc
import JouleFormat

/// A pack of which every byte is what was written, so that what it has may be removed elsewhere.
struct WholePack {
    let contents: PackContents
    private let source: LedgerSource
    private let salt: UInt32

    /// Throws `.damaged` where any byte is not what was written, or its table names less than it has.
    init(_ path: String) throws(LedgerError) {
        var found = MemberPlaces()
        source = try LedgerSource(path)
        let scan = try LedgerScan(source, verifies: true, visitor: &found)
        contents = try PackContents(at: path)
        salt = scan.header.salt
        if let problem = scan.integrity.problems.first ?? contents.problems.first {
            throw .damaged(path: path, offset: problem.offset, reason: problem.message)
        }
        let named = Set(contents.members.map(\.extent.start))
        guard contents.metaOffsets != nil, named == found.places else {
            throw .damaged(path: path, offset: 0, reason: "its end does not tell what it holds")
        }
    }

    /// Hands on each document that lists a run of a member.
    func forEachListed(_ body: ([UInt8]) throws(LedgerError) -> Void) throws(LedgerError) {
        try contents.forEachListed(of: source, salt: salt, body)
    }

    // MARK: What it replaces

    /// Removes the ledgers below `directory` that were packed; how many went, and what could not go.
    func removeOriginals(below directory: String) -> (
        removed: Int, problems: [LedgerDirectory.Problem]
    ) {
        var removed = 0
        var problems: [LedgerDirectory.Problem] = []
        for member in contents.members where PackExtraction.isSafe(member.path) {
            do throws(LedgerError) {
                if try removes("\(directory)/\(member.path)", member) { removed += 1 }
            } catch {
                problems.append(.init(error))
            }
        }
        return (removed, problems)
    }

    /// Whether the file at `path` had the very bytes of a member, and is gone.
    ///
    /// While they are compared nobody can begin to write it, and readers do not take it for live.
    private func removes(_ path: String, _ member: PackContents.Member) throws(LedgerError) -> Bool
    {
        guard unsafe access(path, F_OK) == 0 else { return false }
        let file = try SystemFile.reading(path)
        let packed = contents.source(of: member)
        guard file.keepWritersOut(), try file.isStillNamed(),
            unsafe access(path + ".ring", F_OK) != 0,
            try LedgerSource(file.readingPath).hasSameBytes(as: packed)
        else { return false }
        try SystemFile.removing(path)
        return true
    }

    /// Whether it has every ledger of another pack, under whatever names.
    func covers(_ other: PackContents) throws(LedgerError) -> Bool {
        let own = Dictionary(grouping: contents.distinctMembers) { Content($0) }
        for member in other.distinctMembers {
            let bytes = other.source(of: member)
            var isHere = false
            for same in own[Content(member)] ?? [] where !isHere {
                isHere = try contents.source(of: same).hasSameBytes(as: bytes)
            }
            guard isHere else { return false }
        }
        return true
    }

    /// What equal ledgers have in common.
    private struct Content: Hashable {
        let size: UInt64
        let root: String

        init(_ member: PackContents.Member) {
            size = member.extent.size
            root = member.root
        }
    }
}
