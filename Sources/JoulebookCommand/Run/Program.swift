import Glibc

/// A program that is to be run, found the way a shell finds it.
struct Program: Equatable {
    /// Where its file lies.
    let path: String
    /// Its name as given, then its arguments.
    let arguments: [String]

    /// Why a program cannot be run, with the status that shells use.
    enum Failure: Error, Equatable {
        case notFound(String)
        case notExecutable(String)
        case notStarted(String, error: Int32)

        var status: Int32 {
            switch self {
            case .notFound: 127
            case .notExecutable, .notStarted: 126
            }
        }

        var line: String {
            switch self {
            case .notFound(let name): "\(name): program not found; check its name and PATH"
            case .notExecutable(let name): "\(name): is not executable; check its permissions"
            case .notStarted(let name, let error):
                "\(name): cannot be started: \(systemMessage(error)); check the file"
            }
        }
    }

    /// Finds the program that `arguments` begin with.
    init(_ arguments: [String]) throws(Failure) {
        guard let name = arguments.first, !name.isEmpty else { throw .notFound("''") }
        var candidates = [name]
        if !name.contains("/") {
            let path = environment("PATH") ?? "/usr/local/bin:/usr/bin:/bin"
            candidates = path.split(separator: ":", omittingEmptySubsequences: false).map {
                $0.isEmpty ? "./\(name)" : "\($0)/\(name)"
            }
        }
        let files = candidates.filter(Self.isFile)
        guard !files.isEmpty else { throw .notFound(name) }
        guard let path = files.first(where: { unsafe access($0, X_OK) == 0 }) else {
            throw .notExecutable(name)
        }
        self.path = path
        self.arguments = arguments
    }

    /// The script where an interpreter runs one, else the program.
    var entry: String {
        let name = arguments[0].split(separator: "/").last.map(String.init) ?? ""
        let interpreters = ["python", "bash", "sh", "julia", "node", "perl", "ruby", "Rscript"]
        let isInterpreter = interpreters.contains { interpreter in
            guard name.hasPrefix(interpreter) else { return false }
            return name.dropFirst(interpreter.count).allSatisfy { $0.isNumber || $0 == "." }
        }
        guard isInterpreter, arguments.count > 1, Self.isFile(arguments[1]) else {
            return arguments[0]
        }
        return arguments[1]
    }

    private static func isFile(_ path: String) -> Bool {
        var facts = stat()
        return unsafe stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
    }
}
