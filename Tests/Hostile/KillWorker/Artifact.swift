import JouleFile

/// What the worker attaches: the first one of two parts, and every other one with bytes of its own.
struct Artifact {
    let name: String
    let bytes: [UInt8]

    init(number: Int64) {
        name = "artifact-\(number)"
        let byte = UInt8(truncatingIfNeeded: number)
        bytes = [UInt8](repeating: byte, count: number == 0 ? 1_200_000 : 100)
    }

    /// How many of a ledger's attachments are complete, and how many of those are not what was
    /// attached under their name.
    static func counted(_ attachments: [Attachment]) throws -> (complete: Int, wrong: Int) {
        var names: Set<String> = []
        var wrong = 0
        for attachment in attachments.named where attachment.isComplete {
            names.insert(attachment.name)
            var content = try AttachmentContent(of: attachment)
            var bytes: [UInt8] = []
            while let part = try content.next() { bytes += part }
            let number = attachment.name.split(separator: "-").last.flatMap { Int64($0) } ?? -1
            if bytes != Artifact(number: number).bytes { wrong += 1 }
        }
        return (names.count, wrong)
    }
}
