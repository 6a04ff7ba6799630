/// Why bytes are no message of protocol buffers, and where among them.
struct ProtobufError: Error {
    let offset: Int
    let reason: String
}

/// The fields of one message of protocol buffers, in the order in which they were written.
///
/// A message never begins another by itself: who reads nests as deep as the form that it knows.
struct ProtobufReader {
    enum Value {
        case varint(UInt64)
        case fixed64(UInt64)
        case bytes(ArraySlice<UInt8>)
        case fixed32(UInt32)
    }

    private let bytes: ArraySlice<UInt8>
    /// Of the next byte, in the array that the message is part of.
    private(set) var offset: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        offset = bytes.startIndex
    }

    /// The next field; nil behind the last one.
    mutating func next() throws(ProtobufError) -> (number: Int, value: Value)? {
        guard offset < bytes.endIndex else { return nil }
        let begun = offset
        let key = try varint()
        let number = Int(truncatingIfNeeded: key >> 3)
        guard key < 1 << 32, number > 0 else {
            throw ProtobufError(offset: begun, reason: "no field of a message")
        }
        switch key & 7 {
        case 0: return (number, .varint(try varint()))
        case 1: return (number, .fixed64(Self.number(try take(8))))
        case 2: return (number, .bytes(try take(try varint())))
        case 5:
            let word: UInt64 = Self.number(try take(4))
            return (number, .fixed32(UInt32(truncatingIfNeeded: word)))
        default: throw ProtobufError(offset: begun, reason: "a field of an unknown kind")
        }
    }

    private mutating func take(_ count: UInt64) throws(ProtobufError) -> ArraySlice<UInt8> {
        guard count <= UInt64(bytes.endIndex - offset) else {
            throw ProtobufError(offset: offset, reason: "a field longer than its message")
        }
        let end = offset + Int(count)
        defer { offset = end }
        return bytes[offset..<end]
    }

    mutating func varint() throws(ProtobufError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        let begun = offset
        while offset < bytes.endIndex, shift < 64 {
            let byte = bytes[offset]
            offset += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw ProtobufError(offset: begun, reason: "a number without an end")
    }

    /// Little-endian, of up to eight bytes.
    static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension ProtobufReader.Value {
    var bytes: ArraySlice<UInt8>? { if case .bytes(let bytes) = self { bytes } else { nil } }
    var varint: UInt64? { if case .varint(let number) = self { number } else { nil } }

    /// A double, or a float as the double of the same value.
    var double: Double? {
        switch self {
        case .fixed64(let bits): Double(bitPattern: bits)
        case .fixed32(let bits): Double(Float(bitPattern: bits))
        default: nil
        }
    }

    /// UTF-8; nil for anything else.
    var text: String? { bytes.flatMap { String(validating: $0, as: UTF8.self) } }
}
