import JouleQuantities

/// A scalar, or a collection in brackets, at one place of a text; both may go on in further lines.
struct SmallYAMLFlow {
    private let bytes: [UInt8]
    private let version: SmallYAML.Version
    private let end: Int
    /// Of the next byte.
    private(set) var place: Int
    /// Whether it is only looked whether something is there: no line is counted for what is not.
    private var isLooking = false

    private static let depthMax = 64

    init(_ bytes: [UInt8], _ range: Range<Int>, _ version: SmallYAML.Version) {
        self.bytes = bytes
        self.version = version
        (place, end) = (range.lowerBound, range.upperBound)
    }

    /// The value, and nothing behind it in its last line, at whose end `place` then is.
    mutating func whole() throws(YAMLError) -> JSON {
        let value = try value(depth: 0)
        skipBlanks()
        if next == UInt8(ascii: "#") { skipLine() }
        guard next == nil || next == .lineFeed else {
            throw failure("unexpected text behind a value")
        }
        return value
    }

    /// What may be a name, up to its colon; nil where it is none.
    mutating func nameOfLine() throws(YAMLError) -> String? {
        if next == UInt8(ascii: "[") || next == UInt8(ascii: "{") { return nil }
        let start = place
        let isPlain = !isQuote(next)
        isLooking = true
        let found = isPlain ? plain(isWithin: false) : try? quoted()
        isLooking = false
        guard let text = found else { return nil }
        skipBlanks()
        guard next == UInt8(ascii: ":"), isEnd(place + 1, isWithin: false) else { return nil }
        if isPlain {
            guard place > start else { throw failure("a name that is none") }
            let colon = place
            place = start
            try requirePlain(isWithin: false)
            try requireNoMerge(text)
            place = colon
        }
        return text
    }

    // MARK: Places

    private var next: UInt8? { place < end ? bytes[place] : nil }

    private mutating func skipBlanks() { while next?.isBlank ?? false { place += 1 } }

    private mutating func skipLine() { while let next, next != .lineFeed { place += 1 } }

    /// Blanks, ends of lines and comments between what a collection holds.
    private mutating func skipSpace() {
        while let next, next.isBlank || next == .lineFeed || next == UInt8(ascii: "#") {
            if next == UInt8(ascii: "#") { skipLine() } else { place += 1 }
        }
    }

