import JouleFile
import JouleQuantities

extension Database {
    /// The number of a text that many runs have in common, which is written where it is new.
    func number(ofName text: String) throws(CatalogFailure) -> Int64 {
        if let known = names.numbers[text] { return known }
        var number = try integer("SELECT id FROM names WHERE text = ?", [.text(text)])
        if number == nil {
            try run("INSERT INTO names (text) VALUES (?)", [.text(text)])
            number = lastRow
        }
        if names.numbers.count >= Names.keptMax { names.numbers = [:] }
        names.numbers[text] = number
        return number ?? 0
    }

    fileprivate func text(ofName number: Int64) throws(CatalogFailure) -> String {
        if let known = names.texts[number] { return known }
        var found: String?
        try run("SELECT text FROM names WHERE id = ?", [.integer(number)]) { row in
            found = row.text(0)
        }
        guard let found else { throw CatalogFailure(isDamage: true) }
        if names.texts.count >= Names.keptMax { names.texts = [:] }
        names.texts[number] = found
        return found
    }

    /// All of them, for who reads runs when the database is closed; nil where they are many.
    func allNames() throws(CatalogFailure) -> [Int64: String]? {
        var found: [Int64: String] = [:]
        try run("SELECT id, text FROM names LIMIT \(Names.listMax + 1)") { row in
            if let id = row.integer(0), let text = row.text(1) { found[id] = text }
        }
        return found.count <= Names.listMax ? found : nil
    }

    /// Those that were needed so far.
    struct Names {
        /// Beyond this many the tables start anew.
        fileprivate static let keptMax = 50_000
        fileprivate static let listMax = 5000

        fileprivate var numbers: [String: Int64] = [:]
        fileprivate var texts: [Int64: String] = [:]
    }
}

/// Where the names of kept runs are looked up.
enum NameSource {
    case database(Database)
    case list([Int64: String])

    func text(of number: Int64) throws(CatalogFailure) -> String {
        switch self {
        case .database(let database): return try database.text(ofName: number)
        case .list(let texts):
            guard let text = texts[number] else { throw CatalogFailure(isDamage: true) }
            return text
        }
    }
}

/// Puts values behind each other, in the order in which `KeptReader` takes them.
struct KeptWriter {
    private(set) var bytes: [UInt8] = []
    private let database: Database

    init(_ database: Database) { self.database = database }

    mutating func put(_ value: UInt64) { bytes.append(varint: value) }
    mutating func put(_ value: Int64) { bytes.append(zigzag: value) }
    mutating func put(bits value: Double) { bytes.append(bits: value) }

    mutating func put(_ text: String) {
        put(UInt64(text.utf8.count))
        bytes += text.utf8
    }

    /// A text that other runs have as well.
    mutating func put(name: String) throws(CatalogFailure) {
        put(try database.number(ofName: name))
    }

    mutating func put<Value>(
        _ value: Value?,
        _ body: (inout KeptWriter, Value) throws(CatalogFailure) -> Void
    ) throws(CatalogFailure) {
        bytes.append(value == nil ? 0 : 1)
        if let value { try body(&self, value) }
    }

    mutating func put<Value>(
        each values: [Value],
        _ body: (inout KeptWriter, Value) throws(CatalogFailure) -> Void
    ) throws(CatalogFailure) {
        put(UInt64(values.count))
        for value in values { try body(&self, value) }
    }

    /// Deep values recur no deeper than the parser let them.
    mutating func put(_ json: JSON) throws(CatalogFailure) {
        switch json {
        case .null: bytes.append(0)
        case .bool(false): bytes.append(1)
        case .bool(true): bytes.append(2)
        case .integer(let value):
            bytes.append(3)
            put(value)
        case .double(let value):
            bytes.append(4)
            put(bits: value)
        case .string(let text):
            bytes.append(5)
            put(text)
        case .array(let elements):
            bytes.append(6)
            try put(each: elements) { writer, element throws(CatalogFailure) in
                try writer.put(element)
            }
        case .object(let object):
            bytes.append(7)
            try put(object)
        }
    }

    mutating func put(_ object: JSONObject) throws(CatalogFailure) {
        try put(each: object.members) { writer, member throws(CatalogFailure) in
            try writer.put(name: member.name)
            try writer.put(member.value)
        }
    }
}

/// Takes what `KeptWriter` has put; what is no such thing is damage.
struct KeptReader {
    private let bytes: [UInt8]
    private let names: NameSource
    private var place: Int

    init(_ bytes: [UInt8], from place: Int, _ names: NameSource) {
        self.bytes = bytes
        self.place = place
        self.names = names
    }

    var isAtEnd: Bool { place == bytes.count }

    mutating func byte() throws(CatalogFailure) -> UInt8 {
        guard place < bytes.count else { throw CatalogFailure(isDamage: true) }
        place += 1
        return bytes[place - 1]
    }

    mutating func word() throws(CatalogFailure) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte()
            value |= UInt64(next & 0x7F) &<< shift
            guard next > 0x7F else { return value }
            shift += 7
            guard shift < 64 else { throw CatalogFailure(isDamage: true) }
        }
    }

    mutating func integer() throws(CatalogFailure) -> Int64 {
        let word = try word()
        return Int64(bitPattern: word &>> 1) ^ -Int64(bitPattern: word & 1)
    }

    mutating func double() throws(CatalogFailure) -> Double {
        guard place + 8 <= bytes.count else { throw CatalogFailure(isDamage: true) }
        var bits: UInt64 = 0
        for offset in 0..<8 { bits |= UInt64(bytes[place + offset]) &<< UInt64(8 * offset) }
        place += 8
        return Double(bitPattern: bits)
    }

    mutating func text() throws(CatalogFailure) -> String {
        let count = try count()
        defer { place += count }
        return String(decoding: bytes[place..<(place + count)], as: UTF8.self)
    }

    mutating func name() throws(CatalogFailure) -> String { try names.text(of: integer()) }

    mutating func optional<Value>(
        _ body: (inout KeptReader) throws(CatalogFailure) -> Value
    ) throws(CatalogFailure) -> Value? {
        try byte() == 0 ? nil : try body(&self)
    }

    mutating func list<Value>(
        _ body: (inout KeptReader) throws(CatalogFailure) -> Value
    ) throws(CatalogFailure) -> [Value] {
        let count = try count()
        var values: [Value] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try body(&self)) }
        return values
    }

    /// A number of things that each take a byte or more.
    private mutating func count() throws(CatalogFailure) -> Int {
        let count = try word()
        guard count <= UInt64(bytes.count - place) else { throw CatalogFailure(isDamage: true) }
        return Int(count)
    }

    mutating func json() throws(CatalogFailure) -> JSON {
        switch try byte() {
        case 0: return .null
        case 1: return .bool(false)
        case 2: return .bool(true)
        case 3: return .integer(try integer())
        case 4: return .double(try double())
        case 5: return .string(try text())
        case 6: return .array(try list { reader throws(CatalogFailure) in try reader.json() })
        case 7: return .object(try object())
        default: throw CatalogFailure(isDamage: true)
        }
    }

    mutating func object() throws(CatalogFailure) -> JSONObject {
        JSONObject(
            uniqueMembers: try list { reader throws(CatalogFailure) in
                .init(name: try reader.name(), value: try reader.json())
            }
        )
    }
}
