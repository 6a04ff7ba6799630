import JouleFile

/// What a pushed ledger is called among those that it was pushed with: noted with its object, for pull.
enum LedgerName {
    private static let note = "joulebook-path"
    /// Stores take notes of 2 KiB.
    private static let noteSizeMax = 1900
    private static let partSizeMax = 200

    /// Nothing where the name is too long: the file's id stands for it.
    static func notes(of name: String) -> [String: String] {
        let text = PercentEncoding.encode(name, keepsSlashes: true)
        return text.utf8.count <= noteSizeMax ? [note: text] : [:]
    }

    /// The name under which to put a ledger into a directory: as noted where that is a path that stays
    /// within and shows, else made of the file's id.
    static func name(of fileID: String, notes: [String: String]) -> String {
        guard let text = notes[note], let name = PercentEncoding.decode(text),
            name.hasSuffix(".joule"), PackExtraction.isSafe(name),
            name.utf8.count <= noteSizeMax, name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }),
            name.split(separator: "/").allSatisfy({
                !$0.hasPrefix(".") && $0.utf8.count <= partSizeMax
            })
        else { return "\(fileID).joule" }
        return name
    }

    /// The same name, or one like it: `number` is from 2 on.
    static func variant(_ path: String, _ number: Int) -> String {
        "\(path.dropLast(".joule".count))~\(number).joule"
    }
}
