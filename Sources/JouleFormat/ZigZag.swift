/// Signed numbers as unsigned ones that are small near zero.
///
/// 0, −1, 1, −2 become 0, 1, 2, 3.
enum ZigZag {
    @inline(__always)
    static func encode(_ difference: UInt64) -> UInt64 {
        let signed = Int64(bitPattern: difference)
        return UInt64(bitPattern: (signed << 1) ^ (signed >> 63))
    }

    @inline(__always)
    static func decode(_ word: UInt64) -> UInt64 { (word >> 1) ^ (0 &- (word & 1)) }
}
