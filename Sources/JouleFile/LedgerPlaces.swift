import JouleFormat

/// A ledger that is found and not open: a file, or a member of a pack.
package struct LedgerPlace: Sendable {
    /// The file, and the name of a member in it.
    package let path: String
    /// The same, each by itself.
    package let origin: LedgerDirectory.Place
    /// Whether it is a file of its own.
    package var isFile: Bool { members.isEmpty }
    /// Of a pack, the members that are segments of the ledger, mostly one; they share the open file.
    private let members: [LedgerSource]

    package func open() throws(LedgerError) -> LedgerQuery {
        switch members.count {
        case 0: try LedgerQuery(opening: path)
        case 1: try LedgerQuery(members[0])
        default: try LedgerQuery(path: path, SegmentChain(members))
        }
    }

    /// Follows the ledger as it grows; `steps` are given, and what meters tell meanwhile is kept,
    /// only where they are wanted.
    package func follow(steps: Bool, readings: Bool = false) throws(LedgerError) -> LedgerTail {
        members.isEmpty
            ? try LedgerTail(path, steps: steps, readings: readings)
            : LedgerTail(try SegmentChain(members), steps: steps, readings: readings)
    }

    /// Every ledger below `path`, in the order of their names, members of packs included.
    ///
    /// Throws when `path` is not there or, being a file, is no ledger. A bad file in a directory is
    /// a problem of its own and no error.
    package static func all(
        below path: String
    ) throws(LedgerError) -> (places: [LedgerPlace], problems: [LedgerDirectory.Problem]) {
        guard LedgerDirectory.isDirectory(path) else {
            var problems: [LedgerDirectory.Problem] = []
            return (try places(in: path, &problems), problems)
        }
        return try all(below: [path])
    }

    /// The same below several paths, a file that is named twice once.
    ///
    /// Throws when a directory among them cannot be read.
    package static func all(
        below paths: [String]
    ) throws(LedgerError) -> (places: [LedgerPlace], problems: [LedgerDirectory.Problem]) {
        var files = ListedFiles(below: paths)
        var found: [LedgerPlace] = []
        var problems: [LedgerDirectory.Problem] = []
        while let file = try files.next() {
            do throws(LedgerError) { found += try places(in: file, &problems) } catch {
                if !files.isGone(error) { problems.append(.init(error)) }
            }
        }
        return (found, problems)
    }

    private static func places(in path: String, _ problems: inout [LedgerDirectory.Problem])
        throws(LedgerError) -> [LedgerPlace]
    {
        let source = try LedgerSource(path)
        let header = try BlockScanner.header(of: source)
        guard header.isPack else {
            return [LedgerPlace(path: path, origin: .init(path: path, member: nil), members: [])]
        }
        let contents = try PackContents(of: source, header: header)
        problems += contents.problems.map { .init(path: path, message: $0.line) }
        return contents.ledgers().map { group in
            let sources = group.map(contents.source(of:))
            let origin = LedgerDirectory.Place(path: path, member: group[0].path)
            return LedgerPlace(path: sources[0].path, origin: origin, members: sources)
        }
    }
}
