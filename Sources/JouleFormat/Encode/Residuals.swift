import Glibc

/// Lays residuals down in bits or in byte lanes, whichever is smaller.
struct Residuals: ~Copyable {
    private let zstd = ZstdEncoder()

    /// Below this many residuals lanes never win.
    private static let laneCountMin = 24
    /// Speed matters more than the level, which hardly changes the size of a lane.
    private static let level: Int32 = 1

    func append(_ residuals: [UInt64], to writer: inout ByteWriter) {
        let bits = BitWidth(residuals)
        let bitsSize = bits.sizeBytes
        if residuals.count >= Self.laneCountMin,
            let lanes = lanes(residuals, widthBits: bits.full, below: bitsSize)
        {
            writer.append(lanes)
        } else {
            Self.append(residuals, bits, to: &writer)
        }
    }

    // MARK: Bits

    /// Width, exceptions, `width` bits a residual, then what does not fit the width.
    private static func append(
        _ residuals: [UInt64],
        _ bits: BitWidth,
        to writer: inout ByteWriter
    ) {
        writer.append(UInt8(bits.width))
        writer.append(varint: bits.exceptions)
        writer.append(packed(residuals, widthBits: bits.width))
        guard bits.exceptions > 0 else { return }
        var before = 0
        for (place, residual) in residuals.enumerated() {
            let rest = residual >> UInt64(bits.width)
            guard rest != 0 else { continue }
            writer.append(varint: place - before)
            writer.append(varint: rest)
            before = place
        }
    }

    private static func packed(_ residuals: [UInt64], widthBits: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity((residuals.count * widthBits + 7) / 8 + 16)
        let mask: UInt64 = widthBits == 64 ? .max : (1 << UInt64(widthBits)) - 1
        var pending: UInt128 = 0
        var pendingBits = 0
        for residual in residuals {
            pending |= UInt128(residual & mask) << UInt128(pendingBits)
            pendingBits += widthBits
            while pendingBits >= 8 {
                bytes.append(UInt8(truncatingIfNeeded: pending))
                pending >>= 8
                pendingBits -= 8
            }
        }
        if pendingBits > 0 { bytes.append(UInt8(truncatingIfNeeded: pending)) }
        return bytes
    }

    // MARK: Lanes

    /// Number of lanes, then the lanes from the least significant byte up; nil as soon as they are
    /// no smaller than `limit`.
    private func lanes(_ residuals: [UInt64], widthBits: Int, below limit: Int) -> [UInt8]? {
        let width = (widthBits + 7) / 8
        var writer = ByteWriter()
        writer.append(Packing.lanes | UInt8(width))
        for lane in 0..<width {
            let shift = UInt64(8 * lane)
            let bytes = residuals.map { UInt8(truncatingIfNeeded: $0 >> shift) }
            append(lane: bytes, to: &writer)
            guard writer.bytes.count < limit else { return nil }
        }
        return writer.bytes
    }

    private func append(lane bytes: [UInt8], to writer: inout ByteWriter) {
        let histogram = ByteHistogram(bytes)
        if histogram.isConstant {
            writer.append(LaneKind.constant)
            writer.append(bytes.first ?? 0)
        } else if let frame = histogram.isNoise ? nil : zstd.frame(of: bytes, level: Self.level),
            frame.count + 3 < bytes.count
        {
            writer.append(LaneKind.zstd)
            writer.append(varint: frame.count)
            writer.append(frame)
        } else {
            writer.append(LaneKind.raw)
            writer.append(bytes)
        }
    }

    /// Bytes as a lane of kind raw or zstd, their number first.
    func append(text bytes: [UInt8], to writer: inout ByteWriter) {
        writer.append(varint: bytes.count)
        if let frame = zstd.frame(of: bytes, level: Self.level), frame.count + 3 < bytes.count {
            writer.append(LaneKind.zstd)
            writer.append(varint: frame.count)
            writer.append(frame)
        } else {
            writer.append(LaneKind.raw)
            writer.append(bytes)
        }
    }

    // MARK: Estimates

    /// About how many bytes `residuals` will take.
    static func estimate(_ residuals: [UInt64]) -> Double {
        let bits = BitWidth(residuals)
        var lanes = 0.0
        for lane in 0..<(bits.full + 7) / 8 {
            let shift = UInt64(8 * lane)
            lanes +=
                ByteHistogram(residuals.lazy.map { UInt8(truncatingIfNeeded: $0 >> shift) })
                .entropyBytes
        }
        return min(lanes, Double(bits.sizeBytes))
    }
}

/// The width at which packed bits, and patches for what is wider, take the fewest bytes.
private struct BitWidth {
    private(set) var width = 0
    /// Of the widest residual.
    private(set) var full = 0
    private(set) var exceptions = 0
    private(set) var sizeBytes = 0

    init(_ residuals: [UInt64]) {
        var counts = [Int](repeating: 0, count: 65)
        for residual in residuals { counts[64 - residual.leadingZeroBitCount] += 1 }
        full = counts.lastIndex { $0 > 0 } ?? 0
        sizeBytes = .max
        var wider = 0
        // From the full width down, so that among equals the one with fewer patches stays.
        for candidate in stride(from: full, through: 0, by: -1) {
            let packed = 2 + (residuals.count * candidate + 7) / 8
            // A patch is a distance of mostly one byte and the bits above, seven a byte.
            let size = packed + wider * (1 + (full - candidate + 6) / 7)
            if size < sizeBytes {
                sizeBytes = size
                width = candidate
                exceptions = wider
            }
            wider += counts[candidate]
        }
    }
}

/// How often each byte occurs.
private struct ByteHistogram {
    private var counts = [Int](repeating: 0, count: 256)
    private var total = 0

    init(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            counts[Int(byte)] += 1
            total += 1
        }
    }

    var isConstant: Bool { total == 0 || counts.contains(total) }

    /// Whether nothing is to be gained from compressing.
    var isNoise: Bool { total >= 256 && entropyBytes > 0.99 * Double(total) }

    var entropyBytes: Double {
        let bits = counts.reduce(0.0) { $1 > 0 ? $0 - Double($1) * log2(Double($1)) : $0 }
        return total > 0 ? (bits + Double(total) * log2(Double(total))) / 8 : 0
    }
}
