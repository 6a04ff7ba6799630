import JouleFormat
import JouleQuantities

/// Looks for removed texts in what is left.
struct Leftovers: LedgerVisitor {
    /// At most twenty.
    private(set) var places: [String] = []
    private let texts: [String]
    /// Of a content whose parts come one after the other: how far it was seen, and the last bytes, with
    /// which the next part may begin a text.
    private var before: (digest: Digest, end: UInt64, bytes: ArraySlice<UInt8>)?

    /// Shorter texts stand by chance in too many places; of those in a list or an object nobody
    /// said that they are secret.
    private static let sizeMin = 6
    private static let innerSizeMin = 16

    init(of removed: [JSON]) {
        let texts = removed.flatMap { value in
            let sizeMin = value.string == nil ? Self.innerSizeMin : Self.sizeMin
            return value.texts.filter { $0.utf8.count >= sizeMin }
        }
        self.texts = Array(Set(texts))
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
        let text = String(decoding: bytes, as: UTF8.self)
        look(in: .string(text), at: "attachment \(part.name)")
        let longest = texts.map(\.utf8.count).max() ?? 0
        before = (part.digest, part.end, bytes.suffix(max(0, longest - 1)))
    }

    mutating func visit(rows: DataPayload, schema: TableSchema) {
        for (number, column) in schema.columns.enumerated() {
            look(in: .string(column.name), at: "the name of a column of \(schema.name)")
            for text in rows.columns[UInt16(number)]?.strings ?? [] {
                look(in: .string(text), at: "\(schema.name), column \(column.name)")
            }
        }
    }

    private mutating func look(in value: JSON, at place: String) {
        switch value {
        case .string(let text):
            let name = place.hasSuffix(".") ? String(place.dropLast()) : place
            guard texts.contains(where: { text.contains($0) }), places.count < 20,
                !places.contains(name)
            else { return }
            places.append(name)
        case .object(let object):
            for member in object.members {
                look(in: .string(member.name), at: place + member.name)
                look(in: member.value, at: place + member.name + ".")
            }
        case .array(let elements):
            for (number, element) in elements.enumerated() {
                look(in: element, at: "\(place)\(number).")
            }
        default: return
        }
    }
}

extension JSON {
    /// All texts in the value.
    fileprivate var texts: [String] {
        switch self {
        case .string(let text): [text]
        case .array(let elements): elements.flatMap(\.texts)
        case .object(let object): object.members.flatMap(\.value.texts)
        default: []
        }
    }
}
