/// Residuals from bits or byte lanes, block after block in the same working memory.
struct ResidualReader: ~Copyable {
    let zstd = ZstdDecoder()
    private var lane: [UInt8] = []

    /// Reads `count` residuals.
    mutating func read(_ reader: inout ByteReader, count: Int) throws(FormatError) -> [UInt64] {
        let start = reader.offset
        let form = try reader.number(UInt8.self)
        let width = Int(form & ~Packing.lanes)
        if form & Packing.lanes != 0 {
            guard width <= 8 else { throw .malformed(at: start, "\(width) byte lanes") }
            return try lanes(&reader, count: count, width: width)
        }
        guard width <= 64 else { throw .malformed(at: start, "\(width) bits a residual") }
        return try bits(&reader, count: count, width: width)
    }

    // MARK: Bits

    private func bits(_ reader: inout ByteReader, count: Int, width: Int) throws(FormatError)
        -> [UInt64]
    {
        let exceptions = try reader.count(max: count, of: "patches")
        let start = reader.offset
        let bytes = try reader.take((count * width + 7) / 8)
        var residuals = [UInt64](repeating: 0, count: count)
        if width > 0 { Self.unpack(bytes.span, width: width, into: &residuals) }
        // Bits that no residual uses are zero, so that one stream has one spelling.
        let used = count * width % 8
        if used != 0, let last = bytes.last, last >> UInt8(used) != 0 {
            throw .malformed(at: start, "unused bits are set")
        }
        var place = 0
        for exception in 0..<exceptions {
            let start = reader.offset
            let distance = try reader.count(max: count - 1 - place, of: "rows to the next patch")
            guard distance > 0 || exception == 0 else {
                throw .malformed(at: start, "a residual is patched twice")
            }
            place += distance
            let rest = try reader.varint(UInt64.self)
            guard width < 64, rest > 0, rest >> UInt64(64 - width) == 0 || width == 0 else {
                throw .malformed(at: start, "a patch does not fit")
            }
            residuals[place] |= rest << UInt64(width)
        }
        return residuals
    }

    private static func unpack(_ bytes: Span<UInt8>, width: Int, into residuals: inout [UInt64]) {
        let mask: UInt64 = width == 64 ? .max : (1 << UInt64(width)) - 1
        var pending: UInt128 = 0
        var pendingBits = 0
        var next = 0
        for place in residuals.indices {
            while pendingBits < width {
                pending |= UInt128(bytes[next]) << UInt128(pendingBits)
                next += 1
                pendingBits += 8
            }
            residuals[place] = UInt64(truncatingIfNeeded: pending) & mask
            pending >>= UInt128(width)
            pendingBits -= width
        }
    }

    // MARK: Lanes

    private mutating func lanes(_ reader: inout ByteReader, count: Int, width: Int)
        throws(FormatError) -> [UInt64]
    {
        var residuals = [UInt64](repeating: 0, count: count)
        var constant: UInt64 = 0
        for number in 0..<width {
            let shift = UInt64(8 * number)
            let start = reader.offset
            switch try reader.number(UInt8.self) {
            case LaneKind.constant: constant |= UInt64(try reader.number(UInt8.self)) << shift
            case LaneKind.raw:
                let bytes = try reader.take(count)
                Self.merge(bytes.span, into: &residuals, shift: shift)
            case LaneKind.zstd:
                let size = try reader.count(of: 1)
                let frame = try reader.take(size)
                try zstd.content(of: frame, size: count, at: start, into: &lane)
                Self.merge(lane.span, into: &residuals, shift: shift)
            default: throw .malformed(at: start, "unknown kind of byte lane")
            }
        }
        if constant != 0 {
            for place in residuals.indices { residuals[place] |= constant }
        }
        return residuals
    }

    /// `bytes` has at least as many bytes as there are residuals.
    private static func merge(
        _ bytes: Span<UInt8>,
        into residuals: inout [UInt64],
        shift: UInt64
    ) {
        var target = residuals.mutableSpan
        for place in target.indices {
            // SAFETY: the caller vouches for as many bytes as there are residuals.
            unsafe target[unchecked: place] |= UInt64(bytes[unchecked: place]) << shift
        }
    }

    /// Bytes that `append(text:)` of the writer laid down.
    mutating func text(_ reader: inout ByteReader) throws(FormatError) -> ArraySlice<UInt8> {
        let start = reader.offset
        let total = try reader.count(max: Limits.rawSizeMax, of: "bytes of text")
        switch try reader.number(UInt8.self) {
        case LaneKind.raw: return try reader.take(total)
        case LaneKind.zstd:
            let size = try reader.count(of: 1)
            return try zstd.content(of: try reader.take(size), size: total, at: start)[...]
        default: throw .malformed(at: start, "unknown kind of text")
        }
    }
}
