import JouleFile
import JouleQuantities

/// Which source trees hold equivalent code: those that imported files of one normalised identity.
///
/// A union of sets: trees that share a closure are one class, and so are closures that share a tree.
struct CodeClasses {
    /// Links towards the name of a class, which is the least of its members.
    private var parents: [String: String] = [:]

    mutating func learn(_ code: CodeIdentity?) {
        guard let code, let tree = code.tree, let closure = Self.closure(of: code) else { return }
        let (a, b) = (root(of: tree), root(of: closure))
        if a != b { parents[max(a, b)] = min(a, b) }
    }

    /// The name of the class of a run's code; nil where nothing but its tree is known of it.
    func name(of code: CodeIdentity?) -> String? {
        guard let code else { return nil }
        guard let known = code.tree ?? Self.closure(of: code),
            parents[known] != nil || code.tree == nil
        else { return nil }
        return root(of: known)
    }

    /// SHA-256 over the normalised files that the program imported (`Schemas/redundancy-keys.md`).
    private static func closure(of code: CodeIdentity) -> String? {
        code.extra["closure"]?["sha256"]?.string
    }

    private func root(of name: String) -> String {
        var name = name
        while let parent = parents[name] { name = parent }
        return name
    }
}
