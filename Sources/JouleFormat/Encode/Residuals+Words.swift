/// Residuals compressed whole: what byte lanes cannot see is that whole values come again.
extension Residuals {
    /// Of four bytes or fewer, lanes tell as much.
    private static let wordBitsMin = 33
    /// One in so many values has to come again.
    private static let recurringOneIn = 16

    /// Form and one frame of the bytes of all residuals; nil when that is not to be expected or not
    /// found to be smaller than `limit`.
    func words(_ residuals: [UInt64], _ bits: BitWidth, below limit: Int) -> [UInt8]? {
        let count = residuals.count
        guard bits.full >= Self.wordBitsMin, limit > 2 * count,
            Recurrence(residuals).isMore(thanOneIn: Self.recurringOneIn)
        else { return nil }
        let width = (bits.full + 7) / 8
        guard
            let frame = zstd.frame(of: Self.bytes(residuals, width: width), level: Self.level)
        else { return nil }
        var writer = ByteWriter()
        writer.append(Packing.words | UInt8(width))
        writer.append(varint: frame.count)
        writer.append(frame)
        return writer.bytes.count < limit ? writer.bytes : nil
    }

    /// The lowest `width` bytes of each, lowest first.
    private static func bytes(_ residuals: [UInt64], width: Int) -> [UInt8] {
        let size = residuals.count * width
        return unsafe [UInt8](unsafeUninitializedCapacity: size + 8) { target, filled in
            // SAFETY: eight bytes from the last residual's place on are within the capacity; what
            // is too much of each is written over by the next.
            let bytes = UnsafeMutableRawBufferPointer(target)
            for place in residuals.indices {
                unsafe bytes.storeBytes(
                    of: residuals[place].littleEndian,
                    toByteOffset: place &* width,
                    as: UInt64.self
                )
            }
            filled = size
        }
    }
}

/// How often values come again in a column: in all of it, or in stretches that are spread over it.
private struct Recurrence {
    private var recurring = 0
    private var looked = 0

    private static let stretches = 8
    private static let stretchCount = 512
    /// Twice as many places as values; the last value of a place is remembered, by a part of its hash.
    private static let placesBits: UInt64 = 13

    init(_ residuals: [UInt64]) {
        var places = [UInt16](repeating: 0, count: 1 << Self.placesBits)
        var place = places.mutableSpan
        let isWhole = residuals.count <= Self.stretches * Self.stretchCount
        let length = isWhole ? residuals.count : Self.stretchCount
        let distance = isWhole ? max(length, 1) : residuals.count / Self.stretches
        for start in stride(from: 0, through: residuals.count - length, by: distance) {
            for residual in residuals[start..<start + length] {
                // An odd factor spreads what differs in any bit over the upper ones.
                let hash = (residual ^ (residual >> 32)) &* 0x9E37_79B9_7F4A_7C15
                let mark = UInt16(truncatingIfNeeded: hash >> 32) | 1
                let slot = Int(truncatingIfNeeded: hash >> (64 - Self.placesBits))
                // SAFETY: a slot has so many bits as there are places.
                if unsafe place[unchecked: slot] == mark { recurring += 1 }
                unsafe place[unchecked: slot] = mark
            }
            looked += length
        }
    }

    func isMore(thanOneIn share: Int) -> Bool { recurring * share > looked }
}
