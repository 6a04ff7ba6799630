import JouleQuantities

/// Numbers of a document, which may be absent or an explicit null: then they are not known.
enum DocumentNumber {
    /// Where a text is no number, no amount or no date.
    struct Malformed: Error {}

    static func value(_ bytes: [UInt8], _ place: Range<Int>?) throws(Malformed) -> Double? {
        guard let place else { return nil }
        let text = bytes[place]
        if text.elementsEqual("null".utf8) { return nil }
        guard TextCursor.isNumber(text),
            let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite
        else { throw Malformed() }
        return value
    }

    /// 0 or more.
    static func amount(_ bytes: [UInt8], _ place: Range<Int>?) throws(Malformed) -> Double? {
        let value = try value(bytes, place)
        guard value.map({ $0 >= 0 }) ?? true else { throw Malformed() }
        return value
    }

    static func date(_ bytes: [UInt8], _ place: Range<Int>?) throws(Malformed) -> WallTime? {
        guard let seconds = try value(bytes, place) else { return nil }
        guard let time = WallTime(unixSeconds: seconds) else { throw Malformed() }
        return time
    }
}
