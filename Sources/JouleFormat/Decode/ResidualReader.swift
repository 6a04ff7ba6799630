/// Residuals from bits or byte planes.
enum ResidualReader {
    static func decode(_ reader: inout ByteReader, count: Int) throws(FormatError) -> [UInt64] {
        let start = reader.offset
        let kind = try reader.number(UInt8.self)
        let width = Int(try reader.number(UInt8.self))
        switch kind {
        case Packing.bits where width <= 64:
            return try bits(&reader, count: count, width: width)
        case Packing.planes where width <= 8:
            return try planes(&reader, count: count, width: width)
        default: throw .malformed(at: start, "unknown packing")
        }
    }

    private static func bits(_ reader: inout ByteReader, count: Int, width: Int)
        throws(FormatError) -> [UInt64]
    {
        let start = reader.offset
        let bytes = try reader.take((count * width + 7) / 8)
        var residuals: [UInt64] = []
        residuals.reserveCapacity(count)
        var position = 0
        for _ in 0..<count {
            var residual: UInt64 = 0
            var filled = 0
            while filled < width {
                let byte = bytes[bytes.startIndex + position / 8]
                let skipped = position % 8
                let taken = min(8 - skipped, width - filled)
                let part = UInt64(byte >> UInt8(skipped)) & ((1 << UInt64(taken)) - 1)
                residual |= part << UInt64(filled)
                filled += taken
                position += taken
            }
            residuals.append(residual)
        }
        // Bits that no residual uses are zero, so that one stream has one spelling.
        if position % 8 != 0, let last = bytes.last, last >> UInt8(position % 8) != 0 {
            throw .malformed(at: start, "unused bits are set")
        }
        return residuals
    }

    private static func planes(_ reader: inout ByteReader, count: Int, width: Int)
        throws(FormatError) -> [UInt64]
    {
        var residuals = [UInt64](repeating: 0, count: count)
        for lane in 0..<width {
            let shift = UInt64(8 * lane)
            let start = reader.offset
            switch try reader.number(UInt8.self) {
            case PlaneKind.constant:
                let byte = UInt64(try reader.number(UInt8.self)) << shift
                for place in residuals.indices { residuals[place] |= byte }
            case PlaneKind.raw:
                merge(try reader.take(count), into: &residuals, shift: shift)
            case PlaneKind.zstd:
                let size = Int(try reader.number(UInt32.self))
                let frame = try reader.take(size)
                let bytes = try ZstdDecoder.content(of: frame, size: count, at: start)
                merge(bytes[...], into: &residuals, shift: shift)
            default: throw .malformed(at: start, "unknown kind of byte lane")
            }
        }
        return residuals
    }

    private static func merge(
        _ bytes: ArraySlice<UInt8>,
        into residuals: inout [UInt64],
        shift: UInt64
    ) {
        for (place, byte) in bytes.enumerated() { residuals[place] |= UInt64(byte) << shift }
    }
}
