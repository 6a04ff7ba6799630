import JouleFile
import JouleQuantities

/// Flattens configurations that are still JSON texts, without making values of them.
///
/// Gives nil for a text that is not as this library writes it, or that takes more to understand.
struct DocumentLeaves {
    private var steps = ByteTable()
    /// By place among the steps; -1 where a name asks for a real parser.
    private var places: [ConfigurationPaths.Place] = []
    private var key: [UInt8] = []
    /// Reused from one configuration to the next.
    private var leaves: [Leaf] = []

    struct Leaf {
        let place: ConfigurationPaths.Place
        let value: Range<Int>
    }

    private static let depthMax = 32
    private static let namesMax = 64

    /// The leaves of the object that comes next.
    mutating func leaves(of cursor: inout TextCursor, _ paths: inout ConfigurationPaths) -> [Leaf]?
    {
        leaves.removeAll(keepingCapacity: true)
        guard cursor.next == UInt8(ascii: "{"),
            take(&cursor, at: ConfigurationPaths.root, depth: 0, &paths)
        else { return nil }
        return leaves
    }

    private mutating func take(
        _ cursor: inout TextCursor,
        at place: ConfigurationPaths.Place,
        depth: Int,
        _ paths: inout ConfigurationPaths
    ) -> Bool {
        let start = cursor.place
        switch cursor.next {
        case UInt8(ascii: "{"):
            return takeObject(&cursor, at: place, depth: depth, &paths)
        case UInt8(ascii: "["):
            return takeArray(&cursor, at: place, depth: depth, &paths)
        default:
            guard let value = cursor.value() else { return false }
            leaves.append(Leaf(place: place, value: start..<value.upperBound))
            return true
        }
    }

    private mutating func takeObject(
        _ cursor: inout TextCursor,
        at parent: ConfigurationPaths.Place,
        depth: Int,
        _ paths: inout ConfigurationPaths
    ) -> Bool {
        let start = cursor.place
        guard depth < Self.depthMax, cursor.take(UInt8(ascii: "{")) else { return false }
        if cursor.take(UInt8(ascii: "}")) {
            if parent != ConfigurationPaths.root {
                leaves.append(Leaf(place: parent, value: start..<cursor.place))
            }
            return true
        }
        var seen: [ConfigurationPaths.Place] = []
        repeat {
            guard let name = cursor.name(),
                let place = place(of: cursor.bytes[name], in: parent, &paths),
                // A name that comes twice is an error.
                seen.count < Self.namesMax, !seen.contains(place)
            else { return false }
            seen.append(place)
            guard take(&cursor, at: place, depth: depth + 1, &paths) else { return false }
        } while cursor.take(UInt8(ascii: ","))
        return cursor.take(UInt8(ascii: "}"))
    }

    private mutating func takeArray(
        _ cursor: inout TextCursor,
        at parent: ConfigurationPaths.Place,
        depth: Int,
        _ paths: inout ConfigurationPaths
    ) -> Bool {
        let start = cursor.place
        guard depth < Self.depthMax, cursor.take(UInt8(ascii: "[")) else { return false }
        if cursor.take(UInt8(ascii: "]")) {
            leaves.append(Leaf(place: parent, value: start..<cursor.place))
            return true
        }
        var number = 0
        repeat {
            let place = paths.place(of: number, in: parent)
            guard take(&cursor, at: place, depth: depth + 1, &paths) else { return false }
            number += 1
        } while cursor.take(UInt8(ascii: ","))
        return cursor.take(UInt8(ascii: "]"))
    }

    private mutating func place(
        of name: ArraySlice<UInt8>,
        in parent: ConfigurationPaths.Place,
        _ paths: inout ConfigurationPaths
    ) -> ConfigurationPaths.Place? {
        key.removeAll(keepingCapacity: true)
        Spelling.append(UInt32(bitPattern: parent), to: &key)
        key += name
        let (step, isNew) = steps.place(of: key)
        if isNew {
            // A point reads as nesting, which has to be looked at as a whole.
            let isPlain = !name.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") }
            let text = String(decoding: name, as: UTF8.self)
            places.append(isPlain ? paths.place(of: text, in: parent) : -1)
        }
        let place = places[Int(step)]
        return place < 0 ? nil : place
    }
}

extension Spelling {
    /// Writes a leaf whose value is still JSON, at `value` of `text`; whether that is a value.
    static func write(
        _ text: [UInt8],
        _ value: Range<Int>,
        at place: ConfigurationPaths.Place,
        to spelling: inout [UInt8]
    ) -> Bool {
        let bytes = text[value]
        if text[value.lowerBound] == UInt8(ascii: "\""), !bytes.contains(UInt8(ascii: "\\")) {
            append(UInt32(bitPattern: place), to: &spelling)
            spelling.append(UInt8(ascii: "s"))
            spelling += text[value.lowerBound + 1..<value.upperBound - 1]
            return true
        }
        let number = text.span.extracting(value)
        if DecimalText.isNumber(number) {
            if let whole = DecimalText.integer(number) {
                write(.integer(whole), at: place, to: &spelling)
            } else if let real = DecimalText.double(number) {
                write(.double(real), at: place, to: &spelling)
            } else {
                return false
            }
            return true
        }
        guard let value = try? JSON(parsing: Array(bytes)) else { return false }
        write(value, at: place, to: &spelling)
        return true
    }
}
