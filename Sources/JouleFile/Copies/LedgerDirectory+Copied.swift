extension LedgerDirectory {
    /// A file that is copied with others, and what it is called among them.
    package struct CopiedFile: Sendable {
        package let path: String
        /// Relative to what is copied, parts separated by `/`.
        package let name: String
    }

    /// The files to copy where somebody names a directory of ledgers, or one of them: then with its
    /// segments.
    package static func copied(_ path: String) throws(LedgerError) -> [CopiedFile] {
        guard isDirectory(path) else {
            let files = (try? SegmentChain(of: path).segments.map(\.path)) ?? [path]
            return files.map { file in
                let slash = file.lastIndex(of: "/")
                let name = slash.map { String(file[file.index(after: $0)...]) } ?? file
                return CopiedFile(path: file, name: name)
            }
        }
        let prefix = path.hasSuffix("/") ? path : path + "/"
        return try ledgers(below: path).map { file in
            CopiedFile(path: file, name: String(file.dropFirst(prefix.count)))
        }
    }
}
