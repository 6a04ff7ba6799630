import JouleFile
import JouleFormat
import JouleQuantities

/// Frames of zstd that no reader may believe, spelled by hand.
extension Vector {
    static let frames: [Vector] = [
        broken(
            "zstd-bombs",
            "META as frames whose size is missing, wrong, or beyond all limits",
            {
                hostileFrames.map { frame in
                    { $0.add(BlockType.meta, flags: 3, rows: 1, rawSize: frame.size, frame.bytes) }
                }
            }()
        ),
        broken(
            "zstd-lanes",
            "byte lanes of two rows as the same frames",
            {
                hostileFrames.map { frame in
                    { forgery in
                        var body: [UInt8] = [1, 14, 0x81, 2]
                        var writer = ByteWriter()
                        writer.append(varint: frame.bytes.count)
                        body += writer.bytes + frame.bytes
                        forgery.addRows(2, [([1], 1, body)])
                    }
                }
            }()
        ),
        broken(
            "zstd-words",
            "words of two rows as the same frames",
            {
                hostileFrames.map { frame in
                    { forgery in
                        var writer = ByteWriter()
                        writer.append(varint: frame.bytes.count)
                        forgery.addRows(2, [([1], 1, [1, 14, 0xC4] + writer.bytes + frame.bytes)])
                    }
                }
            }()
        ),
        forged(
            "limits",
            "headers that state more than the limits, checksums and all",
            .damaged([.damaged, .missing, .damaged, .missing, .damaged, .missing])
        ) { name in
            forge(name) { forgery in
                forgery.add(BlockType.data, table: TableID.steps, rows: 1 << 20 + 1, [0, 2, 1, 0])
                forgery.addGoodRows(from: 2)
                forgery.add(BlockType.meta, rows: 0, rawSize: 64 << 20 + 1, zeros(8))
                forgery.addGoodRows(from: 2)
                forgery.addOversized()
            }
        },
    ]

    /// A frame, and the raw size that its block states.
    package struct Frame: Sendable {
        package let about: String
        package let bytes: [UInt8]
        package let size: Int
    }

    private static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
    /// A last block that repeats a byte 128 KiB times.
    private static let repeated: [UInt8] = [0x03, 0x00, 0x10, 0x41]
    /// A last block of eight zeros and a line feed.
    private static let plain: [UInt8] = joined([0x49, 0x00, 0x00], zeros(8), [0x0A])

    /// Frames that must be refused before anything is set aside for them.
    package static let hostileFrames: [Frame] = [
        Frame(
            about: "13 bytes that say they hold 1.1 TB",
            bytes: joined(magic, [0xE0], [0, 0, 0, 0, 0, 1, 0, 0]),
            size: 64 << 20
        ),
        Frame(
            about: "2⁶⁴ − 2 bytes",
            bytes: joined(magic, [0xE0], [0xFE], [UInt8](repeating: 0xFF, count: 7), repeated),
            size: 64 << 20
        ),
        Frame(
            about: "no content size",
            bytes: joined(magic, [0x00, 0x58], plain),
            size: 9
        ),
        Frame(about: "a size that is one more", bytes: joined(magic, [0x20, 10], plain), size: 9),
        Frame(about: "a header of another size", bytes: joined(magic, [0x20, 9], plain), size: 10),
        Frame(
            about: "128 KiB where 9 bytes are stated",
            bytes: joined(magic, [0x20, 9], repeated),
            size: 9
        ),
        Frame(
            about: "two frames",
            bytes: joined(magic, [0x20, 9], plain, magic, [0x20, 9], plain),
            size: 9
        ),
        Frame(
            about: "a byte behind the frame",
            bytes: joined(magic, [0x20, 9], plain, [0]),
            size: 9
        ),
        Frame(
            about: "a skippable frame first",
            bytes: joined([0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0], magic, [0x20, 9], plain),
            size: 9
        ),
        Frame(about: "a dictionary", bytes: joined(magic, [0x21, 7, 9], plain), size: 9),
        Frame(
            about: "a window of 1 GiB",
            bytes: joined(magic, [0x40, 0xA0, 0, 0], repeated),
            size: 256
        ),
        Frame(
            about: "a window of 16 MiB that is not needed",
            bytes: joined(magic, [0x80, 0x70, 9, 0, 0, 0], plain),
            size: 9
        ),
        Frame(about: "a reserved bit", bytes: joined(magic, [0x28, 9], plain), size: 9),
        Frame(
            about: "a reserved type of block",
            bytes: joined(magic, [0x20, 9, 0x07, 0, 0]),
            size: 9
        ),
        Frame(
            about: "cut in its block",
            bytes: joined(magic, [0x20, 9], Array(plain.dropLast())),
            size: 9
        ),
        Frame(about: "cut in its header", bytes: joined(magic, [0xA0, 9]), size: 9),
        Frame(about: "no frame", bytes: Array("text, not a frame".utf8), size: 9),
        Frame(about: "nothing", bytes: [], size: 0),
    ]
}

extension Forgery {
    /// A block whose header says that its payload has 16 MiB and a byte.
    mutating func addOversized() {
        let start = bytes.count
        add(BlockType.meta, rows: 0, [UInt8](repeating: 0, count: 8))
        change(from: start) { block in
            for (lane, byte) in [UInt8](arrayLiteral: 1, 0, 0, 1).enumerated() {
                block[12 + lane] = byte
            }
            block.replaceSubrange(..<48, with: Self.sealed(Array(block[..<48])))
        }
    }
}
