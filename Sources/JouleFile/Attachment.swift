package import JouleFormat
import JouleQuantities

/// An artifact that a run brought along, such as the changes of its source tree.
package struct Attachment: Sendable, Hashable {
    /// Number of the run within the ledger.
    package let run: UInt64
    package let name: String
    package let mediaType: String
    /// SHA-256 of the content.
    package let digest: Digest
    /// Bytes of the content.
    package let size: UInt64
    /// Whether all of the content is there and has that hash; the writer may have died before.
    package fileprivate(set) var isComplete = false
    /// Where the blocks of the content are, in the order of its parts, and in which ledger.
    fileprivate(set) var offsets: [UInt64] = []
    let place: SourcePlace?

    /// The digest in hexadecimal.
    package var sha256: String { digest.hex }

    fileprivate init(_ part: AttachPayload, in place: SourcePlace?) {
        self.place = place
        run = part.run
        name = part.name
        mediaType = part.mediaType
        digest = part.digest
        size = part.size
    }
}

/// Puts the parts of attachments together as they come.
package struct AttachmentList: Sendable {
    package private(set) var all: [Attachment] = []
    /// By their hash, the contents that are there in full, as places in `all`.
    private var contents: [Digest: Int] = [:]
    /// Bytes of the last attachment so far, and their hash; nil when nothing of it is awaited.
    private var pending: Pending?
    /// Which ledger is read.
    private var place: SourcePlace?

    private struct Pending {
        var end: UInt64 = 0
        var hasher = Digest.Hasher()
    }

    /// What became of a part.
    enum Outcome {
        case fits
        /// Blocks that this one needs were lost; it counts for nothing.
        case lacksEarlierParts
        case wrong(String)
    }

    /// Goes on with another file, which can be understood alone: nothing in it continues or repeats
    /// what others hold.
    mutating func begin(_ place: SourcePlace) {
        self.place = place
        contents = [:]
        pending = nil
    }

    /// Takes a part; `afterLoss` says that blocks before it were damaged or are missing.
    mutating func take(_ part: AttachPayload, at offset: UInt64, afterLoss: Bool) -> Outcome {
        guard part.offset > 0 else { return begin(part, at: offset, afterLoss: afterLoss) }
        guard let pending, let known = all.last, continues(part, known, from: pending.end) else {
            self.pending = nil
            return afterLoss
                ? .lacksEarlierParts
                : .wrong("a part of attachment \(part.name) does not continue the one before it")
        }
        return add(part, at: offset, to: pending)
    }

    private mutating func begin(_ part: AttachPayload, at offset: UInt64, afterLoss: Bool)
        -> Outcome
    {
        pending = nil
        all.append(Attachment(part, in: place))
        guard part.isReference else { return add(part, at: offset, to: Pending()) }
        guard let place = contents[part.digest], all[place].size == part.size else {
            return afterLoss
                ? .lacksEarlierParts
                : .wrong("attachment \(part.name) refers to a content that is not in the ledger")
        }
        all[all.count - 1].offsets = all[place].offsets
        all[all.count - 1].isComplete = true
        return .fits
    }

    private func continues(_ part: AttachPayload, _ known: Attachment, from end: UInt64) -> Bool {
        part.offset == end && part.run == known.run && part.name.isExactly(known.name)
            && part.mediaType.isExactly(known.mediaType) && part.digest == known.digest
            && part.size == known.size
    }

    private mutating func add(_ part: AttachPayload, at offset: UInt64, to before: Pending)
        -> Outcome
    {
        let last = all.count - 1
        var now = before
        now.end = part.end
        now.hasher.add(part.part)
        all[last].offsets.append(offset)
        pending = now.end < part.size ? now : nil
        guard pending == nil else { return .fits }
        guard now.hasher.digest == part.digest else {
            return .wrong("attachment \(part.name) is not what its hash says")
        }
        all[last].isComplete = true
        contents[part.digest] = last
        return .fits
    }
}

extension [Attachment] {
    /// What each name means, in the order of their last mention: of a name the last complete one,
    /// else the last.
    package var named: [Attachment] {
        var places: [ExactName: Int] = [:]
        for (place, attachment) in enumerated() {
            let name = ExactName(attachment.name)
            if let known = places[name], self[known].isComplete, !attachment.isComplete { continue }
            places[name] = place
        }
        return places.values.sorted().map { self[$0] }
    }
}
