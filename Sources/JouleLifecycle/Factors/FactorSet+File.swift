import JouleFile

extension FactorSet {
    /// Reads a user's factor file (`--factors`).
    ///
    /// The set is named after the file, and its version is the beginning of the hash of its content.
    package init(reading path: String) throws(LifecycleError) {
        let text = try FactorText.read(path)
        try self.init(
            csv: text,
            name: FactorText.name(of: path),
            version: String(ContentHash.sha256Hex(text).prefix(12)),
            path: path
        )
    }
}
