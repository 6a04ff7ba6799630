package import JouleQuantities

/// Facts that are not what some reader of ledgers has put into bytes.
package struct FactsError: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    package static let damaged = FactsError(description: "facts that no reader of ledgers wrote")
    package static let otherVersion = FactsError(
        description: "facts of another version of Joulebook; every worker needs the same one"
    )
}

extension [UInt8] {
    /// Appends a number in as few bytes as it takes, seven bits each, the least first.
    package mutating func append(varint value: UInt64) {
        var rest = value
        while rest > 0x7F {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    /// The same of a number with a sign, which follows it as the lowest bit.
    package mutating func append(zigzag value: Int64) {
        append(varint: UInt64(bitPattern: value &<< 1) ^ UInt64(bitPattern: value &>> 63))
    }

    /// Appends the eight bytes of a number, little-endian.
    package mutating func append(bits value: Double) {
        let bits = value.bitPattern
        for place in 0..<8 { append(UInt8(truncatingIfNeeded: bits &>> (8 * place))) }
    }
}

/// Puts what is known of runs into bytes, in the order in which `FactsReader` takes it.
///
/// A text that recurs is told once, and has a number from then on.
package struct FactsWriter {
    package private(set) var bytes: [UInt8] = []
    private var texts = ByteTable()

    package init() {}

    package mutating func put(_ value: UInt64) { bytes.append(varint: value) }
    package mutating func put(_ value: Int64) { bytes.append(zigzag: value) }
    package mutating func put(count: Int) { bytes.append(varint: UInt64(count)) }
    package mutating func put(_ value: Bool) { bytes.append(value ? 1 : 0) }
    package mutating func put(bits value: Double) { bytes.append(bits: value) }

    package mutating func put(_ raw: some Collection<UInt8>) {
        put(count: raw.count)
        bytes += raw
    }

    package mutating func put(_ text: String) { put(text.utf8) }

    /// A text that other runs have as well.
    package mutating func put(recurring text: String) {
        let (place, isNew) = texts.place(of: Array(text.utf8))
        put(UInt64(place))
        if isNew { put(text) }
    }

    /// The place of a case among all of its kind.
    package mutating func put<Word: CaseIterable & Equatable>(word: Word) {
        put(count: Array(Word.allCases).firstIndex(of: word) ?? 0)
    }

    package mutating func put<Value>(
        _ value: Value?,
        _ body: (inout FactsWriter, Value) -> Void
    ) {
        put(value != nil)
        if let value { body(&self, value) }
    }

    package mutating func put(_ value: Double?) { put(value) { $0.put(bits: $1) } }
    package mutating func put(_ value: WallTime?) { put(value) { $0.put($1.unixNanoseconds) } }
    package mutating func put(recurring text: String?) { put(text) { $0.put(recurring: $1) } }

    package mutating func put<Value>(
        each values: some Collection<Value>,
        _ body: (inout FactsWriter, Value) -> Void
    ) {
        put(count: values.count)
        for value in values { body(&self, value) }
    }
}
