package import JouleQuantities

/// Numbers of a document, which may be absent or an explicit null: then they are not known.
package enum DocumentNumber {
    /// Where a text is no number, no amount or no date.
    package struct Malformed: Error {
        package init() {}
    }

    package static func value(_ bytes: [UInt8], _ place: Range<Int>?) throws(Malformed) -> Double? {
        guard let place else { return nil }
        let text = bytes.span.extracting(place)
        guard let value = DecimalText.double(text) else {
            guard bytes[place].elementsEqual("null".utf8) else { throw Malformed() }
            return nil
        }
        return value
    }

    /// Finite, 0 or more.
    package static func amount(_ bytes: [UInt8], _ place: Range<Int>?) throws(Malformed) -> Double?
    {
        let value = try value(bytes, place)
        guard value.map({ $0.isFinite && $0 >= 0 }) ?? true else { throw Malformed() }
        return value
    }

    package static func date(_ bytes: [UInt8], _ place: Range<Int>?) throws(Malformed) -> WallTime?
    {
        guard let seconds = try value(bytes, place) else { return nil }
        guard let time = WallTime(unixSeconds: seconds) else { throw Malformed() }
        return time
    }
}
