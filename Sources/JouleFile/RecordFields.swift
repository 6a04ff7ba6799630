import JouleQuantities

/// Why a JSON value is not a run record, and where in it.
package struct RecordError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Such as `epochs[3].energy_j`.
    package let path: String
    package let reason: String

    package var description: String { path.isEmpty ? reason : "field \(path): \(reason)" }
}

/// Takes named members out of a JSON object, checking each; what is left over is unknown.
///
/// `null` and absent are the same: not known.
struct RecordFields {
    private let path: String
    private var members: [String: JSON]
    private let order: [String]

    init(_ value: JSON, at path: String) throws(RecordError) {
        guard case .object(let object) = value else {
            throw RecordError(path: path, reason: "expected an object")
        }
        self.path = path
        order = object.members.map(\.name)
        members = Dictionary(object.members.map { ($0.name, $0.value) }) { _, last in last }
    }

    /// The members that nobody took, in their order.
    var rest: JSONObject {
        JSONObject(
            uniqueMembers: order.compactMap { name in
                members[name].map { JSONObject.Member(name: name, value: $0) }
            }
        )
    }

    func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    func failure(_ name: String, _ reason: String) -> RecordError {
        RecordError(path: path(of: name), reason: reason)
    }

    mutating func any(_ name: String) -> JSON? {
        let value = members.removeValue(forKey: name)
        return value == .null ? nil : value
    }

    private mutating func take<Value>(
        _ name: String,
        _ expected: String,
        _ convert: (JSON) -> Value?
    ) throws(RecordError) -> Value? {
        guard let value = any(name) else { return nil }
        guard let converted = convert(value) else {
            throw failure(name, "expected \(expected)")
        }
        return converted
    }

    mutating func string(_ name: String) throws(RecordError) -> String? {
        try take(name, "a string") { $0.string }
    }

    mutating func bool(_ name: String) throws(RecordError) -> Bool? {
        try take(name, "true or false") { $0.bool }
    }

    mutating func object(_ name: String) throws(RecordError) -> JSONObject? {
        try take(name, "an object") { $0.object }
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int64>) throws(RecordError)
        -> Int64?
    {
        try take(name, "a whole number in \(range.lowerBound)...\(range.upperBound)") {
            $0.integer.flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A finite number that is not negative: an amount of energy, time or power.
    mutating func amount(_ name: String) throws(RecordError) -> Double? {
        try take(name, "a finite number, 0 or more") {
            $0.double.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
        }
    }

    /// A place on the axis of epochs, possibly between two of them.
    mutating func place(_ name: String) throws(RecordError) -> Double? {
        try take(name, "a number between -2^31 and 2^53") {
            $0.double.flatMap { $0 >= -0x1p31 && $0 <= 0x1p53 ? $0 : nil }
        }
    }

    mutating func date(_ name: String) throws(RecordError) -> WallTime? {
        try take(name, "Unix seconds between the years 1678 and 2262") {
            $0.double.flatMap(WallTime.init(unixSeconds:))
        }
    }

    mutating func word<Word: RawRepresentable & CaseIterable>(_ name: String, _: Word.Type)
        throws(RecordError) -> Word? where Word.RawValue == String
    {
        let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
        return try take(name, "one of \(words)") { $0.string.flatMap(Word.init(rawValue:)) }
    }

    mutating func strings(_ name: String) throws(RecordError) -> [String] {
        try take(name, "a list of strings") { value -> [String]? in
            guard let elements = value.array else { return nil }
            let strings = elements.compactMap(\.string)
            return strings.count == elements.count ? strings : nil
        } ?? []
    }

    /// The elements of a list of objects, each with its own fields.
    mutating func list(_ name: String) throws(RecordError) -> [RecordFields] {
        let elements = try take(name, "a list", { $0.array }) ?? []
        var result: [RecordFields] = []
        result.reserveCapacity(elements.count)
        for (place, element) in elements.enumerated() {
            result.append(try RecordFields(element, at: path(of: "\(name)[\(place)]")))
        }
        return result
    }

    mutating func nested(_ name: String) throws(RecordError) -> RecordFields? {
        guard let value = any(name) else { return nil }
        return try RecordFields(value, at: path(of: name))
    }

    mutating func runID(_ name: String) throws(RecordError) -> RunID? {
        try take(name, "1 to 256 bytes of text without control characters") {
            $0.string.flatMap(RunID.init)
        }
    }

    mutating func metrics(_ name: String) throws(RecordError) -> [Metric] {
        guard let object = try object(name) else { return [] }
        var metrics: [Metric] = []
        metrics.reserveCapacity(object.members.count)
        for member in object.members where member.value != .null {
            guard let value = member.value.double else {
                throw failure("\(name).\(member.name)", "expected a number")
            }
            metrics.append(Metric(name: member.name, value: value))
        }
        return metrics
    }
}
