import JouleFormat

/// What a run brings along besides its rows.
struct PendingContent: Sendable {
    enum Kind: Sendable {
        /// An artifact, written in parts.
        case attachment(name: String, mediaType: String)
        /// A block of a private type, written as it is.
        case block(type: UInt8)
    }

    let kind: Kind
    let bytes: [UInt8]
    /// Of the bytes; nil until the writer's thread has made it.
    var digest: Digest?

    init(_ kind: Kind, _ bytes: [UInt8]) {
        self.kind = kind
        self.bytes = bytes
    }
}

/// What became of something that was to be kept beside the rows.
package enum ContentOutcome: Sendable, Hashable {
    /// It is in memory, and the writer's thread brings it to the file.
    case taken
    /// More than `ContentQueue.sizeBytesMax`, or than a block holds.
    case tooLarge
    /// Too much waits already, as on a full disk.
    case queueFull
    /// The name is empty or too long, or the type is not private.
    case misnamed
    /// The run has ended, or this is a forked child.
    case closed
}

/// Contents that wait for the writer's thread, in bounded memory.
///
/// Each stays here until it is on disk as far as the policy asks: a file that fails is continued by
/// another one, in which the content begins again.
package struct ContentQueue: Sendable {
    /// Of one content, and of all that wait together.
    package static let sizeBytesMax = 64 << 20
    static let countMax = 1024

    private var waiting: [PendingContent] = []
    private var sizeBytes = 0
    private var isClosed = false

    var isEmpty: Bool { waiting.isEmpty }
    var first: PendingContent? { waiting.first }

    mutating func add(_ content: PendingContent) -> ContentOutcome {
        guard !isClosed else { return .closed }
        guard content.bytes.count <= Self.sizeBytesMax else { return .tooLarge }
        guard waiting.count < Self.countMax,
            content.bytes.count <= Self.sizeBytesMax - sizeBytes
        else { return .queueFull }
        waiting.append(content)
        sizeBytes += content.bytes.count
        return .taken
    }

    /// Remembers the hash of the first one.
    mutating func setDigest(_ digest: Digest) {
        if !waiting.isEmpty { waiting[0].digest = digest }
    }

    mutating func removeFirst() {
        guard !waiting.isEmpty else { return }
        sizeBytes -= waiting.removeFirst().bytes.count
    }

    /// Takes nothing more.
    mutating func close() { isClosed = true }

    /// Gives up what waits; how many those are.
    mutating func abandon() -> Int {
        defer {
            waiting = []
            sizeBytes = 0
        }
        return waiting.count
    }
}
