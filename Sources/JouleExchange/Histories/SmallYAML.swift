import JouleQuantities

/// Why a text is not read, and on which line.
struct YAMLError: Error {
    let line: Int
    let reason: String
}

/// The YAML that programs write settings in.
///
/// Blocks of names and lists, scalars, and flow collections; anchors, tags and everything else are
/// refused, so that nothing is taken for what it is not.
struct SmallYAML {
    enum Version {
        /// As PyYAML writes it, where `1e5` is a text.
        case v11
        case v12
    }

    /// A line that is neither empty nor a comment; places are bytes of the whole text.
    private struct Line {
        let start: Int
        /// Of its line feed.
        let end: Int
        let indent: Int
    }

    /// All ends of lines are line feeds.
    private let bytes: [UInt8]
    private let version: Version
    /// The line that is looked at, nil behind the last one.
    private var next: Line?
    private var isBegun = false

    private static let depthMax = 64
    static let membersMax = 1 << 16

    /// The value of a whole text; null of an empty one.
    static func json(_ text: String, _ version: Version = .v12) throws(YAMLError) -> JSON {
        var parser = try SmallYAML(text, version)
        guard let first = parser.next else { return .null }
        let value = try parser.block(indent: first.indent, depth: 0)
        if let line = parser.next { throw parser.failure(line, "not expected here") }
        return value
    }

