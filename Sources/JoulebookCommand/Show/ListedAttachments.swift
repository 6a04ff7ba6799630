import JouleFile
import JouleQuantities

/// How `show` tells of artifacts.
enum ListedAttachments {
    /// One of the `attachments` of the JSON documents.
    static func json(_ attachment: Attachment) -> JSON {
        [
            "name": .string(attachment.name),
            "media_type": .string(attachment.mediaType),
            "size": .integer(Int64(clamping: attachment.size)),
            "sha256": .string(attachment.sha256),
            "complete": .bool(attachment.isComplete),
        ]
    }

    /// A row for each.
    static func table(_ attachments: [Attachment]) -> Table {
        var table = Table([
            .init(title: "name", mayShrink: true), .init(title: "size", isRight: true),
            .init(title: "type", mayShrink: true), .init(title: "sha256"), .init(title: ""),
        ])
        for attachment in attachments {
            table.append([
                .init(attachment.name.visible), .init("\(attachment.size) B"),
                .init(attachment.mediaType.visible), .init(String(attachment.sha256.prefix(12))),
                attachment.isComplete ? .init("") : .init("incomplete", .bad),
            ])
        }
        return table
    }

    /// Writes the bytes of what `name` means.
    static func write(_ name: String, from attachments: [Attachment], on console: Console)
        throws(CommandFailure)
    {
        let named = attachments.named
        guard let attachment = named.first(where: { $0.name.isExactly(name) }) else {
            let names = named.map(\.name).joined(separator: ", ")
            throw .badData(
                "the run has no attachment '\(name)'; "
                    + (names.isEmpty ? "it has none" : "it has \(names)")
            )
        }
        var content = try opened(attachment)
        while let part = try next(of: &content) { try console.write(part) }
        try console.flush()
    }

    private static func opened(_ attachment: Attachment) throws(CommandFailure)
        -> AttachmentContent
    {
        do throws(LedgerError) { return try AttachmentContent(of: attachment) } catch {
            throw CommandFailure(error)
        }
    }

    private static func next(of content: inout AttachmentContent) throws(CommandFailure)
        -> [UInt8]?
    {
        do throws(LedgerError) { return try content.next() } catch {
            throw CommandFailure(error)
        }
    }
}
