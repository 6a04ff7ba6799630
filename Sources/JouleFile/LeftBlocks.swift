import JouleFormat

/// Blocks of a segment that are left out, because another one has them, too.
struct LeftBlocks: Sendable {
    /// From which block on how many.
    private var parts: [(start: UInt64, remaining: UInt64)] = []

    /// None.
    init() {}

    init(from start: UInt64, count: UInt64) {
        parts = [(start, count)]
    }

    mutating func add(_ others: LeftBlocks) {
        parts += others.parts
    }

    /// Whether to leave a block out; asked once for each in their order.
    mutating func takes(_ header: BlockHeader) -> Bool {
        guard Self.isContent(header.type) else { return false }
        for place in parts.indices
        where parts[place].remaining > 0 && header.sequence >= parts[place].start {
            parts[place].remaining -= 1
            return true
        }
        return false
    }

    /// Whether a block holds what is nowhere else in its ledger.
    static func isContent(_ type: UInt8) -> Bool {
        [BlockType.data, BlockType.meta, BlockType.gap, BlockType.attach].contains(type)
    }
}
