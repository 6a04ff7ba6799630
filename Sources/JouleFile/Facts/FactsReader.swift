package import JouleQuantities

/// Takes what `FactsWriter` has put; throws for anything else, and never takes more memory than a few
/// times what is there.
package struct FactsReader {
    private let bytes: [UInt8]
    private var place: Int
    private var texts: [String] = []

    /// Takes what lies behind the first `place` bytes.
    package init(_ bytes: [UInt8], from place: Int = 0) {
        self.bytes = bytes
        self.place = place
    }

    package var isAtEnd: Bool { place == bytes.count }

    package mutating func byte() throws(FactsError) -> UInt8 {
        guard place < bytes.count else { throw .damaged }
        place += 1
        return bytes[place - 1]
    }

    package mutating func word() throws(FactsError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            value |= UInt64(next & 0x7F) &<< shift
            guard next > 0x7F else { return value }
            shift += 7
            guard shift < 64 else { throw .damaged }
        }
    }

    /// The number of something that somebody counted.
    package mutating func number() throws(FactsError) -> Int {
        let word = try word()
        guard word <= UInt32.max else { throw .damaged }
        return Int(word)
    }

    package mutating func integer() throws(FactsError) -> Int64 {
        let word = try word()
        return Int64(bitPattern: word &>> 1) ^ -Int64(bitPattern: word & 1)
    }

    package mutating func bool() throws(FactsError) -> Bool { try byte() != 0 }

    package mutating func double() throws(FactsError) -> Double {
        guard bytes.count - place >= 8 else { throw .damaged }
        var bits: UInt64 = 0
        for offset in 0..<8 { bits |= UInt64(bytes[place + offset]) &<< UInt64(8 * offset) }
        place += 8
        return Double(bitPattern: bits)
    }

    package mutating func raw() throws(FactsError) -> ArraySlice<UInt8> {
        let count = try count()
        defer { place += count }
        return bytes[place..<place + count]
    }

    package mutating func text() throws(FactsError) -> String {
        String(decoding: try raw(), as: UTF8.self)
    }

    package mutating func recurringText() throws(FactsError) -> String {
        let number = try word()
        if number < UInt64(texts.count) { return texts[Int(number)] }
        guard number == UInt64(texts.count) else { throw .damaged }
        let text = try text()
        texts.append(text)
        return text
    }

    package mutating func word<Word: CaseIterable>(
        _ type: Word.Type
    ) throws(FactsError) -> Word {
        let all = Array(Word.allCases)
        let number = try word()
        guard number < UInt64(all.count) else { throw .damaged }
        return all[Int(number)]
    }

    package mutating func runID() throws(FactsError) -> RunID {
        guard let id = RunID(try text()) else { throw .damaged }
        return id
    }

    package mutating func optional<Value>(
        _ body: (inout FactsReader) throws(FactsError) -> Value
    ) throws(FactsError) -> Value? {
        try bool() ? try body(&self) : nil
    }

    package mutating func optionalDouble() throws(FactsError) -> Double? {
        try bool() ? try double() : nil
    }

    package mutating func optionalTime() throws(FactsError) -> WallTime? {
        try bool() ? WallTime(unixNanoseconds: try integer()) : nil
    }

    package mutating func optionalText() throws(FactsError) -> String? {
        try bool() ? try recurringText() : nil
    }

    package mutating func list<Value>(
        _ body: (inout FactsReader) throws(FactsError) -> Value
    ) throws(FactsError) -> [Value] {
        let count = try count()
        var values: [Value] = []
        for _ in 0..<count { values.append(try body(&self)) }
        return values
    }

    /// A number of things that each take a byte or more.
    package mutating func count() throws(FactsError) -> Int {
        let count = try word()
        guard count <= UInt64(bytes.count - place) else { throw .damaged }
        return Int(count)
    }
}
