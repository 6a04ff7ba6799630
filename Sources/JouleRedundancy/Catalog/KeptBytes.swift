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
    private var read: FactsReader
    private let names: NameSource

    init(_ bytes: [UInt8], from place: Int, _ names: NameSource) {
        read = FactsReader(bytes, from: place)
        self.names = names
    }

    var isAtEnd: Bool { read.isAtEnd }

    mutating func byte() throws(CatalogFailure) -> UInt8 {
        try taken { read throws(FactsError) in try read.byte() }
    }
    mutating func word() throws(CatalogFailure) -> UInt64 {
        try taken { read throws(FactsError) in try read.word() }
    }
    mutating func integer() throws(CatalogFailure) -> Int64 {
        try taken { read throws(FactsError) in try read.integer() }
    }
    mutating func double() throws(CatalogFailure) -> Double {
        try taken { read throws(FactsError) in try read.double() }
    }
    mutating func text() throws(CatalogFailure) -> String {
        try taken { read throws(FactsError) in try read.text() }
    }
    /// A number of things that each take a byte or more.
    private mutating func count() throws(CatalogFailure) -> Int {
        try taken { read throws(FactsError) in try read.count() }
    }

    private mutating func taken<Value>(
        _ body: (inout FactsReader) throws(FactsError) -> Value
    ) throws(CatalogFailure) -> Value {
        do throws(FactsError) { return try body(&read) } catch {
            throw CatalogFailure(isDamage: true)
        }
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