    private init(_ text: String, _ version: Version) throws(YAMLError) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var followsReturn = false
        for byte in text.utf8 {
            if byte != .lineFeed || !followsReturn { bytes.append(byte == 0x0D ? .lineFeed : byte) }
            followsReturn = byte == 0x0D
        }
        self.bytes = bytes
        self.version = version
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        try advance(from: bytes.starts(with: mark) ? mark.count : 0)
    }

    // MARK: Lines

    /// Goes to the first line with a value that begins at `offset`, or behind it.
    private mutating func advance(from offset: Int) throws(YAMLError) {
        var offset = offset
        next = nil
        while offset < bytes.count {
            let line = line(at: offset)
            offset = line.end + 1
            if isPassedOver(line) { continue }
            if let mark = mark(line) {
                guard behindBlanks(line.start + 3, line.end) == nil else {
                    throw failure(line, "a value behind \(mark), which is not read")
                }
                guard mark == "---" else { return try end(from: offset) }
                guard !isBegun else { throw failure(line, "a second document, which is not read") }
                isBegun = true
                continue
            }
            if bytes[line.start] == .tab || bytes[line.start] == UInt8(ascii: "%") {
                throw failure(line, "a tab or a directive, which is not read")
            }
            isBegun = true
            next = line
            return
        }
    }

    /// Behind the end of a document there is no other.
    private func end(from offset: Int) throws(YAMLError) {
        var offset = offset
        while offset < bytes.count {
            let line = line(at: offset)
            offset = line.end + 1
            guard isPassedOver(line) || mark(line) == "..." else {
                throw failure(line, "a second document, which is not read")
            }
        }
    }

    private func line(at offset: Int) -> Line {
        let end = bytes[offset...].firstIndex(of: .lineFeed) ?? bytes.count
        let start = bytes[offset..<end].firstIndex { $0 != .space } ?? end
        return Line(start: start, end: end, indent: start - offset)
    }

    private func isPassedOver(_ line: Line) -> Bool { behindBlanks(line.start, line.end) == nil }

    /// Where a document begins or ends.
    private func mark(_ line: Line) -> String? {
        guard line.indent == 0, line.end - line.start >= 3 else { return nil }
        let first = String(decoding: bytes[line.start..<line.start + 3], as: UTF8.self)
        guard first == "---" || first == "..." else { return nil }
        return isEnd(line.start + 3) ? first : nil
    }

    /// The first byte of a value, nil where there is none or a comment.
    private func behindBlanks(_ start: Int, _ end: Int) -> Int? {
        guard let found = bytes[start..<end].firstIndex(where: { !$0.isBlank }),
            bytes[found] != UInt8(ascii: "#")
        else { return nil }
        return found
    }

    /// Whether a mark ends before `offset`.
    private func isEnd(_ offset: Int) -> Bool {
        offset >= bytes.count || bytes[offset].isBlank || bytes[offset] == .lineFeed
    }

    private func isEntry(_ line: Line) -> Bool {
        bytes[line.start] == UInt8(ascii: "-") && isEnd(line.start + 1)
    }

    private func failure(_ line: Line, _ reason: String) -> YAMLError {
        SmallYAMLFlow.failure(bytes, line.start, reason)
    }

    // MARK: Blocks

    private mutating func block(indent: Int, depth: Int) throws(YAMLError) -> JSON {
        guard let line = next else { return .null }
        guard depth < Self.depthMax else { throw failure(line, "nested too deep") }
        if isEntry(line) { return try list(indent: indent, depth: depth) }
        if try name(line) != nil { return try members(indent: indent, depth: depth) }
        return try scalar(from: line.start, line, within: indent - 1)
    }

    private mutating func list(indent: Int, depth: Int) throws(YAMLError) -> JSON {
        var elements: [JSON] = []
        while let line = next, line.indent == indent, isEntry(line) {
            if let start = behindBlanks(line.start + 1, line.end) {
                // What stands behind the dash begins a block of its own, as far in as it stands.
                let deeper = indent + start - line.start
                next = Line(start: start, end: line.end, indent: deeper)
                elements.append(try block(indent: deeper, depth: depth + 1))
            } else {
                try advance(from: line.end + 1)
                let inner = next.flatMap { $0.indent > indent ? $0.indent : nil }
                elements.append(
                    try inner.map { (deeper) throws(YAMLError) in
                        try block(indent: deeper, depth: depth + 1)
                    } ?? .null
                )
            }
        }
        return .array(elements)
    }

    private mutating func members(indent: Int, depth: Int) throws(YAMLError) -> JSON {
        var members: [JSONObject.Member] = []
        var names: Set<ExactName> = []
        while let line = next, line.indent == indent {
            guard let (name, colon) = try name(line) else {
                throw failure(line, "expected a name and a colon")
            }
            guard members.count < Self.membersMax else { throw failure(line, "too many names") }
            guard names.insert(ExactName(name)).inserted else {
                throw failure(line, "the name stands twice")
            }
            let value: JSON
            if let start = behindBlanks(colon + 1, line.end) {
                value = try scalar(from: start, line, within: indent)
            } else {
                try advance(from: line.end + 1)
                value = try self.value(below: indent, depth)
            }
            members.append(.init(name: name, value: value))
        }
        return .object(JSONObject(uniqueMembers: members))
    }

    /// What a name has in the lines behind its own.
    private mutating func value(below indent: Int, _ depth: Int) throws(YAMLError) -> JSON {
        guard let inner = next,
            inner.indent > indent || inner.indent == indent && isEntry(inner)
        else { return .null }
        return try block(indent: inner.indent, depth: depth + 1)
    }

    /// The name that a line begins with, and where its colon stands; nil where it begins with none.
    private func name(_ line: Line) throws(YAMLError) -> (name: String, colon: Int)? {
        var flow = SmallYAMLFlow(bytes, line.start..<line.end, version)
        return try flow.nameOfLine().map { ($0, flow.place) }
    }

    /// A scalar or a flow collection, which goes on in lines that are further in than `indent`.
    private mutating func scalar(from start: Int, _ line: Line, within indent: Int)
        throws(YAMLError) -> JSON
    {
        var end = line.end
        while end < bytes.count {
            let more = self.line(at: end + 1)
            let isFurtherIn = more.indent > indent && mark(more) == nil
            let isBroken = SmallYAMLFlow.breakSize(bytes, more.start, more.end) != nil
            guard isPassedOver(more) || isFurtherIn || isBroken else { break }
            end = more.end
        }
        var flow = SmallYAMLFlow(bytes, start..<end, version)
        let value = try flow.whole()
        try advance(from: flow.place + 1)
        return value
    }
}

extension UInt8 {
    static let lineFeed = UInt8(ascii: "\n")
    static let space = UInt8(ascii: " ")
    static let tab = UInt8(ascii: "\t")

    var isBlank: Bool { self == .space || self == .tab }
}
