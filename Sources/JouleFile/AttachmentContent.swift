import JouleFormat

/// Reads the content of one attachment part by part, in bounded memory.
package struct AttachmentContent: ~Copyable {
    private let source: LedgerSource
    private let salt: UInt32
    private let attachment: Attachment
    private var place = 0
    private var hasher = Digest.Hasher()

    /// Throws when not all of the content is in its ledger.
    package init(of attachment: Attachment) throws(LedgerError) {
        guard attachment.isComplete, let place = attachment.place else {
            throw .damaged(
                path: attachment.place?.path ?? "",
                offset: attachment.offsets.first ?? 0,
                reason: "attachment \(attachment.name) is not there in full"
            )
        }
        let source = try LedgerSource(place)
        salt = try BlockScanner.header(of: source).salt
        self.source = source
        self.attachment = attachment
    }

    /// The next part; nil at the end, when the hash of all of them has been checked.
    package mutating func next() throws(LedgerError) -> [UInt8]? {
        guard place < attachment.offsets.count else {
            guard hasher.digest == attachment.digest else {
                throw changed(at: attachment.offsets.first ?? 0)
            }
            return nil
        }
        let offset = attachment.offsets[place]
        guard let block = try StoredBlock(at: offset, in: source, salt: salt),
            let part = try? PayloadDecoder.attach(block.payload[...], header: block.header)
        else { throw changed(at: offset) }
        place += 1
        hasher.add(part.part)
        return part.part
    }

    private func changed(at offset: UInt64) -> LedgerError {
        .damaged(
            path: source.path,
            offset: offset,
            reason: "attachment \(attachment.name) changed while it was read"
        )
    }
}
