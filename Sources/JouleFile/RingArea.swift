import CJouleSystem
import Glibc
import JouleFormat

/// One area of a ring: producers append entries under their lock, the writer's thread reads them.
///
/// An entry's sequence is stored last; whoever sees it sees the whole entry.
@safe package struct RingArea: ~Copyable, @unchecked Sendable {
    // Unchecked: `head` and `scratch` are only touched under the producers' lock, the mapped bytes
    // are handed over by release and acquire of the sequence.
    private let base: UnsafeMutableRawPointer
    private let slots: UInt64
    private let sizeBytes: Int
    /// The next entry under construction: sequence, length, payload, contiguous for the checksum.
    private let scratch: UnsafeMutableRawPointer
    // Constants of the layout, held here because each is a call across modules otherwise.
    private let payloadSizeMax = RingLayout.payloadSizeMax
    private let slotSize = RingLayout.slotSize
    private let entryHeaderSize = RingLayout.entryHeaderSize
    private let textMark = RingRow.textMark
    private let rowKind = RingEntryKind.row
    private let cellSize = RingRow.cellSize
    /// Bytes of payload in the scratch.
    private var filled = 0
    /// Number of the next free slot.
    package private(set) var head: UInt64 = 0
    /// Whether entries are still taken.
    private(set) var isOpen = true

    private static let scratchHeader = 12

    package init(_ memory: borrowing RingMemory, area: Int) {
        unsafe base = memory.base + memory.geometry.offset(of: area)
        slots = UInt64(memory.geometry.slots[area])
        sizeBytes = memory.geometry.size(of: area)
        unsafe scratch = .allocate(
            byteCount: Self.scratchHeader + RingLayout.payloadSizeMax,
            alignment: 16
        )
    }

    deinit {
        unsafe scratch.deallocate()
    }

    // MARK: Building an entry

    @inline(__always)
    package mutating func begin(table: UInt16, cells: Int) {
        filled = 0
        put(rowKind)
        put(UInt8(0))
        put(table)
        put(UInt16(truncatingIfNeeded: cells))
    }

    @inline(__always)
    package mutating func put(column: UInt16, _ word: UInt64) {
        if filled + cellSize <= payloadSizeMax {
            // SAFETY: the guard proves room behind `filled` in the scratch.
            let place = unsafe scratch + Self.scratchHeader + filled
            unsafe place.storeBytes(of: column.littleEndian, as: UInt16.self)
            unsafe place.storeBytes(of: word.littleEndian, toByteOffset: 2, as: UInt64.self)
        }
        filled += cellSize
    }

    package mutating func put(column: UInt16, text: String) {
        let utf8 = Array(text.utf8)
        put(column | textMark)
        put(UInt64(utf8.count))
        put(bytes: utf8)
    }

    @inline(__always)
    private mutating func put<Number: FixedWidthInteger>(_ number: Number) {
        let size = Number.bitWidth / 8
        if filled + size <= payloadSizeMax {
            // SAFETY: the guard proves room behind `filled` in the scratch.
            unsafe scratch.storeBytes(
                of: number.littleEndian,
                toByteOffset: Self.scratchHeader + filled,
                as: Number.self
            )
        }
        // An entry that grew too long is refused when it is pushed.
        filled += size
    }

    private mutating func put(bytes: [UInt8]) {
        if filled + bytes.count <= payloadSizeMax {
            // SAFETY: the guard proves room behind `filled` in the scratch.
            unsafe bytes.withUnsafeBytes { source in
                guard let start = source.baseAddress else { return }
                unsafe (scratch + Self.scratchHeader + filled).copyMemory(
                    from: start,
                    byteCount: source.count
                )
            }
        }
        filled += bytes.count
    }

    // MARK: Handing it over

    /// What became of an entry.
    package enum Push {
        case kept
        case full
        case tooLong
        /// Its writer has come to its end.
        case closed
    }

    /// Takes no entry any more, so that the head stays where it is.
    mutating func close() {
        isOpen = false
    }

    /// Replaces the entry under construction by a whole payload.
    package mutating func fill(_ payload: [UInt8]) {
        filled = 0
        put(bytes: payload)
    }

    /// Publishes the entry under construction if the slots from `tail` on leave room for it.
    package mutating func push(tail: UInt64) -> Push {
        guard isOpen else { return .closed }
        guard filled <= payloadSizeMax else { return .tooLong }
        let count = UInt64((entryHeaderSize + filled + slotSize - 1) / slotSize)
        // A tail that somebody else has written leaves no room, at worst.
        guard head &+ count &- tail <= slots else { return .full }
        let sequence = head &+ 1
        unsafe scratch.storeBytes(of: sequence.littleEndian, as: UInt64.self)
        unsafe scratch.storeBytes(
            of: UInt32(truncatingIfNeeded: filled).littleEndian,
            toByteOffset: 8,
            as: UInt32.self
        )
        let checksum = unsafe joule_crc32c(0, scratch, Self.scratchHeader + filled)
        let start = Int(head & (slots - 1)) * slotSize
        // SAFETY: an entry header never straddles the end, because slots divide the area; the
        // payload is cut where the area ends and goes on at its start, and `count` slots are free.
        unsafe (base + start + 8).copyMemory(from: scratch + 8, byteCount: 4)
        unsafe base.storeBytes(
            of: checksum.littleEndian,
            toByteOffset: start + 12,
            as: UInt32.self
        )
        let first = start + entryHeaderSize
        let whole = min(filled, sizeBytes - first)
        unsafe (base + first).copyMemory(from: scratch + Self.scratchHeader, byteCount: whole)
        unsafe base.copyMemory(
            from: scratch + Self.scratchHeader + whole,
            byteCount: filled - whole
        )
        unsafe joule_store_release(base + start, sequence)
        head &+= count
        return .kept
    }
}
