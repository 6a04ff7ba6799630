import Glibc
import JouleFile

/// Knows documents again by what is between their values: names and punctuation.
///
/// Most documents of one program differ in their values alone. What is between these is compared byte by
/// byte with what was seen there before, and parsed only where it is new.
struct DocumentTree {
    /// How a document ended that is known as a whole.
    struct Ending: Sendable {
        let hasConfiguration: Bool
        /// Names of the final metrics that tell results, in order, and which of those of the document
        /// each is.
        let metrics: [String]
        let order: [Int]
    }

    /// A way on from one value to the next.
    private struct Node {
        /// What lies between, in `literals`.
        let start: Int32
        let size: Int32
        /// Of the value behind it; nil where the document ends, whose ending `argument` tells.
        let role: DocumentOutline.Role?
        let argument: Int32
        /// The first of the ways on from the value, and how many there are.
        var child: Int32 = -1
        var childCount: Int32 = 0
        /// The next one of the ways on from the value before.
        var sibling: Int32 = -1
    }

    private var nodes: [Node] = []
    private var literals: [UInt8] = []
    /// Of all documents that were ever learnt.
    private(set) var endings: [Ending] = []
    /// The values of the document that was read last.
    private(set) var values: [DocumentOutline.Value] = []

    /// Beyond so many ways what was seen is parsed again.
    private static let nodesMax = 100_000
    private static let literalsMax = 8 << 20
    /// Beyond so many ways on from one value these are forgotten: each is tried in turn.
    private static let childrenMax: Int32 = 256

    init() { removeAll() }

    private mutating func removeAll() {
        nodes = [Node(start: 0, size: 0, role: DocumentOutline.Role.none, argument: 0)]
        literals = []
    }

    // MARK: Reading

    /// Finds the values of the document at `place`; the place of its ending, or nil where it is not known.
    mutating func find(in text: [UInt8], _ place: Range<Int>) -> Int? {
        values.removeAll(keepingCapacity: true)
        let ending = unsafe text.withUnsafeBytes { bytes in
            unsafe walk(
                ValueScanner(UnsafeRawBufferPointer(rebasing: bytes[..<place.upperBound])),
                place
            )
        }
        return ending
    }

    private mutating func walk(_ scanner: ValueScanner, _ place: Range<Int>) -> Int? {
        var node = 0
        var place = place.lowerBound
        while let (next, start) = child(of: node, at: place, scanner) {
            guard let role = nodes[next].role else { return Int(nodes[next].argument) }
            guard let end = scanner.end(ofValueAt: start, isOpaque: role.isOpaque) else {
                return nil
            }
            values.append(
                DocumentOutline.Value(
                    role: role,
                    argument: nodes[next].argument,
                    place: start..<end
                )
            )
            node = next
            place = end
        }
        return nil
    }

    /// The way on that fits what is at `place`, and where the value behind it begins.
    private mutating func child(of node: Int, at place: Int, _ scanner: ValueScanner)
        -> (node: Int, start: Int)?
    {
        var child = nodes[node].child
        var before: Int32 = -1
        while child >= 0 {
            let next = nodes[Int(child)]
            let start = place + Int(next.size)
            if scanner.has(literals, Int(next.start), count: Int(next.size), at: place),
                next.role.map({ scanner.isValue(at: start, isOpaque: $0.isOpaque) })
                    ?? (start == scanner.count)
            {
                if before >= 0 {
                    // What was seen last comes again soonest.
                    nodes[Int(before)].sibling = next.sibling
                    nodes[Int(child)].sibling = nodes[node].child
                    nodes[node].child = child
                }
                return (Int(child), start)
            }
            before = child
            child = next.sibling
        }
        return nil
    }

    // MARK: Learning

    /// Learns what is between the values of a document.
    mutating func learn(
        _ document: [UInt8],
        _ outline: DocumentOutline,
        _ names: DocumentOutline.Names
    ) {
        if nodes.count >= Self.nodesMax || literals.count >= Self.literalsMax { removeAll() }
        var node = 0
        var end = 0
        for value in outline.values {
            node = way(
                from: node,
                document[end..<value.place.lowerBound],
                value.role,
                argument: value.argument
            )
            end = value.place.upperBound
        }
        let told = outline.values.filter { $0.role == .metric && $0.argument >= 0 }
            .map { names[$0.argument] }
        let order = told.indices.sorted { told[$0] < told[$1] }
        let ending = Ending(
            hasConfiguration: outline.hasConfiguration,
            metrics: order.map { told[$0] },
            order: order
        )
        let known = nodes.count
        let last = way(from: node, document[end...], nil, argument: Int32(endings.count))
        if last >= known { endings.append(ending) }
    }

