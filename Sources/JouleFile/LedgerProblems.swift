import JouleQuantities

extension LedgerDirectory {
    /// A file that could not be read, or not fully.
    package struct Problem: Sendable, Hashable {
        package let path: String
        package let message: String

        package init(path: String, message: String) {
            self.path = path
            self.message = message
        }

        package init(_ error: LedgerError) {
            self.init(path: error.path, message: error.message)
        }

        /// Damage took the record of a run, so that nothing tells whose its rows are; `steps` are nil
        /// where nobody counted them.
        package static func noRecord(
            of path: String,
            isFile: Bool,
            epochs: Int,
            steps: Int?
        ) -> Problem {
            var rows = epochs.counted("epoch")
            if let steps { rows += " and " + steps.counted("step") }
            let remedy =
                isFile
                ? "joulebook recover \(path) -o NEW saves them"
                : "extract the pack, then joulebook recover saves them"
            return Problem(
                path: path,
                message: "the record of its run is damaged; \(rows) can still be read: \(remedy)"
            )
        }
    }
}

extension [LedgerDirectory.Problem] {
    /// Adds what was found when ledgers were read again, as far as it is not told yet.
    package mutating func add(foundAgain problems: [LedgerDirectory.Problem]) {
        let known = Set(self)
        self += problems.filter { !known.contains($0) }
    }

    /// A line for each file: what was found first, and how much more there is.
    package var linesByFile: [String] {
        var paths: [String] = []
        var found: [String: (first: String, more: Int)] = [:]
        for problem in self {
            guard found[problem.path] == nil else {
                found[problem.path]?.more += 1
                continue
            }
            paths.append(problem.path)
            found[problem.path] = (problem.message, 0)
        }
        return paths.compactMap { path in
            found[path].map { first, more in
                let rest = more == 0 ? "" : "; \(more) more, joulebook verify --json lists them"
                return "\(path): \(first)\(rest)"
            }
        }
    }
}
