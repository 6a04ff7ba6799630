import JouleFormat

/// The rule of MEMBER blocks: the parts of one ledger follow each other directly, ledgers in the
/// order of their numbers.
struct MemberSequence {
    /// Of the ledger whose parts were read last.
    private var number: UInt32?
    private var size: UInt64 = 0
    /// Of its next part; `size` when it is complete.
    private var next: UInt64 = 0

    /// Whether every part of the last ledger is there.
    var isComplete: Bool { next >= size }

    /// Whether `part` may come now; takes it in any case, so that one fault is told once.
    mutating func take(_ part: MemberPayload) -> Bool {
        let isNext =
            part.offset == 0
            ? isComplete && part.member == number.map({ $0 &+ 1 }) ?? 0
            : part.member == number && part.size == size && part.offset == next
        number = part.member
        size = part.size
        next = part.offset + UInt64(part.bytes.count)
        return isNext
    }

    /// Takes a block of another type; whether it may come now.
    mutating func interrupt() -> Bool {
        defer { next = size }
        return isComplete
    }
}