    private mutating func way(
        from node: Int,
        _ literal: ArraySlice<UInt8>,
        _ role: DocumentOutline.Role?,
        argument: Int32
    ) -> Int {
        var child = nodes[node].child
        while child >= 0 {
            let next = nodes[Int(child)]
            if next.role == role,
                literals[Int(next.start)..<Int(next.start + next.size)].elementsEqual(literal)
            {
                return Int(child)
            }
            child = next.sibling
        }
        if nodes[node].childCount >= Self.childrenMax {
            (nodes[node].child, nodes[node].childCount) = (-1, 0)
        }
        let new = Node(
            start: Int32(literals.count),
            size: Int32(literal.count),
            role: role,
            argument: argument,
            sibling: nodes[node].child
        )
        literals += literal
        nodes[node].child = Int32(nodes.count)
        nodes[node].childCount += 1
        nodes.append(new)
        return nodes.count - 1
    }
}

/// Finds where values of a text end that is JSON without white space.
@safe private struct ValueScanner {
    private let bytes: UnsafeRawBufferPointer

    /// `bytes` stay there as long as this is used.
    init(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes = bytes }

    var count: Int { unsafe bytes.count }

    private subscript(place: Int) -> UInt8 { unsafe bytes[place] }

    /// Whether the `count` bytes at `place` are those of `literals` from `start` on.
    func has(_ literals: [UInt8], _ start: Int, count: Int, at place: Int) -> Bool {
        guard place + count <= self.count else { return false }
        return unsafe literals.withUnsafeBytes { literals in
            guard let a = literals.baseAddress, let b = unsafe bytes.baseAddress else {
                return count == 0
            }
            // SAFETY: both have `count` bytes there.
            return unsafe memcmp(a + start, b + place, count) == 0
        }
    }

    /// Whether a value begins at `place`: a string, a number or a word, an empty container, or where it
    /// `isOpaque` any other.
    func isValue(at place: Int, isOpaque: Bool) -> Bool {
        guard place < count else { return false }
        switch self[place] {
        case UInt8(ascii: "\""): return true
        case UInt8(ascii: "{"):
            return isOpaque || place + 1 < count && self[place + 1] == UInt8(ascii: "}")
        case UInt8(ascii: "["):
            return isOpaque || place + 1 < count && self[place + 1] == UInt8(ascii: "]")
        case let byte: return TextCursor.isScalar(byte)
        }
    }

    /// Behind the value that begins at `place`; nil where it does not end.
    func end(ofValueAt place: Int, isOpaque: Bool) -> Int? {
        switch self[place] {
        case UInt8(ascii: "\""): return end(ofStringAt: place)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            return isOpaque ? end(ofContainerAt: place) : place + 2
        default:
            var end = place + 1
            while end < count, TextCursor.isScalar(self[end]) { end += 1 }
            return end
        }
    }

    /// Nil for a string with control characters, too.
    private func end(ofStringAt place: Int) -> Int? {
        var place = place + 1
        while true {
            while place + 8 <= count {
                let found = Self.specials(
                    unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                )
                guard found == 0 else {
                    place += found.trailingZeroBitCount >> 3
                    break
                }
                place += 8
            }
            guard place < count else { return nil }
            switch self[place] {
            case UInt8(ascii: "\""): return place + 1
            case UInt8(ascii: "\\"): place += 2
            case 0..<0x20: return nil
            default: place += 1
            }
        }
    }

    /// The highest bit of each byte that is a quotation mark, a backslash or a control character, from the
    /// lowest byte on to the first one at least.
    @inline(__always)
    private static func specials(_ word: UInt64) -> UInt64 {
        let word = UInt64(littleEndian: word)
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quote = word ^ (ones &* 0x22)
        let slash = word ^ (ones &* 0x5C)
        let found =
            (quote &- ones) & ~quote | (slash &- ones) & ~slash | (word &- ones &* 0x20) & ~word
        return found & (ones &* 0x80)
    }

    private func end(ofContainerAt place: Int) -> Int? {
        var place = place
        var depth = 0
        while place < count {
            switch self[place] {
            case UInt8(ascii: "\""):
                guard let end = end(ofStringAt: place) else { return nil }
                place = end
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                if depth == 0 { return place + 1 }
            default: break
            }
            place += 1
        }
        return nil
    }
}
