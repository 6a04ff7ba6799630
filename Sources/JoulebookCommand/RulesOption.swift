import ArgumentParser
import JouleRedundancy
import Joulebook

/// Where the rules on keys come from.
struct RulesOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Rules on keys; else joulebook-rules.json in the directory, if it is there.",
            valueName: "file"
        ),
        completion: .file()
    )
    var rules: String?

    /// Where they stand.
    func path(beside directory: String) -> String {
        rules ?? KeyRules.path(beside: directory)
    }

    /// The rules in the named file, else those that lie in the ledger directory `directory`.
    func read(beside directory: String) throws(CommandFailure) -> KeyRules {
        let path = path(beside: directory)
        let bytes: [UInt8]?
        if let rules {
            bytes = try Input.text(of: rules, bytesMax: KeyRules.fileBytesMax)
        } else {
            bytes = nil
        }
        do throws(KeyRulesError) {
            if let bytes { return try KeyRules(parsing: bytes) }
            return try .beside(directory)
        } catch {
            throw .badData("\(path): \(error); see Schemas/redundancy-keys.md")
        }
    }
}
