/// A JSON value (RFC 8259).
///
/// Integers and floating-point numbers stay apart, because `1` and `1.0` are different spellings of
/// a configuration; objects keep the order of their members.
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// A floating-point number; `"NaN"`, `"Infinity"` and `"-Infinity"` when it is not finite.
    case double(Double)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

/// The members of a JSON object, uniquely named, in the order in which they were added.
///
/// Names differ when their code points do.
public struct JSONObject: Sendable, Hashable {
    /// Name and value, in order.
    public private(set) var members: [Member]

    /// One name with its value.
    public struct Member: Sendable, Hashable {
        /// Unique within its object.
        public let name: String
        /// What the name stands for.
        public var value: JSON

        /// One name with its value.
        public init(name: String, value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// An object without members.
    public init() {
        members = []
    }

    /// Takes members whose names the caller knows to be unique.
    package init(uniqueMembers: [Member]) {
        members = uniqueMembers
    }

    /// Whether there are no members.
    public var isEmpty: Bool { members.isEmpty }

    /// The value named `name`.
    ///
    /// Setting appends a new name and keeps the place of a known one; setting nil removes.
    public subscript(name: String) -> JSON? {
        get { members.first { $0.name.isExactly(name) }?.value }
        set {
            let place = members.firstIndex { $0.name.isExactly(name) }
            switch (place, newValue) {
            case (let place?, let value?): members[place].value = value
            case (let place?, nil): members.remove(at: place)
            case (nil, let value?): members.append(Member(name: name, value: value))
            case (nil, nil): break
            }
        }
    }
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByArrayLiteral,
    ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    /// An object; a later duplicate name replaces the earlier value.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        var object = JSONObject()
        for (name, value) in elements { object[name] = value }
        self = .object(object)
    }

    /// An array.
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    /// A string.
    public init(stringLiteral value: String) { self = .string(value) }
    /// An integer.
    public init(integerLiteral value: Int64) { self = .integer(value) }
    /// A floating-point number.
    public init(floatLiteral value: Double) { self = .double(value) }
    /// True or false.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Null.
    public init(nilLiteral: ()) { self = .null }
}

extension JSON {
    /// The member `name` of an object; nil for other values and for an explicit `null`.
    public subscript(name: String) -> JSON? {
        guard case .object(let object) = self, let value = object[name], value != .null else {
            return nil
        }
        return value
    }

    /// The value of a string.
    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The value of true or false.
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The value of an integer, or of a floating-point number that is exactly one.
    public var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .double(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The value of either kind of number, or of a string that spells a non-finite one.
    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        case .string("NaN"): .nan
        case .string("Infinity"): .infinity
        case .string("-Infinity"): -.infinity
        default: nil
        }
    }

    /// The elements of an array.
    public var array: [JSON]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The members of an object.
    public var object: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// `value`, or null when there is none: missing is never zero.
    public static func orNull(_ value: Double?) -> JSON { value.map(JSON.double) ?? .null }

    /// `value`, or null when there is none.
    public static func orNull(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }
}