    private func isQuote(_ byte: UInt8?) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
    }

    /// Whether a mark such as a colon ends before `offset`.
    private func isEnd(_ offset: Int, isWithin: Bool) -> Bool {
        offset >= end || bytes[offset].isBlank || bytes[offset] == .lineFeed
            || isWithin && ",[]{}".utf8.contains(bytes[offset])
    }

    private func failure(_ reason: String, at offset: Int? = nil) -> YAMLError {
        guard !isLooking else { return YAMLError(line: 0, reason: reason) }
        return Self.failure(bytes, offset ?? place, reason)
    }

    static func failure(_ bytes: [UInt8], _ offset: Int, _ reason: String) -> YAMLError {
        let before = bytes[..<min(offset, bytes.count)]
        return YAMLError(line: before.count { $0 == .lineFeed } + 1, reason: reason)
    }

    // MARK: Collections

    private mutating func value(depth: Int) throws(YAMLError) -> JSON {
        guard depth < Self.depthMax else { throw failure("nested too deep") }
        switch next {
        case UInt8(ascii: "["):
            var elements: [JSON] = []
            try collection(until: "]") { (flow) throws(YAMLError) in
                elements.append(try flow.value(depth: depth + 1))
            }
            return .array(elements)
        case UInt8(ascii: "{"):
            return .object(try object(depth: depth))
        case let quote where isQuote(quote):
            return .string(try quoted())
        default:
            try requirePlain(isWithin: depth > 0)
            let text = plain(isWithin: depth > 0)
            if depth == 0, next == UInt8(ascii: ":") {
                let reason = "a name within a value; one of them is not as far in as it should be"
                throw failure(reason)
            }
            return SmallYAMLScalar.json(text, version)
        }
    }

    private mutating func object(depth: Int) throws(YAMLError) -> JSONObject {
        var members: [JSONObject.Member] = []
        var names: Set<ExactName> = []
        try collection(until: "}") { (flow) throws(YAMLError) in
            guard members.count < SmallYAML.membersMax else { throw flow.failure("too many names") }
            let name = try flow.name()
            guard names.insert(ExactName(name)).inserted else {
                throw flow.failure("the name stands twice")
            }
            flow.skipSpace()
            let isNull = flow.next == UInt8(ascii: ",") || flow.next == UInt8(ascii: "}")
            members.append(
                .init(name: name, value: isNull ? .null : try flow.value(depth: depth + 1))
            )
        }
        return JSONObject(uniqueMembers: members)
    }

    private mutating func collection(
        until end: Unicode.Scalar,
        _ element: (inout Self) throws(YAMLError) -> Void
    ) throws(YAMLError) {
        let begin = place
        place += 1
        while true {
            skipSpace()
            if next == UInt8(ascii: end) { break }
            if next == nil { throw failure("expected \(end)", at: begin) }
            try element(&self)
            skipSpace()
            if next == UInt8(ascii: ",") {
                place += 1
            } else if next != UInt8(ascii: end) {
                throw failure("expected \(end)")
            }
        }
        place += 1
    }

    /// A name and its colon.
    private mutating func name() throws(YAMLError) -> String {
        let name: String
        if isQuote(next) {
            name = try quoted()
        } else {
            try requirePlain(isWithin: true)
            name = plain(isWithin: true)
            try requireNoMerge(name)
        }
        skipSpace()
        guard next == UInt8(ascii: ":") else { throw failure("expected a colon") }
        place += 1
        return name
    }

    // MARK: Plain scalars

    /// Throws where what begins here is no text without quotes.
    private func requirePlain(isWithin: Bool) throws(YAMLError) {
        switch next.map(Unicode.Scalar.init) {
        case "&", "*", "!", "@", "`", "%": throw failure("an anchor or a tag, which is not read")
        case "|", ">": throw failure("a block of text, which is not read")
        case ",", "[", "]", "{", "}", nil: throw failure("expected a value")
        case "?" where isEnd(place + 1, isWithin: isWithin):
            throw failure("a name marked with ?, which is not read")
        case "-" where isEnd(place + 1, isWithin: isWithin):
            throw failure("an entry of a list where none belongs")
        case ":" where isWithin && isEnd(place + 1, isWithin: true):
            throw failure("expected a name")
        default: break
        }
    }

    private func requireNoMerge(_ name: String) throws(YAMLError) {
        if name == "<<" { throw failure("a merge, which is not read") }
    }

    /// Up to a comment, a colon that ends a name, and within brackets what ends an element.
    private mutating func plain(isWithin: Bool) -> String {
        var text: [UInt8] = []
        while let byte = next {
            if isWithin, ",[]{}".utf8.contains(byte) { break }
            if byte == UInt8(ascii: ":"), isEnd(place + 1, isWithin: isWithin) { break }
            if byte.isBlank || byte == .lineFeed {
                let begin = place
                var feeds = 0
                while let space = next, space.isBlank || space == .lineFeed {
                    feeds += space == .lineFeed ? 1 : 0
                    place += 1
                }
                if next == nil || next == UInt8(ascii: "#") {
                    place = begin
                    break
                }
                switch feeds {
                case 0: text += bytes[begin..<place]
                case 1: text.append(.space)
                default: text += repeatElement(.lineFeed, count: feeds - 1)
                }
            } else {
                text.append(byte)
                place += 1
            }
        }
        while text.last.map({ $0.isBlank || $0 == .lineFeed }) ?? false { text.removeLast() }
        return String(decoding: text, as: UTF8.self)
    }

    // MARK: Quoted scalars

    private mutating func quoted() throws(YAMLError) -> String {
        let begin = place
        let quote = bytes[place]
        var text: [UInt8] = []
        // What stays of the text where its line ends: blanks before that do not.
        var kept = 0
        place += 1
        while let byte = next {
            if byte == quote {
                place += 1
                guard quote == UInt8(ascii: "'"), next == quote else {
                    return String(decoding: text, as: UTF8.self)
                }
            } else if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                place += 1
                if next == .lineFeed {
                    fold(into: &text, isEscaped: true)
                } else {
                    text += try escaped(begin).utf8
                }
                kept = text.count
                continue
            } else if breakSize != nil {
                if byte == .lineFeed { text.removeSubrange(kept...) }
                fold(into: &text, isEscaped: false)
                kept = text.count
                continue
            }
            text.append(byte)
            place += 1
            if !byte.isBlank { kept = text.count }
        }
        throw failure("a text without its closing quote", at: begin)
    }

    private var breakSize: Int? { Self.breakSize(bytes, place, end) }

    /// Bytes of an end of a line that is at `place`: LF, or U+0085, U+2028 or U+2029, where writers
    /// of YAML 1.1 begin a line but which every reader keeps.
    static func breakSize(_ bytes: [UInt8], _ place: Int, _ end: Int) -> Int? {
        guard place < end else { return nil }
        switch bytes[place] {
        case .lineFeed: return 1
        case 0xC2 where place + 1 < end && bytes[place + 1] == 0x85: return 2
        case 0xE2
        where place + 2 < end && bytes[place + 1] == 0x80 && bytes[place + 2] & 0xFE == 0xA8:
            return 3
        default: return nil
        }
    }

    /// A line feed alone is a space, and none where it is escaped; all other ends of lines stay.
    private mutating func fold(into text: inout [UInt8], isEscaped: Bool) {
        var ends: [ArraySlice<UInt8>] = []
        while let size = breakSize {
            ends.append(bytes[place..<place + size])
            place += size
            skipBlanks()
        }
        if ends.count == 1, ends[0].first == .lineFeed, !isEscaped {
            text.append(.space)
        } else {
            let isFolded = ends.first?.first == .lineFeed
            for end in ends.dropFirst(isFolded ? 1 : 0) { text += end }
        }
    }

    private mutating func escaped(_ begin: Int) throws(YAMLError) -> String {
        guard let mark = next else {
            throw failure("a text without its closing quote", at: begin)
        }
        place += 1
        if let known = SmallYAMLScalar.escapes[mark] { return String(known) }
        let digits = [UInt8(ascii: "x"): 2, UInt8(ascii: "u"): 4, UInt8(ascii: "U"): 8]
        guard let count = digits[mark], place + count <= end,
            // A sign is read by `UInt32`, and is no digit.
            bytes[place..<place + count].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let code = UInt32(
                String(decoding: bytes[place..<place + count], as: UTF8.self),
                radix: 16
            ),
            let scalar = Unicode.Scalar(code)
        else { throw failure("an unknown escape") }
        place += count
        return String(scalar)
    }
}
