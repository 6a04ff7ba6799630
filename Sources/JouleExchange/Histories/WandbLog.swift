import JouleFile

/// The records of one `.wandb` file, which lie in blocks as those of LevelDB's log do: seven bytes of
/// head, then 32 KiB a block, and in it fragments with a CRC-32, a length and a kind.
struct WandbLog: ~Copyable {
    private var file: HistoryFile
    /// Where the record begins that `next()` returned last.
    private(set) var recordOffset: UInt64 = 0
    /// Whether the file ends within a record.
    private(set) var isCutOff = false

    private static let magic: [UInt8] = [0x3A, 0x57, 0x26, 0x42, 0xE1, 0xBE, 0x00]
    private static let blockSize: UInt64 = 32 << 10
    private static let headSize = 7
    private static let recordSizeMax = 32 << 20

    private enum Kind: UInt8 {
        case full = 1
        case first, middle, last
    }

    init(_ file: consuming HistoryFile) throws(ExchangeError) {
        self.file = file
        guard try self.file.next(Self.magic.count).elementsEqual(Self.magic) else {
            let reason = "no file of W&B, or of a version that is not known"
            throw .damaged(path: self.file.path, offset: 0, reason: reason)
        }
    }

    var path: String { file.path }
    var offset: UInt64 { file.offset }

    /// The next record; nil behind the last one.
    mutating func next() throws(ExchangeError) -> [UInt8]? {
        var record: [UInt8] = []
        var isBegun = false
        while file.left > 0 {
            // Less than a head at the end of a block is filled up.
            let room = Self.blockSize - file.offset % Self.blockSize
            if room < UInt64(Self.headSize) {
                _ = try file.next(Int(room))
                continue
            }
            if !isBegun { recordOffset = file.offset }
            guard let (kind, bytes) = try fragment() else {
                isCutOff = true
                return nil
            }
            guard isBegun == (kind == .middle || kind == .last) else {
                throw failure("a part of a record where none belongs")
            }
            isBegun = true
            record += bytes
            guard record.count <= Self.recordSizeMax else {
                throw failure("a record longer than \(Self.recordSizeMax) bytes")
            }
            if kind == .full || kind == .last { return record }
        }
        isCutOff = isBegun
        return nil
    }

    /// Nil where the file ends within it.
    private mutating func fragment() throws(ExchangeError) -> (Kind, ArraySlice<UInt8>)? {
        let begun = file.offset
        let head = Array(try file.next(Self.headSize))
        guard head.count == Self.headSize else { return nil }
        let length = Int(head[4]) | Int(head[5]) << 8
        let room = Self.blockSize - begun % Self.blockSize
        guard UInt64(Self.headSize + length) <= room, let kind = Kind(rawValue: head[6]) else {
            throw failure("a fragment that is none", at: begun)
        }
        let bytes = try file.next(length)
        guard bytes.count == length else { return nil }
        guard
            CRC32.of(head[6], bytes)
                == UInt32(truncatingIfNeeded: ProtobufReader.number(head[..<4]))
        else { throw failure("the checksum of a record is wrong", at: begun) }
        return (kind, bytes)
    }

    private func failure(_ reason: String, at offset: UInt64? = nil) -> ExchangeError {
        .damaged(path: file.path, offset: offset ?? recordOffset, reason: reason)
    }
}

/// CRC-32 as zlib computes it (ISO 3309).
enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { place in
        (0..<8).reduce(UInt32(place)) { sum, _ in
            sum & 1 == 1 ? 0xEDB8_8320 ^ sum >> 1 : sum >> 1
        }
    }

    /// Of a byte and those behind it.
    static func of(_ first: UInt8, _ bytes: ArraySlice<UInt8>) -> UInt32 {
        var sum = step(~0, first)
        for byte in bytes { sum = step(sum, byte) }
        return ~sum
    }

    private static func step(_ sum: UInt32, _ byte: UInt8) -> UInt32 {
        table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8
    }
}
