/// Residuals from bits, byte lanes or words, block after block in the same working memory.
struct ResidualReader: ~Copyable {
    let zstd = ZstdDecoder()
    /// Bytes on their way to residuals.
    var lane: [UInt8] = []

    /// `count` residuals behind `heads` places that are left for the caller to fill.
    mutating func read(_ reader: inout ByteReader, count: Int, behind heads: Int = 0)
        throws(FormatError) -> [UInt64]
    {
        let start = reader.offset
        switch try reader.number(UInt8.self) {
        case let form where form <= 64:
            return try bits(&reader, width: Int(form), count: count, behind: heads)
        case let form where form & ~Packing.lanes <= 8:
            let width = Int(form & ~Packing.lanes)
            return try lanes(&reader, width: width, count: count, behind: heads)
        case let form where 1...8 ~= form ^ Packing.words:
            let width = Int(form ^ Packing.words)
            return try words(&reader, width: width, count: count, behind: heads)
        case let form: throw .malformed(at: start, "residuals of form \(form)")
        }
    }

    // MARK: Bits

    private func bits(_ reader: inout ByteReader, width: Int, count: Int, behind heads: Int)
        throws(FormatError) -> [UInt64]
    {
        let patches = try reader.count(max: count, of: "patches")
        let start = reader.offset
        let bytes = try reader.take((count * width + 7) / 8)
        // Bits that no residual uses are zero, so that one stream has one spelling.
        let used = count * width % 8
        if used != 0, let last = bytes.last, last >> UInt8(used) != 0 {
            throw .malformed(at: start, "unused bits are set")
        }
        var residuals =
            width == 0
            ? [UInt64](repeating: 0, count: heads + count)
            : unpacked(bytes, width: width, count: count, behind: heads)
        var place = heads
        for patch in 0..<patches {
            let start = reader.offset
            let distance = try reader.count(
                max: residuals.count - 1 - place,
                of: "rows to the next patch"
            )
            guard distance > 0 || patch == 0 else {
                throw .malformed(at: start, "a residual is patched twice")
            }
            place += distance
            let rest = try reader.varint(UInt64.self)
            guard width < 64, rest > 0, rest >> UInt64(64 - width) == 0 else {
                throw .malformed(at: start, "a patch does not fit")
            }
            residuals[place] |= rest << UInt64(width)
        }
        return residuals
    }

    /// `bytes` holds `width` bits, at least one, for each of `count` residuals.
    private func unpacked(_ bytes: ArraySlice<UInt8>, width: Int, count: Int, behind heads: Int)
        -> [UInt64]
    {
        let mask = UInt64.max >> UInt64(64 - width)
        return unsafe [UInt64](unsafeUninitializedCapacity: heads + count) { target, size in
            // SAFETY: every place below `heads + count` is written before it is counted.
            for place in 0..<heads { unsafe target[place] = 0 }
            unsafe bytes.withUnsafeBytes { source in
                var bit = 0
                for place in heads..<heads + count {
                    let byte = bit >> 3
                    let skipped = UInt64(bit & 7)
                    var word: UInt64 = 0
                    var next: UInt64 = 0
                    if byte + 9 <= source.count {
                        // SAFETY: nine bytes from `byte` on lie within the source.
                        word = unsafe source.loadUnaligned(fromByteOffset: byte, as: UInt64.self)
                        word = UInt64(littleEndian: word)
                        next = UInt64(unsafe source[byte + 8])
                    } else {
                        for lane in 0..<min(8, source.count - byte) {
                            word |= UInt64(unsafe source[byte + lane]) << UInt64(8 * lane)
                        }
                    }
                    // The ninth byte gives what the shift takes away from the eight.
                    unsafe target[place] = (word >> skipped | next << (64 - skipped)) & mask
                    bit += width
                }
            }
            size = heads + count
        }
    }

    // MARK: Lanes

    private mutating func lanes(
        _ reader: inout ByteReader,
        width: Int,
        count: Int,
        behind heads: Int
    ) throws(FormatError) -> [UInt64] {
        // Lanes are laid one behind the other, at a distance that lets them be read in eights.
        let stride = (count + 7) & ~7
        var constant: UInt64 = 0
        var varying = 0
        for number in 0..<width {
            let start = reader.offset
            let kind = try reader.number(UInt8.self)
            if kind == LaneKind.constant {
                constant |= UInt64(try reader.number(UInt8.self)) << UInt64(8 * number)
                continue
            }
            // Lanes below that are constant, and those that fill up a kernel, count as zero.
            clearLanes(varying..<number, stride: stride)
            varying = number + 1
            reserveLanes(varying, stride: stride)
            let place = number * stride
            switch kind {
            case LaneKind.raw:
                lane.replaceSubrange(place..<place + count, with: try reader.take(count))
            case LaneKind.zstd:
                let frame = try reader.take(try reader.count(of: 1))
                try zstd.decompress(frame, into: &lane, place..<place + count, at: start)
            default: throw .malformed(at: start, "unknown kind of byte lane")
            }
        }
        let kernel = varying <= 2 ? 2 : varying <= 4 ? 4 : 8
        clearLanes(varying..<kernel, stride: stride)
        return merged(varying, stride: stride, constant, count: count, behind: heads)
    }

