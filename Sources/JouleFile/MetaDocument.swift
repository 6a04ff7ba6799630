package import JouleQuantities

/// One document of a META block: what it changes in the record of a run.
package struct MetaDocument: Sendable {
    /// Number of the run within the ledger.
    package let run: Int64
    /// Replaces members of the record; an explicit null removes one.
    package let set: JSONObject
    /// Lists whose elements come behind those of the record's list of the same name.
    package let append: [(name: String, elements: [JSON])]
    /// Fields of epochs for which no table has a column, by index.
    package let epochs: [(index: Int64, fields: JSONObject)]
    /// As it was written.
    package let json: JSON

    /// Why a document is none.
    package struct Malformed: Error {
        package let reason: String
    }

    package init(parsing bytes: [UInt8]) throws(Malformed) {
        let json: JSON
        do { json = try JSON(parsing: bytes) } catch {
            throw Malformed(reason: "a META document is not JSON: \(error)")
        }
        try self.init(json)
    }

    init(_ json: JSON) throws(Malformed) {
        guard case .object = json, case .integer(let run) = json["run"] else {
            throw Malformed(reason: "a META document names no run")
        }
        self.run = run
        self.json = json
        set = try Self.object("set", of: json)
        var append: [(name: String, elements: [JSON])] = []
        for member in try Self.object("append", of: json).members {
            guard let elements = member.value.array else {
                throw Malformed(reason: "a META document appends to \(member.name) what is no list")
            }
            append.append((member.name, elements))
        }
        self.append = append
        var epochs: [(index: Int64, fields: JSONObject)] = []
        for member in try Self.object("epochs", of: json).members {
            guard let index = Int64(member.name), index >= 0, String(index) == member.name,
                let fields = member.value.object
            else {
                throw Malformed(reason: "a META document names no epoch by \(member.name)")
            }
            epochs.append((index, fields))
        }
        self.epochs = epochs
    }

    private static func object(_ name: String, of json: JSON) throws(Malformed) -> JSONObject {
        guard let value = json[name] else { return JSONObject() }
        guard let object = value.object else {
            throw Malformed(reason: "\(name) of a META document is no object")
        }
        return object
    }
}
