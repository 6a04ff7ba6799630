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

extension LedgerSource {
    /// The member of a pack that was the file at `path` until it was packed in place, of several the
    /// longest, to which something was appended since; nil where none was.
    static func moved(_ path: String) -> LedgerSource? {
        guard path.hasSuffix(".joule") else { return nil }
        for (directory, name) in ancestors(of: path) {
            // A pack may have gone into a larger one after they were listed.
            for _ in 0..<2 {
                let packs = PackLevels.packs(in: directory)
                let read = packs.compactMap { try? PackContents(at: $0.path) }
                if let found = longest(name, in: read) { return found }
                guard read.count < packs.count else { break }
            }
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
    private static func ancestors(of path: String) -> [(directory: String, name: String)] {
        let slashes = path.indices.filter { path[$0] == "/" }
        let within = slashes.reversed().map { slash in
            let directory = slash == path.startIndex ? "/" : String(path[..<slash])
            return (directory, String(path[path.index(after: slash)...]))
        }
        return path.hasPrefix("/") ? within : within + [(".", path)]
    }
}
