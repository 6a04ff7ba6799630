import JouleFile

/// What the worker attaches: the first one of two parts, and every other one with bytes of its own.
struct Artifact {
    let name: String
    let bytes: [UInt8]

    init(number: Int64) {
        name = "artifact-\(number)"
        var state = UInt64(bitPattern: number) &+ 1
        bytes = (0..<(number == 0 ? 1_200_000 : 100)).map { _ in
            // Knuth's MMIX constants: bytes that no compression makes smaller.
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
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
