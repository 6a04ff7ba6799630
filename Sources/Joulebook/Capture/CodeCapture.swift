import JouleFile
import JouleQuantities

/// What a run records about its code without being asked.
struct CodeCapture: Sendable {
    private let entry: String?
    private let file: String?
    private let identity: String?
    private let ledgerDirectory: String
    /// Where the program was when it started; it may go elsewhere.
    private let workingDirectory: String
    private var look: Result<SourceTreeLook, SourceTreeError>?

    init(_ options: RunOptions, ledgerDirectory: String) {
        let entry = options.entry ?? (options.arguments ?? CommandLine.arguments).first
        self.entry = entry.flatMap { $0.isEmpty || $0.hasPrefix("-") ? nil : $0 }
        file = self.entry.map(resolvedPath)
        identity = options.codeIdentity
        self.ledgerDirectory = ledgerDirectory
        workingDirectory = resolvedPath(".")
    }

    /// The same with `git` at work, so that something else can be done until `finish`.
    ///
    /// Each start of a program holds the thread up for 1 to 2 ms.
    func begun() -> CodeCapture {
        var begun = self
        begun.look = look(around: file.map(parentPath) ?? workingDirectory)
        return begun
    }

    private func look(around directory: String) -> Result<SourceTreeLook, SourceTreeError> {
        Result { () throws(SourceTreeError) in
            try SourceTreeLook(around: directory, ledgerDirectory: ledgerDirectory)
        }
    }

    /// What could be found out; waits for `git`.
    func finish() -> FoundCode {
        var tree = SourceTree(look ?? look(around: file.map(parentPath) ?? workingDirectory))
        if tree.root == nil, file != nil {
            // An installed program is run from somewhere else: then the current directory has the tree.
            tree = SourceTree(look(around: workingDirectory))
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
