/// Builds one FlatBuffer (flatbuffers.dev, "Internals") from its end to its beginning.
///
/// Only what Arrow's metadata needs: tables, vectors of tables, vectors of structs, texts and
/// numbers.
struct FlatBuffer {
    /// Distance of an object from the end of the buffer.
    typealias Place = Int

    /// One field of a table: its number in the schema and its value.
    enum Field {
        case int8(Int, UInt8)
        case int16(Int, Int16)
        case int32(Int, Int32)
        case int64(Int, Int64)
        case reference(Int, Place)

        fileprivate var number: Int {
            switch self {
            case .int8(let number, _), .int16(let number, _), .int32(let number, _),
                .int64(let number, _), .reference(let number, _):
                number
            }
        }

        fileprivate var size: Int {
            switch self {
            case .int8: 1
            case .int16: 2
            case .int32, .reference: 4
            case .int64: 8
            }
        }
    }

    /// Last byte first: whatever is put stands before everything that was put earlier.
    private var reversed: [UInt8] = []
    /// Every offset is aligned relative to the end, whose size is a multiple of this.
    private static let alignment = 8

    // MARK: Bytes

    private mutating func put<Number: FixedWidthInteger>(_ number: Number) {
        for byte in 0..<Number.bitWidth / 8 {
            let shift = Number(Number.bitWidth - 8 - 8 * byte)
            reversed.append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// Fills up so that `count` bytes more end at a multiple of `alignment`.
    private mutating func pad(to alignment: Int, before count: Int = 0) {
        while (reversed.count + count) % alignment != 0 { reversed.append(0) }
    }

    /// An offset from where it stands to an object that was put before.
    private mutating func putReference(to place: Place) {
        put(UInt32(reversed.count + 4 - place))
    }

    // MARK: Objects

    mutating func text(_ text: String) -> Place {
        let utf8 = Array(text.utf8)
        pad(to: 4, before: utf8.count + 1)
        reversed.append(0)
        reversed.append(contentsOf: utf8.reversed())
        put(UInt32(utf8.count))
        return reversed.count
    }

    mutating func vector(of places: [Place]) -> Place {
        pad(to: 4)
        for place in places.reversed() { putReference(to: place) }
        put(UInt32(places.count))
        return reversed.count
    }

    /// A vector of structs that are each a row of signed 64-bit numbers.
    mutating func vector(of structs: [[Int64]]) -> Place {
        pad(to: 8)
        for numbers in structs.reversed() {
            for number in numbers.reversed() { put(number) }
        }
        put(UInt32(structs.count))
        return reversed.count
    }

    /// A table of fields with rising numbers.
    mutating func table(_ fields: [Field]) -> Place {
        let end = reversed.count
        var places: [Int: Place] = [:]
        // Large fields first, so that little is filled up between them.
        for field in fields.sorted(by: { $0.size < $1.size }) {
            pad(to: field.size, before: field.size)
            switch field {
            case .int8(_, let value): put(value)
            case .int16(_, let value): put(value)
            case .int32(_, let value): put(value)
            case .int64(_, let value): put(value)
            case .reference(_, let place): putReference(to: place)
            }
            places[field.number] = reversed.count
        }
        let count = (fields.map(\.number).max() ?? -1) + 1
        pad(to: 4)
        // The virtual table stands right before the table and names where each field is in it.
        put(Int32(4 + 2 * count))
        let place = reversed.count
        for number in (0..<count).reversed() {
            put(UInt16(places[number].map { place - $0 } ?? 0))
        }
        put(UInt16(place - end))
        put(UInt16(4 + 2 * count))
        return place
    }

    /// The whole buffer, with `root` as its root table.
    mutating func finished(root: Place) -> [UInt8] {
        pad(to: Self.alignment, before: 4)
        putReference(to: root)
        return reversed.reversed()
    }
}
