/// Lays residuals down in bits or in byte planes, whichever is smaller.
enum Residuals {
    static func encode(_ residuals: [UInt64]) -> [UInt8] {
        let union = residuals.reduce(0, |)
        let widthBits = UInt64.bitWidth - union.leadingZeroBitCount
        let bitsSize = 2 + (residuals.count * widthBits + 7) / 8
        let planes = self.planes(residuals, widthBytes: (widthBits + 7) / 8)
        return planes.count < bitsSize ? planes : bits(residuals, widthBits: widthBits)
    }

    /// Kind, width, then `width` bits a residual, least significant bit first.
    private static func bits(_ residuals: [UInt64], widthBits: Int) -> [UInt8] {
        var out: [UInt8] = [Packing.bits, UInt8(widthBits)]
        out.reserveCapacity(2 + (residuals.count * widthBits + 7) / 8)
        var pending: UInt64 = 0
        var pendingBits = 0
        for residual in residuals {
            var rest = residual
            var restBits = widthBits
            while restBits > 0 {
                let taken = min(restBits, 8 - pendingBits)
                pending |= (rest & ((1 << UInt64(taken)) - 1)) << UInt64(pendingBits)
                rest >>= UInt64(taken)
                restBits -= taken
                pendingBits += taken
                if pendingBits == 8 {
                    out.append(UInt8(truncatingIfNeeded: pending))
                    pending = 0
                    pendingBits = 0
                }
            }
        }
        if pendingBits > 0 { out.append(UInt8(truncatingIfNeeded: pending)) }
        return out
    }

    /// Kind, number of lanes, then the lanes from the least significant byte up.
    private static func planes(_ residuals: [UInt64], widthBytes: Int) -> [UInt8] {
        var out: [UInt8] = [Packing.planes, UInt8(widthBytes)]
        for lane in 0..<widthBytes {
            let bytes = residuals.map { UInt8(truncatingIfNeeded: $0 >> UInt64(8 * lane)) }
            appendPlane(bytes, to: &out)
        }
        return out
    }

    private static func appendPlane(_ bytes: [UInt8], to out: inout [UInt8]) {
        guard let first = bytes.first, bytes.contains(where: { $0 != first }) else {
            out.append(PlaneKind.constant)
            out.append(bytes.first ?? 0)
            return
        }
        if let frame = ZstdEncoder.frame(of: bytes), frame.count + 4 < bytes.count {
            var writer = ByteWriter()
            writer.append(PlaneKind.zstd)
            writer.append(UInt32(frame.count))
            out.append(contentsOf: writer.bytes)
            out.append(contentsOf: frame)
        } else {
            out.append(PlaneKind.raw)
            out.append(contentsOf: bytes)
        }
    }
}
