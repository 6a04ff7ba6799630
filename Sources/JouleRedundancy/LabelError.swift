/// Labels that cannot be read, and where.
package struct LabelError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Dotted path of the member, empty for the whole document.
    package let path: String
    package let reason: String

    package var description: String { path.isEmpty ? reason : "\(path): \(reason)" }
}
