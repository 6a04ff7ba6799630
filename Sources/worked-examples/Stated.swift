import JouleQuantities

/// One or several numbers under a name, in the canonical units of its dimension.
struct Stated: Sendable {
    /// As it stands in the file, such as `cost_low_usd.single`.
    let path: String
    let name: QuantityName
    let values: [Double]
    let isList: Bool

    /// The number where there is exactly one.
    var value: Double? { isList ? nil : values.first }

    /// As printed: in the unit of the name.
    func printed(_ canonical: Double) -> Double { canonical / name.scale }
}

/// The members of an object of numbers, taken apart.
struct StatedMembers: Sendable {
    private(set) var numbers: [Stated] = []
    /// Names whose value is null: known to exist, not stated.
    private(set) var missing: [QuantityName] = []
    /// Texts that describe, such as the kind of a device.
    private(set) var labels: [String: String] = [:]

    /// Members that hold nothing to compare with, where such are passed over.
    private(set) var unread: [CaseError] = []

    /// Reads numbers, lists of numbers, objects of these and lists of such objects.
    ///
    /// Anything else is an error, or passed over where `passesOver` says so.
    init(_ json: JSON?, at location: String, passesOver: Bool = false) throws(CaseError) {
        guard let members = json?.object?.members else {
            throw CaseError(location, "is no object")
        }
        for member in members {
            do throws(CaseError) {
                try read(member.value, name: member.name, at: "\(location).\(member.name)")
            } catch {
                guard passesOver else { throw error }
                unread.append(error)
            }
        }
    }

    private mutating func read(_ json: JSON, name: String, at location: String) throws(CaseError) {
        switch json {
        case .null: missing.append(QuantityName(name))
        case .string(let text) where json.double == nil: labels[name] = text
        case .object(let object): try readGroup(object, name: name, at: location)
        case .array(let rows) where rows.contains { $0.object != nil }:
            try readRows(rows, name: name, at: location)
        case .array(let elements):
            var values: [Double] = []
            for (index, element) in elements.enumerated() {
                values.append(try Self.number(element, at: "\(location)[\(index)]"))
            }
            add(name, QuantityName(name), values, isList: true)
        default:
            add(name, QuantityName(name), [try Self.number(json, at: location)], isList: false)
        }
    }

    /// Numbers under one name, told apart by labels; where the name says no unit, by their own units.
    private mutating func readGroup(_ object: JSONObject, name: String, at location: String)
        throws(CaseError)
    {
        let parent = QuantityName(name)
        for member in object.members {
            let value = try Self.number(member.value, at: "\(location).\(member.name)")
            let own: QuantityName
            if name.hasPrefix("per_") {
                own = QuantityName("\(member.name)_\(name)")
            } else if parent.hasUnit {
                own = QuantityName(member.name, under: parent)
            } else {
                own = QuantityName("\(name)_\(member.name)")
            }
            add("\(name).\(member.name)", own, [value], isList: false)
        }
    }

    /// Rows of a table: one list for each name whose values are numbers.
    private mutating func readRows(_ rows: [JSON], name: String, at location: String)
        throws(CaseError)
    {
        var columns: [(name: String, values: [Double])] = []
        for (index, row) in rows.enumerated() {
            guard let members = row.object?.members else {
                throw CaseError("\(location)[\(index)]", "is no object among objects")
            }
            for member in members where member.value.string == nil {
                let value = try Self.number(
                    member.value,
                    at: "\(location)[\(index)].\(member.name)"
                )
                if let place = columns.firstIndex(where: { $0.name == member.name }) {
                    columns[place].values.append(value)
                } else {
                    columns.append((member.name, [value]))
                }
            }
        }
        for column in columns {
            add(
                "\(name).\(column.name)",
                QuantityName("\(name)_\(column.name)"),
                column.values,
                isList: true
            )
        }
    }

    private mutating func add(
        _ path: String,
        _ name: QuantityName,
        _ values: [Double],
        isList: Bool
    ) {
        let scaled = values.map { $0 * name.scale }
        numbers.append(Stated(path: path, name: name, values: scaled, isList: isList))
    }

    private static func number(_ json: JSON, at location: String) throws(CaseError) -> Double {
        guard let value = json.double else { throw CaseError(location, "is no number") }
        guard value.isFinite, abs(value) < 1e100 else {
            throw CaseError(location, "is not a number that can be computed with")
        }
        return value
    }
}
