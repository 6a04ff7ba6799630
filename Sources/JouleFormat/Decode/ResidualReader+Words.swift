/// Residuals that were compressed whole, the bytes of each together.
extension ResidualReader {
    /// One frame of `width` bytes of each residual, from 1 to 8; the bytes above are 0.
    mutating func words(
        _ reader: inout ByteReader,
        width: Int,
        count: Int,
        behind heads: Int
    ) throws(FormatError) -> [UInt64] {
        let start = reader.offset
        let frame = try reader.take(try reader.count(of: 1))
        let size = count * width
        // Eight bytes are read from where each residual begins, the last one included.
        let missing = size + 7 - lane.count
        if missing > 0 { lane.append(contentsOf: repeatElement(0, count: missing)) }
        try zstd.decompress(frame, into: &lane, 0..<size, at: start)
        let mask = UInt64.max >> UInt64(64 - 8 * width)
        return unsafe [UInt64](unsafeUninitializedCapacity: heads + count) { target, filled in
            // SAFETY: every place below `heads + count` is written before it is counted, and
            // `lane` holds seven bytes behind the `size` that the residuals have.
            for place in 0..<heads { unsafe target[place] = 0 }
            unsafe lane.withUnsafeBytes { bytes in
                for place in 0..<count {
                    let word = unsafe bytes.loadUnaligned(
                        fromByteOffset: place &* width,
                        as: UInt64.self
                    )
                    unsafe target[heads &+ place] = UInt64(littleEndian: word) & mask
                }
            }
            filled = heads + count
        }
    }
}
