import JouleFormat
import JouleQuantities

/// Looks for removed values in what is left.
struct Leftovers: LedgerVisitor {
    /// At most twenty.
    private(set) var places: [String] = []
    /// How many removed values were not looked for.
    private(set) var unsought = 0
    /// Looked for within other texts, by their UTF-8: what a person sees as one character may be a
    /// removed text and an accent behind it.
    private var texts: Set<SoughtText> = []
    /// Looked for as whole values; a number and a text are the same when they are spelt the same.
    private var values: Set<[UInt8]> = []
    /// Of a content whose parts come one after the other: how far it was seen, and the last bytes, with
    /// which the next part may begin a text.
    private var before: (digest: Digest, end: UInt64, bytes: ArraySlice<UInt8>)?

    /// Shorter texts stand by chance within too many others.
    private static let textSizeMin = 6
    /// Shorter values stand by chance in too many places; of those in a list or an object nobody
    /// said that they are secret.
    private static let valueSizeMin = 3
    private static let innerSizeMin = 16
    /// However long, these stand everywhere.
    private static let commonWords: Set = ["true", "false", "null", "none"]

    init(of removed: [JSON]) {
        for value in removed {
            let sizeMin = value.spelling == nil ? Self.innerSizeMin : Self.valueSizeMin
            for leaf in value.leaves {
                guard let text = leaf.spelling, text.utf8.count >= sizeMin,
                    !Self.commonWords.contains(text.lowercased())
                else {
                    unsought += 1
                    continue
                }
                let bytes = Array(text.utf8)
                values.insert(bytes)
                if bytes.count >= Self.textSizeMin { texts.insert(SoughtText(bytes)) }
            }
        }
    }

    mutating func visit(meta document: MetaDocument) {
        if let set = document.json["set"] { look(in: set, at: "") }
        if let append = document.json["append"] { look(in: append, at: "") }
        if let epochs = document.json["epochs"] { look(in: epochs, at: "epochs.") }
    }

    mutating func visit(attached part: AttachPayload) {
        var bytes = ArraySlice(part.part)
        if let before, before.digest == part.digest, before.end == part.offset {
            bytes = before.bytes + bytes
        }
        if isWithin(bytes) { note("attachment \(part.name)") }
        if isWithin(part.name.utf8) { note("the name of attachment \(part.name)") }
        if isWithin(part.mediaType.utf8) { note("the media type of attachment \(part.name)") }
        let longest = texts.map(\.bytes.count).max() ?? 0
        before = (part.digest, part.end, bytes.suffix(max(0, longest - 1)))
    }

    mutating func visit(rows: DataPayload, schema: TableSchema) {
        for (number, column) in schema.columns.enumerated() {
            if isWithin(column.name.utf8) { note("the name of a column of \(schema.name)") }
            for text in rows.columns[UInt16(number)]?.strings ?? [] {
                look(in: .string(text), at: "\(schema.name), column \(column.name)")
            }
        }
    }

    private mutating func look(in value: JSON, at place: String) {
        switch value {
        case .object(let object):
            for member in object.members {
                if isWithin(member.name.utf8) { note(place + member.name) }
                look(in: member.value, at: place + member.name + ".")
            }
        case .array(let elements):
            for (number, element) in elements.enumerated() {
                look(in: element, at: "\(place)\(number).")
            }
        default:
            let isRemoved = value.spelling.map { values.contains(Array($0.utf8)) } ?? false
            if isRemoved || isWithin((value.string ?? "").utf8) { note(place) }
        }
    }

    private func isWithin(_ bytes: some Sequence<UInt8>) -> Bool {
        texts.contains { $0.isWithin(bytes) }
    }

    private mutating func note(_ place: String) {
        let name = place.hasSuffix(".") ? String(place.dropLast()) : place
        if places.count < 20, !places.contains(name) { places.append(name) }
    }
}

/// Bytes that are found in others in one pass, however both repeat themselves (Knuth, Morris, Pratt).
private struct SoughtText: Hashable {
    /// At least one.
    let bytes: [UInt8]
    /// For the first n + 1 bytes, how many of them the longest beginning has that they end with, too.
    private let borders: [Int]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var borders = [0]
        var length = 0
        for byte in bytes.dropFirst() {
            while length > 0, byte != bytes[length] { length = borders[length - 1] }
            if byte == bytes[length] { length += 1 }
            borders.append(length)
        }
        self.borders = borders
    }

    func isWithin(_ other: some Sequence<UInt8>) -> Bool {
        var length = 0
        for byte in other {
            while length > 0, byte != bytes[length] { length = borders[length - 1] }
            if byte == bytes[length] { length += 1 }
            if length == bytes.count { return true }
        }
        return false
    }
}

extension JSON {
    /// A text, or a number as it is printed; nil for everything else.
    fileprivate var spelling: String? {
        switch self {
        case .string(let text): text
        case .integer, .double: integer.map(String.init) ?? text(.compact)
        default: nil
        }
    }

    /// All values in it that hold no others.
    fileprivate var leaves: [JSON] {
        switch self {
        case .array(let elements): elements.flatMap(\.leaves)
        case .object(let object): object.members.flatMap(\.value.leaves)
        default: [self]
        }
    }
}
