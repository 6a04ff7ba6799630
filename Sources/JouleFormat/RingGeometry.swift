/// How many slots the two areas of a ring have, as its header states.
package struct RingGeometry: Sendable, Hashable {
    /// Slots of area 0 (reserved) and area 1 (bulk), powers of two.
    package let slots: [Int]

    /// What this writer's rings have.
    package static let standard = RingGeometry(reserved: 32768, bulk: 65536)
    /// More slots of an area than this are refused.
    package static let slotsMax = 1 << 20

    /// Both are powers of two, at most 2²⁰.
    package init(reserved: Int, bulk: Int) {
        slots = [reserved, bulk]
    }

    /// Where the slots of an area begin: the areas follow the header one after the other.
    package func offset(of area: Int) -> Int {
        RingLayout.headerSize + slots.prefix(area).reduce(0, +) * RingLayout.slotSize
    }

    /// Bytes of an area's slots.
    package func size(of area: Int) -> Int { slots[area] * RingLayout.slotSize }

    /// Where these slots of an area lie in the file: two stretches where they go on at its start.
    ///
    /// Of more slots than the area has, the last are told.
    package func places(of slots: Range<UInt64>, in area: Int) -> [Range<Int>] {
        let start = offset(of: area)
        let size = size(of: area)
        let count = min(slots.count * RingLayout.slotSize, size)
        let end = Int(slots.upperBound % UInt64(self.slots[area])) * RingLayout.slotSize
        let first = (end - count + size) % size
        let whole = min(count, size - first)
        return [start + first..<start + first + whole, start..<start + count - whole]
            .filter { !$0.isEmpty }
    }

    /// Bytes of the whole ring.
    package var size: Int { offset(of: slots.count) }
}
