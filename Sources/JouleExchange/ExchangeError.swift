/// What keeps a file from being imported; nothing of it is then imported.
package enum ExchangeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file cannot be read, or is not text at all.
    case unreadable(path: String, reason: String)
    /// One line is no run; `line` counts from 1, `field` is empty for the whole line.
    case badLine(path: String, line: Int, field: String, reason: String)
    /// The file is damaged, or is none of its kind, from byte `offset` on.
    case damaged(path: String, offset: UInt64, reason: String)
    /// Two lines name the same run.
    case duplicate(path: String, line: Int, first: Int, runID: String)

    package var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path): \(reason)"
        case .badLine(let path, let line, let field, let reason):
            "\(path): line \(line): " + (field.isEmpty ? reason : "field \(field): \(reason)")
        case .damaged(let path, let offset, let reason):
            "\(path): byte \(offset): \(reason)"
        case .duplicate(let path, let line, let first, let runID):
            "\(path): line \(line): run_id '\(runID)' stands on line \(first) already"
        }
    }
}
