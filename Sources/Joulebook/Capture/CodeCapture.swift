import JouleFile
import JouleQuantities

/// What a run records about its code without being asked.
///
/// `git` starts to look at once, and is waited for by `finish`.
struct CodeCapture: Sendable {
    private let entry: String?
    private let file: String?
    private let identity: String?
    private let ledgerDirectory: String
    private let look: Result<SourceTreeLook, SourceTreeError>

    init(_ options: RunOptions, ledgerDirectory: String) {
        let entry = options.entry ?? (options.arguments ?? CommandLine.arguments).first
        self.entry = entry.flatMap { $0.isEmpty || $0.hasPrefix("-") ? nil : $0 }
        file = self.entry.map(resolvedPath)
        identity = options.codeIdentity
        self.ledgerDirectory = ledgerDirectory
        look = Self.look(around: file.map(parentPath) ?? ".", ledgerDirectory)
    }

    private static func look(
        around directory: String,
        _ ledgerDirectory: String
    ) -> Result<SourceTreeLook, SourceTreeError> {
        Result { () throws(SourceTreeError) in
            try SourceTreeLook(around: directory, ledgerDirectory: ledgerDirectory)
        }
    }

    /// What could be found out.
    func finish() -> FoundCode {
        var tree = SourceTree(look)
        if tree.root == nil, file != nil {
            // An installed program is run from somewhere else: then the current directory has the tree.
            tree = SourceTree(Self.look(around: ".", ledgerDirectory))
        }
        let code = CodeIdentity(
            entry: entry.map { Redaction.redact(text: Self.name(of: $0, file: file, in: tree)) },
            commit: tree.commit,
            dirty: tree.dirty,
            tree: identity ?? tree.identity
        )
        return FoundCode(code: code, tree: tree, absence: identity == nil ? tree.absence : nil)
    }

    /// The entry point from the root of its tree; outside one only its last component.
    private static func name(of entry: String, file: String?, in tree: SourceTree) -> String {
        if let root = tree.root, let file, file.hasPrefix(root + "/") {
            return String(file.dropFirst(root.count + 1))
        }
        return entry.split(separator: "/").last.map(String.init) ?? entry
    }
}

/// What a run records about its code.
struct FoundCode: Sendable {
    let code: CodeIdentity
    /// Where the code lies, if a repository knows it.
    let tree: SourceTree
    /// Why the tree has no identity, where nobody gave it one.
    let absence: String?

    /// The record's member `absent`, with what is absent already; nil when nothing is.
    func absent(with others: JSONObject) -> JSON? {
        var absent = others
        absent["code.tree"] = absence.map(JSON.string)
        return absent.isEmpty ? nil : .object(absent)
    }
}

extension SourceTree {
    /// What was found, or why nothing was.
    fileprivate init(_ look: Result<SourceTreeLook, SourceTreeError>) {
        switch look {
        case .success(let look): self = look.finish()
        case .failure(let error):
            self.init()
            absence = error.description
        }
    }
}
