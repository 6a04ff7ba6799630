/// An element of a small XML document, as object stores answer with.
///
/// Attributes and the prefixes of names are left out. Documents with a type declaration are refused, so
/// that no entity can make a small document a large one.
struct XMLElement: Sendable, Hashable {
    let name: String
    /// Its own text, without that of its elements.
    fileprivate(set) var text = ""
    fileprivate(set) var elements: [XMLElement] = []

    /// Why a document is none.
    struct Malformed: Error, Hashable {
        let reason: String
        /// Bytes before the place.
        let offset: Int
    }

    /// Reads a whole document.
    init(parsing bytes: [UInt8]) throws(Malformed) {
        var reader = XMLReader(bytes)
        self = try reader.document()
    }

    fileprivate init(name: String) {
        self.name = name
    }

    /// The text of the first element of that name.
    subscript(name: String) -> String? { elements.first { $0.name == name }?.text }

    func all(_ name: String) -> [XMLElement] { elements.filter { $0.name == name } }

    /// Text as it stands in a document.
    static func escaped(_ text: String) -> String {
        text.map { $0 == "&" ? "&amp;" : $0 == "<" ? "&lt;" : String($0) }.joined()
    }
}

private struct XMLReader {
    private let bytes: [UInt8]
    private var offset = 0
    private var open: [XMLElement] = []
    private var count = 0

    private static let depthMax = 16
    private static let elementsMax = 100_000

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func document() throws(XMLElement.Malformed) -> XMLElement {
        var root: XMLElement?
        while offset < bytes.count {
            if skip("<?") {
                _ = try text(before: "?>")
            } else if skip("<!--") {
                _ = try text(before: "-->")
            } else if skip("<![CDATA[") {
                try add(try text(before: "]]>"))
            } else if skip("<!") {
                throw malformed("a type declaration")
            } else if skip("</") {
                guard let last = open.popLast(), last.name == (try name()) else {
                    throw malformed("an end of what did not begin")
                }
                skipSpace()
                guard skip(">") else { throw malformed("an end that does not end") }
                try close(last, into: &root)
            } else if skip("<") {
                let element = XMLElement(name: try name())
                try begin(element, root: &root)
            } else {
                try add(try content())
            }
        }
        guard open.isEmpty, let root else { throw malformed("it is cut off") }
        return root
    }

    private mutating func begin(
        _ element: XMLElement,
        root: inout XMLElement?
    ) throws(XMLElement.Malformed) {
        count += 1
        guard count <= Self.elementsMax, open.count < Self.depthMax else {
            throw malformed("more elements than any answer has")
        }
        guard root == nil else { throw malformed("more than one document") }
        if try skipAttributes() { try close(element, into: &root) } else { open.append(element) }
    }

    private mutating func close(
        _ element: XMLElement,
        into root: inout XMLElement?
    ) throws(XMLElement.Malformed) {
        if open.isEmpty { root = element } else { open[open.count - 1].elements.append(element) }
    }

    private mutating func add(_ text: String) throws(XMLElement.Malformed) {
        if !open.isEmpty {
            open[open.count - 1].text += text
        } else if !text.allSatisfy(\.isWhitespace) {
            throw malformed("text outside the document")
        }
    }

    // MARK: Tokens

    private mutating func skip(_ token: StaticString) -> Bool {
        let wanted = token.description.utf8
        guard bytes[offset...].starts(with: wanted) else { return false }
        offset += wanted.count
        return true
    }

    private mutating func skipSpace() {
        while offset < bytes.count, Self.isSpace(bytes[offset]) { offset += 1 }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D
    }

    /// A name without its prefix.
    private mutating func name() throws(XMLElement.Malformed) -> String {
        let ends = Set("=/>\"'<".utf8)
        let start = offset
        while offset < bytes.count, !Self.isSpace(bytes[offset]), !ends.contains(bytes[offset]) {
            offset += 1
        }
        let text = try string(bytes[start..<offset])
        guard let name = text.split(separator: ":").last else { throw malformed("no name") }
        return String(name)
    }

    /// Whether the element ends where it begins.
    private mutating func skipAttributes() throws(XMLElement.Malformed) -> Bool {
        while true {
            skipSpace()
            if skip("/>") { return true }
            if skip(">") { return false }
            _ = try name()
            skipSpace()
            guard skip("=") else { throw malformed("an attribute without a value") }
            skipSpace()
            if skip("\"") {
                _ = try text(before: "\"")
            } else if skip("'") {
                _ = try text(before: "'")
            } else {
                throw malformed("an attribute without a value")
            }
        }
    }

    /// The text up to a token, which is skipped.
    private mutating func text(before end: StaticString) throws(XMLElement.Malformed) -> String {
        let wanted = Array(end.description.utf8)
        let start = offset
        while offset < bytes.count {
            if bytes[offset] == wanted[0], skip(end) {
                return try string(bytes[start..<offset - wanted.count])
            }
            offset += 1
        }
        throw malformed("it is cut off")
    }

    /// The text up to the next element, its references replaced.
    private mutating func content() throws(XMLElement.Malformed) -> String {
        let start = offset
        while offset < bytes.count, bytes[offset] != UInt8(ascii: "<") { offset += 1 }
        let parts = try string(bytes[start..<offset]).split(
            separator: "&",
            omittingEmptySubsequences: false
        )
        var text = String(parts[0])
        for part in parts.dropFirst() {
            guard let end = part.firstIndex(of: ";"), let character = Self.character(part[..<end])
            else { throw malformed("a reference to nothing that is known") }
            text.append(character)
            text += part[part.index(after: end)...]
        }
        return text
    }

    private static func character(_ reference: Substring) -> Character? {
        switch reference {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default: break
        }
        guard reference.hasPrefix("#") else { return nil }
        let digits = reference.dropFirst()
        let isHex = digits.hasPrefix("x")
        let number = UInt32(isHex ? digits.dropFirst() : digits, radix: isHex ? 16 : 10)
        return number.flatMap(UnicodeScalar.init).map(Character.init)
    }

    private func string(_ bytes: ArraySlice<UInt8>) throws(XMLElement.Malformed) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw malformed("no UTF-8")
        }
        return text
    }

    private func malformed(_ reason: String) -> XMLElement.Malformed {
        .init(reason: reason, offset: offset)
    }
}
