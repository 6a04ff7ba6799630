import FoundationEssentials
import Glibc
package import JouleQuantities

/// All runs of a directory tree of ledgers, or of one ledger file.
package struct LedgerDirectory: Sendable {
    /// A file that could not be read, or not fully.
    package struct Problem: Sendable, Hashable {
        package let path: String
        package let message: String
    }

    /// The runs, ranks of one run merged, by start (unknown starts first) and then by name.
    package private(set) var runs: [RunRecord] = []
    package private(set) var problems: [Problem] = []
    private var paths: [RunID: String] = [:]

    /// Reads every `.joule` file below `path`; `progress` is told the files read and their number.
    ///
    /// Throws when `path` is not there or, being a file, is no ledger. A bad file in a directory is
    /// a problem of its own and no error.
    package init(reading path: String, progress: ((Int, Int) -> Void)? = nil) throws(LedgerError) {
        guard Self.isDirectory(path) else {
            take(try Ledger(reading: path))
            finish()
            return
        }
        let files = try Self.ledgers(below: path)
        var seen: Set<[UInt8]> = []
        for (place, file) in files.enumerated() {
            do {
                let ledger = try Ledger(reading: file)
                // A copy of a ledger under another name is no second experiment.
                if ledger.integrity.state != .clean || seen.insert(ledger.integrity.root).inserted {
                    take(ledger)
                }
            } catch {
                problems.append(Problem(path: file, message: error.description))
            }
            progress?(place + 1, files.count)
        }
        finish()
    }

    /// The ledger file that holds a run, that of its first rank.
    package func path(of id: RunID) -> String? { paths[id] }

    // MARK: Finding files

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Paths of all `.joule` files below a directory, sorted.
    ///
    /// Links to directories are not followed.
    package static func ledgers(below directory: String) throws(LedgerError) -> [String] {
        var files: [String] = []
        var pending = [(path: directory, depth: 0)]
        while let (folder, depth) = pending.popLast() {
            let names: [String]
            do { names = try FileManager.default.contentsOfDirectory(atPath: folder) } catch {
                // Only the directory that was asked for must be readable.
                guard depth == 0 else { continue }
                throw .system(path: folder, operation: "read the directory", errno: errno)
            }
            for name in names {
                let path = folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
                var status = stat()
                guard unsafe lstat(path, &status) == 0 else { continue }
                if status.st_mode & S_IFMT == S_IFDIR {
                    if depth < 32 { pending.append((path, depth + 1)) }
                } else if name.hasSuffix(".joule") {
                    files.append(path)
                }
            }
        }
        return files.sorted()
    }

    // MARK: Putting runs together

    private var parts: [RunID: [RunRecord]] = [:]

    private mutating func take(_ ledger: Ledger) {
        for problem in ledger.integrity.problems where ledger.integrity.state == .damaged {
            let place = "damaged at byte \(problem.offset): \(problem.message)"
            problems.append(Problem(path: ledger.path, message: place))
        }
        for run in ledger.runs {
            let known = parts[run.id]?.map { $0.rank ?? 0 }.min()
            if known.map({ (run.rank ?? 0) < $0 }) ?? true { paths[run.id] = ledger.path }
            parts[run.id, default: []].append(run)
        }
    }

    private mutating func finish() {
        runs = parts.values.map(RankMerge.merged)
        runs.sort { left, right in
            let leftStart = left.started?.unixNanoseconds ?? Int64.min
            let rightStart = right.started?.unixNanoseconds ?? Int64.min
            return (leftStart, left.id) < (rightStart, right.id)
        }
        parts = [:]
    }
}
