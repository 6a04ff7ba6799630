import FoundationEssentials
import Glibc
import JouleFormat

/// Gives the ledgers of a pack back as files of their own.
package struct PackExtraction: Sendable {
    package private(set) var ledgers = 0
    /// Ledgers of which not every byte is what was packed, and what a pack says that cannot be.
    package private(set) var problems: [LedgerDirectory.Problem] = []

    /// Writes every member of the pack at `path` into the new directory `target`.
    ///
    /// The directory appears when it is complete, or not at all. Throws when `path` is no pack, when
    /// `target` exists, and when something cannot be read or written.
    package static func write(
        _ path: String,
        into target: String,
        progress: ((_ done: Int, _ of: Int) -> Void)? = nil
    ) throws(LedgerError) -> PackExtraction {
        let source = try LedgerSource(path)
        let header = try BlockScanner.header(of: source)
        guard header.isPack else { throw .notAPack(path: path) }
        guard unsafe access(target, F_OK) != 0 else {
            throw .system(path: target, operation: "make the directory", errno: EEXIST)
        }
        let contents = try PackContents(of: source, header: header)
        var extraction = PackExtraction()
        for problem in contents.problems {
            let message = "at byte \(problem.offset): \(problem.message)"
            extraction.problems.append(.init(path: path, message: message))
        }
        // Random, so that it is nobody else's.
        let draft = "\(target).part-\(UInt64.random(in: .min ... .max))"
        try LedgerImport.makeDirectory(draft)
        do throws(LedgerError) {
            for (number, member) in contents.members.enumerated() {
                try extraction.write(member, of: source, salt: header.salt, into: draft)
                progress?(number + 1, contents.members.count)
            }
            guard unsafe rename(draft, target) == 0 else {
                throw .system(path: target, operation: "rename", errno: errno)
            }
        } catch {
            try? FileManager.default.removeItem(atPath: draft)
            throw error
        }
        SystemFile.synchronizeDirectory(of: target)
        return extraction
    }

    private mutating func write(
        _ member: PackContents.Member,
        of pack: LedgerSource,
        salt: UInt32,
        into directory: String
    ) throws(LedgerError) {
        guard Self.isSafe(member.path) else {
            let message = "a name that leads out of the directory; not extracted"
            problems.append(.init(path: member.path, message: message))
            return
        }
        let path = "\(directory)/\(member.path)"
        if let slash = path.lastIndex(of: "/") {
            try LedgerImport.makeDirectory(String(path[..<slash]))
        }
        let file = try SystemFile.creating(path)
        let bytes = pack.member(member.extent, at: member.path)
        // A size may be a lie: what lies behind the end of the file is counted, not looked for.
        let present = MemberExtent(start: member.extent.start, size: try bytes.size()).blocks
        var damaged = member.extent.blocks - present
        for number in 0..<present {
            let offset = number * UInt64(Layout.memberPartSize)
            let part = try bytes.read(at: offset, count: Layout.memberPartSize)
            try file.write(part, at: offset)
            let block = try StoredBlock(
                at: member.extent.place(ofBlock: number),
                in: pack,
                salt: salt
            )
            if block?.isPart(part, of: member, at: offset) != true { damaged += 1 }
        }
        ledgers += 1
        guard damaged > 0 else { return }
        let message = "\(damaged) of its \(member.extent.blocks) parts are not what was packed"
        problems.append(.init(path: member.path, message: message))
    }

    /// Whether a name stays within the directory that it is put into.
    package static func isSafe(_ path: String) -> Bool {
        path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part != "." && part != ".."
        }
    }
}

extension StoredBlock {
    /// Whether it is the MEMBER block that it should be.
    fileprivate func isPart(_ bytes: [UInt8], of member: PackContents.Member, at offset: UInt64)
        -> Bool
    {
        guard header.type == BlockType.member,
            let part = try? PayloadDecoder.member(payload, header: header)
        else { return false }
        return part.member == member.number && part.offset == offset
            && part.size == member.extent.size && part.bytes.elementsEqual(bytes)
    }
}
