import JouleQuantities

/// Why a text is not read, and on which line.
struct YAMLError: Error {
    let line: Int
    let reason: String
}

/// The YAML that programs write settings in.
///
/// Blocks of names and lists, scalars, and flow collections on one line; anchors, tags and everything
/// else are refused.
struct SmallYAML {
    private struct Line {
        let number: Int
        let indent: Int
        var text: Substring
    }

    private var lines: [Line] = []
    private var place = 0

    private static let depthMax = 64
    private static let membersMax = 1 << 16

    /// The value of a whole text; null of an empty one.
    static func json(_ text: String) throws(YAMLError) -> JSON {
        var parser = try SmallYAML(text)
        guard let first = parser.lines.first else { return .null }
        let value = try parser.block(indent: first.indent, depth: 0)
        if let line = parser.next { throw parser.failure(line, "not expected here") }
        return value
    }

    private init(_ text: String) throws(YAMLError) {
        // A CR LF is one character.
        for (place, line) in text.split(
            omittingEmptySubsequences: false,
            whereSeparator: \.isNewline
        )
        .enumerated() {
            let rest = line.drop { $0 == " " }
            if rest.isEmpty || rest.hasPrefix("#") || line == "---" || line == "..." { continue }
            if rest.hasPrefix("\t") || rest.hasPrefix("%") {
                throw YAMLError(line: place + 1, reason: "a tab or a directive, which is not read")
            }
            let indent = line.utf8.count - rest.utf8.count
            lines.append(Line(number: place + 1, indent: indent, text: rest))
        }
    }

    private var next: Line? { place < lines.count ? lines[place] : nil }

    private func failure(_ line: Line, _ reason: String) -> YAMLError {
        YAMLError(line: line.number, reason: reason)
    }

    // MARK: Blocks

    private mutating func block(indent: Int, depth: Int) throws(YAMLError) -> JSON {
        guard let line = next else { return .null }
        guard depth < Self.depthMax else { throw failure(line, "nested too deep") }
        if line.text == "-" || line.text.hasPrefix("- ") {
            return try list(indent: indent, depth: depth)
        }
        if Self.nameEnd(line.text) != nil { return try members(indent: indent, depth: depth) }
        place += 1
        return try scalar(line.text, line, within: indent - 1)
    }

    private mutating func list(indent: Int, depth: Int) throws(YAMLError) -> JSON {
        var elements: [JSON] = []
        while let line = next, line.indent == indent,
            line.text == "-" || line.text.hasPrefix("- ")
        {
            let rest = line.text.dropFirst().drop { $0 == " " }
            if rest.isEmpty {
                place += 1
                let inner = next.flatMap { $0.indent > indent ? $0.indent : nil }
                elements.append(
                    try inner.map { (deeper) throws(YAMLError) in
                        try block(indent: deeper, depth: depth + 1)
                    } ?? .null
                )
            } else {
                // What stands behind the dash begins a block of its own, as far in as it stands.
                let deeper = indent + line.text.utf8.count - rest.utf8.count
                lines[place] = Line(number: line.number, indent: deeper, text: rest)
                elements.append(try block(indent: deeper, depth: depth + 1))
            }
        }
        return .array(elements)
    }

    private mutating func members(indent: Int, depth: Int) throws(YAMLError) -> JSON {
        var members: [JSONObject.Member] = []
        var names: Set<ExactName> = []
        while let line = next, line.indent == indent {
            guard let end = Self.nameEnd(line.text) else {
                throw failure(line, "expected a name and a colon")
            }
            guard members.count < Self.membersMax else { throw failure(line, "too many names") }
            let name = try self.name(line.text[..<end], line)
            guard names.insert(ExactName(name)).inserted else {
                throw failure(line, "the name stands twice")
            }
            place += 1
            let value = try self.value(
                line.text[end...].dropFirst().drop { $0 == " " },
                line,
                indent,
                depth
            )
            members.append(.init(name: name, value: value))
        }
        return .object(JSONObject(uniqueMembers: members))
    }

    private mutating func value(_ rest: Substring, _ line: Line, _ indent: Int, _ depth: Int)
        throws(YAMLError) -> JSON
    {
        guard rest.isEmpty || rest.hasPrefix("#") else {
            return try scalar(rest, line, within: indent)
        }
        guard let inner = next else { return .null }
        let isList = inner.text == "-" || inner.text.hasPrefix("- ")
        guard inner.indent > indent || inner.indent == indent && isList else { return .null }
        return try block(indent: inner.indent, depth: depth + 1)
    }

    /// Where a name ends and its colon stands; nil where the text is none of a member.
    private static func nameEnd(_ text: Substring) -> Substring.Index? {
        if let quote = text.first, quote == "\"" || quote == "'" {
            guard let close = text.dropFirst().firstIndex(of: quote) else { return nil }
            let behind = text.index(after: close)
            guard behind < text.endIndex, text[behind] == ":" else { return nil }
            return behind
        }
        if let first = text.first, first == "[" || first == "{" { return nil }
        var found = text.firstIndex(of: ":")
        while let colon = found {
            let behind = text[colon...].dropFirst()
            if behind.isEmpty || behind.first == " " { return colon }
            found = behind.firstIndex(of: ":")
        }
        return nil
    }

    private func name(_ text: Substring, _ line: Line) throws(YAMLError) -> String {
        switch try Self.single(text, line.number) {
        case .string(let name): return name
        case .object, .array: throw failure(line, "a name that is none")
        default: return String(text)
        }
    }

    // MARK: Scalars

