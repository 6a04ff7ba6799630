/// Which source trees hold equivalent code: those that imported files of one normalised identity.
///
/// A union of sets: trees that share a closure are one class, and so are closures that share a tree.
struct CodeClasses {
    /// Links towards the name of a class, which is the least of its members.
    private var parents: [String: String] = [:]

    mutating func learn(_ setting: RunSetting.Facts) {
        guard let tree = setting.tree, let closure = setting.closure else { return }
        let (a, b) = (root(of: tree), root(of: closure))
        if a != b { parents[max(a, b)] = min(a, b) }
    }

    /// The name of the class of a run's code; nil where nothing but its tree is known of it.
    func name(of setting: RunSetting.Facts) -> String? {
        guard let known = setting.tree ?? setting.closure,
            parents[known] != nil || setting.tree == nil
        else { return nil }
        return root(of: known)
    }

    private func root(of name: String) -> String {
        var name = name
        while let parent = parents[name] { name = parent }
        return name
    }
}
