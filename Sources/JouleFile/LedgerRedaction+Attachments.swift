import JouleFormat
import JouleQuantities

/// Which attachments a redaction removes.
struct AttachmentRemoval: Sendable {
    /// Other names of the same content are meant, too: they hold the same secret.
    let contents: Set<Digest>
    /// In the order of the ledger, each once.
    let names: [String]
    /// What the records say of these contents.
    let recordPaths: [RecordPath]

    init(_ wanted: Set<String>, from scan: LedgerScan) {
        let all = scan.attachments.all
        contents = Set(all.lazy.filter { wanted.contains($0.name) }.map(\.digest))
        var names: [String] = []
        for attachment in all where contents.contains(attachment.digest) {
            if !names.contains(attachment.name) { names.append(attachment.name) }
        }
        self.names = names
        let hashes = Set(contents.map { "sha256:" + $0.hex })
        let isNamed = scan.documents.runs.contains { run in
            let hash = scan.documents.record(of: run)["code"]?["diff"]?.string
            return hash.map(hashes.contains) ?? false
        }
        recordPaths = isNamed ? [RecordPath("code.diff")].compactMap(\.self) : []
    }
}

extension RecordPath {
    /// Names an attachment as a redaction tells of it; nil for one without a name.
    static func attachment(_ name: String) -> RecordPath? {
        let escaped = name.replacing("~", with: "~0").replacing("/", with: "~1")
        return RecordPath("/attachments/" + escaped)
    }
}
