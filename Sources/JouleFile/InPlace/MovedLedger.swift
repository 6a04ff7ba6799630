import Glibc

extension LedgerDirectory {
    /// Whether there was a ledger at `path` that a pack in its directory has now: readers find it.
    package static func hasMoved(_ path: String) -> Bool { LedgerSource.moved(path) != nil }

    /// The file of the ledger at `place`, to append to.
    ///
    /// One that was packed in place is first written where it was. There it becomes longer than what the pack has, and so the one that counts.
    package static func fileToAppend(_ place: Place) throws(LedgerError) -> String {
        let path = place.member.flatMap { PackLevels.original($0, in: place.path) } ?? place.path
        guard unsafe access(path, F_OK) != 0, let packed = LedgerSource.moved(path) else {
            return path
        }
        if let slash = path.lastIndex(of: "/") {
            try LedgerImport.makeDirectory(String(path[..<slash]))
        }
        var file = try SystemFile.draft(of: path)
        try file.write(packed)
        try file.publish()
        return path
    }
}

extension PackLevels {
    /// Where ledgers lie that are not at `places` any more, in whichever packs; and those of `places` that
    /// no pack has.
    static func moved(_ places: [LedgerDirectory.Place]) -> (
        found: [LedgerDirectory.Place], missing: [LedgerDirectory.Place]
    ) {
        var wanted: [String: Set<String>] = [:]
        for (directory, name) in places.flatMap(origins(of:)) {
            wanted[directory, default: []].insert(name)
        }
        var found: [LedgerDirectory.Place] = []
        for (directory, names) in wanted {
            let packs = contents(in: directory)
            let members = packs.lazy.flatMap(\.contents.members)
            let named = members.filter { names.contains($0.path) }
            // One to which something was appended since was packed again under another name.
            let ids = Set(named.map(\.fileID)).subtracting([""])
            wanted[directory] = Set(named.map(\.path))
            for (path, contents) in packs {
                let places = contents.members.filter {
                    names.contains($0.path) || ids.contains($0.fileID)
                }
                let starts = Set(places.map(\.extent.start))
                for member in contents.distinctMembers where starts.contains(member.extent.start) {
                    found.append(.init(path: path, member: member.path))
                }
            }
        }
        let missing = places.filter { place in
            !origins(of: place).contains { wanted[$0.directory]?.contains($0.name) == true }
        }
        return (found, missing)
    }

    /// The directories that may have packed a ledger, and what it was called in each.
    private static func origins(of place: LedgerDirectory.Place) -> [(
        directory: String, name: String
    )] {
        guard let member = place.member else { return LedgerSource.ancestors(of: place.path) }
        return original(member, in: place.path).map(LedgerSource.ancestors(of:)) ?? []
    }

    /// The packs of a directory that can be read.
    fileprivate static func contents(in directory: String) -> [(
        path: String, contents: PackContents
    )] {
        var read: [(path: String, contents: PackContents)] = []
        // A pack may have gone into a larger one after they were listed.
        for _ in 0..<2 {
            let packs = packs(in: directory)
            read = packs.compactMap { pack in
                (try? PackContents(at: pack.path)).map { (pack.path, $0) }
            }
            if read.count == packs.count { break }
        }
        return read
    }
}

extension LedgerSource {
    /// The member of a pack that was the file at `path` until it was packed in place, of several the
    /// longest, to which something was appended since; nil where none was.
    static func moved(_ path: String) -> LedgerSource? {
        guard path.hasSuffix(".joule") else { return nil }
        for (directory, name) in ancestors(of: path) {
            let packs = PackLevels.contents(in: directory).map(\.contents)
            if let found = longest(name, in: packs) { return found }
        }
        return nil
    }

    private static func longest(_ name: String, in packs: [PackContents]) -> LedgerSource? {
        let named = packs.lazy.reversed().flatMap(\.members).first { $0.path == name }
        guard let named else { return nil }
        var best: (pack: PackContents, member: PackContents.Member)?
        for pack in packs {
            for member in pack.members where member.fileID == named.fileID {
                guard member.path == name || !member.fileID.isEmpty,
                    best.map({ $0.member.extent.size < member.extent.size }) ?? true
                else { continue }
                best = (pack, member)
            }
        }
        return best.map { $0.pack.source(of: $0.member) }
    }

    /// The directories that `path` is in, the nearest first, and what it is called in each.
    fileprivate static func ancestors(of path: String) -> [(directory: String, name: String)] {
        let slashes = path.indices.filter { path[$0] == "/" }
        let within = slashes.reversed().map { slash in
            let directory = slash == path.startIndex ? "/" : String(path[..<slash])
            return (directory, String(path[path.index(after: slash)...]))
        }
        return path.hasPrefix("/") ? within : within + [(".", path)]
    }
}
