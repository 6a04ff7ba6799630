package import JouleRedundancy

extension KeyRules {
    /// Where a ledger directory has its rules.
    package static func path(beside directory: String) -> String {
        directory + (directory.hasSuffix("/") ? "" : "/") + fileName
    }

    /// The rules in `joulebook-rules.json` of a ledger directory; none where there is no such file.
    package static func beside(_ directory: String) throws(KeyRulesError) -> KeyRules {
        let path = path(beside: directory)
        guard FileVersion(of: path) != nil else { return .none }
        guard let bytes = fileContent(path, sizeBytesMax: fileBytesMax + 1) else {
            throw KeyRulesError("cannot be read")
        }
        return try KeyRules(parsing: bytes)
    }
}
