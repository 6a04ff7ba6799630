package import JouleFormat
package import JouleTestSupport

/// Ways to spoil bytes, and to make spoilt ledgers look whole again.
package struct Mutation {
    package var random: SplitMix

    package init(random: SplitMix) {
        self.random = random
    }

    /// Changes a few places; may shorten, lengthen or repeat.
    package mutating func spoil(_ bytes: [UInt8], from start: Int) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...6, using: &random) where bytes.count > start {
            let place = Int.random(in: start..<bytes.count, using: &random)
            switch Int.random(in: 0..<10, using: &random) {
            case 0: bytes.removeLast(bytes.count - place)
            case 1: bytes.insert(contentsOf: bytes[place...].prefix(64), at: place)
            case 2: bytes.removeSubrange(place..<min(place + 8, bytes.count))
            case 3, 4: overwrite(&bytes, at: place)
            default: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
        }
        return bytes
    }

    /// Changes a ring in place, where it holds entries.
    package mutating func spoilRing(_ ring: [UInt8]) -> [UInt8] {
        var bytes = ring
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let area = Int.random(in: 0..<RingLayout.areaCount, using: &random)
            let place =
                RingGeometry.standard.offset(of: area) + Int.random(in: 0..<8192, using: &random)
            if Bool.random(using: &random) {
                overwrite(&bytes, at: place)
            } else {
                bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
        }
        return bytes
    }

    /// Puts a number at its edges where a size or a count may stand.
    private mutating func overwrite(_ bytes: inout [UInt8], at place: Int) {
        let edges: [UInt64] = [
            0, 1, 0x7F, 0xFF, 0xFFFF, 0x7FFF_FFFF, 0xFFFF_FFFF, 1 << 20, 1 << 24, 1 << 26,
            UInt64.max, UInt64.max >> 1, 1 << 63,
        ]
        let edge = edges[Int.random(in: edges.indices, using: &random)]
        let width = [1, 2, 4, 8][Int.random(in: 0..<4, using: &random)]
        for lane in 0..<width where place + lane < bytes.count {
            bytes[place + lane] = UInt8(truncatingIfNeeded: edge >> UInt64(8 * lane))
        }
    }

    /// Recomputes checksums, sequence and hash chain of every block that can still be told, so that
    /// what lies behind them is put to the test.
    package static func repaired(_ ledger: [UInt8]) -> [UInt8] {
        var bytes = ledger
        var offset = Layout.fileHeaderSize
        var sequence: UInt64 = 0
        var previousLeaf: UInt64 = 0
        while offset + Layout.blockHeaderSize <= bytes.count {
            let size = number(bytes, at: offset + 12)
            let end = offset + Layout.blockHeaderSize + size
            guard size <= Limits.payloadSizeMax, end <= bytes.count else { break }
            put(
                Checksum.crc32c(bytes[(offset + Layout.blockHeaderSize)..<end]),
                at: offset + 40,
                into: &bytes
            )
            put(sequence, at: offset + 24, into: &bytes)
            put(previousLeaf, at: offset + 32, into: &bytes)
            put(Checksum.crc32c(bytes[offset..<offset + 44]), at: offset + 44, into: &bytes)
            previousLeaf = MerkleTree.leaf(Array(bytes[offset..<end])).prefix64
            sequence += 1
            offset = Layout.padded(end)
        }
        return bytes
    }

    /// Recomputes the checksums of the entries of a ring whose tails are 0.
    package static func repairedRing(_ ring: [UInt8], geometry: RingGeometry = .standard) -> [UInt8]
    {
        var bytes = ring
        for area in 0..<RingLayout.areaCount {
            var offset = geometry.offset(of: area)
            while offset + RingLayout.entryHeaderSize <= bytes.count, bytes[offset] != 0 {
                let size = number(bytes, at: offset + 8)
                let end = offset + RingLayout.entryHeaderSize + size
                guard size <= RingLayout.payloadSizeMax, end <= bytes.count else { break }
                let sum = Checksum.crc32c(bytes[offset..<offset + 12])
                let payload = bytes[offset + RingLayout.entryHeaderSize..<end]
                put(Checksum.crc32c(payload, continuing: sum), at: offset + 12, into: &bytes)
                offset += RingLayout.slotCount(payloadSize: size) * RingLayout.slotSize
            }
        }
        return bytes
    }

    /// The same ledger with payloads unpacked, so that spoiling reaches what they say.
    package static func unpacked(_ ledger: [UInt8]) -> [UInt8] {
        guard let header = try? BlockDecoder.fileHeader(ledger.prefix(Layout.fileHeaderSize)) else {
            return ledger
        }
        var bytes = Array(ledger.prefix(Layout.fileHeaderSize))
        var offset = Layout.fileHeaderSize
        while let block = try? BlockDecoder.blockHeader(ledger[offset...], salt: header.salt),
            let payload = try? BlockDecoder.payload(ledger[offset...], header: block),
            let content = try? PayloadDecoder.content(payload, header: block)
        {
            var head = Array(ledger[offset..<offset + Layout.blockHeaderSize])
            head[9] &= ~BlockFlags.zstd.rawValue
            put(UInt32(content.count), at: 12, into: &head)
            bytes += head + content
            bytes += [UInt8](repeating: 0, count: Layout.padded(bytes.count) - bytes.count)
            offset += block.storedSize
        }
        return repaired(bytes)
    }

    private static func number(_ bytes: [UInt8], at offset: Int) -> Int {
        bytes[offset..<offset + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    private static func put<Number: FixedWidthInteger>(
        _ number: Number,
        at offset: Int,
        into bytes: inout [UInt8]
    ) {
        for lane in 0..<Number.bitWidth / 8 {
            bytes[offset + lane] = UInt8(truncatingIfNeeded: number >> Number(8 * lane))
        }
    }
}
