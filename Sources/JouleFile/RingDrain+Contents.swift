import JouleFormat

extension RingDrain {
    /// How far a content has come.
    enum Progress: Sendable, Hashable {
        /// There is more of it.
        case goesOn
        /// All of it is in the file, and on disk where the policy asks.
        case done
        /// The disk is full; the same call may succeed later.
        case waits
    }

    /// What the file at hand has of contents.
    struct ContentState: Sendable {
        /// Number of the file.
        var segment: UInt32 = 0
        /// Bytes of the content at hand that are in the file; nil when it has not begun.
        var written: Int?
        /// Sizes of those that are there in full.
        var known: [Digest: Int] = [:]
    }

    /// Bytes of a part: rows wait no longer than one takes.
    static let partSize = 1 << 20

    /// Writes the next part of a content.
    ///
    /// In another file than the one in which it began a content begins again, so that each file can
    /// be understood alone.
    mutating func write(_ content: PendingContent) throws(LedgerError) -> Progress {
        do throws(LedgerError) { return try attempt(content) } catch {
            try leaveFile(after: error)
            return try attempt(content)
        }
    }

    private mutating func attempt(_ content: PendingContent) throws(LedgerError) -> Progress {
        if contents.segment != appender.segment {
            contents = ContentState(segment: appender.segment)
        }
        let start = contents.written ?? 0
        if contents.written == nil || start < content.bytes.count {
            guard try append(content, from: start) else { return .waits }
            guard contents.written == content.bytes.count else { return .goesOn }
        }
        try synchronize()
        contents.written = nil
        if case .attachment = content.kind, let digest = content.digest {
            contents.known[digest] = content.bytes.count
        }
        return .done
    }

    /// False where the disk has no room.
    private mutating func append(_ content: PendingContent, from start: Int)
        throws(LedgerError) -> Bool
    {
        let size = content.bytes.count
        switch content.kind {
        case .block(let type):
            appender.reserveRoom(ahead: size)
            guard !appender.room.isShort else { return false }
            try appender.append(head: type, content.bytes)
            contents.written = size
        case .attachment(let name, let mediaType):
            let digest = content.digest ?? Digest(of: content.bytes)
            let isKnown = contents.known[digest] == size
            let end = isKnown ? start : min(size, start + Self.partSize)
            appender.reserveRoom(ahead: end - start)
            guard !appender.room.isShort else { return false }
            try appender.append(
                AttachPayload(
                    run: 0,
                    name: name,
                    mediaType: mediaType,
                    digest: digest,
                    size: UInt64(size),
                    offset: UInt64(start),
                    part: Array(content.bytes[start..<end])
                )
            )
            contents.written = isKnown ? size : end
        }
        return true
    }
}
