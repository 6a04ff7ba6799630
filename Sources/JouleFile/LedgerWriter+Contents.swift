import JouleFormat
import JouleSystem

extension LedgerWriter {
    /// Keeps an artifact of the run under a name, for the writer's thread to write; waits for
    /// nothing.
    ///
    /// Of artifacts with one name the last counts, and equal bytes are stored once. What is not taken
    /// is counted among the run's losses, unless the run has ended.
    package func attach(name: String, mediaType: String, bytes: [UInt8]) -> ContentOutcome {
        let sizes = 1...Limits.nameSizeMax
        guard sizes.contains(name.utf8.count), mediaType.utf8.count <= Limits.nameSizeMax else {
            return count(.misnamed)
        }
        return keep(PendingContent(.attachment(name: name, mediaType: mediaType), bytes))
    }

    /// Keeps a block of a private type (0x80…0xFF), which readers that do not know the type skip and
    /// hash.
    package func append(privateBlock type: UInt8, _ bytes: [UInt8]) -> ContentOutcome {
        guard type >= BlockType.firstPrivate else { return count(.misnamed) }
        guard bytes.count <= Limits.payloadSizeMax else { return count(.tooLarge) }
        return keep(PendingContent(.block(type: type), bytes))
    }

    private func keep(_ content: PendingContent) -> ContentOutcome {
        guard isActive else { return .closed }
        let outcome = state.contents.withLock { $0.add(content) }
        if outcome == .taken { state.wake() }
        return count(outcome)
    }

    /// Counts what is not taken; also for artifacts that never came to be bytes, such as a file that is
    /// too large to be read.
    @discardableResult
    package func count(_ outcome: ContentOutcome) -> ContentOutcome {
        guard isActive else { return .closed }
        switch outcome {
        case .taken, .closed: break
        case .tooLarge, .misnamed: countDrop(TableID.attachments, .refused)
        case .queueFull: countDrop(TableID.attachments, .ringFull)
        }
        return outcome
    }

    // MARK: The writer's thread

    /// Writes the next part of what waits; whether another one is to follow at once.
    func writeContent() -> Bool {
        guard var content = state.contents.withLock({ $0.first }) else { return false }
        if content.digest == nil {
            // Nobody waits for the drain meanwhile.
            let digest = Digest(of: content.bytes)
            content.digest = digest
            state.contents.withLock { $0.setDigest(digest) }
        }
        let progress = state.drain.withLock { drain -> RingDrain.Progress in
            do throws(LedgerError) { return try drain.write(content) } catch { return .waits }
        }
        switch progress {
        case .waits: return false
        case .goesOn: return true
        case .done:
            state.contents.withLock { $0.removeFirst() }
            return state.contents.withLock { !$0.isEmpty }
        }
    }

    /// Writes what still waits at the end, behind the rows: what the disk refuses is lost and
    /// counted.
    func writeLastContents() {
        let hasSome = state.contents.withLock { contents in
            contents.close()
            return !contents.isEmpty
        }
        guard hasSome else { return }
        // What room is left is for rows.
        _ = drain()
        while writeContent() {}
        let lost = state.contents.withLock { $0.abandon() }
        for _ in 0..<lost { countDrop(TableID.attachments, .writeFailed) }
    }
}
