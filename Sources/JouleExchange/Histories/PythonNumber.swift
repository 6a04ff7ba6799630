import JouleQuantities

/// Numbers as Python spells them in text.
enum PythonNumber {
    static func integer(_ bytes: ArraySlice<UInt8>) -> Int64? {
        Int64(String(decoding: bytes, as: UTF8.self))
    }

    static func double(_ bytes: ArraySlice<UInt8>) -> Double? {
        let text = Array(bytes)
        if DecimalText.isNumber(text.span) { return DecimalText.double(text.span) }
        return special(String(decoding: text, as: UTF8.self))
    }

    /// One that is no number, or infinite.
    static func special(_ text: String) -> Double? {
        switch text.lowercased() {
        case "nan": .nan
        case "inf", "infinity": .infinity
        case "-inf", "-infinity": -.infinity
        default: nil
        }
    }
}
