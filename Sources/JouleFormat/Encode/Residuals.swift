import Glibc

/// Lays residuals down in bits, in byte lanes or in words, whichever is smallest.
struct Residuals: ~Copyable {
    let zstd: ZstdEncoder

    /// Below this many residuals lanes never win.
    private static let laneCountMin = 24
    /// Speed matters more than the level: one above makes lanes hardly smaller, words a thirtieth.
    static let level: Int32 = 1

    init(_ compression: Compression) {
        zstd = ZstdEncoder(compression)
    }

    func append(_ residuals: [UInt64], to writer: inout ByteWriter) {
        let bits = BitWidth(residuals)
        guard residuals.count >= Self.laneCountMin else {
            return Self.append(residuals, bits, to: &writer)
        }
        let words = words(residuals, bits, below: bits.sizeBytes)
        if let words, laneEstimate(residuals, bits) > words.count {
            writer.append(words)
        } else if let lanes = lanes(residuals, bits, below: words?.count ?? bits.sizeBytes) {
            writer.append(lanes)
        } else if let words {
            writer.append(words)
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
        guard widthBits > 0 else { return bytes }
        bytes.reserveCapacity((residuals.count * widthBits + 7) / 8 + 8)
        let width = UInt64(widthBits)
        let mask: UInt64 = .max >> (64 - width)
        var pending: UInt64 = 0
        var pendingBits: UInt64 = 0
        for residual in residuals {
            let kept = residual & mask
            pending |= kept &<< pendingBits
            pendingBits += width
            guard pendingBits >= 64 else { continue }
            for place in UInt64(0)..<8 {
                bytes.append(UInt8(truncatingIfNeeded: pending &>> (8 &* place)))
            }
            pendingBits -= 64
            // A shift by 64 or more answers 0.
            pending = kept >> (width - pendingBits)
        }
        for place in 0..<(pendingBits + 7) / 8 {
            bytes.append(UInt8(truncatingIfNeeded: pending >> (8 * place)))
        }
        return bytes
    }

    // MARK: Lanes

    /// Number of lanes, then the lanes from the least significant byte up; nil as soon as they are
    /// no smaller than `limit`.
    private func lanes(_ residuals: [UInt64], _ bits: BitWidth, below limit: Int) -> [UInt8]? {
        let width = (bits.full + 7) / 8
        var writer = ByteWriter()
        writer.append(Packing.lanes | UInt8(width))
        var lane = [UInt8](repeating: 0, count: residuals.count)
        for number in 0..<width {
            let shift = UInt64(8 * number)
            if (bits.varying >> shift) & 0xFF == 0 {
                writer.append(LaneKind.constant)
                writer.append(UInt8(truncatingIfNeeded: residuals[0] >> shift))
                continue
            }
            var target = lane.mutableSpan
            let source = residuals.span
            for place in source.indices {
                // SAFETY: the lane has a byte for each residual.
                unsafe target[unchecked: place] = UInt8(
                    truncatingIfNeeded: source[unchecked: place] &>> shift
                )
            }
            append(lane: lane, to: &writer)
            guard writer.bytes.count < limit else { return nil }
        }
        return writer.bytes
    }

    /// Bytes that lanes would take if each byte were coded by itself, and as well as can be.
    private func laneEstimate(_ residuals: [UInt64], _ bits: BitWidth) -> Int {
        var size = 0.0
        for shift in stride(from: UInt64(0), to: UInt64(bits.full), by: 8)
        where (bits.varying >> shift) & 0xFF != 0 {
            let histogram = ByteHistogram(sampling: residuals, shiftedBy: shift)
            size += histogram.entropyBits / 8 * Double(residuals.count)
        }
        return Int(size)
    }

    private func append(lane bytes: [UInt8], to writer: inout ByteWriter) {
        if let frame = ByteHistogram(sampling: bytes).isNoise
            ? nil : zstd.frame(of: bytes, level: Self.level),
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
    ///
    /// What can be compressed is the magnitude; the bits below the three highest are noise.
    static func estimate(_ residuals: [UInt64]) -> Double {
        var counts = [Int](repeating: 0, count: 256)
        var noiseBits = 0
        var counter = counts.mutableSpan
        for residual in residuals {
            let length = 64 - residual.leadingZeroBitCount
            let noise = max(length - 3, 0)
            noiseBits += noise
            // SAFETY: a length is at most 64, and the two bits below the highest at most 3.
            unsafe counter[unchecked: (length << 2 | Int(residual >> UInt64(noise)) & 3) & 255] += 1
        }
        return entropyBytes(counts, total: residuals.count) + Double(noiseBits) / 8
    }

    /// Bytes that an ideal code for symbols of these frequencies takes.
    static func entropyBytes(_ counts: [Int], total: Int) -> Double {
        var bits = weightedLog(total)
        for count in counts where count > 1 { bits -= weightedLog(count) }
        return bits / 8
    }

    /// n·log₂ n.
    private static func weightedLog(_ count: Int) -> Double {
        count < weightedLogs.count ? weightedLogs[count] : Double(count) * log2(Double(count))
    }

    private static let weightedLogs: [Double] = (0..<1025).map {
        $0 == 0 ? 0 : Double($0) * log2(Double($0))
    }
}

/// The width at which packed bits, and patches for what is wider, take the fewest bytes.
struct BitWidth {
    private(set) var width = 0
    /// Of the widest residual.
    private(set) var full = 0
    private(set) var exceptions = 0
    private(set) var sizeBytes = 0
    /// Bits in which residuals differ.
    private(set) var varying: UInt64 = 0

    /// Of so many residuals the width is chosen by every fourth.
    private static let sampledCount = 1024

    init(_ residuals: [UInt64]) {
        var all: UInt64 = .max
        var any: UInt64 = 0
        for residual in residuals {
            all &= residual
            any |= residual
        }
        varying = residuals.isEmpty ? 0 : any ^ all
        full = 64 - any.leadingZeroBitCount
        choose(residuals, distance: residuals.count < Self.sampledCount ? 1 : 4)
        let above: UInt64 = .max << UInt64(width)
        for residual in residuals where residual & above != 0 { exceptions += 1 }
        sizeBytes = Self.size(residuals.count, width, patches: exceptions, full: full)
    }

    private mutating func choose(_ residuals: [UInt64], distance: Int) {
        var counts = [Int](repeating: 0, count: 65)
        for place in stride(from: 0, to: residuals.count, by: distance) {
            counts[64 - residuals[place].leadingZeroBitCount] += 1
        }
        var least = Int.max
        var wider = 0
        // From the full width down, so that among equals the one with fewer patches stays.
        for candidate in stride(from: full, through: 0, by: -1) {
            let size = Self.size(residuals.count, candidate, patches: wider * distance, full: full)
            if size < least {
                least = size
                width = candidate
            }
            wider += counts[candidate]
        }
    }

    /// A patch is a distance of mostly one byte and the bits above, seven a byte.
    private static func size(_ count: Int, _ width: Int, patches: Int, full: Int) -> Int {
        2 + (count * width + 7) / 8 + patches * (1 + (full - width + 6) / 7)
    }
}

/// How often each byte occurs in a part of a lane.
private struct ByteHistogram {
    private var counts = [Int](repeating: 0, count: 256)
    private let total: Int

    /// About so many bytes of a lane are looked at.
    private static let sampleCount = 1024

    init(sampling bytes: [UInt8]) {
        let distance = 1 + bytes.count / (Self.sampleCount + 1)
        total = (bytes.count + distance - 1) / distance
        var counter = counts.mutableSpan
        for place in stride(from: 0, to: bytes.count, by: distance) {
            // SAFETY: there is a place for each of the 256 bytes.
            unsafe counter[unchecked: Int(bytes[place])] += 1
        }
    }

    /// The same of one of the bytes of each residual.
    init(sampling residuals: [UInt64], shiftedBy shift: UInt64) {
        let distance = 1 + residuals.count / (Self.sampleCount + 1)
        total = (residuals.count + distance - 1) / distance
        var counter = counts.mutableSpan
        for place in stride(from: 0, to: residuals.count, by: distance) {
            let byte = Int(truncatingIfNeeded: residuals[place] >> shift & 0xFF)
            // SAFETY: as above.
            unsafe counter[unchecked: byte] += 1
        }
    }

    /// Bits that an ideal code takes for a byte, as the sample shows it.
    var entropyBits: Double {
        8 * Residuals.entropyBytes(counts, total: total) / Double(max(total, 1))
    }

    /// Whether compressing would gain less than about a tenth, not worth the time of readers.
    ///
    /// A sample of 1024 bytes that are all equally likely shows 7.82 bits a byte.
    var isNoise: Bool {
        total >= 512 && Residuals.entropyBytes(counts, total: total) * 8 > 7.1 * Double(total)
    }
}
