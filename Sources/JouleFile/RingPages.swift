import JouleFormat

/// The pages of one area of a ring that take the next rows.
///
/// A page that was written back is read-only until the next write to it has faulted. That takes 1 to
/// 2 µs, and as long as the file system pleases while it commits. The writer's thread takes these
/// faults instead of the training thread, before rows come that far.
struct RingPages {
    private let area: Int
    private let slots: UInt64
    /// Where the head was at the last look.
    private var head: UInt64 = 0
    /// Slots before this one can be written without a fault.
    private var ready: UInt64 = 0

    /// So many slots are kept ready when hardly any row comes: 64 KiB.
    private static let stretchMin: UInt64 = 1024

    /// Makes a sixteenth of the area ready, some hundred kilobytes, before any look has told how much
    /// is needed.
    init(area: Int, of ring: borrowing RingMemory) {
        self.area = area
        slots = UInt64(ring.geometry.slots[area])
        ready = slots / 16
        ring.prepare(0..<ready, of: area)
    }

    /// Makes twice as many slots ready as were taken since the last look, at most half of the area.
    mutating func prepare(_ ring: borrowing RingMemory, head now: UInt64) {
        let stretch = min(max(2 * (now - head), Self.stretchMin), slots / 2)
        head = now
        guard now + stretch > ready else { return }
        ring.prepare(max(now, ready)..<now + stretch, of: area)
        ready = now + stretch
    }

    /// What was brought to disk includes the page under the head, which the next row needs.
    func prepareHead(_ ring: borrowing RingMemory) {
        ring.prepare(head..<head + 1, of: area)
    }
}