    /// A scalar or a flow collection, which goes on in lines that are further in than `indent`.
    private mutating func scalar(_ text: Substring, _ line: Line, within indent: Int)
        throws(YAMLError) -> JSON
    {
        if let mark = text.first, mark == "|" || mark == ">" {
            throw failure(line, "a block of text, which is not read")
        }
        var whole = String(text)
        while let more = next, more.indent > indent {
            place += 1
            // A backslash at the end of a line joins it to the next one.
            if whole.hasPrefix("\""), whole.hasSuffix("\\") {
                whole.removeLast()
                whole += more.text
            } else {
                whole += " " + more.text
            }
        }
        let isPlain = whole.first.map { !"\"'[{".contains($0) } ?? true
        let told = whole[..<(whole.firstRange(of: " #")?.lowerBound ?? whole.endIndex)]
        if isPlain, told.contains(": ") {
            throw failure(
                line,
                "a name within a value; one of them is not as far in as it should be"
            )
        }
        return try Self.single(whole[...], line.number)
    }

    private static func single(_ text: Substring, _ line: Int) throws(YAMLError) -> JSON {
        var flow = SmallYAMLFlow(text, line: line)
        return try flow.whole()
    }
}

/// What stands on one line: a scalar, or a collection in brackets.
private struct SmallYAMLFlow {
    private let characters: [Character]
    private let line: Int
    private var place = 0

    private static let depthMax = 64

    init(_ text: Substring, line: Int) {
        characters = Array(text)
        self.line = line
    }

    private func failure(_ reason: String) -> YAMLError { YAMLError(line: line, reason: reason) }

    private var next: Character? { place < characters.count ? characters[place] : nil }

    private mutating func skipSpace() { while next == " " { place += 1 } }

    mutating func whole() throws(YAMLError) -> JSON {
        let value = try value(depth: 0)
        skipSpace()
        guard next == nil || next == "#" else { throw failure("unexpected text behind a value") }
        return value
    }

    private mutating func value(depth: Int) throws(YAMLError) -> JSON {
        guard depth < Self.depthMax else { throw failure("nested too deep") }
        skipSpace()
        switch next {
        case "[":
            var elements: [JSON] = []
            try collection(until: "]") { (flow) throws(YAMLError) in
                elements.append(try flow.value(depth: depth + 1))
            }
            return .array(elements)
        case "{":
            var object = JSONObject()
            try collection(until: "}") { (flow) throws(YAMLError) in
                flow.skipSpace()
                let name = try flow.name()
                object[name] = try flow.value(depth: depth + 1)
            }
            return .object(object)
        case "\"", "'": return .string(try quoted())
        case "&", "*", "!", "@", "`", "%": throw failure("an anchor or a tag, which is not read")
        default: return Self.plain(plainText(isWithin: depth > 0))
        }
    }

    private mutating func collection(
        until end: Character,
        _ element: (inout Self) throws(YAMLError) -> Void
    ) throws(YAMLError) {
        place += 1
        while true {
            skipSpace()
            if next == end { break }
            try element(&self)
            skipSpace()
            if next == "," { place += 1 } else if next != end { throw failure("expected \(end)") }
        }
        place += 1
    }

    private mutating func name() throws(YAMLError) -> String {
        var name = ""
        if next == "\"" || next == "'" {
            name = try quoted()
        } else {
            while let character = next, character != ":" {
                name.append(character)
                place += 1
            }
        }
        guard next == ":" else { throw failure("expected a colon") }
        place += 1
        return name
    }

    /// Up to a comment, and within brackets up to what ends an element.
    private mutating func plainText(isWithin: Bool) -> String {
        var text = ""
        while let character = next {
            if character == "#", text.isEmpty || text.hasSuffix(" ") { break }
            if isWithin, character == "," || character == "]" || character == "}" { break }
            text.append(character)
            place += 1
        }
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }

    private mutating func quoted() throws(YAMLError) -> String {
        let quote = next
        place += 1
        var text = ""
        while let character = next {
            place += 1
            if character == quote {
                guard quote == "'", next == "'" else { return text }
                place += 1
                text.append("'")
            } else if character == "\\", quote == "\"" {
                text.append(try escaped())
            } else {
                text.append(character)
            }
        }
        throw failure("a text without its closing quote")
    }

    private mutating func escaped() throws(YAMLError) -> Character {
        let known: [Character: Character] = [
            "n": "\n", "t": "\t", "r": "\r", "0": "\0", "\"": "\"", "\\": "\\", "/": "/",
            " ": " ", "a": "\u{7}", "b": "\u{8}", "e": "\u{1B}", "f": "\u{C}", "v": "\u{B}",
            "N": "\u{85}", "_": "\u{A0}", "L": "\u{2028}", "P": "\u{2029}",
        ]
        let digits: [Character: Int] = ["x": 2, "u": 4, "U": 8]
        guard let mark = next else { throw failure("a text without its closing quote") }
        place += 1
        if let character = known[mark] { return character }
        guard let count = digits[mark], place + count <= characters.count,
            let code = UInt32(String(characters[place..<place + count]), radix: 16),
            let scalar = Unicode.Scalar(code)
        else { throw failure("an unknown escape") }
        place += count
        return Character(scalar)
    }

    private static func plain(_ text: String) -> JSON {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".nan", ".NaN", ".NAN": return .double(.nan)
        case ".inf", ".Inf", ".INF", "+.inf": return .double(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .double(-.infinity)
        default: break
        }
        if let whole = Int64(text) { return .integer(whole) }
        let bytes = Array(text.utf8)
        guard DecimalText.isNumber(bytes.span), let number = DecimalText.double(bytes.span) else {
            return .string(text)
        }
        return .double(number)
    }
}
