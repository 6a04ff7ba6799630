import JouleFormat

/// Blocks of a segment that are left out, because another one has them, too, or because the segment
/// behind it does not continue them.
struct LeftBlocks: Sendable {
    /// From which block on how many.
    private var parts: [(start: UInt64, remaining: UInt64)] = []
    /// Behind how many whole blocks none counts.
    private var end = UInt64.max
    private var seen: UInt64 = 0

    /// None.
    init() {}

    init(from start: UInt64, count: UInt64) {
        parts = [(start, count)]
    }

    mutating func add(from start: UInt64, count: UInt64) {
        parts.append((start, count))
    }

    /// Leaves out everything behind so many whole blocks, which damage may have numbered higher.
    mutating func end(behind blocks: UInt64) {
        end = blocks
    }

    /// Whether to leave a block out; asked once for each in their order.
    mutating func takes(_ header: BlockHeader) -> Bool {
        defer { seen += 1 }
        guard Self.isContent(header.type) else { return false }
        for place in parts.indices
        where parts[place].remaining > 0 && header.sequence >= parts[place].start {
            parts[place].remaining -= 1
            return true
        }
        return seen >= end
    }

    /// Whether a block holds what is nowhere else in its ledger.
    static func isContent(_ type: UInt8) -> Bool {
        [BlockType.data, BlockType.meta, BlockType.gap, BlockType.attach].contains(type)
    }
}
