import JouleQuantities

/// A name, or a path of names, and a value in JSON.
enum WandbItem {
    private static let namesMax = 32

    static func read(_ item: ArraySlice<UInt8>) throws(ProtobufError)
        -> (names: [String], json: JSON, sizeBytes: Int)?
    {
        guard let names = try names(item) else { return nil }
        var reader = ProtobufReader(item)
        while let (number, value) = try reader.next() {
            guard number == 16, let text = value.bytes else { continue }
            guard text.count <= WandbValues.sizeBytesMax else {
                let reason =
                    "the value of \(names.joined(separator: ".")) is longer than"
                    + " \(WandbValues.sizeBytesMax) bytes"
                throw ProtobufError(offset: item.startIndex, reason: reason)
            }
            do {
                return (names, try JSON(parsing: Array(text)), text.count)
            } catch {
                let reason = "the value of \(names.joined(separator: ".")) is not JSON: \(error)"
                throw ProtobufError(offset: item.startIndex, reason: reason)
            }
        }
        return nil
    }

    static func names(_ item: ArraySlice<UInt8>) throws(ProtobufError) -> [String]? {
        var reader = ProtobufReader(item)
        var names: [String] = []
        while let (number, value) = try reader.next() {
            guard number == 1 || number == 2 else { continue }
            guard let name = value.text, names.count < namesMax else {
                throw ProtobufError(offset: item.startIndex, reason: "a name that is none")
            }
            names.append(name)
        }
        return names.isEmpty ? nil : names
    }

    static func time(_ message: ArraySlice<UInt8>) throws(ProtobufError) -> WallTime? {
        var reader = ProtobufReader(message)
        var (seconds, nanos): (UInt64, UInt64) = (0, 0)
        while let (number, value) = try reader.next() {
            if number == 1 { seconds = value.varint ?? 0 }
            if number == 2 { nanos = value.varint ?? 0 }
        }
        guard seconds < 1 << 33, nanos < 1_000_000_000 else { return nil }
        return WallTime(unixNanoseconds: Int64(seconds) * 1_000_000_000 + Int64(nanos))
    }
}
