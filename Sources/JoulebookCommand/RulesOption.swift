import ArgumentParser
import JouleRedundancy

/// Where the rules on keys come from.
struct RulesOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Rules on keys; else joulebook-rules.json in the directory, if it is there.",
            valueName: "file"
        )
    )
    var rules: String?

    /// The rules in the named file, else those that lie in the ledger directory `directory`.
    func read(beside directory: String) throws(CommandFailure) -> KeyRules {
        let path: String
        if let rules {
            path = rules
        } else {
            path = directory + "/" + KeyRules.fileName
            guard Input.isDirectory(directory), Input.exists(path) else { return .none }
        }
        let bytes = try Input.text(of: path, bytesMax: KeyRules.fileBytesMax)
        do { return try KeyRules(parsing: bytes) } catch {
            throw .badData("\(path): \(error); see Schemas/redundancy-keys.md")
        }
    }
}
