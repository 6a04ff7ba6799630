/// A part of an artifact that a run brought along, such as the changes of its source tree.
///
/// Every part says what the whole is, so that each block can be understood alone.
package struct AttachPayload: Sendable, Hashable {
    package var run: UInt64
    package var name: String
    package var mediaType: String
    /// Hash of the whole content.
    package var digest: Digest
    /// Bytes of the whole content.
    package var size: UInt64
    /// Bytes of the content before this part.
    package var offset: UInt64
    /// Empty where the whole is empty, or stands in the ledger already.
    package var part: [UInt8]

    package init(
        run: UInt64,
        name: String,
        mediaType: String,
        digest: Digest,
        size: UInt64,
        offset: UInt64,
        part: [UInt8]
    ) {
        self.run = run
        self.name = name
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
        self.offset = offset
        self.part = part
    }

    /// Whether this refers to a content that an earlier block of the ledger brought in full.
    package var isReference: Bool { part.isEmpty && size > 0 }

    /// Bytes of the content up to the end of this part.
    package var end: UInt64 { offset + UInt64(part.count) }
}