    private mutating func reserveLanes(_ count: Int, stride: Int) {
        let missing = count * stride - lane.count
        if missing > 0 { lane.append(contentsOf: repeatElement(0, count: missing)) }
    }

    private mutating func clearLanes(_ numbers: Range<Int>, stride: Int) {
        guard !numbers.isEmpty else { return }
        reserveLanes(numbers.upperBound, stride: stride)
        for place in numbers.lowerBound * stride..<numbers.upperBound * stride { lane[place] = 0 }
    }

    /// Words of `count` bytes of each of the lanes, the first the lowest, and of `constant`.
    private func merged(
        _ lanes: Int,
        stride: Int,
        _ constant: UInt64,
        count: Int,
        behind heads: Int
    ) -> [UInt64] {
        unsafe [UInt64](unsafeUninitializedCapacity: heads + stride) { target, size in
            // SAFETY: every place below `heads + stride` is written, and `lane` holds `stride`
            // bytes, a multiple of eight, for each lane of the kernel that is chosen.
            for place in 0..<heads { unsafe target[place] = 0 }
            let words = unsafe UnsafeMutableBufferPointer(rebasing: target[heads..<heads + stride])
            unsafe lane.withUnsafeBytes { bytes in
                if lanes <= 2 {
                    unsafe Self.mergePair(bytes, stride: stride, constant, into: words)
                } else {
                    for place in 0..<stride { unsafe words[place] = constant }
                    for first in Swift.stride(from: 0, to: lanes, by: 4) {
                        unsafe Self.mergeQuad(bytes, first: first, stride: stride, into: words)
                    }
                }
            }
            size = heads + count
        }
    }

    /// Eight words at a time, from eight bytes of each of two lanes.
    private static func mergePair(
        _ bytes: UnsafeRawBufferPointer,
        stride: Int,
        _ constant: UInt64,
        into words: UnsafeMutableBufferPointer<UInt64>
    ) {
        // SAFETY: the caller vouches for two lanes of `stride` bytes and as many words.
        for place in Swift.stride(from: 0, to: stride, by: 8) {
            let low = unsafe eight(bytes, at: place)
            let high = unsafe eight(bytes, at: place &+ stride)
            for byte in 0..<8 {
                let shift = UInt64(8 &* byte)
                unsafe words[place &+ byte] =
                    (low &>> shift) & 0xFF | ((high &>> shift) & 0xFF) &<< 8 | constant
            }
        }
    }

    /// The same from four lanes, added to what the words hold.
    private static func mergeQuad(
        _ bytes: UnsafeRawBufferPointer,
        first: Int,
        stride: Int,
        into words: UnsafeMutableBufferPointer<UInt64>
    ) {
        // SAFETY: the caller vouches for four lanes from `first` on and as many words.
        let up = UInt64(8 * first)
        let start = first * stride
        for place in Swift.stride(from: 0, to: stride, by: 8) {
            let one = unsafe eight(bytes, at: start &+ place)
            let two = unsafe eight(bytes, at: start &+ place &+ stride)
            let three = unsafe eight(bytes, at: start &+ place &+ 2 &* stride)
            let four = unsafe eight(bytes, at: start &+ place &+ 3 &* stride)
            for byte in 0..<8 {
                let shift = UInt64(8 &* byte)
                let word =
                    (one &>> shift) & 0xFF | ((two &>> shift) & 0xFF) &<< 8
                    | ((three &>> shift) & 0xFF) &<< 16 | ((four &>> shift) & 0xFF) &<< 24
                unsafe words[place &+ byte] |= word &<< up
            }
        }
    }

    @inline(__always)
    private static func eight(_ bytes: UnsafeRawBufferPointer, at place: Int) -> UInt64 {
        // SAFETY: the caller vouches for eight bytes from `place` on.
        UInt64(littleEndian: unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
    }

    /// The `total` bytes that `append(text:)` of the writer laid down behind their number.
    func text(_ reader: inout ByteReader, size total: Int) throws(FormatError)
        -> ArraySlice<UInt8>
    {
        let start = reader.offset
        switch try reader.number(UInt8.self) {
        case LaneKind.raw: return try reader.take(total)
        case LaneKind.zstd:
            let size = try reader.count(of: 1)
            return try zstd.content(of: try reader.take(size), size: total, at: start)[...]
        default: throw .malformed(at: start, "unknown kind of text")
        }
    }
}
